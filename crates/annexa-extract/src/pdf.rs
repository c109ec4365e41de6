//! PDF: the text of each page, and what stands beside it: properties, notes, fields, outlines, addresses, scripts.
//!
//! The parser has limits of its own (bytes of a stream, recursion) that are set from ours. It is large and reads what
//! strangers wrote, so a panic in it is caught and the file counts as damaged; nothing of ours is left half-changed,
//! since it only gives values back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lopdf::{Dictionary, Document, LoadOptions, Object};

use crate::error::ExtractError;
use crate::gather::{Draft, Gather};
use crate::part::{Reason, Step};
use crate::plain;
use crate::sniff::contains;

/// Keys whose strings people wrote or machines follow.
const BESIDE: [&[u8]; 14] = [
    b"Title",
    b"Author",
    b"Subject",
    b"Keywords",
    b"Creator",
    b"Contents",
    b"RC",
    b"V",
    b"DV",
    b"T",
    b"TU",
    b"URI",
    b"JS",
    b"Alt",
];

/// Reads a document.
pub(crate) fn read(bytes: &[u8], gather: &mut Gather<'_>) -> Result<(), ExtractError> {
    let most = gather.limits().bytes_out / bytes.windows(7).filter(|w| w == b"/ObjStm").count().max(1);
    let options = LoadOptions { max_decompressed_size: Some(most), ..LoadOptions::default() };
    let loaded = caught(|| Document::load_mem_with_options(bytes, options));
    let document = match loaded {
        Some(Ok(document)) => document,
        _ => {
            let encrypted = contains(bytes, b"/Encrypt");
            gather.opaque(if encrypted { Reason::Encrypted } else { Reason::Damaged });
            return Ok(());
        }
    };
    if document.is_encrypted() {
        gather.opaque(Reason::Encrypted);
        return Ok(());
    }
    let pages = caught(|| document.get_pages()).unwrap_or_default();
    if pages.is_empty() {
        gather.opaque(Reason::Damaged);
    }
    for (number, id) in pages {
        gather.at(Step::Page(number), |gather| read_page(&document, number, id, gather))?;
    }
    read_beside(&document, gather)
}

fn read_page(
    document: &Document,
    number: u32,
    id: lopdf::ObjectId,
    gather: &mut Gather<'_>,
) -> Result<(), ExtractError> {
    let most = gather.limits().bytes_out;
    match caught(|| document.extract_text_with_limit(&[number], most)) {
        Some(Ok(text)) if !text.trim().is_empty() => return gather.add_text(&text),
        Some(Ok(_)) => {}
        Some(Err(lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. }))) => {
            return Err(ExtractError::BytesOut { limit: most });
        }
        _ => {
            gather.opaque(Reason::Damaged);
            return Ok(());
        }
    }
    let pictures = caught(|| document.get_page_images(id)).is_none_or(|p| p.is_ok_and(|p| !p.is_empty()));
    if pictures || draws(document, id, most) {
        gather.opaque(Reason::ImageOnlyPage);
    }
    Ok(())
}

/// Whether a page paints forms, pictures or shapes: what it says can't be known then.
fn draws(document: &Document, id: lopdf::ObjectId, most: usize) -> bool {
    let content = caught(|| document.get_page_content_with_limit(id, most));
    let content = content.and_then(Result::ok).unwrap_or_default();
    [&b" Do"[..], b"\nDo", b"BI", b" f\n", b" S\n"].iter().any(|operator| contains(&content, operator))
}

/// Strings of all objects under keys that hold text.
fn read_beside(document: &Document, gather: &mut Gather<'_>) -> Result<(), ExtractError> {
    let mut draft = Draft::default();
    let mut embedded = false;
    for object in document.objects.values() {
        write_strings(object, 0, &mut draft, &mut embedded, gather)?;
    }
    // Properties may stand in the trailer itself.
    write_dictionary(&document.trailer, 0, &mut draft, &mut embedded, gather)?;
    gather.at(Step::Beside("properties, notes and fields"), |gather| {
        if embedded {
            gather.opaque(Reason::EmbeddedFile);
        }
        gather.add(draft)
    })
}

/// Objects that lie within others, to the limit of depth; references aren't followed, since all objects are visited.
fn write_strings(
    object: &Object,
    depth: usize,
    draft: &mut Draft,
    embedded: &mut bool,
    gather: &mut Gather<'_>,
) -> Result<(), ExtractError> {
    if depth > gather.limits().depth {
        return Err(ExtractError::Depth { limit: gather.limits().depth });
    }
    match object {
        Object::Dictionary(dictionary) => write_dictionary(dictionary, depth, draft, embedded, gather),
        Object::Stream(stream) => write_dictionary(&stream.dict, depth, draft, embedded, gather),
        Object::Array(items) => {
            items.iter().try_for_each(|item| write_strings(item, depth + 1, draft, embedded, gather))
        }
        _ => Ok(()),
    }
}

fn write_dictionary(
    dictionary: &Dictionary,
    depth: usize,
    draft: &mut Draft,
    embedded: &mut bool,
    gather: &mut Gather<'_>,
) -> Result<(), ExtractError> {
    *embedded |= dictionary.has(b"EF");
    for (key, value) in dictionary.iter() {
        match value {
            Object::String(bytes, _) if BESIDE.contains(&key.as_slice()) => {
                gather.write(draft, &text_string(bytes))?;
                gather.write(draft, "\n")?;
            }
            _ => write_strings(value, depth + 1, draft, embedded, gather)?,
        }
    }
    Ok(())
}

/// A text string: UTF-16 or UTF-8 with its mark, else PDFDocEncoding, which is Latin-1 for what letters need.
fn text_string(bytes: &[u8]) -> String {
    let marked = [&[0xFE, 0xFF][..], &[0xFF, 0xFE], &[0xEF, 0xBB, 0xBF]].iter().any(|m| bytes.starts_with(m));
    if marked { plain::decode(bytes).0 } else { bytes.iter().map(|b| char::from(*b)).collect() }
}

fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
