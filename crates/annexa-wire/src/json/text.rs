//! The text of a JSON string, and which bytes of the document each part of it stands in.

use std::borrow::Cow;
use std::ops::Range;

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Length of the run before the first quote, backslash or control character.
pub(crate) fn plain_run(bytes: &[u8]) -> usize {
    let (words, tail) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return at * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let run = tail.iter().take_while(|b| **b >= 0x20 && **b != b'"' && **b != b'\\').count();
    words.len() * 8 + run
}

/// The high bit of the first byte that is a quote, backslash or control character is set, and none before it.
fn special(word: u64) -> u64 {
    let zero = |w: u64| w.wrapping_sub(LOW) & !w & HIGH;
    let control = word.wrapping_sub(LOW * 0x20) & !word & HIGH;
    zero(word ^ (LOW * 0x22)) | zero(word ^ (LOW * 0x5c)) | control
}

/// Decodes what stands between the quotes; borrowed when there is no escape.
pub(crate) fn unescape(raw: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', raw.as_bytes()) else { return Cow::Borrowed(raw) };
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    let mut next = first;
    loop {
        out.push_str(raw.get(at..next).unwrap_or_default());
        let rest = raw.as_bytes().get(next..).unwrap_or_default();
        if rest.is_empty() {
            return Cow::Owned(out);
        }
        let (character, length) = escape(rest);
        out.push(character);
        at = next + length;
        let behind = raw.as_bytes().get(at..).unwrap_or_default();
        next = memchr::memchr(b'\\', behind).map_or(raw.len(), |n| at + n);
    }
}

/// The character of the escape that `bytes` begin with, and how many bytes it takes.
fn escape(bytes: &[u8]) -> (char, usize) {
    match bytes.get(1) {
        Some(b'n') => ('\n', 2),
        Some(b't') => ('\t', 2),
        Some(b'r') => ('\r', 2),
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{c}', 2),
        Some(b'u') => unicode(bytes).unwrap_or((char::REPLACEMENT_CHARACTER, 6)),
        Some(other) => (char::from(*other), 2),
        None => ('\\', 1),
    }
}

/// The character of a `\u` escape (of both halves, for a pair) and its length; none when it is no character.
pub(crate) fn unicode(bytes: &[u8]) -> Option<(char, usize)> {
    let first = hex(bytes.get(2..6)?)?;
    if !(0xd800..0xe000).contains(&first) {
        return Some((char::from_u32(first)?, 6));
    }
    if bytes.get(6..8)? != b"\\u" || first >= 0xdc00 {
        return None;
    }
    let second = hex(bytes.get(8..12)?)?;
    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    Some((char::from_u32(0x10000 + ((first - 0xd800) << 10) + low)?, 12))
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum, d| Some(sum * 16 + char::from(*d).to_digit(16)?))
}

/// Finds the bytes that positions of a decoded text stand in; positions must not go back.
pub(crate) struct Places<'a> {
    raw: &'a str,
    at_raw: usize,
    at_text: usize,
    escape: usize,
}

impl<'a> Places<'a> {
    /// `raw` is what stands between the quotes.
    pub(crate) fn new(raw: &'a str) -> Self {
        let mut places = Places { raw, at_raw: 0, at_text: 0, escape: 0 };
        places.find_escape();
        places
    }

    /// The raw bytes of a range of the text, widened to whole escapes and characters.
    pub(crate) fn raw(&mut self, range: &Range<usize>) -> Range<usize> {
        let (start, _) = self.unit(range.start);
        if range.is_empty() {
            return start..start;
        }
        let (_, end) = self.unit(range.end);
        start..end
    }

