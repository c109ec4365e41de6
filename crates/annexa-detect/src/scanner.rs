//! The segmenter: windows of a text that arrives in pieces.

use std::sync::Arc;

use crate::detector::{Around, Detector};
use crate::error::DetectError;
use crate::finding::Finding;

/// How far past a character the scanner may look before it decides about it, in characters of plain prose.
pub const HORIZON_CHARS: usize = 320;

/// A stretch of text that is decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Byte after its last, in the channel's whole text; windows abut.
    pub end: usize,
    /// What was found in it, in bytes of the channel's whole text; each lies wholly in this window.
    pub findings: Vec<Finding>,
}

/// Cuts a text that arrives in pieces into windows, the same for every way of cutting it.
pub struct Scanner {
    detector: Arc<Detector>,
    text: String,
    finished: bool,
}

impl Scanner {
    /// A scanner at the start of a text.
    #[must_use]
    pub fn new(detector: Arc<Detector>) -> Self {
        Self { detector, text: String::new(), finished: false }
    }

    /// Adds what arrived.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Says that nothing more will arrive.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// The next window, once the text that decides about it has arrived.
    ///
    /// # Errors
    /// When a detector fails.
    pub fn next_window(&mut self) -> Result<Option<Window>, DetectError> {
        if !self.finished || self.text.is_empty() {
            return Ok(None);
        }
        let text = std::mem::take(&mut self.text);
        Ok(Some(Window { end: text.len(), findings: self.detector.scan(&text, &Around::default())? }))
    }
}
