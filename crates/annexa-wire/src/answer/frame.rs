//! A frame: one event of a stream, or a whole body, held until all its text is decided, and written out as edited.

use std::ops::Range;

use bytes::Bytes;

use super::channel::{Channels, SpanEdit};
use super::events::{Data, lines};
use crate::json::{Places, digits, inner, unescape, write_string};

/// What was read, with what is to change in it.
pub(super) struct Frame {
    pub(super) raw: Bytes,
    pub(super) data: Data,
    pub(super) pieces: Vec<Piece>,
    pub(super) rules: Vec<Rule>,
    /// Channels that must be settled before this leaves.
    pub(super) gates: Vec<u32>,
    /// Content block that it belongs to, and where its number stands.
    pub(super) block: Option<(u32, Range<usize>)>,
    /// Content blocks of a whole body.
    pub(super) blocks: Vec<Range<usize>>,
    /// Where counting of characters stands: edits come in order, so a text is walked once.
    pub(super) counted: Option<Counted>,
}

/// A piece's decoded text, counted up to a byte.
#[derive(Debug)]
pub(super) struct Counted {
    piece: usize,
    text: String,
    at: usize,
    chars: usize,
}

/// A part of a channel's text, and the bytes that it stands in.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) channel: u32,
    /// First byte in the channel's text.
    pub(super) at: usize,
    /// First character in the channel's text.
    pub(super) chars: usize,
    pub(super) len: usize,
    /// Bytes of the data; of the frame for [`Written::Plain`].
    pub(super) span: Range<usize>,
    pub(super) written: Written,
    pub(super) edits: Vec<SpanEdit>,
    pub(super) removed: bool,
}

/// How a piece is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// Between the quotes of a JSON string.
    String,
    Number,
    /// As JSON that the channel's text repeats.
    Json,
    /// On a line of the event stream.
    Plain,
    /// Only read; a rule says what becomes of it.
    Nowhere,
}

/// A value that follows from others.
#[derive(Debug)]
pub(super) enum Rule {
    /// Becomes `null` when one of these pieces is edited.
    Repeats { span: Range<usize>, pieces: Vec<usize> },
    /// Becomes `null`: nothing tells what it repeats.
    Drop { span: Range<usize> },
    /// A character of a channel's text.
    Offset { span: Range<usize>, channel: u32, value: usize },
}

type Splice = (Range<usize>, String);

impl Piece {
    fn changed(&self) -> bool {
        self.removed || !self.edits.is_empty()
    }

    /// The part of the text between these bytes of the channel, if it reaches into this piece.
    fn local(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let end = self.at + self.len;
        let touches = range.start < end && range.end > self.at;
        let inserts = range.is_empty() && range.start >= self.at && range.start <= end;
        let from = range.start.max(self.at).min(end) - self.at;
        let to = range.end.min(end).max(self.at) - self.at;
        (touches || inserts).then_some(from..to)
    }
}

impl Frame {
    pub(super) fn ready(&self, channels: &Channels) -> bool {
        let decided = |p: &Piece| channels.lane(p.channel).is_some_and(|l| l.decided(p.at + p.len));
        let settled = |id: &u32| channels.lane(*id).is_some_and(super::channel::Lane::settled);
        self.pieces.iter().all(decided) && self.gates.iter().all(settled)
    }

    /// The bytes that leave: the same that came when nothing was edited, none when the frame's block is dropped.
    pub(super) fn write(self, channels: &Channels, dropped: &[u32]) -> Option<Bytes> {
        if self.block.as_ref().is_some_and(|(block, _)| dropped.contains(block)) {
            return None;
        }
        let mut data = self.data_splices(channels, dropped);
        let plain = self.plain_splices();
        if data.is_empty() && plain.is_empty() {
            return Some(self.raw);
        }
        match &self.data {
            Data::Joined(text) => Some(rebuilt(self.raw_text(), &plain, &splice(text, data))),
            Data::Line(line) => {
                data.iter_mut()
                    .for_each(|(range, _)| *range = range.start + line.start..range.end + line.start);
                data.extend(plain);
                Some(splice(self.raw_text(), data).into())
            }
            Data::None => Some(splice(self.raw_text(), plain).into()),
        }
    }

