//! Why bytes could not be read or edited. Messages name the place, never the content.

/// What is wrong with a body, a stream or an edit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not JSON as every reader reads it.
    #[error("byte {at}: {what}")]
    Json {
        /// Offset in the body, event or document.
        at: usize,
        /// What is wrong there.
        what: &'static str,
    },
    /// Values nested too deeply.
    #[error("byte {at}: values are nested more than {limit} deep: flatten them or raise `limits.depth`")]
    Depth {
        /// Offset in the body, event or document.
        at: usize,
        /// Deepest nesting allowed.
        limit: usize,
    },
    /// The body's outermost value is not an object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// More values than allowed.
    #[error("more than {limit} values: send fewer")]
    TooMany {
        /// Most passages allowed.
        limit: usize,
    },
    /// An event or what is held is too long.
    #[error("{what} is longer than {limit} bytes")]
    TooLong {
        /// What is too long.
        what: &'static str,
        /// Most bytes allowed.
        limit: usize,
    },
    /// A stream does what its dialect does not allow.
    #[error("the stream can't be followed: {0}")]
    Stream(&'static str),
    /// An edit that can't be made.
    #[error("an edit at `{place}` can't be made: {what}")]
    Edit {
        /// Place of the passage or channel.
        place: String,
        /// Why not.
        what: &'static str,
    },
}
