//! What a character is to the tokenizer.

use unicode_normalization::char::decompose_canonical;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Kinds of ASCII characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Letter,
    Other,
    Space,
    Punctuation,
    Dropped,
}

const ASCII: [Class; 128] = table();

const fn table() -> [Class; 128] {
    let mut table = [Class::Dropped; 128];
    let mut rest: &mut [Class] = &mut table;
    let mut byte = 0u8;
    while let Some((slot, after)) = rest.split_first_mut() {
        *slot = match byte {
            b'\t' | b'\n' | b'\r' | b' ' => Class::Space,
            _ if byte.is_ascii_alphabetic() => Class::Letter,
            _ if byte.is_ascii_digit() => Class::Other,
            _ if byte.is_ascii_punctuation() => Class::Punctuation,
            _ => Class::Dropped,
        };
        rest = after;
        byte += 1;
    }
    table
}

/// The kind of an ASCII character.
#[inline]
pub(super) fn ascii(byte: u8) -> Class {
    ASCII.get(usize::from(byte)).copied().unwrap_or(Class::Dropped)
}

/// Whether a character that is not ASCII leaves no trace, as if it were not there.
pub(super) fn is_dropped(c: char) -> bool {
    c == char::REPLACEMENT_CHARACTER || c.general_category_group() == GeneralCategoryGroup::Other
}

/// Whether a character is a word of its own, as BERT's Chinese characters are.
pub(super) fn is_chinese(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{2A6DF}'
        | '\u{2A700}'..='\u{2B73F}' | '\u{2B740}'..='\u{2B81F}' | '\u{2B820}'..='\u{2CEAF}'
        | '\u{2F800}'..='\u{2FA1F}')
}

/// Hands on what a character is without accents and in lower case, and whether each part is punctuation.
///
/// Marks that stay are not brought into canonical order between characters, which only musical notation would show.
pub(super) fn plain(c: char, mut to: impl FnMut(char, bool)) {
    decompose_canonical(c, |part| {
        if part.is_ascii() {
            return to(part.to_ascii_lowercase(), part.is_ascii_punctuation());
        }
        let category = part.general_category();
        if category == GeneralCategory::NonspacingMark {
            return;
        }
        let punctuation = part.general_category_group() == GeneralCategoryGroup::Punctuation;
        part.to_lowercase().for_each(|lower| to(lower, punctuation));
    });
}

/// Whether a character is a letter.
pub(super) fn is_letter(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Letter
}
