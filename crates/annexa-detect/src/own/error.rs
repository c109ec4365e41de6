//! What can go wrong with lists and fingerprints, each with the place and the remedy.

/// Why a list or fingerprints can't be built or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnError {
    /// The key is too short to keep the values.
    #[error("the key has {0} bytes: use at least 32 random ones, e.g. of `openssl rand -hex 32`")]
    ShortKey(usize),
    /// The file is of another form.
    #[error("{0} is no file of `annexa edm build` or `annexa fingerprint build`")]
    Form(String),
    /// The file is of a version that this program doesn't know.
    #[error("{name} has version {found} and this program reads {known}: build it again")]
    Version {
        /// The file.
        name: String,
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The file's content isn't what was written.
    #[error("{name} is damaged ({what}): build it again or restore it")]
    Damaged {
        /// The file.
        name: String,
        /// What shows it.
        what: &'static str,
    },
    /// The file was built with another key.
    #[error(
        "{name} was built with the key {built} and this is the key {given}: give the key it was built with"
    )]
    OtherKey {
        /// The file.
        name: String,
        /// Id of the key it was built with.
        built: String,
        /// Id of the key that was given.
        given: String,
    },
    /// `--columns` can't be used.
    #[error("columns `{columns}`: {problem}; {remedy}")]
    Columns {
        /// What was written.
        columns: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Nothing was left to look for.
    #[error("`{0}` holds nothing to look for: every value or document was refused, see the counts")]
    Empty(String),
    /// More than the file's numbers can count.
    #[error("`{0}` is too large for one file: split it below 4 thousand million values")]
    TooLarge(String),
}
