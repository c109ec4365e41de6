//! What a text holds that is worth a closer look: one pass for literals, one for digits and long words.

use std::ops::Range;

use crate::lexicon::{CueId, CueSet, Lexicon, Role};

/// A cue word where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cue {
    pub(crate) id: CueId,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A run of ASCII letters and digits that holds a digit or is long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) digits: usize,
    /// Upper case alone, as long as a bank identifier is.
    pub(crate) bank: bool,
}

/// A spelled digit where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spelled {
    pub(crate) digit: u8,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Everything worth a closer look, each list in order of place.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    pub(crate) cues: Vec<Cue>,
    pub(crate) anchors: Vec<(u16, usize)>,
    pub(crate) spelled: Vec<Spelled>,
    pub(crate) ats: Vec<(Range<usize>, bool)>,
    pub(crate) schemes: Vec<usize>,
    pub(crate) pems: Vec<usize>,
    pub(crate) jwts: Vec<usize>,
    pub(crate) words: Vec<Word>,
    /// Cues that the text's own field name gives.
    pub(crate) field: CueSet,
}

/// How far before a value its cue may stand, in bytes.
pub(crate) const CUE_BEFORE: usize = 64;
/// How far after a value its cue may stand, in bytes.
pub(crate) const CUE_AFTER: usize = 40;
pub(crate) const LONG_WORD: usize = 14;
const LONGEST_CUE: usize = 64;
/// Letters of the shorter bank identifiers.
pub(crate) const SHORTEST_BANK: usize = 8;

impl Survey {
    pub(crate) fn of(lexicon: &Lexicon, text: &str) -> Self {
        let mut survey = Self::default();
        survey.read_literals(lexicon, text);
        survey.read_words(text.as_bytes());
        survey
    }

    /// The cues in a field's name.
    pub(crate) fn field(lexicon: &Lexicon, name: &str) -> CueSet {
        let mut set = CueSet::default();
        let mut survey = Self::default();
        survey.read_literals(lexicon, name);
        survey.cues.iter().for_each(|c| set.insert(c.id));
        set
    }

    fn read_literals(&mut self, lexicon: &Lexicon, text: &str) {
        let bytes = text.as_bytes();
        for hit in lexicon.automaton().find_overlapping_iter(text) {
            let (start, end) = (hit.start(), hit.end());
            let mut whole = None;
            for role in lexicon.roles(hit.pattern()) {
                let is_whole = *whole.get_or_insert_with(|| whole_word(bytes, start, end));
                match *role {
                    Role::Cue(id) if is_whole || written_without_blanks(bytes, start, end) => {
                        self.cues.push(Cue { id, start, end })
                    }
                    Role::Digit(digit) if is_whole => self.spelled.push(Spelled { digit, start, end }),
                    Role::At(bracketed) if bracketed || is_whole => self.ats.push((start..end, bracketed)),
                    Role::Anchor(rule) => self.anchors.push((rule, start)),
                    Role::Scheme => self.schemes.push(start),
                    Role::Pem => self.pems.push(start),
                    Role::Jwt => self.jwts.push(start),
                    Role::Cue(_) | Role::Digit(_) | Role::At(_) => {}
                }
            }
        }
    }

    fn read_words(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            at += 1;
            if !byte.is_ascii_alphanumeric() {
                continue;
            }
            let start = at - 1;
            let mut digits = usize::from(byte.is_ascii_digit());
            let mut upper = usize::from(byte.is_ascii_uppercase());
            while let Some(byte) = bytes.get(at).filter(|b| b.is_ascii_alphanumeric()) {
                digits += usize::from(byte.is_ascii_digit());
                upper += usize::from(byte.is_ascii_uppercase());
                at += 1;
            }
            let bank = matches!(at - start, SHORTEST_BANK | 11) && upper == at - start;
            if digits > 0 || bank || at - start >= LONG_WORD {
                self.words.push(Word { start, end: at, digits, bank });
            }
        }
    }

    /// Cues within reach of a stretch, also those inside it.
    pub(crate) fn cues_round(&self, start: usize, end: usize) -> impl Iterator<Item = &Cue> {
        let from = self.cues.partition_point(|c| c.end + CUE_BEFORE < start);
        let near = self.cues.get(from..).unwrap_or_default();
        near.iter().take_while(move |c| c.end <= end + CUE_AFTER + LONGEST_CUE)
    }

    /// Cues within reach of a value, with their distance; those that overlap it are no cues.
    pub(crate) fn cues_near(&self, start: usize, end: usize) -> impl Iterator<Item = (Cue, usize)> {
        self.cues_round(start, end).filter_map(move |c| {
            if c.end <= start {
                Some((*c, start - c.end))
            } else if c.start >= end && c.start <= end + CUE_AFTER {
                Some((*c, c.start - end))
            } else {
                None
            }
        })
    }
}

/// Is this a word of Chinese, Japanese or Korean, which others may touch on both sides?
fn written_without_blanks(bytes: &[u8], start: usize, end: usize) -> bool {
    let wide = |at: usize| bytes.get(at).is_some_and(|b| (0xE3..=0xED).contains(b));
    end - start >= 6 && wide(start) && wide(end - 3)
}

/// Is this byte of a letter?
fn letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

/// Is this a whole word? A change from lower to upper case (`userPassword`) and a plural `s` end one too.
pub(crate) fn whole_word(bytes: &[u8], start: usize, end: usize) -> bool {
    let at = |i: usize| bytes.get(i).copied().unwrap_or(b' ');
    let first = at(start);
    let last = at(end.wrapping_sub(1));
    let before = if start == 0 { b' ' } else { at(start - 1) };
    let after = at(end);
    let unit = before == b'/' && end - start <= 2;
    let begins = !letter(first)
        || (!letter(before) && !before.is_ascii_digit())
        || (first.is_ascii_uppercase() && before.is_ascii_lowercase());
    let camel = last.is_ascii_lowercase() && after.is_ascii_uppercase();
    let plural = after == b's' && !letter(at(end + 1)) && end - start > 3;
    let ends =
        !letter(last) || (!letter(after) && (!after.is_ascii_digit() || end - start > 2)) || camel || plural;
    begins && ends && !unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        let whole = |text: &str, word: &str| {
            let start = text.find(word).unwrap();
            whole_word(text.as_bytes(), start, start + word.len())
        };
        assert!(!whole("public", "lic"));
        assert!(whole("lic. no", "lic"));
        assert!(whole("userPassword", "Password"));
        assert!(whole("db_password=x", "password"));
        assert!(whole("the tokens are", "token"));
        assert!(!whole("größe", "gr"));
    }
}
