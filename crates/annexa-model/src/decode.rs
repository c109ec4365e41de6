//! Labels to spans: the tag of a word is the tag of its first piece, and neighbours with one tag are one span.

use std::ops::Range;

use crate::tokenize::{Shape, Token};

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
    // The token at a window's end belongs to no word.
    let continues = |token: &&Token| !token.first && token.shape != Shape::Special;
    let last = pieces.iter().skip(1).take_while(continues).last();
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

    /// Moves it back by `offset` bytes.
    pub(crate) fn shift_back(&mut self, offset: usize) {
        self.start -= offset;
        self.end -= offset;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of three letters with a space between, each followed by as many pieces as `continued` says.
    fn words(continued: &[usize]) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut start = 0;
        for more in continued {
            for piece in 0..=*more {
                tokens.push(Token { id: 9, start, end: start + 3, first: piece == 0, shape: Shape::Lower });
                start += 3;
            }
            start += 1;
        }
        tokens
    }

    /// Probabilities over `O B-0 I-0 B-1 I-1` with the most for `label`.
    fn row(label: &str) -> [f32; 5] {
        let at = ["O", "B0", "I0", "B1", "I1"].iter().position(|name| *name == label).unwrap();
        let mut row = [0.1; 5];
        row[at] = 0.6;
        row
    }

    /// Start, end and tag of each span of words with these labels.
    fn found(labels: &[&str]) -> Vec<(usize, usize, usize)> {
        let spans = decoded(&words(&vec![0; labels.len()]), labels, &(0..1000), [None, None]);
        spans.iter().map(|span| (span.start, span.end, span.tag)).collect()
    }

    fn decoded(
        tokens: &[Token],
        labels: &[&str],
        fresh: &Range<usize>,
        thresholds: [Option<f32>; 2],
    ) -> Vec<Span> {
        let rows: Vec<[f32; 5]> = labels.iter().map(|label| row(label)).collect();
        let mut out = Vec::new();
        spans(tokens, fresh, &Thresholds(thresholds.into()), |at| &rows[at], &mut out);
        out
    }

    #[test]
    fn begin_and_inside_are_one_span() {
        assert_eq!(found(&["O", "B0", "I0", "I0", "O"]), [(4, 15, 0)]);
        assert_eq!(found(&["B1"]), [(0, 3, 1)]);
        assert_eq!(found(&["O", "O"]), []);
    }

    #[test]
    fn a_begin_parts_neighbours_of_one_tag() {
        assert_eq!(found(&["B0", "B0", "I0"]), [(0, 3, 0), (4, 11, 0)]);
    }

    #[test]
    fn an_inside_without_a_begin_begins() {
        assert_eq!(found(&["O", "I0", "I0"]), [(4, 11, 0)]);
        assert_eq!(found(&["B0", "I1", "I1", "I0"]), [(0, 3, 0), (4, 11, 1), (12, 15, 0)]);
        assert_eq!(found(&["B0", "O", "I0"]), [(0, 3, 0), (8, 11, 0)]);
    }

    #[test]
    fn a_word_is_judged_by_its_first_piece() {
        let spans = decoded(&words(&[0, 2, 1]), &["O", "B0", "B1", "O", "O", "I1"], &(0..1000), [None, None]);
        assert_eq!(spans.len(), 1);
        assert_eq!((spans[0].start, spans[0].end, spans[0].tag), (4, 13, 0));
    }

    #[test]
    fn the_tokens_at_the_ends_of_a_window_belong_to_no_word() {
        let special = Token { id: 2, start: 0, end: 0, first: false, shape: Shape::Special };
        let tokens = [&[special][..], &words(&[0, 1]), &[special]].concat();
        let spans = decoded(&tokens, &["B0", "O", "B1", "I0", "B0"], &(0..1000), [None, None]);
        assert_eq!(spans.len(), 1);
        assert_eq!((spans[0].start, spans[0].end, spans[0].tag), (4, 10, 1));
    }

    #[test]
    fn a_threshold_decides_where_there_is_one() {
        let with = |threshold| decoded(&words(&[0]), &["B0"], &(0..1000), [threshold, Some(0.9)]).len();
        // Begin and inside together have 0.7.
        assert_eq!([None, Some(0.69), Some(0.71)].map(with), [1, 1, 0]);
        let unlikely = decoded(&words(&[0]), &["O"], &(0..1000), [None, Some(0.15)]);
        assert_eq!(unlikely[0].tag, 1);
    }

    #[test]
    fn confidence_is_the_mean_of_the_words() {
        let rows = [[0.0, 0.8, 0.1, 0.1, 0.0], [0.3, 0.0, 0.6, 0.1, 0.0], [0.5, 0.0, 0.6, 0.0, 0.0]];
        let mut out = Vec::new();
        let thresholds = Thresholds(vec![None, None]);
        spans(&words(&[0; 3]), &(0..1000), &thresholds, |at| &rows[at], &mut out);
        assert_eq!((out.len(), out[0].words), (1, 3));
        assert!((out[0].confidence - 0.7).abs() < 1e-6);
    }

    #[test]
    fn words_outside_of_the_fresh_part_are_context() {
        let labels = ["B0", "I0", "I0", "I0"];
        let spans = decoded(&words(&[0; 4]), &labels, &(4..11), [None, None]);
        assert_eq!(spans.len(), 1);
        assert_eq!((spans[0].start, spans[0].end, spans[0].goes_on), (4, 11, true));
        let apart = decoded(&words(&[0; 4]), &["O", "B0", "O", "O"], &(4..11), [None, None]);
        assert!(!apart[0].goes_on);
    }

    #[test]
    fn parts_of_two_windows_are_one_span_where_they_touch() {
        let tokens = words(&[0; 4]);
        let labels = ["O", "B0", "I0", "O"];
        let mut first = decoded(&tokens, &labels, &(0..7), [None, None]).remove(0);
        let second = decoded(&tokens, &labels, &(8..15), [None, None]).remove(0);
        assert!(!first.clone().join(&second, 8), "the first does not reach the border");
        assert!(!first.clone().join(&Span { tag: 1, ..second }, 7));
        assert!(!first.clone().join(&Span { goes_on: false, ..second }, 7));
        assert!(first.join(&Span { words: 2, confidence: 0.1, ..second }, 7));
        assert_eq!((first.start, first.end, first.words), (4, 11, 3));
        assert!((first.confidence - 0.3).abs() < 1e-6, "0.7 of one word and 0.1 of two");
    }
}
