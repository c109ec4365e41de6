//! The holder whose root key is a file: for a single node without a hardware module.
//!
//! ```text
//! root.key              the root key, mode 0600
//! tenants/<hash>.key    a tenant's object, wrapped by the root key
//! tenants/<hash>.gone   the tombstone of a destroyed one
//! ```
//!
//! Destroying overwrites and removes the object's file, which does not reach copies that a disk or a backup keeps. Those
//! copies are wrapped by the root key: after destroying, rotate it, and keep no backup of the old one for longer than the
//! law lets you.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::disk;
use crate::object::{Object, check_tombstone, file_name, tombstone};
use crate::root::{Ring, RootKey};
use crate::{HolderError, KeyHolder, Random, SealError, Secret, TenantState};

const ROOT: &str = "root.key";
const TENANTS: &str = "tenants";
const OBJECT: &str = "key";
const TOMBSTONE: &str = "gone";

/// Holds the root key in a file and tenants' objects in files beside it.
pub struct FileHolder {
    folder: PathBuf,
    ring: Ring,
    random: Arc<dyn Random>,
    /// Makes "look, then write" one step.
    writing: Mutex<()>,
}

impl FileHolder {
    /// Whether the folder has a root key.
    #[must_use]
    pub fn exists(folder: &Path) -> bool {
        folder.join(ROOT).exists()
    }

    /// Makes the folder and a new root key in it.
    ///
    /// # Errors
    /// When there is a root key already, or a file can't be written.
    //= iso27001-2022:A.8.24
    pub fn create(folder: &Path, random: Arc<dyn Random>) -> Result<Self, HolderError> {
        disk::create_folder(folder)?;
        disk::create_folder(&folder.join(TENANTS))?;
        let ring = Ring::new(RootKey::generate(&*random));
        disk::create(&folder.join(ROOT), &ring.text())?;
        Ok(Self::new(folder, ring, random))
    }

    /// Opens a folder with a root key. Writes nothing, so it is safe while another process uses the folder.
    ///
    /// # Errors
    /// When the root key is missing, damaged, or may be read by others.
    //= iso27001-2022:A.8.24
    pub fn open(folder: &Path, random: Arc<dyn Random>) -> Result<Self, HolderError> {
        let ring = Ring::read(&folder.join(ROOT))?;
        Ok(Self::new(folder, ring, random))
    }

    fn new(folder: &Path, ring: Ring, random: Arc<dyn Random>) -> Self {
        Self { folder: folder.to_owned(), ring, random, writing: Mutex::new(()) }
    }

    /// Finishes a rotation or destruction that was interrupted. Call it once the folder is yours alone.
    ///
    /// # Errors
    /// When a file is damaged or can't be written.
    pub fn settle(&mut self) -> Result<(), HolderError> {
        for tombstone in self.list(TOMBSTONE)? {
            let object = tombstone.with_extension(OBJECT);
            if object.exists() {
                disk::erase(&object)?;
            }
        }
        if self.ring.has_older() { self.rewrap() } else { Ok(()) }
    }

    /// Takes a new root key into use, wraps all objects under it, and forgets the old one. What tenants' objects wrap
    /// stays as it is.
    ///
    /// # Errors
    /// When an object is damaged or a file can't be written; [`FileHolder::settle`] finishes it later.
    //= iso27001-2022:A.8.24
    pub fn rotate(&mut self) -> Result<(), HolderError> {
        self.ring.push(RootKey::generate(&*self.random));
        disk::replace(&self.folder.join(ROOT), &self.ring.text())?;
        self.rewrap()
    }

    /// Reads every file of the folder and gives what is wrong with them.
    #[must_use]
    pub fn check(&self) -> Vec<HolderError> {
        let root = Ring::read(&self.folder.join(ROOT)).err();
        let objects = faults(self.objects(), |path| self.object(path).map(|_| ()));
        let stones = faults(self.list(TOMBSTONE), check_tombstone);
        root.into_iter().chain(objects).chain(stones).collect()
    }

    /// Wraps every object under the root key in use, then drops the older ones.
    fn rewrap(&mut self) -> Result<(), HolderError> {
        for path in self.objects()? {
            let object = self.object(&path)?;
            disk::replace(&path, &self.text(&object)?)?;
        }
        self.ring.drop_older();
        disk::replace(&self.folder.join(ROOT), &self.ring.text())
    }

