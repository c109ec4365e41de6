//! Texts: bytes to characters, then to the reader of the text's form. What isn't in its form is plain text.

use crate::error::ExtractError;
use crate::gather::Gather;
use crate::part::Form;
use crate::{delimited, html, json};

/// Reads a text; gives the form that it truly has.
pub(crate) fn read(bytes: &[u8], form: Form, gather: &mut Gather<'_>) -> Result<Form, ExtractError> {
    let (text, latin1) = decode(bytes);
    if latin1 {
        gather.read_as_latin1();
    }
    let fits = match form {
        Form::Json => json::read(&text, gather)?,
        Form::JsonLines => json::read_lines(&text, gather)?,
        Form::Csv => delimited::read(&text, delimited::comma_or_semicolon(&text), gather)?,
        Form::Tsv => delimited::read(&text, b'\t', gather)?,
        Form::Html => html::read(&text, gather)?,
        _ => false,
    };
    if fits {
        return Ok(form);
    }
    gather.add_text(&text)?;
    Ok(Form::Text)
}

/// The characters, and whether the bytes were taken as Latin-1 because they are no Unicode.
pub(crate) fn decode(bytes: &[u8]) -> (String, bool) {
    let marked = |order: fn([u8; 2]) -> u16, rest: &[u8]| {
        let units: Vec<u16> = rest.as_chunks::<2>().0.iter().map(|unit| order(*unit)).collect();
        (String::from_utf16_lossy(&units), false)
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => marked(u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => marked(u16::from_be_bytes, rest),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (bytes.iter().map(|b| char::from(*b)).collect(), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_read() {
        assert_eq!(decode("é".as_bytes()), ("é".into(), false));
        assert_eq!(decode(b"\xEF\xBB\xBFa"), ("a".into(), false));
        assert_eq!(decode(b"\xFF\xFEa\0b\0"), ("ab".into(), false));
        assert_eq!(decode(b"\xFE\xFF\0a\0b"), ("ab".into(), false));
        assert_eq!(decode(b"M\xFCller"), ("Müller".into(), true));
    }
}
