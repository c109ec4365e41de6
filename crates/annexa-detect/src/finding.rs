//! What a detector reports: a span with its type, category, confidence and why.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What a finding is about; policies decide by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Identifies or describes a person.
    Personal,
    /// Health data and health identifiers.
    Health,
    /// Accounts, cards, payment data.
    Financial,
    /// Anything that grants access.
    Credential,
    /// The organisation's own secrets.
    Confidential,
    /// Instructions planted in data.
    Injection,
    /// Data on its way out through a tool.
    Exfiltration,
    /// Harmful content.
    Harmful,
    /// Content that no detector could read.
    Uninspected,
}

/// One sensitive span of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// First byte of the span in the text that was scanned, on a character boundary.
    pub start: usize,
    /// Byte after the span's last, on a character boundary.
    pub end: usize,
    /// Type, e.g. `CREDIT_CARD`; an id of the catalogue.
    pub kind: Arc<str>,
    /// Category of the type.
    pub category: Category,
    /// How sure the detector is, from 0 to 1.
    pub confidence: f32,
    /// Which detector reported it, e.g. `pattern`, `keyed_value`, `entropy`.
    pub detector: &'static str,
    /// Why, in a few words and never with the value: `issuer range and Luhn`, `cue word before`.
    pub why: Arc<str>,
}
