//! Text to word pieces as BERT's uncased models take it, with the way back to the text's bytes.
//!
//! Control characters are dropped, white space parts words, punctuation and Chinese characters stand alone, accents
//! are stripped and letters lowered, character by character; then a word is cut into the longest pieces of the
//! vocabulary from left to right. Because that loses the case of letters, each word has a [`Shape`].

mod characters;
mod trie;
mod word;

#[cfg(test)]
mod tests;

use crate::error::ModelError;
use characters::{Class, ascii, is_chinese, is_dropped, plain};
use trie::Trie;
pub(crate) use word::Word;

/// A piece of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    /// Number of the piece in the vocabulary.
    pub id: u32,
    /// Where it begins in the text, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Whether a word begins with it.
    pub first: bool,
    /// How the whole word is written.
    pub shape: Shape,
}

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Shape {
    /// A token that is no text.
    Special = 0,
    /// The first letter is lower case, or there is none.
    Lower = 1,
    /// The first letter is upper case.
    First = 2,
    /// Two letters or more, all upper case.
    Upper = 3,
}

/// Cuts texts into pieces of one vocabulary.
#[derive(Debug)]
pub(crate) struct Tokenizer {
    pieces: Trie,
    unknown: u32,
    /// The token before a window.
    pub begin: u32,
    /// The token after a window.
    pub end: u32,
}

impl Tokenizer {
    /// From a vocabulary of one piece a line, `expected` in number.
    pub(crate) fn new(vocab: &str, expected: usize) -> Result<Tokenizer, ModelError> {
        let pieces: Vec<&str> = vocab.lines().collect();
        if pieces.len() != expected {
            let what = format!("has {} pieces where the weights have {expected}", pieces.len());
            return Err(ModelError::Vocabulary { what });
        }
        let find = |name: &str| {
            let at = pieces.iter().position(|piece| *piece == name).and_then(|at| u32::try_from(at).ok());
            at.ok_or_else(|| ModelError::Vocabulary { what: format!("has no `{name}`") })
        };
        let (unknown, begin, end) = (find("[UNK]")?, find("[CLS]")?, find("[SEP]")?);
        Ok(Tokenizer { pieces: Trie::new(&pieces)?, unknown, begin, end })
    }

    /// The pieces of `text`, after those that are in `tokens` already.
    pub(crate) fn tokenize(&self, text: &str, word: &mut Word, tokens: &mut Vec<Token>) {
        word.clear();
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if byte.is_ascii() {
                self.read_ascii(*byte, at, word, tokens);
                at += 1;
            } else {
                let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
                self.read(c, at, word, tokens);
                at += c.len_utf8();
            }
        }
        self.finish(word, tokens);
    }

    #[inline]
    fn read_ascii(&self, byte: u8, at: usize, word: &mut Word, tokens: &mut Vec<Token>) {
        match ascii(byte) {
            Class::Letter => word.push_letter(byte, at),
            Class::Other => word.push_byte(byte, at),
            Class::Space => self.finish(word, tokens),
            Class::Dropped => word.stretch(at, at + 1),
            Class::Punctuation => {
                self.finish(word, tokens);
                word.push_byte(byte, at);
                self.finish(word, tokens);
            }
        }
    }

    fn read(&self, c: char, at: usize, word: &mut Word, tokens: &mut Vec<Token>) {
        let end = at + c.len_utf8();
        if is_dropped(c) {
            return word.stretch(at, end);
        }
        if c.is_whitespace() {
            return self.finish(word, tokens);
        }
        let alone = is_chinese(c);
        if alone {
            self.finish(word, tokens);
        }
        let mut left_out = true;
        plain(c, |plain, punctuation| {
            left_out = false;
            if punctuation {
                self.finish(word, tokens);
            }
            word.push(plain, c, at, end);
            if punctuation {
                self.finish(word, tokens);
            }
        });
        if left_out {
            word.stretch(at, end);
        }
        if alone {
            self.finish(word, tokens);
        }
    }

    /// Cuts the word that was gathered, and begins a new one.
    fn finish(&self, word: &mut Word, tokens: &mut Vec<Token>) {
        if !word.is_empty() {
            self.cut(word, tokens);
            word.clear();
        }
    }

    fn cut(&self, word: &Word, tokens: &mut Vec<Token>) {
        let shape = word.shape();
        let before = tokens.len();
        let mut at = 0;
        while at < word.len() && !word.is_too_long() {
            let Some((length, id)) = self.pieces.longest(word.bytes_from(at), at > 0) else { break };
            let (start, end) = word.place(at, at + length);
            tokens.push(Token { id, start, end, first: at == 0, shape });
            at += length;
        }
        if at < word.len() {
            tokens.truncate(before);
            let (start, end) = word.place(0, word.len());
            tokens.push(Token { id: self.unknown, start, end, first: true, shape });
        }
    }
}
