//! Labels to spans: the tag of a word is the tag of its first piece, and neighbours with one tag are one span.

use std::ops::Range;

use crate::tokenize::Token;

/// Something that was found in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The number of its tag, as in [`crate::Model::tags`].
    pub tag: usize,
    /// How likely its words have this tag, from 0 to 1: the mean over the words.
    pub confidence: f32,
    /// Words that the confidence is the mean of.
    pub(crate) words: u32,
    /// Whether it would go on with what stands before the window's fresh part, had that the same tag.
    pub(crate) goes_on: bool,
}

/// A word with its most likely tag.
#[derive(Debug, Clone, Copy)]
struct Tagged {
    tag: usize,
    probability: f32,
    begins: bool,
}

/// From which probability a tag is believed; where none is given, from the point where it is likelier than none.
#[derive(Debug, Clone)]
pub(crate) struct Thresholds(pub(crate) Vec<Option<f32>>);

impl Thresholds {
    /// What a row of probabilities says of a word: no tag, begin and inside of each tag.
    fn judge(&self, probabilities: &[f32]) -> Option<Tagged> {
        let (none, rest) = probabilities.split_first()?;
        let tags = rest.as_chunks::<2>().0.iter().zip(&self.0);
        let mut best: Option<Tagged> = None;
        for (tag, ([begin, inside], threshold)) in tags.enumerate() {
            let probability = begin + inside;
            if best.is_none_or(|best| probability > best.probability)
                && threshold.map_or(probability > *none, |threshold| probability >= threshold)
            {
                best = Some(Tagged { tag, probability, begins: begin > inside });
            }
        }
        best
    }
}

/// Spans of the words that lie in `fresh`. `row` gives the probabilities of a token by its number.
pub(crate) fn spans<'a>(
    tokens: &[Token],
    fresh: &Range<usize>,
    thresholds: &Thresholds,
    mut row: impl FnMut(usize) -> &'a [f32],
    spans: &mut Vec<Span>,
) {
    let mut before: Option<usize> = None;
    for (at, token) in tokens.iter().enumerate() {
        if !token.first || token.start < fresh.start || token.end > fresh.end {
            continue;
        }
        let end = word_end(tokens, at);
        let tagged = thresholds.judge(row(at));
        match (tagged, spans.last_mut()) {
            (Some(word), Some(span)) if before == Some(word.tag) && !word.begins => {
                span.take(end, word.probability)
            }
            (Some(word), _) => spans.push(Span {
                start: token.start,
                end,
                tag: word.tag,
                confidence: word.probability,
                words: 1,
                goes_on: !word.begins && token.start == fresh.start,
            }),
            (None, _) => {}
        }
        before = tagged.map(|word| word.tag);
    }
}

fn word_end(tokens: &[Token], at: usize) -> usize {
    let pieces = tokens.get(at..).unwrap_or_default();
    let last = pieces.iter().skip(1).take_while(|token| !token.first).last();
    last.or(pieces.first()).map_or(0, |token| token.end)
}

impl Span {
    /// Adds a word.
    fn take(&mut self, end: usize, probability: f32) {
        self.confidence = mean(self.confidence, self.words, probability, 1);
        self.words += 1;
        self.end = end;
    }

    /// Moves it on by `offset` bytes.
    pub(crate) fn shift(&mut self, offset: usize) {
        self.start += offset;
        self.end += offset;
    }

    /// Takes `next`, which was found in the window after the one of this span, if both are parts of one.
    pub(crate) fn join(&mut self, next: &Span, border: usize) -> bool {
        let one = next.goes_on && next.tag == self.tag && self.end == border;
        if one {
            self.confidence = mean(self.confidence, self.words, next.confidence, next.words);
            self.words += next.words;
            self.end = next.end;
        }
        one
    }
}

fn mean(a: f32, of_a: u32, b: f32, of_b: u32) -> f32 {
    (a * of_a as f32 + b * of_b as f32) / (of_a + of_b) as f32
}
