//! A provider's answer, streamed or whole, as channels of text that are released once they are decided.
//!
//! A whole answer is a stream of one frame, so both are read, decided and edited by the same code. A frame
//! leaves when all frames before it have left and all its text is decided; one without edits leaves as it came.

mod anthropic;
mod channel;
mod events;
mod frame;
mod logprobs;
mod openai;
mod sheet;

#[cfg(test)]
mod answer_properties;
#[cfg(test)]
mod answer_tests;
#[cfg(test)]
mod anthropic_tests;

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use crate::error::WireError;
use crate::json::{self, Node, Rules, Value};
use crate::limits::Limits;
use crate::route::Dialect;
use channel::{Channels, Cut};
use events::{Cutter, Data};
use frame::{Frame, Written};
use sheet::{Sheet, Told};

pub use channel::{Channel, ChannelKind, NewText, SpanEdit};

/// An answer as it comes in and goes out.
pub struct Answer {
    dialect: Dialect,
    limits: Limits,
    source: Source,
    channels: Channels,
    told: Told,
    frames: VecDeque<Frame>,
    /// Number of the first frame that is held.
    first: u64,
    held: usize,
    dropped: Vec<u32>,
    nodes: Vec<Node>,
    ended: bool,
}

/// What a frame that is held costs beside its bytes.
const FRAME_COST: usize = 256;

type Walk = fn(&mut Sheet<'_>, Value<'_>);

/// How the bytes come.
enum Source {
    Stream(Cutter),
    Body(Bytes, BytesMut),
}

impl Answer {
    /// An answer that comes as an event stream.
    #[must_use]
    pub fn streamed(dialect: Dialect, limits: &Limits) -> Answer {
        Answer::new(dialect, limits, Source::Stream(Cutter::new(limits.frame_bytes)))
    }

    /// An answer that comes as one JSON body; also a provider's error.
    #[must_use]
    pub fn whole(dialect: Dialect, limits: &Limits) -> Answer {
        Answer::new(dialect, limits, Source::Body(Bytes::new(), BytesMut::new()))
    }

    fn new(dialect: Dialect, limits: &Limits, source: Source) -> Answer {
        Answer {
            dialect,
            limits: limits.clone(),
            source,
            channels: Channels::new(limits.passages),
            told: Told::default(),
            frames: VecDeque::new(),
            first: 0,
            held: 0,
            dropped: Vec::new(),
            nodes: Vec::new(),
            ended: false,
        }
    }

    /// Takes bytes of the HTTP body, cut anywhere. What follows the stream's own end is left out.
    ///
    /// # Errors
    /// When they can't be read, or more would be held than allowed.
    pub fn push(&mut self, mut bytes: Bytes) -> Result<(), WireError> {
        let held = self.held() + self.frames.len() * FRAME_COST;
        if held.saturating_add(bytes.len()) > self.limits.held_bytes {
            return Err(WireError::TooLong {
                what: "what is held of the answer",
                limit: self.limits.held_bytes,
            });
        }
        match &mut self.source {
            Source::Body(only, all) if only.is_empty() && all.is_empty() => *only = bytes,
            Source::Body(only, all) => {
                all.extend_from_slice(&std::mem::take(only));
                all.extend_from_slice(&bytes);
            }
            Source::Stream(_) => {
                while let Some(event) = self.next_event(&mut bytes)? {
                    self.read_event(&event)?;
                }
            }
        }
        Ok(())
    }

    /// Text that arrived since the last call, in order.
    pub fn take_text(&mut self) -> Vec<NewText> {
        self.channels.take_fresh()
    }

    /// What a channel is.
    #[must_use]
    pub fn channel(&self, id: u32) -> Option<&Channel> {
        self.channels.lane(id).map(|lane| &lane.channel)
    }

    /// Text of the channel before byte `upto` is decided; edits lie between the last `upto` and this one. Edits
    /// that overlap become one. What replaces text that spans frames goes where that text begins.
    ///
    /// # Errors
    /// [`WireError::Edit`] for a span that is not there or was decided before.
    pub fn resolve(&mut self, channel: u32, upto: usize, edits: Vec<SpanEdit>) -> Result<(), WireError> {
        let edits = joined(edits);
        let Some(lane) = self.channels.lane(channel) else {
            return Err(WireError::Edit { place: String::new(), what: "there is no such channel" });
        };
        if lane.dropped {
            return Ok(());
        }
        let within = edits.iter().all(|e| e.range.start >= lane.resolved && e.range.end <= upto);
        if !edits.is_empty() && lane.channel.kind == (ChannelKind::Thinking { signed: true }) {
            let place = lane.channel.place.clone();
            return Err(WireError::Edit { place, what: "a signature covers it: drop the channel instead" });
        }
        if upto < lane.resolved || upto > lane.len || !within {
            return Err(WireError::Edit { place: lane.channel.place.clone(), what: "the span is not open" });
        }
        for edit in &edits {
            self.edit(channel, edit)?;
        }
        if let Some(lane) = self.channels.lane_mut(channel) {
            lane.resolved = upto;
            while lane.waiting.pop_front_if(|w| w.end <= upto).is_some() {}
        }
        Ok(())
    }

