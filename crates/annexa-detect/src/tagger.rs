//! What a reader of natural language gives: tags of words, and what each stretch of text is about.

use std::ops::Range;

use crate::error::DetectError;

/// A reader of natural language. The same text gives the same reading, on every processor and at every time.
pub trait Tagger: Send + Sync {
    /// Changes whenever the same text may be read in another way; part of the detectors' version.
    fn version(&self) -> &str;
    /// Names of the tags that [`Tag::tag`] counts, e.g. `PERSON`.
    fn tags(&self) -> &[String];
    /// Names of the classes whose probabilities [`Stretch::classes`] holds, e.g. `inside_information`.
    fn classes(&self) -> &[String];
    /// Languages that it was validated in, two letters each.
    fn languages(&self) -> &[String];
    /// Reads a text. What was read may be kept and used again within `scope`, a tenant.
    ///
    /// # Errors
    /// When it can't be read: the text then counts as not inspected.
    fn read(&self, text: &str, scope: &str) -> Result<Reading, DetectError>;
}

/// What a text says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Tags in order, none over another.
    pub tags: Vec<Tag>,
    /// What each stretch is about, in order.
    pub stretches: Vec<Stretch>,
}

/// A tag of some words.
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// Its first byte in the text.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Number of the tag, in [`Tagger::tags`].
    pub tag: usize,
    /// How likely, from 0 to 1.
    pub confidence: f32,
}

/// What a stretch of text is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// Where, in bytes of the text.
    pub range: Range<usize>,
    /// Probabilities, in the order of [`Tagger::classes`].
    pub classes: Vec<f32>,
    /// Probability that it tries to give a model orders.
    pub injection: f32,
}
