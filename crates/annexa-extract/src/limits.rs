//! How much a file may cost.

/// Bounds of one extraction, nested archives included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes_in: usize,
    /// Bytes of text, and apart from it bytes that compressed content expands to.
    pub bytes_out: usize,
    /// Bytes that compressed content may expand to for each byte of the file; the first MiB is free.
    pub ratio: usize,
    /// Archives within archives, and levels of JSON.
    pub depth: usize,
    /// Parts, members of archives, and things that can't be read, together.
    pub parts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes_in: 64 << 20, bytes_out: 256 << 20, ratio: 200, depth: 32, parts: 1_000_000 }
    }
}