    /// The whole block or field vanishes from the answer: a signed block with all its events, so that later
    /// blocks move up; any other text becomes empty where it is still held.
    pub fn drop_channel(&mut self, channel: u32) {
        let Some(lane) = self.channels.lane_mut(channel).filter(|l| !l.dropped) else { return };
        lane.dropped = true;
        if let Some(block) = lane.block {
            return self.dropped.push(block);
        }
        for waiting in std::mem::take(&mut lane.waiting) {
            let frame = self.frame_mut(waiting.frame);
            if let Some(piece) = frame.and_then(|f| f.pieces.get_mut(waiting.piece as usize)) {
                piece.removed = true;
            }
        }
    }

    /// Frames all of whose text is decided, in order.
    pub fn release(&mut self) -> Vec<Bytes> {
        let mut out = Vec::new();
        while let Some(frame) = self.frames.pop_front_if(|f| f.ready(&self.channels)) {
            self.first += 1;
            self.held -= frame.raw.len();
            out.extend(frame.write(&self.channels, &self.dropped));
        }
        out
    }

    /// The provider has ended; the closing texts come with the next [`Answer::take_text`].
    ///
    /// # Errors
    /// When what came last can't be read.
    pub fn finish(&mut self) -> Result<Ending, WireError> {
        if std::mem::replace(&mut self.ended, true) {
            return Ok(self.ending(true));
        }
        let mut read = true;
        match &mut self.source {
            Source::Body(only, all) => {
                let body = if all.is_empty() { std::mem::take(only) } else { all.split().freeze() };
                if !body.is_empty() {
                    self.read_body(&body)?;
                }
            }
            Source::Stream(cutter) => {
                let rest = cutter.rest();
                // Half an event is no event: it is left out, and the stream is broken off.
                read = rest.is_empty() || self.told.terminal || self.read_event(&rest).is_ok();
            }
        }
        self.channels.close_all();
        Ok(self.ending(read))
    }

    fn ending(&self, read: bool) -> Ending {
        let whole = matches!(self.source, Source::Body(..));
        let finished = self.dialect == Dialect::OpenAiChat
            && self.told.begun > 0
            && self.told.ended >= self.told.begun
            && self.told.error.is_none();
        let complete = whole || self.told.terminal || (read && finished);
        if complete { Ending::Complete } else { Ending::Truncated }
    }

    /// The stream's own end was read.
    #[must_use]
    pub fn terminal(&self) -> bool {
        self.told.terminal
    }

    /// Type of an error that the provider sent within the answer.
    #[must_use]
    pub fn upstream_error(&self) -> Option<&str> {
        self.told.error
    }

