//! Which limit was passed.

/// Why a file isn't read. Its content is not inspected then; policy decides what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExtractError {
    /// The file is too large.
    #[error("the file has {bytes} bytes, more than `bytes_in` = {limit}: raise the limit or split the file")]
    BytesIn {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Its text, or what compressed content expands to, is too large.
    #[error("the file holds more than `bytes_out` = {limit} bytes: raise the limit or split the file")]
    BytesOut {
        /// The limit.
        limit: usize,
    },
    /// It expands as bombs do.
    #[error("the file expands to more than `ratio` = {limit} times its size, as a decompression bomb does")]
    Ratio {
        /// The limit.
        limit: usize,
    },
    /// It is nested too deeply.
    #[error("the file is nested deeper than `depth` = {limit}: unpack it first")]
    Depth {
        /// The limit.
        limit: usize,
    },
    /// It has too many parts.
    #[error("the file has more than `parts` = {limit} parts: raise the limit or split the file")]
    Parts {
        /// The limit.
        limit: usize,
    },
}
