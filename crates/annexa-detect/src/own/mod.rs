//! The organisation's own secrets: values of its lists ([`ExactList`]) and passages of its documents
//! ([`Fingerprints`]), found again by keyed hashes. No plaintext is kept: without the key a file of hashes tells how
//! many values it holds and nothing more.
//!
//! Lists and texts go through the same `words`, so a value is found however it is spaced, cased or accented. Files
//! have one form (`container`), bound to a key by its id, and a damaged one is refused by name.

mod blend;
mod build;
mod container;
mod dates;
mod error;
mod exact;
mod fingerprints;
mod key;
mod shapes;
mod sieve;
mod speed;
mod table;
mod words;

pub use build::{Columns, ListBuilder, Refused};
pub use error::OwnError;
pub use exact::ExactList;
pub use fingerprints::{Fingerprints, FingerprintsBuilder};
pub use key::OwnKey;
pub use speed::{Speed, measure as measure_speed};

pub(crate) use blend::blend;

use crate::finding::{Category, Finding};
use words::Words;

/// Kind of a value that stands in a list.
pub(crate) const EXACT_MATCH: &str = "EXACT_MATCH";
/// Kind of a passage that stands in a document.
pub(crate) const DOCUMENT_MATCH: &str = "DOCUMENT_MATCH";

/// Something of the organisation's own that a detector looks for, beside the catalogue.
#[derive(Debug)]
pub enum Own {
    /// Values of a list.
    Values(ExactList),
    /// Passages of documents.
    Documents(Fingerprints),
}

impl Own {
    /// Reads a file of either sort.
    ///
    /// # Errors
    /// Names the file and what is wrong: no file of this form, damaged, another key, a newer version.
    pub fn read(name: &str, bytes: &[u8], key: &OwnKey) -> Result<Self, OwnError> {
        if bytes.starts_with(fingerprints::MAGIC) {
            return Ok(Self::Documents(Fingerprints::read(name, bytes, key)?));
        }
        Ok(Self::Values(ExactList::read(name, bytes, key)?))
    }

    /// Name that the list was built under.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Values(list) => list.name(),
            Self::Documents(prints) => prints.name(),
        }
    }

    /// SHA-256 of the file's content, which tells versions of a list apart.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        match self {
            Self::Values(list) => list.digest(),
            Self::Documents(prints) => prints.digest(),
        }
    }

    fn find(&self, words: &Words) -> Vec<Finding> {
        match self {
            Self::Values(list) => list.find_words(words),
            Self::Documents(prints) => prints.find_words(words),
        }
    }
}

fn finding(
    span: (usize, usize),
    kind: &str,
    confidence: f32,
    detector: &'static str,
    why: String,
) -> Finding {
    let (start, end) = span;
    let category = Category::Confidential;
    Finding { start, end, kind: kind.into(), category, confidence, detector, why: why.into() }
}