    /// Characters of the channel before an edit, and how many of a piece it takes away; the outer option is none
    /// when it does not touch the piece, the inner when it cuts a character.
    #[expect(clippy::option_option, reason = "two different questions, asked together")]
    pub(super) fn count(&mut self, piece: usize, range: &Range<usize>) -> Option<Option<(usize, usize)>> {
        let found = self.pieces.get(piece)?;
        let local = found.local(range)?;
        if found.written == Written::Nowhere {
            return Some(Some((0, 0)));
        }
        let earlier = found.chars;
        if self.counted.as_ref().is_none_or(|c| c.piece != piece || c.at > local.start) {
            self.counted = Some(Counted { piece, text: self.text(found).into_owned(), at: 0, chars: 0 });
        }
        let counted = self.counted.as_mut()?;
        let parts = counted.text.get(counted.at..local.start).zip(counted.text.get(local.clone()));
        let Some((between, gone)) = parts else { return Some(None) };
        counted.chars += between.chars().count();
        counted.at = local.start;
        Some(Some((earlier + counted.chars, gone.chars().count())))
    }

    pub(super) fn put(&mut self, piece: usize, edit: &SpanEdit) {
        let Some(piece) = self.pieces.get_mut(piece) else { return };
        let Some(range) = piece.local(&edit.range) else { return };
        let with = if edit.range.start >= piece.at { edit.with.clone() } else { String::new() };
        piece.edits.push(SpanEdit { range, with });
    }

    /// Decoded text of a piece.
    fn text(&self, piece: &Piece) -> std::borrow::Cow<'_, str> {
        let raw = self.written(piece);
        match piece.written {
            Written::String => unescape(raw),
            Written::Number => digits(raw),
            Written::Json | Written::Plain => raw.into(),
            Written::Nowhere => "".into(),
        }
    }

    /// A piece as it came. Its bytes alone are checked: a body may hold as many pieces as it has strings.
    fn written(&self, piece: &Piece) -> &str {
        let span = &piece.span;
        let line = match &self.data {
            Data::Joined(text) if piece.written != Written::Plain => {
                return text.get(span.clone()).unwrap_or_default();
            }
            Data::Line(line) if piece.written != Written::Plain => line.start,
            _ => 0,
        };
        let bytes = self.raw.get(line + span.start..line + span.end).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    fn raw_text(&self) -> &str {
        std::str::from_utf8(&self.raw).unwrap_or_default()
    }

    fn data_splices(&self, channels: &Channels, dropped: &[u32]) -> Vec<Splice> {
        let mut splices = Vec::new();
        for piece in self.pieces.iter().filter(|p| p.changed() && p.written != Written::Plain) {
            self.piece_splices(piece, &mut splices);
        }
        splices.extend(self.rules.iter().filter_map(|r| self.rule_splice(r, channels)));
        if let Some((block, span)) = &self.block {
            let before = dropped.iter().filter(|d| *d < block).count();
            if before > 0 {
                splices.push((span.clone(), (*block as usize - before).to_string()));
            }
        }
        splices.extend(self.lost_blocks(dropped).into_iter().map(|range| (range, String::new())));
        splices
    }

    fn piece_splices(&self, piece: &Piece, splices: &mut Vec<Splice>) {
        let raw = self.written(piece);
        let base = piece.span.start;
        let at = |r: Range<usize>| base + r.start..base + r.end;
        match (piece.written, piece.removed) {
            (Written::String, true) => splices.push((piece.span.clone(), String::new())),
            (Written::Number, true) => splices.push((piece.span.clone(), "null".to_owned())),
            (Written::Json, true) => splices.push((piece.span.clone(), "{}".to_owned())),
            (Written::String, false) => {
                let mut places = Places::new(raw);
                splices.extend(piece.edits.iter().map(|e| (at(places.raw(&e.range)), inner(&e.with))));
            }
            (Written::Json, false) => {
                splices.extend(piece.edits.iter().map(|e| (at(e.range.clone()), e.with.clone())));
            }
            (Written::Number, false) => {
                let local = piece.edits.iter().map(|e| (e.range.clone(), e.with.clone())).collect();
                let mut quoted = String::new();
                write_string(&mut quoted, &splice(&digits(raw), local));
                splices.push((piece.span.clone(), quoted));
            }
            (Written::Plain | Written::Nowhere, _) => {}
        }
    }

    fn rule_splice(&self, rule: &Rule, channels: &Channels) -> Option<Splice> {
        let changed = |at: &usize| self.pieces.get(*at).is_some_and(Piece::changed);
        match rule {
            Rule::Drop { span } => Some((span.clone(), "null".to_owned())),
            Rule::Repeats { span, pieces } => {
                pieces.iter().any(changed).then(|| (span.clone(), "null".to_owned()))
            }
            Rule::Offset { span, channel, value } => {
                let moved = channels.lane(*channel)?.moved(*value);
                (moved != *value).then(|| (span.clone(), moved.to_string()))
            }
        }
    }

    /// Bytes of blocks that are dropped from a whole body, with the commas that would be left over.
    fn lost_blocks(&self, dropped: &[u32]) -> Vec<Range<usize>> {
        if dropped.is_empty() {
            return Vec::new();
        }
        let lost = |at: usize| u32::try_from(at).is_ok_and(|at| dropped.contains(&at));
        let kept: Vec<usize> = (0..self.blocks.len()).filter(|at| !lost(*at)).collect();
        let (Some(first), Some(last)) = (self.blocks.first(), self.blocks.last()) else { return Vec::new() };
        let block = |at: usize| self.blocks.get(at).cloned().unwrap_or_default();
        let Some((head, tail)) = kept.first().zip(kept.last()) else {
            return std::iter::once(first.start..last.end).collect();
        };
        let mut ranges = Vec::new();
        ranges.push(first.start..block(*head).start);
        ranges.extend(
            kept.array_windows()
                .map(|[a, b]| (*a, *b))
                .filter(|(a, b)| b - a > 1)
                .map(|(a, b)| block(a + 1).start..block(b).start),
        );
        ranges.push(block(*tail).end..last.end);
        ranges.retain(|r| !r.is_empty());
        ranges
    }

    fn plain_splices(&self) -> Vec<Splice> {
        let changed = self.pieces.iter().filter(|p| p.changed() && p.written == Written::Plain);
        changed
            .flat_map(|p| {
                let whole = SpanEdit { range: 0..p.len, with: String::new() };
                let edits = if p.removed { vec![whole] } else { p.edits.clone() };
                let at = p.span.start;
                edits
                    .into_iter()
                    .map(move |e| (at + e.range.start..at + e.range.end, e.with.replace(['\r', '\n'], " ")))
            })
            .collect()
    }
}

