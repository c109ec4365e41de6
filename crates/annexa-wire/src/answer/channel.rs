//! The channels of an answer: what each carries, how much of it has come and how much is decided.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use crate::error::WireError;

/// Text of a channel that just arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewText {
    /// Id of the channel.
    pub channel: u32,
    /// Decoded text; follows what came before.
    pub text: String,
    /// Nothing follows.
    pub closed: bool,
}

/// A run of text in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// What it carries.
    pub kind: ChannelKind,
    /// JSON pointer, the same streamed and whole.
    pub place: String,
    /// Tool that arguments are for.
    pub tool: Option<String>,
    /// Nearest object key: context for detectors.
    pub key: Option<String>,
}

/// What a channel carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelKind {
    /// The answer's text.
    Text,
    /// A refusal's text.
    Refusal,
    /// Reasoning.
    Thinking {
        /// A signature covers it, so that it can't be edited.
        signed: bool,
    },
    /// A tool call's arguments: a JSON document.
    Arguments,
    /// Repeats other text of the answer and is dropped when that is edited.
    Repeats,
    /// Any other string or number.
    Field,
}

impl ChannelKind {
    /// Name in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ChannelKind::Text => "text",
            ChannelKind::Refusal => "refusal",
            ChannelKind::Thinking { .. } => "thinking",
            ChannelKind::Arguments => "arguments",
            ChannelKind::Repeats => "repeats",
            ChannelKind::Field => "field",
        }
    }
}

/// A change of one span of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanEdit {
    /// Bytes of the channel's decoded text.
    pub range: Range<usize>,
    /// What stands there instead.
    pub with: String,
}

/// Where a text that comes in pieces belongs: one per choice or content block.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    Content,
    Refusal,
    Reasoning,
    ReasoningContent,
    Transcript,
    FunctionName,
    FunctionArguments,
    Tool(u32, Part),
    /// Input that stood whole in a block's start.
    Input,
    /// An unknown field; SDKs join those as well.
    Other(String),
}

/// Parts of a tool call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Id,
    Name,
    Arguments,
}

/// A change of length, in characters, for offsets that refer into the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) at: usize,
    pub(super) removed: usize,
    pub(super) added: usize,
}

/// A piece that is held: its frame, its place in the frame, and the byte of the channel that it ends at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    pub(super) frame: u64,
    pub(super) piece: u32,
    pub(super) end: usize,
}

/// A channel and how far it is.
pub(super) struct Lane {
    pub(super) channel: Channel,
    pub(super) len: usize,
    pub(super) chars: usize,
    pub(super) resolved: usize,
    pub(super) closed: bool,
    pub(super) dropped: bool,
    /// Content block that goes when the channel is dropped.
    pub(super) block: Option<u32>,
    /// Pieces not yet decided.
    pub(super) waiting: VecDeque<Waiting>,
    pub(super) edits: Vec<SpanEdit>,
    pub(super) cuts: Vec<Cut>,
}

impl Lane {
    /// Whether the text before byte `end` is decided.
    pub(super) fn decided(&self, end: usize) -> bool {
        self.dropped || self.resolved >= end
    }

    /// Whether all is decided and nothing follows.
    pub(super) fn settled(&self) -> bool {
        self.dropped || (self.closed && self.resolved >= self.len)
    }

    /// Where a character of the text stands after the edits.
    pub(super) fn moved(&self, offset: usize) -> usize {
        let mut shift: isize = 0;
        for cut in &self.cuts {
            if offset >= cut.at + cut.removed {
                shift += cut.added.cast_signed() - cut.removed.cast_signed();
            } else if offset > cut.at {
                // Inside what was replaced: the end of what stands there now.
                return (cut.at + cut.added).saturating_add_signed(shift);
            }
        }
        offset.saturating_add_signed(shift)
    }
}

/// All channels of an answer.
pub(super) struct Channels {
    lanes: Vec<Lane>,
    slots: BTreeMap<(u32, Slot), u32>,
    repeated: Vec<(&'static str, String, u32)>,
    fresh: Vec<NewText>,
    limit: usize,
}

/// Values that stand in every frame are remembered up to this many.
const REPEATED: usize = 32;

impl Channels {
    pub(super) fn new(limit: usize) -> Self {
        Channels { lanes: Vec::new(), slots: BTreeMap::new(), repeated: Vec::new(), fresh: Vec::new(), limit }
    }

