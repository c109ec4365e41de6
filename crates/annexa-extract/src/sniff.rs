//! What a file is: by its content, then by its name.

use crate::part::Form;

const OLE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
/// How PNG, JPEG, GIF, TIFF, BMP, RIFF (WebP, WAV), Ogg, MP3 and Matroska begin.
const PICTURES: [&[u8]; 10] = [
    b"\x89PNG",
    b"\xFF\xD8\xFF",
    b"GIF8",
    b"II*\0",
    b"MM\0*",
    b"BM",
    b"RIFF",
    b"OggS",
    b"ID3",
    b"\x1A\x45\xDF\xA3",
];
/// A PDF's mark may stand after some bytes of others.
const PDF_WITHIN: usize = 1024;
/// How much of a text is looked at.
const HEAD: usize = 4096;

/// The form of a file.
pub(crate) fn sniff(bytes: &[u8], name: &str) -> Form {
    let head = bytes.get(..bytes.len().min(PDF_WITHIN)).unwrap_or_default();
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return zipped(bytes);
    }
    if bytes.starts_with(OLE) {
        let encrypted = utf16("EncryptedPackage");
        return if contains(bytes, &encrypted) { Form::Encrypted } else { Form::OldOffice };
    }
    match () {
        () if contains(head, b"%PDF-") => Form::Pdf,
        () if bytes.starts_with(&[0x1F, 0x8B]) => Form::Gzip,
        () if is_text(bytes) => written(bytes, name),
        () if PICTURES.iter().any(|p| bytes.starts_with(p)) || bytes.get(4..8) == Some(b"ftyp") => {
            Form::Image
        }
        () => Form::Unknown,
    }
}

/// Which file of parts a ZIP archive is. Names stand in it uncompressed.
fn zipped(bytes: &[u8]) -> Form {
    let holds = |name: &str| contains(bytes, name.as_bytes());
    match () {
        () if holds("[Content_Types].xml") && holds("word/document") => Form::Word,
        () if holds("[Content_Types].xml") && holds("xl/workbook") => Form::Sheet,
        () if holds("[Content_Types].xml") && holds("ppt/presentation") => Form::Slides,
        () if holds("mimetypeapplication/vnd.oasis.opendocument") => Form::OpenDocument,
        () => Form::Zip,
    }
}

fn written(bytes: &[u8], name: &str) -> Form {
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let head = head.trim_start_matches(['\u{FEFF}', ' ', '\n', '\r', '\t']);
    let ending = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
    match ending.as_str() {
        _ if head.starts_with("<!doctype html") || head.starts_with("<html") => Form::Html,
        "html" | "htm" | "xhtml" => Form::Html,
        "jsonl" | "ndjson" => Form::JsonLines,
        "csv" => Form::Csv,
        "tsv" | "tab" => Form::Tsv,
        _ if head.starts_with(['{', '[']) => Form::Json,
        _ => Form::Text,
    }
}

/// Text has a mark of UTF-16, or no zero byte and few control characters.
fn is_text(bytes: &[u8]) -> bool {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return true;
    }
    let control = |b: &&u8| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B | 0x08);
    !bytes.contains(&0) && bytes.iter().filter(control).count() * 50 <= bytes.len()
}

pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let Some((first, _)) = needle.split_first() else { return true };
    bytes
        .iter()
        .enumerate()
        .filter(|(_, b)| *b == first)
        .any(|(at, _)| bytes.get(at..).is_some_and(|rest| rest.starts_with(needle)))
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_before_the_name() {
        assert_eq!(sniff(b"%PDF-1.7\n\x00\x01", "a.txt"), Form::Pdf);
        assert_eq!(sniff(b"PK\x03\x04....", "a.txt"), Form::Zip);
        assert_eq!(sniff(b" <!DOCTYPE html><p>", "a.csv"), Form::Html);
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n\x00\x00", "a.txt"), Form::Image);
        assert_eq!(sniff(b"\x00\x01\x02\x03", "a.txt"), Form::Unknown);
        assert_eq!(sniff(&[OLE, &utf16("EncryptedPackage")].concat(), "a.docx"), Form::Encrypted);
        assert_eq!(sniff(&[OLE, b"\x00\x00"].concat(), "a.doc"), Form::OldOffice);
    }

    #[test]
    fn the_name_decides_between_texts() {
        assert_eq!(sniff(b"a,b\n1,2\n", "a.CSV"), Form::Csv);
        assert_eq!(sniff(b"a,b\n1,2\n", "a"), Form::Text);
        assert_eq!(sniff(b"{\"a\":1}", ""), Form::Json);
        assert_eq!(sniff(b"{\"a\":1}", "x.jsonl"), Form::JsonLines);
        assert_eq!(sniff(b"BMW is a car", "x"), Form::Text);
        assert_eq!(sniff("\u{FEFF}{\"a\":1}".as_bytes(), ""), Form::Json);
    }
}
