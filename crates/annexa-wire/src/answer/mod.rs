//! A provider's answer, streamed or whole, as channels of text that are released once they are decided.

use std::ops::Range;

use bytes::Bytes;

use crate::error::WireError;
use crate::limits::Limits;
use crate::route::Dialect;

/// An answer as it comes in and goes out.
pub struct Answer {
    channels: Vec<Channel>,
}

impl Answer {
    /// An answer that comes as an event stream.
    #[must_use]
    pub fn streamed(_dialect: Dialect, _limits: &Limits) -> Answer {
        Answer { channels: Vec::new() }
    }

    /// An answer that comes as one JSON body; also a provider's error.
    #[must_use]
    pub fn whole(_dialect: Dialect, _limits: &Limits) -> Answer {
        Answer { channels: Vec::new() }
    }

    /// Takes bytes of the HTTP body, cut anywhere.
    ///
    /// # Errors
    /// When they can't be read, or more would be held than allowed.
    pub fn push(&mut self, _bytes: Bytes) -> Result<(), WireError> {
        Ok(())
    }

    /// Text that arrived since the last call, in order.
    pub fn take_text(&mut self) -> Vec<NewText> {
        Vec::new()
    }

    /// What a channel is.
    #[must_use]
    pub fn channel(&self, id: u32) -> Option<&Channel> {
        self.channels.get(id as usize)
    }

    /// Text of the channel before byte `upto` is decided; edits lie between the last `upto` and this one.
    ///
    /// # Errors
    /// [`WireError::Edit`] for a span that is not there or was decided before.
    pub fn resolve(&mut self, _channel: u32, _upto: usize, _edits: Vec<SpanEdit>) -> Result<(), WireError> {
        Ok(())
    }

    /// The whole block or field vanishes from the answer.
    pub fn drop_channel(&mut self, _channel: u32) {}

    /// Frames all of whose text is decided, in order.
    pub fn release(&mut self) -> Vec<Bytes> {
        Vec::new()
    }

    /// The provider has ended; the closing texts come with the next [`Answer::take_text`].
    ///
    /// # Errors
    /// When what came last can't be read.
    pub fn finish(&mut self) -> Result<Ending, WireError> {
        Ok(Ending::Complete)
    }

    /// The stream's own end was read.
    #[must_use]
    pub fn terminal(&self) -> bool {
        false
    }

    /// Type of an error that the provider sent within the answer.
    #[must_use]
    pub fn upstream_error(&self) -> Option<&str> {
        None
    }

    /// Tokens as the provider counted them.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        None
    }

    /// Bytes that wait for a decision.
    #[must_use]
    pub fn held(&self) -> usize {
        0
    }

    /// Why the model stopped.
    #[must_use]
    pub fn stop_reason(&self) -> Option<&str> {
        None
    }

    /// The model that answered.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        None
    }
}

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
