//! What a walk over one frame fills in: texts of channels, the pieces they stand in, and what was told.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

use super::channel::{Channel, ChannelKind, Channels, Slot, Waiting};
use super::frame::{Piece, Rule, Written};
use crate::error::WireError;
use crate::json::{Kind, Value, digits};
use crate::names;
use crate::opaque::{self, Held};

/// What an answer says about itself.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) terminal: bool,
    pub(super) error: Option<&'static str>,
    pub(super) stop: Option<&'static str>,
    pub(super) model: Option<String>,
    pub(super) input: Option<u64>,
    pub(super) output: Option<u64>,
    pub(super) opaque: usize,
    /// Choices or blocks that have begun, and those that have ended.
    pub(super) begun: u32,
    pub(super) ended: u32,
}

/// One frame as it is being read.
pub(super) struct Sheet<'a> {
    pub(super) channels: &'a mut Channels,
    pub(super) told: &'a mut Told,
    /// Number of the frame.
    pub(super) frame: u64,
    pub(super) pieces: Vec<Piece>,
    pub(super) rules: Vec<Rule>,
    pub(super) gates: Vec<u32>,
    pub(super) block: Option<(u32, Range<usize>)>,
    pub(super) blocks: Vec<Range<usize>>,
    path: String,
    /// The path in the provider's own names, which tells unknown fields apart.
    exact: String,
    key: Option<String>,
    failed: Option<WireError>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(channels: &'a mut Channels, told: &'a mut Told, frame: u64) -> Self {
        Sheet {
            channels,
            told,
            frame,
            pieces: Vec::new(),
            rules: Vec::new(),
            gates: Vec::new(),
            block: None,
            blocks: Vec::new(),
            path: String::new(),
            exact: String::new(),
            key: None,
            failed: None,
        }
    }

    /// The first thing that went wrong on the walk.
    pub(super) fn failure(&mut self) -> Option<WireError> {
        self.failed.take()
    }

    pub(super) fn fail(&mut self, error: WireError) {
        self.failed.get_or_insert(error);
    }

    /// Everything in a value, each string and number a channel of its own that is closed at once.
    pub(super) fn fields(&mut self, value: Value<'_>) {
        match value.kind() {
            Kind::String => {
                let text = value.string().unwrap_or_default();
                if !text.is_empty() && names::known(&text).is_none() {
                    self.single(ChannelKind::Field, value.inner_span(), Written::String, &text);
                }
            }
            Kind::Number => {
                self.single(ChannelKind::Field, value.span(), Written::Number, &digits(value.raw()))
            }
            Kind::Array => {
                for (at, item) in value.items().enumerate() {
                    self.under(format_args!("{at}"), |s| s.fields(item));
                }
            }
            Kind::Object => value.members().for_each(|(key, member)| self.member(key, member)),
            Kind::Key | Kind::True | Kind::False | Kind::Null => {}
        }
    }

    /// A member that a walk knows nothing special about: its key, if unknown, and its value.
    pub(super) fn member(&mut self, key: Value<'_>, value: Value<'_>) {
        if says_nothing(key, value) {
            return;
        }
        self.named(key, |s, name| match name {
            "signature" | "encrypted_content" | "encrypted_index" | "encrypted_stdout" | "data"
            | "b64_json" => {
                s.encoded(value);
            }
            "cited_text" => s.passage(value),
            _ => s.fields(value),
        });
    }

    /// Steps into a member; a key that the interface doesn't know is itself read.
    pub(super) fn named(&mut self, key: Value<'_>, then: impl FnOnce(&mut Self, &str)) {
        let name = key.string().unwrap_or_default();
        let known = names::known(&name);
        let before = self.key.take();
        if known.is_none() && !name.is_empty() {
            self.single(ChannelKind::Field, key.inner_span(), Written::String, &name);
        }
        self.key = Some(known.map_or_else(|| name.clone().into_owned(), str::to_owned));
        let mark = self.exact.len();
        // With its length before it, no name can pass for two.
        let _ = write!(self.exact, "/{}:{name}", name.len());
        self.under(format_args!("{}", known.unwrap_or("*")), |s| then(s, &name));
        self.exact.truncate(mark);
        self.key = before;
    }

    pub(super) fn under(&mut self, segment: std::fmt::Arguments<'_>, then: impl FnOnce(&mut Self)) {
        let mark = self.path.len();
        let _ = write!(self.path, "/{segment}");
        then(self);
        self.path.truncate(mark);
    }

    /// Text that stands whole in one place, such as what a citation quotes.
    pub(super) fn passage(&mut self, value: Value<'_>) {
        match value.string() {
            Some(text) if text.is_empty() => {}
            Some(text) => self.single(ChannelKind::Text, value.inner_span(), Written::String, &text),
            None => self.fields(value),
        }
    }

    /// A string that is expected to be base64: bytes are no text, anything else is read.
    pub(super) fn encoded(&mut self, value: Value<'_>) {
        match value.string().as_deref().and_then(opaque::held) {
            Some(Held::Bytes) => self.told.opaque += 1,
            _ => self.fields(value),
        }
    }

    /// A value that stands in every frame of a stream: read once, and edited alike wherever it stands.
    pub(super) fn repeated(&mut self, name: &'static str, value: Value<'_>) {
        let (text, span, written) = match value.kind() {
            Kind::String => (value.string().unwrap_or_default(), value.inner_span(), Written::String),
            Kind::Number => (digits(value.raw()), value.span(), Written::Number),
            _ => return self.fields(value),
        };
        if text.is_empty() || names::known(&text).is_some() {
            return;
        }
        match self.channels.repeated(name, &text) {
            Some(id) => self.again(id, text.len(), span, written),
            None => {
                let before = self.key.replace(name.to_owned());
                self.under(format_args!("{name}"), |s| {
                    if let Some(id) = s.single_id(ChannelKind::Field, span, written, &text) {
                        s.channels.remember(name, text, id);
                    }
                });
                self.key = before;
            }
        }
    }

    fn again(&mut self, id: u32, len: usize, span: Range<usize>, written: Written) {
        let waiting = Waiting { frame: self.frame, piece: self.next_piece(), end: len };
        let Some(lane) = self.channels.lane_mut(id) else { return };
        let (decided, removed) = (lane.decided(len), lane.dropped);
        if decided && lane.edits.is_empty() && !removed {
            return;
        }
        let edits = lane.edits.clone();
        if !decided {
            lane.waiting.push_back(waiting);
        }
        self.pieces.push(Piece { channel: id, at: 0, chars: 0, len, span, written, edits, removed });
    }

    /// Text of a slot, which may come in pieces; anything that is no string is read as fields.
    pub(super) fn stream(
        &mut self,
        index: u32,
        slot: Slot,
        kind: ChannelKind,
        place: &str,
        value: Value<'_>,
    ) {
        let Some(text) = value.string() else { return self.fields(value) };
        if text.is_empty() {
            return;
        }
        let key = self.key.as_deref();
        let id = self.channels.slot(index, slot, || channel(kind, place.to_owned(), key.map(str::to_owned)));
        self.put(id, value.inner_span(), Written::String, &text);
    }

    /// Opens the channel of a call's arguments, so that it knows the tool before they come.
    pub(super) fn begin_arguments(
        &mut self,
        index: u32,
        slot: &Slot,
        tool: Option<&str>,
        place: impl FnOnce() -> String,
    ) {
        let opened =
            self.channels.slot(index, slot.clone(), || channel(ChannelKind::Arguments, place(), None));
        match opened.map(|id| self.channels.lane_mut(id)) {
            Ok(Some(lane)) if lane.channel.tool.is_none() => lane.channel.tool = tool.map(str::to_owned),
            Ok(_) => {}
            Err(error) => self.fail(error),
        }
    }

    /// An unknown value in what SDKs join piece by piece: its strings are joined here as well.
    pub(super) fn unknown(&mut self, index: u32, key: Value<'_>, value: Value<'_>) {
        if value.kind() != Kind::String && says_nothing(key, value) {
            return;
        }
        self.named(key, |s, _| s.unknown_value(index, value));
    }

    pub(super) fn unknown_value(&mut self, index: u32, value: Value<'_>) {
        match value.kind() {
            Kind::String => {
                let place = self.path.clone();
                self.stream(index, Slot::Other(self.exact.clone()), ChannelKind::Field, &place, value);
            }
            Kind::Array => {
                for (at, item) in value.items().enumerate() {
                    self.item(at, |s| s.unknown_value(index, item));
                }
            }
            Kind::Object => value.members().for_each(|(key, member)| self.unknown(index, key, member)),
            _ => self.fields(value),
        }
    }

    /// Steps into an item that unknown fields are told apart by.
    pub(super) fn item(&mut self, at: usize, then: impl FnOnce(&mut Self)) {
        let mark = self.exact.len();
        let _ = write!(self.exact, "/{at}");
        self.under(format_args!("{at}"), then);
        self.exact.truncate(mark);
    }

    /// Text of a channel that is known.
    pub(super) fn put(
        &mut self,
        id: Result<u32, WireError>,
        span: Range<usize>,
        written: Written,
        text: &str,
    ) {
        let piece = (self.frame, self.next_piece());
        match id.and_then(|id| self.channels.push(id, text, piece).map(|start| (id, start))) {
            Ok((channel, (at, chars))) => {
                let len = text.len();
                self.pieces.push(Piece {
                    channel,
                    at,
                    chars,
                    len,
                    span,
                    written,
                    edits: Vec::new(),
                    removed: false,
                });
            }
            Err(error) => self.fail(error),
        }
    }

    /// A channel of one piece, closed at once.
    pub(super) fn single(&mut self, kind: ChannelKind, span: Range<usize>, written: Written, text: &str) {
        let _ = self.single_id(kind, span, written, text);
    }

    fn single_id(
        &mut self,
        kind: ChannelKind,
        span: Range<usize>,
        written: Written,
        text: &str,
    ) -> Option<u32> {
        let opened = self.channels.open(channel(kind, self.path.clone(), self.key.clone()));
        let id = opened.clone().ok();
        self.put(opened, span, written, text);
        id.inspect(|id| self.channels.close(*id))
    }

    /// Token counts: small whole numbers are what they seem.
    pub(super) fn usage(&mut self, value: Value<'_>) {
        match value.kind() {
            Kind::Number if value.raw().len() <= 8 && value.count().is_some() => {}
            Kind::Object => {
                for (key, member) in value.members() {
                    let count = member.count();
                    match key.string().as_deref() {
                        Some("prompt_tokens" | "input_tokens") => self.told.input = count.or(self.told.input),
                        Some("completion_tokens" | "output_tokens") => {
                            self.told.output = count.or(self.told.output)
                        }
                        _ => {}
                    }
                    self.named(key, |s, _| s.usage(member));
                }
            }
            _ => self.fields(value),
        }
    }

    /// The place of a choice or block, or a tool in it. Texts are joined by it, so one that another reader may
    /// read otherwise ends the answer.
    pub(super) fn index(&mut self, value: Value<'_>) -> Option<u32> {
        if value.kind() == Kind::Null {
            return None;
        }
        let index = value.count().filter(|_| value.raw().len() <= 4).and_then(|n| u32::try_from(n).ok());
        if index.is_none() {
            self.fail(WireError::Stream("an index is no small whole number"));
        }
        index
    }

    /// The model that answers.
    pub(super) fn model(&mut self, value: Value<'_>) {
        if self.told.model.is_none() {
            self.told.model = value.string().map(Cow::into_owned);
        }
        self.repeated("model", value);
    }

    /// Why it stopped; true when it is said. Some say nothing with an empty string.
    pub(super) fn stop(&mut self, value: Value<'_>) -> bool {
        let Some(reason) = value.string() else {
            self.fields(value);
            return false;
        };
        if reason.is_empty() {
            return false;
        }
        self.told.stop = Some(names::known(&reason).unwrap_or("other"));
        self.fields(value);
        true
    }

    /// An error that the provider sends instead of an answer.
    pub(super) fn error(&mut self, value: Value<'_>) {
        let kind = value.get_string("type").or_else(|| value.get_string("code"));
        self.told.error = Some(kind.and_then(|k| names::known(&k)).unwrap_or("error"));
        self.fields(value);
    }

    fn next_piece(&self) -> u32 {
        u32::try_from(self.pieces.len()).unwrap_or(u32::MAX)
    }
}

/// A member whose name the interface knows and whose value is a word of the interface or no text at all.
fn says_nothing(key: Value<'_>, value: Value<'_>) -> bool {
    let word = match value.kind() {
        Kind::Null | Kind::True | Kind::False => true,
        Kind::String => value.string().is_some_and(|v| names::known(&v).is_some()),
        _ => false,
    };
    word && key.string().is_some_and(|k| names::known(&k).is_some())
}

pub(super) fn channel(kind: ChannelKind, place: String, key: Option<String>) -> Channel {
    Channel { kind, place, tool: None, key }
}
