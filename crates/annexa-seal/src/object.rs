//! A tenant's object in the file holder: a key of its own, wrapped by the root key, in a file of its own.
//!
//! One line of JSON in exactly this form, in a file named by the first 16 bytes of SHA-256 of the tenant's id, in hex:
//!
//! ```text
//! {"v":1,"tenant":"…","root":"<id of the root key>","key":"<base64: envelope of 32 bytes>"}
//! ```
//!
//! The envelope's id is the root key's, its sequence number 0. A destroyed object leaves a tombstone in the same form
//! without `root` and `key`.

use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::derive::derive;
use crate::disk;
use crate::root::{Ring, RootKey};
use crate::{Binding, HolderError, Purpose, Random, SealError, SealingKey, Secret};

const VERSION: u16 = 1;
/// What a tenant key's envelope is bound to, beside the tenant.
const TENANT_KEY: Binding<'_> = Binding { id: "tenant key", sequence: 0 };

/// A tenant's object, opened.
pub(crate) struct Object {
    tenant: String,
    key: Secret,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    v: u16,
    tenant: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    root: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    key: String,
}

impl Object {
    pub(crate) fn generate(tenant: &str, random: &dyn Random) -> Self {
        Self { tenant: tenant.to_owned(), key: Secret::generate(random) }
    }

    pub(crate) fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Reads and opens an object; nothing when the file isn't there.
    pub(crate) fn read(path: &Path, ring: &Ring) -> Result<Option<Self>, HolderError> {
        let Some(stored) = Stored::read(path)? else { return Ok(None) };
        let other = || HolderError::OtherRoot { path: path.to_owned(), root: stored.root.clone() };
        let root = ring.key(&stored.root).ok_or_else(other)?;
        // Whatever fails from here on, the file doesn't hold what the root key wrapped for this tenant.
        let key = stored.open(root).ok_or_else(|| damaged(path))?;
        Ok(Some(Self { tenant: stored.tenant, key }))
    }

    /// The object's file, wrapped by this root key.
    pub(crate) fn text(&self, root: &RootKey, random: &dyn Random) -> Result<String, SealError> {
        let of = Binding { id: root.id(), sequence: 0 };
        let envelope = root.sealing(&self.tenant)?.seal(of, self.key.expose(), random)?;
        let key = STANDARD.encode(envelope);
        Ok(Stored { v: VERSION, tenant: self.tenant.clone(), root: root.id().to_owned(), key }.text())
    }

    pub(crate) fn wrap(&self, key: &Secret, random: &dyn Random) -> Result<Vec<u8>, SealError> {
        self.sealing()?.seal(TENANT_KEY, key.expose(), random)
    }

    pub(crate) fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, SealError> {
        secret(&self.sealing()?.open(TENANT_KEY, wrapped)?).ok_or(SealError::Malformed)
    }

    fn sealing(&self) -> Result<SealingKey, SealError> {
        let block = derive(&self.key, &[], Purpose::Wrap, &self.tenant, "object")?;
        Ok(SealingKey::new(&block, Purpose::Wrap, &self.tenant))
    }
}

/// The name, without extension, of a tenant's files: no id can reach out of the folder.
pub(crate) fn file_name(tenant: &str) -> String {
    let hash = digest(&SHA256, tenant.as_bytes());
    hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// A destroyed tenant's tombstone.
pub(crate) fn tombstone(tenant: &str) -> String {
    Stored { v: VERSION, tenant: tenant.to_owned(), root: String::new(), key: String::new() }.text()
}

/// Checks a tombstone.
pub(crate) fn check_tombstone(path: &Path) -> Result<(), HolderError> {
    match Stored::read(path)? {
        Some(stored) if !(stored.root.is_empty() && stored.key.is_empty()) => Err(damaged(path)),
        _ => Ok(()),
    }
}

impl Stored {
    fn read(path: &Path) -> Result<Option<Self>, HolderError> {
        let Some(text) = disk::read(path)? else { return Ok(None) };
        let stored: Self = serde_json::from_str(&text).map_err(|_| damaged(path))?;
        let named = path.file_stem().is_some_and(|stem| stem == file_name(&stored.tenant).as_str());
        let exact = stored.v == VERSION && stored.text() == *text;
        if named && exact { Ok(Some(stored)) } else { Err(damaged(path)) }
    }

    fn text(&self) -> String {
        // A struct of a number and strings always serialises.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    fn open(&self, root: &RootKey) -> Option<Secret> {
        let envelope = STANDARD.decode(&self.key).ok()?;
        let of = Binding { id: root.id(), sequence: 0 };
        secret(&root.sealing(&self.tenant).ok()?.open(of, &envelope).ok()?)
    }
}

fn secret(bytes: &[u8]) -> Option<Secret> {
    let mut bytes = Zeroizing::new(<[u8; 32]>::try_from(bytes).ok()?);
    Some(Secret::take(&mut bytes))
}

fn damaged(path: &Path) -> HolderError {
    HolderError::Damaged { path: path.to_owned(), line: 1 }
}