    /// The objects that no tombstone has put out of use.
    fn objects(&self) -> Result<Vec<PathBuf>, HolderError> {
        let mut objects = self.list(OBJECT)?;
        objects.retain(|path| !path.with_extension(TOMBSTONE).exists());
        Ok(objects)
    }

    fn list(&self, extension: &str) -> Result<Vec<PathBuf>, HolderError> {
        disk::list(&self.folder.join(TENANTS), extension)
    }

    fn path(&self, tenant: &str, extension: &str) -> PathBuf {
        self.folder.join(TENANTS).join(file_name(tenant)).with_extension(extension)
    }

    fn object(&self, path: &Path) -> Result<Object, HolderError> {
        Object::read(path, &self.ring)?.ok_or_else(|| HolderError::Missing(path.to_owned()))
    }

    /// The tenant's object, if it has one and it was not destroyed.
    fn held(&self, tenant: &str) -> Result<Object, HolderError> {
        match self.state(tenant)? {
            TenantState::Held => self.object(&self.path(tenant, OBJECT)),
            TenantState::Absent => Err(HolderError::NoTenant(tenant.to_owned())),
            TenantState::Destroyed => Err(HolderError::Destroyed(tenant.to_owned())),
        }
    }

    fn text(&self, object: &Object) -> Result<String, HolderError> {
        object.text(self.ring.current(), &*self.random).map_err(sealed(object.tenant()))
    }
}

impl KeyHolder for FileHolder {
    fn root_id(&self) -> String {
        self.ring.current().id().to_owned()
    }

    fn state(&self, tenant: &str) -> Result<TenantState, HolderError> {
        let has = |extension| {
            let path = self.path(tenant, extension);
            path.try_exists().map_err(disk::failed(&path))
        };
        // A tombstone counts first: the destruction that wrote it may not have come to its end.
        Ok(match (has(TOMBSTONE)?, has(OBJECT)?) {
            (true, _) => TenantState::Destroyed,
            (false, true) => TenantState::Held,
            (false, false) => TenantState::Absent,
        })
    }

    fn create(&self, tenant: &str) -> Result<(), HolderError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.state(tenant)? == TenantState::Destroyed {
            return Err(HolderError::Destroyed(tenant.to_owned()));
        }
        let object = Object::generate(tenant, &*self.random);
        disk::create(&self.path(tenant, OBJECT), &self.text(&object)?)
    }

    fn wrap(&self, tenant: &str, key: &Secret) -> Result<Vec<u8>, HolderError> {
        self.held(tenant)?.wrap(key, &*self.random).map_err(sealed(tenant))
    }

    fn unwrap(&self, tenant: &str, wrapped: &[u8]) -> Result<Secret, HolderError> {
        self.held(tenant)?.unwrap(wrapped).map_err(sealed(tenant))
    }

    //= iso27001-2022:A.8.10
    fn destroy(&self, tenant: &str) -> Result<(), HolderError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let object = self.path(tenant, OBJECT);
        match self.state(tenant)? {
            TenantState::Absent => return Err(HolderError::NoTenant(tenant.to_owned())),
            // The tombstone first: from here on nothing opens, even if the rest has to wait for a restart.
            TenantState::Held => disk::create(&self.path(tenant, TOMBSTONE), &tombstone(tenant))?,
            TenantState::Destroyed => {}
        }
        if object.exists() { disk::erase(&object) } else { Ok(()) }
    }

    fn tenants(&self) -> Result<Vec<String>, HolderError> {
        let name = |path: &PathBuf| Ok(self.object(path)?.tenant().to_owned());
        let mut tenants = self.objects()?.iter().map(name).collect::<Result<Vec<_>, HolderError>>()?;
        tenants.sort();
        Ok(tenants)
    }
}

/// What is wrong with the files that were listed, or with listing them.
fn faults(
    listed: Result<Vec<PathBuf>, HolderError>,
    check: impl Fn(&Path) -> Result<(), HolderError>,
) -> Vec<HolderError> {
    listed
        .map_or_else(|error| vec![error], |paths| paths.iter().filter_map(|path| check(path).err()).collect())
}

fn sealed(tenant: &str) -> impl FnOnce(SealError) -> HolderError {
    let tenant = tenant.to_owned();
    |source| HolderError::Sealed { tenant, source }
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