    /// Tokens as the provider counted them.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        let usage = Usage { input: self.told.input, output: self.told.output };
        (usage != Usage::default()).then_some(usage)
    }

    /// Bytes that wait for a decision.
    #[must_use]
    pub fn held(&self) -> usize {
        let pending = match &self.source {
            Source::Stream(cutter) => cutter.pending(),
            Source::Body(only, all) => only.len() + all.len(),
        };
        self.held + pending
    }

    /// Why the model stopped, if it is a reason that the interface names; else `other`.
    #[must_use]
    pub fn stop_reason(&self) -> Option<&str> {
        self.told.stop
    }

    /// The model that answered, as the provider wrote it.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.told.model.as_deref()
    }

    /// Values that hold bytes and no text: images, sound, signatures, encrypted state.
    #[must_use]
    pub fn opaque(&self) -> usize {
        self.told.opaque
    }

    fn next_event(&mut self, bytes: &mut Bytes) -> Result<Option<Bytes>, WireError> {
        match &mut self.source {
            Source::Stream(cutter) if !self.told.terminal => cutter.next(bytes),
            _ => Ok(None),
        }
    }

    fn read_event(&mut self, raw: &Bytes) -> Result<(), WireError> {
        let text = std::str::from_utf8(raw)
            .map_err(|e| WireError::Json { at: e.valid_up_to(), what: "the bytes are not UTF-8" })?;
        let event = events::read(text);
        let number = self.first + self.frames.len() as u64;
        let mut sheet = Sheet::new(&mut self.channels, &mut self.told, number);
        for span in event.plain {
            let said = text.get(span.clone()).unwrap_or_default();
            sheet.single(ChannelKind::Field, span, Written::Plain, said);
        }
        let data = match &event.data {
            Data::None => "",
            Data::Line(line) => text.get(line.clone()).unwrap_or_default(),
            Data::Joined(all) => all,
        };
        if data.trim_ascii() == "[DONE]" {
            sheet.told.terminal = true;
        } else if !data.is_empty() {
            let walk: Walk =
                if self.dialect == Dialect::OpenAiChat { openai::walk } else { anthropic::event };
            read_data(&mut sheet, data, &self.limits, &mut self.nodes, walk)?;
        }
        let frame = frame_of(sheet, raw.clone(), event.data)?;
        self.hold(frame);
        Ok(())
    }

    fn read_body(&mut self, raw: &Bytes) -> Result<(), WireError> {
        let text = std::str::from_utf8(raw)
            .map_err(|e| WireError::Json { at: e.valid_up_to(), what: "the bytes are not UTF-8" })?;
        let mut sheet = Sheet::new(&mut self.channels, &mut self.told, 0);
        let walk: Walk = if self.dialect == Dialect::OpenAiChat { openai::walk } else { anthropic::walk };
        read_data(&mut sheet, text, &self.limits, &mut self.nodes, walk)?;
        let frame = frame_of(sheet, raw.clone(), Data::Line(0..raw.len()))?;
        self.hold(frame);
        Ok(())
    }

    fn hold(&mut self, frame: Frame) {
        self.held += frame.raw.len();
        self.frames.push_back(frame);
    }

    fn frame_mut(&mut self, number: u64) -> Option<&mut Frame> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.frames.get_mut(at)
    }

    /// Puts one edit into the pieces that it touches; its text goes where it begins.
    fn edit(&mut self, channel: u32, edit: &SpanEdit) -> Result<(), WireError> {
        let Some(lane) = self.channels.lane(channel) else { return Ok(()) };
        let mut cut: Option<Cut> = None;
        // Pieces lie in order of their text: those before the edit are skipped, those after it not looked at.
        let first = lane.waiting.partition_point(|w| w.end < edit.range.start);
        for waiting in lane.waiting.range(first..) {
            let at = waiting.frame.checked_sub(self.first).and_then(|n| usize::try_from(n).ok());
            let Some(frame) = at.and_then(|at| self.frames.get_mut(at)) else { continue };
            if frame.pieces.get(waiting.piece as usize).is_some_and(|p| p.at > edit.range.end) {
                break;
            }
            let Some(counted) = frame.count(waiting.piece as usize, &edit.range) else { continue };
            let Some((before, gone)) = counted else {
                return Err(WireError::Edit {
                    place: lane.channel.place.clone(),
                    what: "the span cuts a character",
                });
            };
            frame.put(waiting.piece as usize, edit);
            let cut = cut.get_or_insert(Cut { at: before, removed: 0, added: edit.with.chars().count() });
            cut.removed += gone;
            if edit.range.is_empty() {
                break;
            }
        }
        let Some(cut) = cut else {
            return Err(WireError::Edit {
                place: lane.channel.place.clone(),
                what: "the text has left already",
            });
        };
        if let Some(lane) = self.channels.lane_mut(channel) {
            match lane.channel.kind {
                ChannelKind::Text => lane.cuts.push(cut),
                ChannelKind::Field => lane.edits.push(edit.clone()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Reads the JSON of a frame.
fn read_data(
    sheet: &mut Sheet<'_>,
    text: &str,
    limits: &Limits,
    nodes: &mut Vec<Node>,
    walk: Walk,
) -> Result<(), WireError> {
    json::read(text, Rules::strict(limits), nodes)?;
    if let Some(root) = Value::root(text, nodes) {
        walk(sheet, root);
    }
    Ok(())
}

fn frame_of(mut sheet: Sheet<'_>, raw: Bytes, data: Data) -> Result<Frame, WireError> {
    if let Some(error) = sheet.failure() {
        return Err(error);
    }
    let Sheet { pieces, rules, gates, block, blocks, .. } = sheet;
    Ok(Frame { raw, data, pieces, rules, gates, block, blocks, counted: None })
}

/// Sorts edits and joins those that overlap.
fn joined(mut edits: Vec<SpanEdit>) -> Vec<SpanEdit> {
    if edits.len() < 2 {
        return edits;
    }
    edits.sort_by_key(|e| e.range.start);
    let mut apart: Vec<SpanEdit> = Vec::with_capacity(edits.len());
    for edit in edits {
        match apart.last_mut().filter(|last| edit.range.start < last.range.end) {
            Some(last) => last.range.end = last.range.end.max(edit.range.end),
            None => apart.push(edit),
        }
    }
    apart
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// As its dialect ends answers.
    Complete,
    /// In the middle.
    Truncated,
}

/// Tokens as the provider counted them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens read.
    pub input: Option<u64>,
    /// Tokens written.
    pub output: Option<u64>,
}
