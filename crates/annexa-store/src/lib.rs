//! The store of one node: state in SQLite, events and sealed records in append-only segments, the log's tiles and
//! checkpoints, and the keys that seal all of it.
//!
//! [`Store::enqueue`] is the way of every exchange: it serialises an event once and seals it; [`Store::write`] gives it to
//! the kernel with all that waits, in one write. [`Store::wait_durable`] waits until it is on disk. Changes of state are one transaction with their event.
//! At start all is read and compared with the last checkpoint, and what is lost or damaged is named; [`verify`] does the
//! same without changing anything, and names a changed byte in any file. `docs/formats/segment.md` and
//! `docs/formats/store.md` describe the files.

mod calendar;
mod change;
mod digest;
mod error;
mod frame;
mod index;
mod keeper;
mod keyring;
mod layout;
mod log;
mod open;
mod options;
mod reading;
mod recording;
mod recover;
mod registers;
mod scan;
mod segment;
mod state;
mod store;
mod sum;
mod system;
mod tiles;
mod verify;
mod wal;

#[cfg(test)]
mod change_tests;
#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod flip_tests;
#[cfg(test)]
mod store_tests;
#[cfg(test)]
mod testing;

pub use annexa_seal::Random;
pub use error::{Notice, StoreError, VerifyError};
pub use options::{Clock, Durability, Options, SYSTEM_TENANT};
pub use reading::Export;
pub use recording::{Recording, RecordingMode};
pub use registers::{Application, Exception, ExceptionGrant, ExceptionRequest, Key, KeyGrant, Tenant};
pub use store::{Appended, Draft, Logged, Opened, Position, RecordBody, Store};
pub use verify::{Verified, verify};
