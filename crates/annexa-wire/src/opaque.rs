//! Content that is not text: media, documents, and state that only the provider can read.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A passage that is no text, or text in an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opaque {
    /// It decodes to text: then the passage's text is the decoded one.
    pub readable: bool,
    /// What it is.
    pub kind: OpaqueKind,
}

/// Kinds of opaque content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpaqueKind {
    /// Images and sound.
    Media,
    /// Files.
    Document,
    /// Encrypted reasoning, signatures, encrypted search results.
    ProviderState,
}

/// What a run of base64 holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Text(String),
    Bytes,
}

/// Shorter runs could be any word or number, so they are read as the text that they are.
const SHORTEST_BYTES_RUN: usize = 128;
const SHORTEST_TEXT_RUN: usize = 16;
/// So many characters of a run tell whether it can be text.
const PEEKED: usize = 256;
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a string holds if it is base64 from its first to its last character; none when it is plain text.
pub(crate) fn held(run: &str) -> Option<Held> {
    if run.len() < SHORTEST_TEXT_RUN || !is_run(run) {
        return None;
    }
    if let Some(text) = decoded_text(run) {
        return Some(Held::Text(text));
    }
    (run.len() >= SHORTEST_BYTES_RUN).then_some(Held::Bytes)
}

pub(crate) fn encode(text: &str) -> String {
    BASE64.encode(text)
}

/// Length of the head of a data URL (`data:image/png;base64,`), when nothing can hide in that head.
pub(crate) fn data_url_head(value: &str) -> Option<usize> {
    let (head, _) = value.split_once(',')?;
    let media = head.strip_prefix("data:")?.strip_suffix(";base64")?;
    let media = media.strip_suffix(";charset=utf-8").unwrap_or(media);
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'+' | b'-');
    let digits = media.bytes().filter(u8::is_ascii_digit).count();
    (media.len() <= 80 && digits <= 4 && media.bytes().all(plain)).then_some(head.len() + 1)
}

fn is_run(run: &str) -> bool {
    let body = run.trim_end_matches('=');
    let letters = body.bytes().any(|b| b.is_ascii_alphabetic());
    run.len() - body.len() <= 2
        && letters
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

fn decoded_text(run: &str) -> Option<String> {
    let peeked = BASE64.decode(run.get(..PEEKED.min(run.len() / 4 * 4))?).ok()?;
    if let Err(error) = std::str::from_utf8(&peeked)
        && error.error_len().is_some()
    {
        return None;
    }
    String::from_utf8(BASE64.decode(run).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_base64_is_text() {
        let run = encode("My number is 536-90-4399, thank you");
        assert_eq!(held(&run), Some(Held::Text("My number is 536-90-4399, thank you".to_owned())));
        assert_eq!(held(run.trim_end_matches('=')), held(&run));
    }

    #[test]
    fn what_is_no_base64_is_plain_text() {
        for plain in [
            "",
            "short",
            "4111111111111111",
            "a b c d e f g h i j k l",
            "sk-ant-api03-abcdefghijkl",
            "AKIAIOSFODNN7EXAMPLE",
        ] {
            assert_eq!(held(plain), None, "{plain}");
        }
        assert_eq!(held(&format!("{}=a", "A".repeat(200))), None);
    }

    #[test]
    fn long_runs_of_bytes_are_opaque() {
        let bytes: Vec<u8> = (0..300u32).map(|i| (i * 7 % 256) as u8 | 0x80).collect();
        assert_eq!(held(&BASE64.encode(&bytes)), Some(Held::Bytes));
        assert_eq!(held(&BASE64.encode(&bytes[..60])), None);
    }

    #[test]
    fn nothing_hides_in_the_head_of_a_data_url() {
        assert_eq!(data_url_head("data:image/png;base64,AAAA"), Some(22));
        assert_eq!(data_url_head("data:text/plain;charset=utf-8;base64,AAAA"), Some(37));
        for other in [
            "data:,hello",
            "data:image/png,x",
            "data:4111111111111111;base64,AA",
            "data:text/a b;base64,AA",
            "https://a.b/c",
        ] {
            assert_eq!(data_url_head(other), None, "{other}");
        }
    }
}
