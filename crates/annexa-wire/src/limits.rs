//! How much one body or stream may ask of us.

/// Limits of reading; past any of them a body or stream is refused.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Deepest nesting of JSON values; never more than 256.
    pub depth: usize,
    /// Longest event of a stream, in bytes.
    pub frame_bytes: usize,
    /// Most bytes of an answer that may wait for a decision.
    pub held_bytes: usize,
    /// Most passages of a request or channels of an answer; four times as many values.
    pub passages: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { depth: 64, frame_bytes: 4 << 20, held_bytes: 16 << 20, passages: 200_000 }
    }
}

/// Deepest nesting that is ever read, whatever the configuration says: the walk over a body recurses.
pub(crate) const DEEPEST: usize = 256;
