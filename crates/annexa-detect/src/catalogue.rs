//! The catalogue's TOML form: what an entry says, read and checked.

use std::sync::Arc;

use serde::Deserialize;

use crate::error::DetectError;
use crate::finding::Category;
use crate::relate::Relation;

/// The files that are compiled in, in the order in which their kinds are listed.
pub(crate) const FILES: &[&str] = &[
    include_str!("../catalogue/cards.toml"),
    include_str!("../catalogue/bank.toml"),
    include_str!("../catalogue/government.toml"),
    include_str!("../catalogue/government_more.toml"),
    include_str!("../catalogue/health.toml"),
    include_str!("../catalogue/contact.toml"),
    include_str!("../catalogue/keys_cloud.toml"),
    include_str!("../catalogue/keys_saas.toml"),
    include_str!("../catalogue/secrets.toml"),
    include_str!("../catalogue/language.toml"),
    include_str!("../catalogue/relations.toml"),
    include_str!("../catalogue/engine.toml"),
];

const MOST_ENTRIES: usize = 2_000;

/// One type of the catalogue, with the names that others use for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Id, upper case, e.g. `CREDIT_CARD`.
    pub id: Arc<str>,
    /// Category that policies decide by.
    pub category: Category,
    /// Family that policies decide by, e.g. `card`.
    pub family: Arc<str>,
    /// Label of the shared taxonomy, if it has one.
    #[serde(default)]
    pub label: Option<Arc<str>>,
    /// The standard or authority that defines it.
    pub standard: String,
    /// Presidio's name, or `-`.
    pub presidio: String,
    /// Google Sensitive Data Protection's name, or `-`.
    pub google: String,
    /// Amazon Comprehend's or Bedrock Guardrails' name, or `-`.
    pub aws: String,
    /// Cue words of all its rules.
    #[serde(default)]
    pub cues: Vec<String>,
    /// Texts in which it is found; `«` and `»` stand round the value.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Texts in which it is not found.
    #[serde(default)]
    pub counter_examples: Vec<String>,
    #[serde(default, rename = "rule")]
    pub(crate) rules: Vec<RuleEntry>,
}

/// One way to find a kind, as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleEntry {
    #[serde(default)]
    pub(crate) compact: Option<String>,
    #[serde(default)]
    pub(crate) written: Option<String>,
    #[serde(default)]
    pub(crate) anchors: Vec<String>,
    #[serde(default)]
    pub(crate) pattern: Option<String>,
    #[serde(default)]
    pub(crate) value: Option<String>,
    #[serde(default)]
    pub(crate) finder: Option<String>,
    #[serde(default)]
    pub(crate) word: Option<String>,
    #[serde(default)]
    pub(crate) validator: Option<String>,
    #[serde(default)]
    pub(crate) confidence: Option<f32>,
    #[serde(default)]
    pub(crate) cued: Option<f32>,
    #[serde(default)]
    pub(crate) why: Option<String>,
    #[serde(default)]
    pub(crate) cues: Vec<String>,
    #[serde(default)]
    pub(crate) not_near: Vec<String>,
    #[serde(default)]
    pub(crate) cue_before: bool,
    #[serde(default)]
    pub(crate) assigned: bool,
}

/// One file: kinds, and what they mean together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    #[serde(default, rename = "kind")]
    pub(crate) kinds: Vec<Kind>,
    #[serde(default, rename = "relation")]
    pub(crate) relations: Vec<Relation>,
}

/// Reads one file of kinds and relations.
pub(crate) fn read(toml: &str) -> Result<File, DetectError> {
    let file: File =
        toml::from_str(toml).map_err(|e| DetectError::Form(e.to_string().trim_end().to_owned()))?;
    if file.kinds.len() > MOST_ENTRIES {
        return Err(DetectError::Form(format!("{} entries are more than {MOST_ENTRIES}", file.kinds.len())));
    }
    file.kinds.iter().try_for_each(check_entry)?;
    Ok(file)
}

fn check_entry(kind: &Kind) -> Result<(), DetectError> {
    let fail = |problem: &str, remedy| Err(entry_error(kind, 0, problem, remedy));
    let named = kind.id.starts_with(|c: char| c.is_ascii_uppercase())
        && kind.id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if !named {
        return fail("the id is not upper case", "write it with A-Z, 0-9 and _, beginning with a letter");
    }
    if kind.family.is_empty() {
        return fail("the family is empty", "name the family that policy decides by");
    }
    Ok(())
}

/// An error about an entry or one of its rules.
pub(crate) fn entry_error(kind: &Kind, rule: usize, problem: &str, remedy: &'static str) -> DetectError {
    DetectError::Entry { kind: kind.id.to_string(), rule, problem: problem.to_owned(), remedy }
}
