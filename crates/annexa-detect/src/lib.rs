//! Text to findings: normalisation, validated patterns, the streaming segmenter.

mod finding;

pub use finding::{Category, Finding};
