//! Values and texts made comparable: the words of a text in one plain string, with the way back.
//!
//! Look-alikes are folded as for the catalogue, then case and accents go (NFKD, lower case, no marks) and everything
//! that is no letter or digit separates words. The words lie one after the other without separators, so that
//! `4711-2233`, `4711 2233` and `47112233` are the same stretch of the string, and a run of words costs no copy.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use crate::fold::fold;
use crate::offsets::Offsets;

/// Most words of a run that is looked up, and of a value.
pub(super) const MOST_WORDS: usize = 8;
/// Most bytes between two words of one value.
const GAP_BYTES: usize = 8;
/// Digits are grouped in up to so many.
const GROUP_BYTES: usize = 5;

struct Word {
    /// In the text that was folded.
    place: Range<usize>,
    /// In `plain`.
    plain: Range<usize>,
    /// Holds a digit.
    digit: bool,
    /// Belongs to the word before: little between them and no blank line.
    follows: bool,
}

/// The words of a text.
pub(crate) struct Words {
    plain: String,
    words: Vec<Word>,
    offsets: Option<Offsets>,
}

/// Some words in a row.
pub(super) struct Run<'w> {
    /// The words without what separates them.
    pub(super) plain: &'w str,
    /// Which words.
    pub(super) words: Range<usize>,
    /// One of them holds a digit.
    pub(super) digit: bool,
    /// They look like groups of one number: each holds a digit or is short.
    pub(super) groups: bool,
}

impl Words {
    /// Of a text.
    pub(crate) fn of(text: &str) -> Self {
        let (folded, offsets) = match fold(text) {
            Some((folded, offsets)) => (Some(folded), Some(offsets)),
            None => (None, None),
        };
        let mut splitter = Splitter::new(folded.as_deref().unwrap_or(text));
        splitter.split();
        Self { plain: splitter.plain, words: splitter.words, offsets }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// All words without what separates them.
    pub(super) fn plain(&self) -> &str {
        &self.plain
    }

    /// One word.
    pub(super) fn word(&self, at: usize) -> &str {
        self.words.get(at).and_then(|w| self.plain.get(w.plain.clone())).unwrap_or_default()
    }

    /// The runs that begin at a word, from one word to [`MOST_WORDS`].
    pub(super) fn runs(&self, at: usize) -> impl Iterator<Item = Run<'_>> {
        let words = self.words.get(at..).unwrap_or_default();
        let begin = words.first().map_or(0, |w| w.plain.start);
        let tied = words.iter().enumerate().take_while(|(n, w)| *n == 0 || w.follows).take(MOST_WORDS);
        let (mut digit, mut groups) = (false, true);
        tied.filter_map(move |(n, word)| {
            digit |= word.digit;
            groups &= word.digit || word.plain.len() <= GROUP_BYTES;
            let plain = self.plain.get(begin..word.plain.end)?;
            Some(Run { plain, words: at..at + n + 1, digit, groups })
        })
    }

    /// Whether all words belong together.
    pub(super) fn tied(&self) -> bool {
        self.words.iter().skip(1).all(|w| w.follows)
    }

    /// Bytes of the original text that words stand in.
    pub(super) fn span(&self, words: &Range<usize>) -> (usize, usize) {
        let start = self.words.get(words.start).map_or(0, |w| w.place.start);
        let end =
            words.end.checked_sub(1).and_then(|last| self.words.get(last)).map_or(start, |w| w.place.end);
        self.offsets.as_ref().map_or((start, end), |o| o.back(start, end))
    }
}

struct Splitter<'t> {
    text: &'t str,
    plain: String,
    words: Vec<Word>,
    /// Where the word that is being read begins, in the text and in `plain`.
    open: Option<(usize, usize)>,
}

impl<'t> Splitter<'t> {
    fn new(text: &'t str) -> Self {
        let (plain, words) = (String::with_capacity(text.len()), Vec::with_capacity(text.len() / 6));
        Self { text, plain, words, open: None }
    }

    fn split(&mut self) {
        for (at, c) in self.text.char_indices() {
            if c.is_ascii_alphanumeric() {
                self.open(at);
                self.plain.push(c.to_ascii_lowercase());
            } else if c.is_ascii() {
                self.close(at);
            } else if alone(c) {
                self.close(at);
                self.open(at);
                self.push(c);
                self.close(at + c.len_utf8());
            } else if c.is_alphanumeric() {
                self.open(at);
                self.push(c);
            } else if !mark(c) {
                self.close(at);
            }
        }
        self.close(self.text.len());
    }

    fn open(&mut self, at: usize) {
        self.open.get_or_insert((at, self.plain.len()));
    }

    fn push(&mut self, c: char) {
        match c {
            'ß' | 'ẞ' => self.plain.push_str("ss"),
            _ => {
                let parts = std::iter::once(c).nfkd().flat_map(char::to_lowercase);
                self.plain.extend(parts.filter(|p| p.is_alphanumeric()));
            }
        }
    }

    fn close(&mut self, at: usize) {
        let Some((start, begin)) = self.open.take() else { return };
        let word = self.plain.get(begin..).unwrap_or_default();
        if word.is_empty() {
            return;
        }
        let digit = word.bytes().any(|b| b.is_ascii_digit());
        let follows = self.words.last().is_some_and(|before| near(self.text, before.place.end, start));
        self.words.push(Word { place: start..at, plain: begin..self.plain.len(), digit, follows });
    }
}

fn near(text: &str, end: usize, start: usize) -> bool {
    let gap = text.get(end..start).unwrap_or_default();
    gap.len() <= GAP_BYTES && gap.bytes().filter(|b| *b == b'\n').count() < 2
}

/// Accents that stand by themselves.
fn mark(c: char) -> bool {
    ('\u{300}'..='\u{36F}').contains(&c)
}

/// Characters of scripts without spaces: each is a word.
fn alone(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<String> {
        let words = Words::of(text);
        (0..words.len()).map(|at| words.word(at).to_owned()).collect()
    }

    #[test]
    fn case_accents_and_separators_go() {
        assert_eq!(plain("Anna  MÜLLER-Straße"), ["anna", "muller", "strasse"]);
        assert_eq!(plain("jose\u{301} José JOSÉ"), ["jose", "jose", "jose"]);
        assert_eq!(plain("ＡＢ１２ x\u{200b}y"), ["ab12", "xy"]);
        assert_eq!(plain("田中一郎 様"), ["田", "中", "一", "郎", "様"]);
        assert!(plain("… — !").is_empty());
    }

    #[test]
    fn runs_join_and_end_at_blank_lines() {
        let words = Words::of("4711-22 33\n\nx");
        let runs: Vec<&str> = words.runs(0).map(|r| r.plain).collect();
        assert_eq!(runs, ["4711", "471122", "47112233"]);
        assert!(!words.tied() && Words::of("a b").tied());
    }

    #[test]
    fn spans_are_bytes_of_the_original() {
        let text = "«ＡＢ é» 12";
        let words = Words::of(text);
        let (start, end) = words.span(&(0..2));
        assert_eq!(text.get(start..end), Some("ＡＢ é"));
    }
}
