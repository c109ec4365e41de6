//! A word while it is gathered: plain bytes, and where each came from.

use super::Shape;
use super::characters::is_letter;

/// A longer word is unknown as a whole.
const LONGEST: usize = 100;

/// The word being gathered; kept from word to word so that nothing is allocated.
#[derive(Debug, Default)]
pub(crate) struct Word {
    bytes: Vec<u8>,
    /// For each byte, where the character that it came from begins and ends.
    places: Vec<(usize, usize)>,
    characters: usize,
    letters: usize,
    capitals: usize,
    begins_upper: bool,
    /// The last character of the text whose case was counted begins here.
    counted: Option<usize>,
}

impl Word {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.places.clear();
        (self.characters, self.letters, self.capitals) = (0, 0, 0);
        self.begins_upper = false;
        self.counted = None;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn is_too_long(&self) -> bool {
        self.characters > LONGEST
    }

    pub(super) fn bytes_from(&self, at: usize) -> &[u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    /// Where in the text the bytes from `from` to `to` came from.
    pub(super) fn place(&self, from: usize, to: usize) -> (usize, usize) {
        let start = self.places.get(from).map_or(0, |place| place.0);
        (start, self.places.get(to.wrapping_sub(1)).map_or(start, |place| place.1))
    }

    /// An ASCII letter.
    #[inline]
    pub(super) fn push_letter(&mut self, byte: u8, at: usize) {
        self.count(byte.is_ascii_uppercase());
        self.push_byte(byte.to_ascii_lowercase(), at);
    }

    /// An ASCII character.
    #[inline]
    pub(super) fn push_byte(&mut self, byte: u8, at: usize) {
        self.bytes.push(byte);
        self.places.push((at, at + 1));
        self.characters += 1;
    }

    /// `plain`, which came from `original`.
    pub(super) fn push(&mut self, plain: char, original: char, start: usize, end: usize) {
        if self.counted != Some(start) && is_letter(original) {
            self.count(original.is_uppercase());
        }
        self.counted = Some(start);
        let mut buffer = [0; 4];
        for byte in plain.encode_utf8(&mut buffer).bytes() {
            self.bytes.push(byte);
            self.places.push((start, end));
        }
        self.characters += 1;
    }

    /// A character that leaves no trace belongs to the one before it, so that it is masked with it.
    pub(super) fn stretch(&mut self, start: usize, end: usize) {
        let touched = self.places.last().map(|place| place.1);
        if touched != Some(start) {
            return;
        }
        for place in self.places.iter_mut().rev().take_while(|place| place.1 == start) {
            place.1 = end;
        }
    }

    pub(super) fn shape(&self) -> Shape {
        match (self.letters, self.capitals) {
            (2.., capitals) if capitals == self.letters => Shape::Upper,
            _ if self.begins_upper => Shape::First,
            _ => Shape::Lower,
        }
    }

    #[inline]
    fn count(&mut self, upper: bool) {
        self.begins_upper |= upper && self.letters == 0;
        self.letters += 1;
        self.capitals += usize::from(upper);
    }
}
