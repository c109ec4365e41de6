//! Text to findings: normalisation, validated patterns, the streaming segmenter.
//!
//! [`Detector`] reads a whole text; [`Scanner`] reads a text that arrives in pieces and gives the same windows
//! with the same findings for every way of cutting it.

mod catalogue;
mod detector;
mod error;
mod finding;
mod redact;
mod scanner;
pub mod throughput;

pub use catalogue::Kind;
pub use detector::{Around, Detector};
pub use error::DetectError;
pub use finding::{Category, Finding};
pub use redact::{code_points, redact};
pub use scanner::{HORIZON_CHARS, Scanner, Window};
