//! Edits of passages back into the bytes of a body: nothing else changes and the JSON stays valid.

use std::ops::Range;

use bytes::Bytes;

use super::Request;
use super::passage::{Edit, Editing, Form, Passage};
use crate::error::WireError;
use crate::json::{Places, inner, unescape, write_string};
use crate::opaque;

/// What becomes of edits where nothing may be edited.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sealed {
    Refuse,
    ReplaceWhole,
}

/// Bytes of a body (or of a decoded string in it) and what stands there instead.
type Splice = (Range<usize>, String);

/// Makes the edits.
///
/// # Errors
/// [`WireError::Edit`] for an edit that can't be made.
pub(super) fn apply(request: &Request, edits: &[Edit], sealed: Sealed) -> Result<Bytes, WireError> {
    let mut splices: Vec<Splice> = Vec::with_capacity(edits.len());
    let mut host: Option<Host<'_>> = None;
    for group in grouped(request, edits)? {
        if sealed == Sealed::Refuse && matches!(group.passage.editing, Editing::Sealed | Editing::Fixed) {
            return Err(refuse(group.passage, "what stands there must not be edited"));
        }
        let (start, end) = group.passage.source.host;
        let range = start as usize..end as usize;
        match group.passage.source.nested {
            None => splices.extend(group.splices(range.start, raw(request, &range), sealed)),
            Some((from, to)) => {
                if host.as_ref().is_none_or(|h| h.range != range) {
                    host = Some(Host::new(request, range));
                }
                if let Some(host) = &mut host {
                    splices.extend(host.splices(&group, from as usize..to as usize, sealed));
                }
            }
        }
    }
    Ok(splice(&request.body, &splices))
}

/// All edits of one passage, in order and apart from each other.
struct Group<'r> {
    passage: &'r Passage,
    text: &'r str,
    edits: Vec<(Range<usize>, &'r str)>,
}

impl Group<'_> {
    /// The splices of the raw text that the passage stands in, which begins at `base`.
    fn splices(&self, base: usize, raw: &str, sealed: Sealed) -> Vec<Splice> {
        let whole = base..base + raw.len();
        let closed = matches!(self.passage.editing, Editing::Sealed | Editing::Fixed);
        if sealed == Sealed::ReplaceWhole && closed {
            let with = self.edits.first().map_or("", |(_, with)| with);
            return vec![(whole, written(self.passage.source.form, with))];
        }
        match self.passage.source.form {
            Form::String => {
                let mut places = Places::new(raw);
                let at = |r: Range<usize>| base + r.start..base + r.end;
                self.edits.iter().map(|(range, with)| (at(places.raw(range)), inner(with))).collect()
            }
            Form::Number => vec![(whole, written(Form::Number, &self.edited()))],
            Form::Encoded(head) => {
                let decoded = unescape(raw);
                let head = inner(decoded.get(..head as usize).unwrap_or_default());
                let readable = self.passage.opaque.is_some_and(|o| o.readable);
                let first = self.edits.first().map_or("", |(_, with)| with);
                let body = if readable { opaque::encode(&self.edited()) } else { inner(first) };
                vec![(whole, format!("{head}{body}"))]
            }
        }
    }

    fn edited(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        for (range, with) in &self.edits {
            out.push_str(self.text.get(at..range.start).unwrap_or_default());
            out.push_str(with);
            at = range.end;
        }
        out.push_str(self.text.get(at..).unwrap_or_default());
        out
    }
}

/// A string that holds a document, decoded once for all edits in it.
struct Host<'r> {
    range: Range<usize>,
    decoded: String,
    places: Places<'r>,
}

impl<'r> Host<'r> {
    fn new(request: &'r Request, range: Range<usize>) -> Self {
        let raw = raw(request, &range);
        Host { range, decoded: unescape(raw).into_owned(), places: Places::new(raw) }
    }

    /// Splices of the document become splices of the string that it is written in: escaped twice.
    fn splices(&mut self, group: &Group<'_>, leaf: Range<usize>, sealed: Sealed) -> Vec<Splice> {
        let document = self.decoded.get(leaf.clone()).unwrap_or_default();
        let of_document = group.splices(leaf.start, document, sealed);
        let of_host = |(range, with): Splice| {
            let raw = self.places.raw(&range);
            (self.range.start + raw.start..self.range.start + raw.end, inner(&with))
        };
        of_document.into_iter().map(of_host).collect()
    }
}

fn written(form: Form, with: &str) -> String {
    if form != Form::Number {
        return inner(with);
    }
    let mut out = String::with_capacity(with.len() + 2);
    write_string(&mut out, with);
    out
}

fn raw<'r>(request: &'r Request, range: &Range<usize>) -> &'r str {
    request.body.get(range.clone()).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default()
}

/// Sorts edits as their passages stand in the body, and joins those that overlap.
fn grouped<'r>(request: &'r Request, edits: &'r [Edit]) -> Result<Vec<Group<'r>>, WireError> {
    let mut placed = Vec::with_capacity(edits.len());
    let mut text = (usize::MAX, "");
    for edit in edits {
        if text.0 != edit.passage {
            // A long passage with many edits is looked up once.
            text = (edit.passage, request.text(edit.passage));
        }
        placed.push(check(request, text.1, edit)?);
    }
    placed.sort_by_key(|(p, _, e)| (p.source.host, p.source.nested, e.range.start));
    let mut groups: Vec<Group<'r>> = Vec::new();
    for (passage, text, edit) in placed {
        match groups.last_mut().filter(|g| std::ptr::eq(g.passage, passage)) {
            Some(group) => join(&mut group.edits, edit),
            None => groups.push(Group { passage, text, edits: vec![(edit.range.clone(), &edit.with)] }),
        }
    }
    Ok(groups)
}

fn join<'r>(edits: &mut Vec<(Range<usize>, &'r str)>, edit: &'r Edit) {
    match edits.last_mut().filter(|(range, _)| edit.range.start < range.end) {
        Some((range, _)) => range.end = range.end.max(edit.range.end),
        None => edits.push((edit.range.clone(), &edit.with)),
    }
}

fn check<'r>(
    request: &'r Request,
    text: &'r str,
    edit: &'r Edit,
) -> Result<(&'r Passage, &'r str, &'r Edit), WireError> {
    let Some(passage) = request.passages.get(edit.passage) else {
        return Err(WireError::Edit { place: String::new(), what: "there is no such passage" });
    };
    if text.get(edit.range.clone()).is_none() {
        return Err(refuse(passage, "the range is not in the text, or cuts a character"));
    }
    Ok((passage, text, edit))
}

fn refuse(passage: &Passage, what: &'static str) -> WireError {
    WireError::Edit { place: passage.place.clone(), what }
}

fn splice(body: &Bytes, splices: &[Splice]) -> Bytes {
    let added: usize = splices.iter().map(|(_, with)| with.len()).sum();
    let mut out = Vec::with_capacity(body.len() + added);
    let mut at = 0;
    for (range, with) in splices {
        out.extend_from_slice(body.get(at..range.start).unwrap_or_default());
        out.extend_from_slice(with.as_bytes());
        at = range.end;
    }
    out.extend_from_slice(body.get(at..).unwrap_or_default());
    out.into()
}
