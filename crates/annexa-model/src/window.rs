//! A text cut into windows of tokens: where each begins, where it is decided, and what it sees beside that.
//!
//! A window decides about its fresh part alone and reads a little before it, and, where it could not end at a
//! sentence and the text is whole, after it. What a window says depends on its bytes only.

use std::ops::Range;

use crate::header::WINDOW;
use crate::tokenize::Token;

/// Pieces in a window, without the special ones at its ends.
const PIECES: usize = WINDOW - 2;

/// A stretch of text that is read at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// What is read, in bytes of the text.
    pub range: Range<usize>,
    /// What is decided about.
    pub fresh: Range<usize>,
}

/// How far a window sees beyond its fresh part, in pieces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight {
    pub before: usize,
    pub after: usize,
}

/// A whole text: neighbours are read on both sides.
pub(crate) const WHOLE: Sight = Sight { before: 16, after: 12 };

/// A text that is still arriving: nothing after the fresh part is read, so that it can be released.
pub(crate) const ARRIVING: Sight = Sight { before: 48, after: 0 };

/// Windows over `tokens` of `text` whose fresh parts cover all that ends after the byte `from`.
pub(crate) fn cut(text: &str, tokens: &[Token], from: usize, sight: Sight, windows: &mut Vec<Window>) {
    let mut start = tokens.iter().position(|token| token.end > from).unwrap_or(tokens.len());
    start = word_at_or_before(tokens, start);
    while start < tokens.len() {
        let end = fresh_end(text, tokens, start, sight);
        let first = context_start(tokens, start, sight.before.min(PIECES - (end - start)));
        let ahead = if ends_sentence(text, tokens, end) { 0 } else { sight.after };
        let last = context_end(tokens, end, ahead.min(PIECES - (end - first)));
        windows.push(Window { range: bytes(tokens, first, last), fresh: bytes(tokens, start, end) });
        start = end;
    }
}

/// Where the fresh part ends that begins at `start`: at the end of the text, the last sentence that fits, or a word.
fn fresh_end(text: &str, tokens: &[Token], start: usize, sight: Sight) -> usize {
    let room = PIECES - (start - context_start(tokens, start, sight.before));
    let left = tokens.len() - start;
    if left <= room {
        return tokens.len();
    }
    let sentence = (start + room / 2..=start + room).rev().find(|end| ends_sentence(text, tokens, *end));
    if let Some(end) = sentence {
        return end;
    }
    let end = word_at_or_before(tokens, start + room - sight.after);
    if end > start { end } else { start + 1 + following(tokens, start + 1) }
}

/// Tokens from `at` on that belong to the word before.
fn following(tokens: &[Token], at: usize) -> usize {
    tokens.get(at..).unwrap_or_default().iter().take_while(|token| !token.first).count()
}

/// The start of at most `most` tokens before `start`, where a word begins.
fn context_start(tokens: &[Token], start: usize, most: usize) -> usize {
    let least = start.saturating_sub(most);
    (least..start).find(|at| begins_word(tokens, *at)).unwrap_or(start)
}

/// The end of at most `most` tokens from `end` on, where a word ends.
fn context_end(tokens: &[Token], end: usize, most: usize) -> usize {
    let furthest = (end + most).min(tokens.len());
    (end..=furthest).rev().find(|at| begins_word(tokens, *at)).unwrap_or(end)
}

fn word_at_or_before(tokens: &[Token], at: usize) -> usize {
    (0..=at).rev().find(|at| begins_word(tokens, *at)).unwrap_or(0)
}

/// Whether a word begins at `at`, or the text ends.
fn begins_word(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_none_or(|token| token.first)
}

/// Whether a sentence, a line or the text ends before the token at `end`.
fn ends_sentence(text: &str, tokens: &[Token], end: usize) -> bool {
    let Some(next) = tokens.get(end) else { return true };
    let Some(last) = end.checked_sub(1).and_then(|at| tokens.get(at)) else { return true };
    let gap = text.get(last.end..next.start).unwrap_or_default();
    let mark = text.get(last.start..last.end).unwrap_or_default();
    let stops = mark.ends_with(['.', '!', '?', '…']) && gap.starts_with(char::is_whitespace);
    next.first && (stops || gap.contains('\n') || mark.ends_with(['。', '！', '？']))
}

fn bytes(tokens: &[Token], first: usize, end: usize) -> Range<usize> {
    let start = tokens.get(first).map_or(0, |token| token.start);
    start..end.checked_sub(1).and_then(|at| tokens.get(at)).map_or(start, |token| token.end)
}