    pub(super) fn lane(&self, id: u32) -> Option<&Lane> {
        self.lanes.get(id as usize)
    }

    pub(super) fn lane_mut(&mut self, id: u32) -> Option<&mut Lane> {
        self.lanes.get_mut(id as usize)
    }

    pub(super) fn take_fresh(&mut self) -> Vec<NewText> {
        std::mem::take(&mut self.fresh)
    }

    /// # Errors
    /// When there are more channels than allowed.
    pub(super) fn open(&mut self, channel: Channel) -> Result<u32, WireError> {
        if self.lanes.len() >= self.limit {
            return Err(WireError::TooMany { limit: self.limit });
        }
        let id = u32::try_from(self.lanes.len()).unwrap_or(u32::MAX);
        self.lanes.push(Lane {
            channel,
            len: 0,
            chars: 0,
            resolved: 0,
            closed: false,
            dropped: false,
            block: None,
            waiting: VecDeque::new(),
            edits: Vec::new(),
            cuts: Vec::new(),
        });
        Ok(id)
    }

    /// The channel of a slot, opened when it is new.
    ///
    /// # Errors
    /// As for [`Channels::open`].
    pub(super) fn slot(
        &mut self,
        index: u32,
        slot: Slot,
        new: impl FnOnce() -> Channel,
    ) -> Result<u32, WireError> {
        let key = (index, slot);
        if let Some(id) = self.slots.get(&key) {
            return Ok(*id);
        }
        let id = self.open(new())?;
        self.slots.insert(key, id);
        Ok(id)
    }

    pub(super) fn find(&self, index: u32, slot: &Slot) -> Option<u32> {
        self.slots.get(&(index, slot.clone())).copied()
    }

    pub(super) fn has(&self, index: u32, slot: &Slot) -> bool {
        self.find(index, slot).is_some()
    }

    /// Adds text and gives the byte and the character that it begins at.
    ///
    /// # Errors
    /// When the channel is closed: what was judged whole must not grow.
    pub(super) fn push(
        &mut self,
        id: u32,
        text: &str,
        piece: (u64, u32),
    ) -> Result<(usize, usize), WireError> {
        let lane = self.lanes.get_mut(id as usize).filter(|l| !l.closed);
        let lane = lane.ok_or(WireError::Stream("text follows where a text had ended"))?;
        let start = (lane.len, lane.chars);
        lane.len += text.len();
        if lane.channel.kind == ChannelKind::Text {
            lane.chars += text.chars().count();
        }
        lane.waiting.push_back(Waiting { frame: piece.0, piece: piece.1, end: lane.len });
        match self.fresh.last_mut().filter(|f| f.channel == id && !f.closed) {
            Some(last) => last.text.push_str(text),
            None => self.fresh.push(NewText { channel: id, text: text.to_owned(), closed: false }),
        }
        Ok(start)
    }

    pub(super) fn close(&mut self, id: u32) {
        let Some(lane) = self.lanes.get_mut(id as usize).filter(|l| !l.closed) else { return };
        lane.closed = true;
        match self.fresh.last_mut().filter(|f| f.channel == id) {
            Some(last) => last.closed = true,
            None => self.fresh.push(NewText { channel: id, text: String::new(), closed: true }),
        }
    }

    /// Closes the slots of a choice or block that `which` names.
    pub(super) fn close_slots(&mut self, index: u32, which: impl Fn(&Slot) -> bool) {
        let range = (index, Slot::Content)..;
        let ids: Vec<u32> = self
            .slots
            .range(range)
            .take_while(|((i, _), _)| *i == index)
            .filter(|((_, slot), id)| which(slot) && self.lane(**id).is_some_and(|l| !l.closed))
            .map(|(_, id)| *id)
            .collect();
        ids.into_iter().for_each(|id| self.close(id));
    }

    pub(super) fn close_all(&mut self) {
        let ids: Vec<u32> = self.slots.values().copied().collect();
        ids.into_iter().for_each(|id| self.close(id));
    }

    /// The channel that read the same value under the same key before.
    pub(super) fn repeated(&self, key: &str, text: &str) -> Option<u32> {
        self.repeated.iter().find(|(k, t, _)| *k == key && t == text).map(|(_, _, id)| *id)
    }

    pub(super) fn remember(&mut self, key: &'static str, text: Cow<'_, str>, id: u32) {
        if self.repeated.len() < REPEATED {
            self.repeated.push((key, text.into_owned(), id));
        }
    }
}
