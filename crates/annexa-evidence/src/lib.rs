//! What happened, and the proof of it: event types, the Merkle log, checkpoints, proofs and offline verification.
//!
//! An [`Event`] says what happened, without content. It is serialised once; those bytes are sealed and kept by the
//! store, and the log holds a [`Leaf`] that commits to them under an erasable salt. Leaves form an RFC 6962
//! [`Tree`], published as C2SP `tlog-tiles` under a signed [`Checkpoint`]; a [`Proof`] shows one leaf in it, and
//! [`verify_export`] checks a whole exported folder without a network and without trust in whoever made it.
//!
//! ```
//! use annexa_evidence::{Checkpoint, Leaf, Proof, SigningKey, Tree, prove_inclusion};
//!
//! let mut tree = Tree::new();
//! let leaf = Leaf::new(0, "started", &[7; 32], b"an event's bytes").to_bytes();
//! tree.append(&leaf);
//! tree.append(b"another leaf");
//! let key = SigningKey::from_seed("log.example", &[1; 32])?;
//! let checkpoint = Checkpoint::new("log.example", tree.size(), tree.root()).sign(&key)?;
//!
//! let tiles = tree.partial_tiles();
//! let mut source = |tile| {
//!     let found = tiles.iter().find(|(own, _)| *own == tile);
//!     found.map(|(_, bytes)| bytes.clone()).ok_or(std::io::ErrorKind::NotFound.into())
//! };
//! let hashes = prove_inclusion(tree.size(), 0, &mut source)?;
//! let proof = Proof { extra: Some(leaf.clone()), index: 0, hashes, checkpoint };
//! let read: Proof = proof.to_string().parse()?;
//! assert_eq!(read.verify(&leaf, key.verifying())?.size, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Everything here is pure, but for the two ends of an export, which read and write a folder. Nothing takes the
//! time or makes randomness of its own.

mod checkpoint;
mod embedded;
mod event;
mod export;
mod hash;
mod leaf;
mod manifest;
mod note;
mod proof;
mod prove;
mod source;
mod tile;
mod tree;
mod verify;
mod what;

pub mod bundle;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use embedded::Embedded;
pub use event::{EVENT_VERSION, Ended, Event, EventError, Found, Intent, Outcome, RecordRef, Refused};
pub use export::{Exported, Exporter};
pub use hash::{Hash, hash_leaf, hash_node};
pub use leaf::{Leaf, LeafError, Salt};
pub use note::{Note, NoteError, Signature, SigningKey, VerifyingKey};
pub use proof::{Proof, ProofError};
pub use prove::{prove_consistency, prove_inclusion, root_of, verify_consistency, verify_inclusion};
pub use source::{TileSource, TreeError};
pub use tile::{Level, Tile};
pub use tree::{FullTile, Tree};
pub use verify::{ExportError, Position, VerifiedExport, verify_export};
pub use what::What;
