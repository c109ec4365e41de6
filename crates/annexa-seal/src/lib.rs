//! Sealing: envelopes, tenant keys and the holder of the root key.
//!
//! A [`KeyHolder`] keeps one destroyable object for each tenant and wraps the tenant's [`TenantKey`] under it.
//! From a tenant key come [`SealingKey`]s, one for each [`Purpose`] and, where content must be erasable, one for
//! each scope, derived with a random salt: deleting the salt makes all that the scope sealed unreadable. A sealing
//! key makes envelopes that only open under that key, for that tenant, purpose, id and sequence number.
//!
//! Keys are wiped from memory when dropped, never shown, and compared in constant time. Randomness is passed in.

mod derive;
mod disk;
mod envelope;
mod files;
mod holder;
mod object;
mod root;
mod secret;
mod tenant;

#[cfg(test)]
mod counting;

pub use derive::SALT_LENGTH;
pub use envelope::{Binding, OVERHEAD, SealError, SealingKey};
pub use files::FileHolder;
pub use holder::{HolderError, KeyHolder, TenantState};
pub use secret::{Purpose, Random, Secret};
pub use tenant::TenantKey;