/// An event whose data stood on several lines, written anew.
fn rebuilt(raw: &str, plain: &[Splice], data: &str) -> Bytes {
    let mut out = String::with_capacity(raw.len() + data.len());
    for line in lines(raw) {
        let text = raw.get(line.clone()).unwrap_or_default();
        if text == "data" || text.starts_with("data:") {
            continue;
        }
        let within = plain.iter().filter(|(r, _)| r.start >= line.start && r.end <= line.end);
        let within =
            within.map(|(r, with)| (r.start - line.start..r.end - line.start, with.clone())).collect();
        out.push_str(&splice(text, within));
        out.push('\n');
    }
    for line in data.split('\n') {
        out.push_str("data: ");
        out.push_str(line);
        out.push('\n');
    }
    out.push('\n');
    out.into()
}

/// Puts splices in; one that lies in another is left out.
fn splice(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut out = String::with_capacity(text.len() + 32);
    let mut at = 0;
    for (range, with) in splices {
        if range.start < at {
            continue;
        }
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(&with);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_decoded_once_for_edits_in_order() {
        let raw = format!("\"{}\"", r"\u00e9 ann ".repeat(50));
        let text = "é ann ".repeat(50);
        let piece = Piece {
            channel: 0,
            at: 0,
            chars: 0,
            len: text.len(),
            span: 1..raw.len() - 1,
            written: Written::String,
            edits: Vec::new(),
            removed: false,
        };
        let mut frame = Frame {
            data: Data::Line(0..raw.len()),
            raw: raw.into(),
            pieces: vec![piece],
            rules: Vec::new(),
            gates: Vec::new(),
            block: None,
            blocks: Vec::new(),
            counted: None,
        };
        let mut decoded = None;
        for n in 0..50 {
            assert_eq!(frame.count(0, &(n * 7 + 3..n * 7 + 6)), Some(Some((n * 6 + 2, 3))));
            let at = frame.counted.as_ref().unwrap().text.as_ptr();
            assert_eq!(*decoded.get_or_insert(at), at, "decoded again");
        }
        assert_eq!(frame.count(0, &(1..2)), Some(None), "an edit that cuts a character");
    }
}