    /// Start and end of the unit that a position lies in; both are the position itself between two units.
    fn unit(&mut self, position: usize) -> (usize, usize) {
        loop {
            let plain = self.escape - self.at_raw;
            if position <= self.at_text + plain {
                self.at_raw += position.saturating_sub(self.at_text);
                self.at_text = self.at_text.max(position);
                return self.character();
            }
            self.at_text += plain;
            self.at_raw = self.escape;
            let rest = self.raw.as_bytes().get(self.at_raw..).unwrap_or_default();
            if rest.is_empty() {
                return (self.raw.len(), self.raw.len());
            }
            let (character, length) = escape(rest);
            if position < self.at_text + character.len_utf8() {
                return (self.at_raw, self.at_raw + length);
            }
            self.at_text += character.len_utf8();
            self.at_raw += length;
            self.find_escape();
        }
    }

    /// Moves off the middle of a character that is written out.
    fn character(&self) -> (usize, usize) {
        let back = (0..4).find(|n| self.raw.is_char_boundary(self.at_raw.saturating_sub(*n))).unwrap_or(0);
        let on = (0..4).find(|n| self.raw.is_char_boundary(self.at_raw + n)).unwrap_or(0);
        (self.at_raw - back, self.at_raw + on)
    }

    fn find_escape(&mut self) {
        let rest = self.raw.as_bytes().get(self.at_raw..).unwrap_or_default();
        self.escape = memchr::memchr(b'\\', rest).map_or(self.raw.len(), |n| self.at_raw + n);
    }
}

/// Writes a string with its quotes.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    write_inner(out, text);
    out.push('"');
}

/// Writes what stands between the quotes.
pub(crate) fn write_inner(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
}

/// [`write_inner`] into a new string.
pub(crate) fn inner(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    write_inner(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_decoded() {
        for (raw, text) in
            [("", ""), ("a", "a"), (r"\n\t\/\\", "\n\t/\\"), (r"x\u00e9y", "xéy"), (r"\ud83d\ude00", "😀")]
        {
            assert_eq!(unescape(raw), text);
        }
    }

    #[test]
    fn ranges_widen_to_whole_escapes_and_characters() {
        let raw = |raw: &str, range| Places::new(raw).raw(&range);
        assert_eq!(raw(r"a\nb", 1..2), 1..3);
        assert_eq!(raw(r"a\nb", 2..3), 3..4);
        assert_eq!(raw(r"\u00e9x", 1..2), 0..6, "the middle of an escaped character");
        assert_eq!(raw("éx", 1..3), 0..3, "the middle of a written character");
        assert_eq!(raw(r"\ud83d\ude00!", 0..1), 0..12);
        assert_eq!(raw(r"\u0041\u0042", 1..2), 6..12);
        assert_eq!(raw(r"ab\n", 2..3), 2..4);
        assert_eq!(raw("abc", 1..1), 1..1);
    }

    proptest! {
        #[test]
        fn writing_and_decoding_give_the_text_back(text in any::<String>()) {
            let written = inner(&text);
            prop_assert_eq!(plain_run(format!("{written}\"").replace('\\', "x").as_bytes()) > written.len(), false);
            prop_assert_eq!(unescape(&written), text);
        }

        #[test]
        fn plain_run_stops_at_the_first_special_byte(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let expected = bytes.iter().position(|b| *b < 0x20 || *b == b'"' || *b == b'\\').unwrap_or(bytes.len());
            prop_assert_eq!(plain_run(&bytes), expected);
        }

        #[test]
        fn every_range_maps_to_bytes_that_decode_to_it(text in "[a-zé😀\n\"\\\\\u{1}]{0,12}", escape_all in any::<bool>()) {
            let raw = if escape_all {
                text.encode_utf16().map(|u| format!("\\u{u:04x}")).collect::<String>()
            } else {
                inner(&text)
            };
            let cuts: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
            for (n, start) in cuts.iter().enumerate() {
                for end in cuts.iter().skip(n) {
                    let range = Places::new(&raw).raw(&(*start..*end));
                    prop_assert_eq!(&*unescape(raw.get(range).unwrap()), text.get(*start..*end).unwrap());
                }
            }
        }
    }
}
