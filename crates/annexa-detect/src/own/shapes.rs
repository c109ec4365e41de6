//! Which forms the values of a list have: lengths, and numbers of words. What has none of them isn't hashed.

use super::words::{MOST_WORDS, Run};

const LONGEST_BIT: usize = 63;

/// The forms, as sets of bits: bit n stands for a plain length of n bytes, the last for all longer ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shapes {
    /// Lengths of values with a digit.
    numbered: u64,
    /// Lengths of values without, by number of words.
    worded: [u64; MOST_WORDS],
    /// Most words of a value with a digit, as written.
    most_words: u64,
    /// 1 if dates are among the values.
    dates: u64,
}

impl Shapes {
    /// Takes a value's form in.
    pub(super) fn add(&mut self, plain: &str, words: usize, digit: bool) {
        let bit = length_bit(plain);
        if digit {
            self.numbered |= bit;
            self.most_words = self.most_words.max(u64::try_from(words).unwrap_or(u64::MAX));
        } else if let Some(lengths) = self.worded.get_mut(words.saturating_sub(1)) {
            *lengths |= bit;
        }
    }

    /// Takes a date in.
    pub(super) fn add_date(&mut self) {
        self.dates = 1;
    }

    /// Whether dates are looked for.
    pub(super) fn dates(&self) -> bool {
        self.dates != 0
    }

    /// Whether a value may look like this run.
    pub(super) fn admits(&self, run: &Run<'_>) -> bool {
        let bit = length_bit(run.plain);
        let words = run.words.len();
        if run.digit {
            let grouped = run.groups || u64::try_from(words).is_ok_and(|w| w <= self.most_words);
            return self.numbered & bit != 0 && grouped;
        }
        self.worded.get(words.saturating_sub(1)).is_some_and(|lengths| lengths & bit != 0)
    }

    /// Its bytes, little-endian.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let rest = [self.numbered, self.most_words, self.dates];
        self.worded.iter().chain(&rest).flat_map(|n| n.to_le_bytes()).collect()
    }

    /// From its bytes.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks::<8>();
        let mut numbers = numbers.iter().map(|n| u64::from_le_bytes(*n));
        let mut shapes = Self::default();
        for lengths in &mut shapes.worded {
            *lengths = numbers.next()?;
        }
        shapes.numbered = numbers.next()?;
        shapes.most_words = numbers.next()?;
        shapes.dates = numbers.next()?;
        (rest.is_empty() && numbers.next().is_none()).then_some(shapes)
    }
}

fn length_bit(plain: &str) -> u64 {
    1 << plain.len().min(LONGEST_BIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own::words::Words;

    fn admits(shapes: &Shapes, text: &str) -> bool {
        let words = Words::of(text);
        words.runs(0).last().is_some_and(|run| shapes.admits(&run))
    }

    #[test]
    fn a_form_admits_itself_and_its_groupings() {
        let mut shapes = Shapes::default();
        shapes.add("ch9300762011623852957", 1, true);
        shapes.add("annakeller", 2, false);
        assert!(admits(&shapes, "CH93 0076 2011 6238 5295 7") && admits(&shapes, "Anna Keller"));
        assert!(!admits(&shapes, "annakeller") && !admits(&shapes, "CH93 0076") && !admits(&shapes, "Anna"));
        assert_eq!(Shapes::read(&shapes.bytes()), Some(shapes));
        assert_eq!(Shapes::read(&[0; 80]), None);
    }
}
