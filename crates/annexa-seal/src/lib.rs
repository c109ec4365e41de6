//! Sealing: envelopes, tenant keys and the holder of the root key.
//!
//! A [`KeyHolder`] keeps one destroyable object for each tenant and wraps the tenant's [`TenantKey`] under it.
//! From a tenant key come [`SealingKey`]s, one for each [`Purpose`] and, where content must be erasable, one for
//! each scope, derived with a random salt: deleting the salt makes all that the scope sealed unreadable. A sealing
//! key makes envelopes that only open under that key, for that tenant, purpose, id and sequence number.
//!
//! ```
//! use annexa_seal::{Binding, Purpose, Random, SealError, TenantKey};
//!
//! # struct Dice;
//! # impl Random for Dice {
//! #     fn fill(&self, bytes: &mut [u8]) {
//! #         bytes.fill(4);
//! #     }
//! # }
//! fn seal_and_open(random: &dyn Random) -> Result<(), SealError> {
//!     let tenant = TenantKey::generate("acme", random);
//!     let key = tenant.scoped(Purpose::Record, "2026-11-24 p-17", &[7; 32])?;
//!     let of = Binding { id: "exchange-1", sequence: 0 };
//!     let envelope = key.seal(of, b"what was said", random)?;
//!     assert_eq!(key.open(of, &envelope)?.as_slice(), b"what was said");
//!     assert!(key.open(Binding { sequence: 1, ..of }, &envelope).is_err());
//!     Ok(())
//! }
//! # seal_and_open(&Dice).unwrap();
//! ```
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
