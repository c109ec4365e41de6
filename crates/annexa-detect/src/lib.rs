//! Text to findings: normalisation, validated patterns, the streaming segmenter.
//!
//! [`Detector`] reads a whole text; [`Scanner`] reads a text that arrives in pieces and gives the same windows
//! with the same findings for every way of cutting it. What is found is data: the catalogue's TOML files, in a
//! form that customers use too ([`Detector::with_custom`]).
//!
//! A text goes through these steps: `fold` (look-alikes made plain, invisible characters dropped), `respell`
//! (spelled digits, "at" and "dot", percent and HTML escapes), `survey` (one pass for anchors and cue words, one for
//! digits and long words), then the finders, each only where the survey saw something, and `settle` (overlaps).

mod boundary;
mod catalogue;
mod check;
mod compact;
mod consistent;
mod decode;
mod detector;
mod error;
mod find;
mod finding;
mod fold;
mod keyed;
mod language;
mod lexicon;
mod network;
mod offsets;
pub mod own;
mod password;
mod phone;
mod quiet;
mod redact;
mod relate;
mod respell;
mod rules;
mod scanner;
mod secret;
mod settle;
mod spoken;
mod survey;
mod tagger;
mod telling;
pub mod throughput;
mod validate;

pub use catalogue::Kind;
pub use detector::{Around, Detector, Language};
pub use error::DetectError;
pub use finding::{Category, Finding};
pub use redact::{code_points, redact};
pub use scanner::{HELD_BYTES, HORIZON_CHARS, Scanner, Window};
pub use spoken::not_validated;
pub use tagger::{Reading, Stretch, Tag, Tagger};
