//! The holder of the root key: what a file can do today, and a hardware module or a cloud service later.
//!
//! A holder keeps one object for each tenant. What it wraps for a tenant can only be opened while that object exists,
//! and destroying the object, once, destroys all of the tenant's content. An object that was destroyed can't be made
//! again under the same name, so a restored backup doesn't bring a destroyed tenant back to life unnoticed.

use std::io;
use std::path::PathBuf;

use crate::{SealError, Secret};

/// Wraps tenants' keys. Slow as a network round trip where the holder is a machine apart: keep what it unwraps.
pub trait KeyHolder: Send + Sync {
    /// Names the root key in use.
    fn root_id(&self) -> String;

    /// Whether the tenant has an object, had one, or never did.
    ///
    /// # Errors
    /// When the holder can't be asked.
    fn state(&self, tenant: &str) -> Result<TenantState, HolderError>;

    /// Makes the tenant's object.
    ///
    /// # Errors
    /// When the tenant has or had one, or the holder fails.
    fn create(&self, tenant: &str) -> Result<(), HolderError>;

    /// Wraps a key under the tenant's object.
    ///
    /// # Errors
    /// When the tenant has no object, or the holder fails.
    fn wrap(&self, tenant: &str, key: &Secret) -> Result<Vec<u8>, HolderError>;

    /// Opens a key that was wrapped under the tenant's object.
    ///
    /// # Errors
    /// When it was not, is damaged, or the tenant has no object, or the holder fails.
    fn unwrap(&self, tenant: &str, wrapped: &[u8]) -> Result<Secret, HolderError>;

    /// Destroys the tenant's object for good. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the tenant never had one, or the holder fails.
    fn destroy(&self, tenant: &str) -> Result<(), HolderError>;

    /// The tenants that have an object, in order of name.
    ///
    /// # Errors
    /// When the holder can't be asked, or an object is damaged.
    fn tenants(&self) -> Result<Vec<String>, HolderError>;
}

/// What a holder knows of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantState {
    /// It never had an object.
    Absent,
    /// It has one.
    Held,
    /// It had one.
    Destroyed,
}

/// Why a holder can't do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum HolderError {
    /// There is a root key or object already.
    #[error("`{0}` exists already")]
    Exists(PathBuf),
    /// There is no root key.
    #[error("`{0}` is missing: restore the root key from its backup; without it nothing sealed can be read")]
    Missing(PathBuf),
    /// Others than the owner may read or write a key file.
    #[error(
        "`{path}` may be read or written by others (mode {mode:o}): `chmod 600` it, and rotate the root key"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file doesn't hold what was written to it.
    #[error("`{path}`, line {line}, is damaged: restore it from its backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An object is wrapped by a root key that isn't here.
    #[error(
        "`{path}` is wrapped by root key `{root}`, which is not here: restore the root key that belongs to it"
    )]
    OtherRoot {
        /// The object's file.
        path: PathBuf,
        /// The root key's id.
        root: String,
    },
    /// The tenant never had an object.
    #[error("tenant `{0}` has no key object: create the tenant first")]
    NoTenant(String),
    /// The tenant's object was destroyed.
    #[error("tenant `{0}` was destroyed, and what it sealed can't be read any more")]
    Destroyed(String),
    /// A wrapped key doesn't open.
    #[error("the key of tenant `{tenant}` doesn't open")]
    Sealed {
        /// The tenant.
        tenant: String,
        /// Why.
        #[source]
        source: SealError,
    },
    /// A file can't be read or written.
    #[error("`{path}` can't be read or written")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}
