//! The detector: the catalogue made ready, and the way a text goes through it.

use crate::catalogue::{self, Kind};
use crate::error::DetectError;
use crate::finding::Finding;

/// What stands around a text and tells what is in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around<'a> {
    /// Text before, for context only: no finding lies in it.
    pub before: &'a str,
    /// JSON key or header name that the text is the value of, e.g. `ssn`.
    pub field: Option<&'a str>,
}

/// All types of the catalogue, made ready to search with.
pub struct Detector {
    kinds: Vec<Kind>,
    version: String,
}

impl Detector {
    /// The detector with the catalogue that is compiled in.
    ///
    /// # Errors
    /// When the catalogue is not in its form, which the tests rule out.
    pub fn builtin() -> Result<Self, DetectError> {
        Self::with_custom("")
    }

    /// The catalogue and a customer's own types.
    ///
    /// # Errors
    /// Names the entry, what is wrong and what to do.
    pub fn with_custom(toml: &str) -> Result<Self, DetectError> {
        let mut kinds = Vec::new();
        for file in catalogue::FILES.iter().chain([&toml]) {
            kinds.extend(catalogue::read(file)?);
        }
        Ok(Self { kinds, version: "patterns-1".to_owned() })
    }

    /// What is found in a text: sorted, without overlaps.
    ///
    /// # Errors
    /// When the text can't be inspected.
    pub fn scan(&self, _text: &str, _around: &Around<'_>) -> Result<Vec<Finding>, DetectError> {
        Ok(Vec::new())
    }

    /// All types.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Family of a kind that policies decide by; `other` for one that isn't in the catalogue.
    #[must_use]
    pub fn family(&self, kind: &str) -> &str {
        self.kinds.iter().find(|k| *k.id == *kind).map_or("other", |k| &k.family)
    }

    /// Label of the shared taxonomy.
    #[must_use]
    pub fn label(&self, kind: &str) -> Option<&str> {
        self.kinds.iter().find(|k| *k.id == *kind).and_then(|k| k.label.as_deref())
    }

    /// Version of engine and catalogue.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }
}
