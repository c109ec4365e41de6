//! Word, PowerPoint and OpenDocument: every member that holds text, with its comments, notes, deleted text, properties
//! and outside links; programs and pictures are named as not read.

use crate::archive::{self, Archive, Content};
use crate::error::ExtractError;
use crate::gather::{Draft, Gather};
use crate::part::{Form, Reason, Step};
use crate::xml::{self, Piece};

/// Elements of OOXML that hold text: typed, deleted, and codes of fields.
const TEXT: [&str; 4] = ["t", "delText", "instrText", "text"];
/// Members of OOXML that say how things look.
const LOOKS: [&str; 8] =
    ["styles", "settings", "fontTable", "numbering", "webSettings", "theme", "presProps", "tableStyles"];

/// What a member is read as.
enum Rule {
    /// Text of some elements.
    Some,
    /// All text.
    All,
    /// Addresses of links.
    Links,
    /// A program.
    Program,
    /// A file of its own.
    File,
    /// Nothing that anybody wrote.
    Nothing,
}

/// Reads a file of this form.
pub(crate) fn read(bytes: &[u8], form: Form, gather: &mut Gather<'_>) -> Result<(), ExtractError> {
    let Some(mut archive) = Archive::open(bytes, gather)? else {
        gather.opaque(Reason::Damaged);
        return Ok(());
    };
    for (at, name) in archive.members() {
        read_member(&mut archive, at, &name, form, gather)?;
    }
    Ok(())
}

/// Reads one member.
pub(crate) fn read_member(
    archive: &mut Archive<'_>,
    at: usize,
    name: &str,
    form: Form,
    gather: &mut Gather<'_>,
) -> Result<(), ExtractError> {
    let rule = rule(name, form);
    if matches!(rule, Rule::Nothing) {
        return Ok(());
    }
    gather.at(step(name, form), |gather| {
        if matches!(rule, Rule::Program) {
            gather.opaque(Reason::Macro);
            return Ok(());
        }
        let bytes = match archive.content(at, gather)? {
            Content::Bytes(bytes) => bytes,
            Content::Closed(reason) => {
                gather.opaque(reason);
                return Ok(());
            }
        };
        match rule {
            Rule::Some => read_text(&bytes, Some(&TEXT), gather),
            Rule::All if name == "META-INF/manifest.xml" => read_manifest(&bytes, gather),
            Rule::All => read_text(&bytes, None, gather),
            Rule::Links => read_links(&bytes, gather),
            _ => archive::nested(&bytes, name, gather),
        }
    })
}

fn rule(name: &str, form: Form) -> Rule {
    let file = name.rsplit('/').next().unwrap_or(name);
    let stem = file.split('.').next().unwrap_or(file);
    let office = form != Form::OpenDocument;
    match () {
        () if file.eq_ignore_ascii_case("vbaProject.bin") || name.starts_with("Basic/") => Rule::Program,
        () if name == "mimetype" || name == "[Content_Types].xml" => Rule::Nothing,
        () if name.ends_with(".rels") => Rule::Links,
        () if !name.ends_with(".xml") => Rule::File,
        () if office && (name.contains("/theme/") || LOOKS.contains(&stem)) => Rule::Nothing,
        () if office && !name.starts_with("docProps/") && !name.starts_with("customXml/") => Rule::Some,
        () => Rule::All,
    }
}

/// The slide for slides' own members, the name for all others.
fn step(name: &str, form: Form) -> Step {
    let number = name.strip_prefix("ppt/slides/slide").and_then(|rest| rest.strip_suffix(".xml"));
    let slide = number.filter(|_| form == Form::Slides).and_then(|n| n.parse().ok());
    match slide {
        Some(number) => Step::Slide(number),
        None if name.starts_with("docProps/") || name == "meta.xml" => Step::Beside("properties"),
        None => Step::Member(name.to_owned()),
    }
}

/// Reads the text of `only` these elements, or of all, with its paragraphs marked.
fn read_text(bytes: &[u8], only: Option<&[&str]>, gather: &mut Gather<'_>) -> Result<(), ExtractError> {
    let mut draft = Draft::default();
    let (mut inside, mut paragraph) = (0_usize, 0);
    let takes = |name: &str| only.is_none_or(|only| only.contains(&name));
    let whole = xml::each(bytes, |piece| match piece {
        Piece::Open("p" | "h", _) => {
            paragraph += 1;
            inside += usize::from(only.is_none());
            gather.mark(&mut draft, Step::Paragraph(paragraph))
        }
        Piece::Close("p" | "h") => {
            inside = inside.saturating_sub(usize::from(only.is_none()));
            gather.write(&mut draft, "\n")
        }
        Piece::Open("tab" | "s", _) => gather.write(&mut draft, "\t"),
        Piece::Open("br" | "cr" | "line-break", _) => gather.write(&mut draft, "\n"),
        Piece::Open(name, _) if takes(name) => {
            inside += 1;
            Ok(())
        }
        Piece::Close("tab" | "s" | "br" | "cr" | "line-break") => Ok(()),
        Piece::Close(name) if takes(name) => {
            inside = inside.saturating_sub(1);
            // Properties are elements without paragraphs: each on a line.
            if only.is_none() && paragraph == 0 && !draft.at_line_start() {
                gather.write(&mut draft, "\n")?;
            }
            Ok(())
        }
        Piece::Text(text) if inside > 0 => gather.write(&mut draft, &text),
        _ => Ok(()),
    })?;
    if !whole {
        gather.opaque(Reason::Damaged);
    }
    gather.add(draft)
}

/// Addresses that lie outside the file.
fn read_links(bytes: &[u8], gather: &mut Gather<'_>) -> Result<(), ExtractError> {
    let mut draft = Draft::default();
    xml::each(bytes, |piece| {
        let Piece::Open("Relationship", attributes) = piece else { return Ok(()) };
        if attributes.get("TargetMode").as_deref() != Some("External") {
            return Ok(());
        }
        gather.write(&mut draft, &attributes.get("Target").unwrap_or_default())?;
        gather.write(&mut draft, "\n")
    })?;
    gather.add(draft)
}

/// OpenDocument's list of members tells which are encrypted.
fn read_manifest(bytes: &[u8], gather: &mut Gather<'_>) -> Result<(), ExtractError> {
    let mut encrypted = false;
    xml::each(bytes, |piece| {
        encrypted |= matches!(piece, Piece::Open("encryption-data", _));
        Ok(())
    })?;
    if encrypted {
        gather.opaque(Reason::Encrypted);
    }
    Ok(())
}
