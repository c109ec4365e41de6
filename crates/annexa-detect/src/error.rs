//! What can go wrong: nearly always a rule that someone wrote, named with its remedy.

/// Why a detector can't be built or can't answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DetectError {
    /// The file isn't TOML of the catalogue's form.
    #[error("types file is not in the catalogue's form: {0}")]
    Form(String),
    /// An entry is wrong.
    #[error("type `{kind}`{}: {problem}; {remedy}", rule_name(*.rule))]
    Entry {
        /// Id of the entry.
        kind: String,
        /// Number of the rule, from 1; 0 for the entry itself.
        rule: usize,
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The patterns of all entries together are too large.
    #[error("the patterns together can't be built: {0}; use fewer or shorter ones")]
    TooLarge(String),
    /// The text is longer than offsets can say.
    #[error("a text of {0} bytes is too long to inspect at once; split it below 1 GiB")]
    TextTooLong(usize),
    /// The encoder failed.
    #[error("the encoder could not read a text: {0}")]
    Encoder(String),
}

fn rule_name(rule: usize) -> String {
    if rule == 0 { String::new() } else { format!(", rule {rule}") }
}
