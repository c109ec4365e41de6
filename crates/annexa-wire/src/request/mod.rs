//! A request's body as passages.

mod anthropic;
mod collect;
mod edit;
mod openai;
mod passage;

#[cfg(test)]
mod request_properties;
#[cfg(test)]
mod request_tests;

use bytes::Bytes;

use crate::error::WireError;
use crate::json::{self, Kind, Rules, Value};
use crate::limits::Limits;
use crate::route::{Dialect, Route};
use collect::Collector;
use edit::Sealed;
use passage::Stored;

pub use passage::{Edit, Editing, Origin, Passage, Role, Tool, Trust};

/// A request that was read whole; see [`Request::read`].
pub struct Request {
    body: Bytes,
    passages: Vec<Passage>,
    tools: Vec<Tool>,
    model: String,
    streams: bool,
    end_user: Option<String>,
}

impl Request {
    /// Reads a body, every string and number of it.
    ///
    /// # Errors
    /// When readers could differ about the body, or it is past a limit.
    //= iso27001-2022:A.8.12
    pub fn read(route: Route, body: Bytes, limits: &Limits) -> Result<Request, WireError> {
        let text = std::str::from_utf8(&body)
            .map_err(|e| WireError::Json { at: e.valid_up_to(), what: "the bytes are not UTF-8" })?;
        let mut nodes = Vec::with_capacity(text.len().min(1 << 16) / 10 + 8);
        json::read(text, Rules::strict(limits), &mut nodes)?;
        let root = Value::root(text, &nodes).filter(|r| r.kind() == Kind::Object);
        let root = root.ok_or(WireError::NotAnObject)?;
        let mut collector = Collector::new(limits.passages, nodes.len() / 3 + 1);
        match route.dialect {
            Dialect::OpenAiChat => openai::walk(&mut collector, root),
            Dialect::AnthropicMessages => anthropic::walk(&mut collector, root),
        }
        let (passages, tools) = collector.done()?;
        let model = root.get_string("model").unwrap_or_default().into_owned();
        let streams = root.get("stream").is_some_and(|s| s.kind() == Kind::True);
        let end_user = end_user(route.dialect, root);
        Ok(Request { passages, tools, model, streams, end_user, body })
    }

    /// The bytes as they came.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.body
    }

    /// All passages, in the order in which a model reads them.
    #[must_use]
    pub fn passages(&self) -> &[Passage] {
        &self.passages
    }

    /// Decoded text of a passage; empty for an index that is none.
    #[must_use]
    pub fn text(&self, passage: usize) -> &str {
        let Some(passage) = self.passages.get(passage) else { return "" };
        match &passage.source.text {
            Stored::Own(text) => text,
            Stored::Body(start, end) => self.slice(*start as usize, *end as usize),
        }
    }

    /// The model asked for; empty when none is named.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Whether the answer is to be streamed.
    #[must_use]
    pub fn streams(&self) -> bool {
        self.streams
    }

    /// The caller's id for its end user: OpenAI's `safety_identifier` or `user`, Anthropic's `metadata.user_id`.
    #[must_use]
    pub fn end_user(&self) -> Option<&str> {
        self.end_user.as_deref()
    }

    /// Tools that the request defines.
    #[must_use]
    pub fn tools(&self) -> &[Tool] {
        &self.tools
    }

    /// The body with edits made: nothing else changes and the JSON stays valid. Edits that overlap become one.
    ///
    /// # Errors
    /// [`WireError::Edit`] for a place that must not be edited, or a passage or range that does not exist.
    pub fn edited(&self, edits: &[Edit]) -> Result<Bytes, WireError> {
        edit::apply(self, edits, Sealed::Refuse)
    }

    /// Like [`Request::edited`] for records: what must not be edited is replaced as a whole.
    ///
    /// # Errors
    /// [`WireError::Edit`] for a passage or range that does not exist.
    pub fn masked(&self, edits: &[Edit]) -> Result<Bytes, WireError> {
        edit::apply(self, edits, Sealed::ReplaceWhole)
    }

    /// The body was checked to be UTF-8 and its parts lie on characters, which the length tells for free.
    fn slice(&self, start: usize, end: usize) -> &str {
        self.body.get(start..end).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default()
    }
}

fn end_user(dialect: Dialect, root: Value<'_>) -> Option<String> {
    let id = match dialect {
        Dialect::OpenAiChat => root.get_string("safety_identifier").or_else(|| root.get_string("user")),
        Dialect::AnthropicMessages => root.get("metadata").and_then(|m| m.get_string("user_id")),
    };
    id.filter(|id| !id.is_empty()).map(std::borrow::Cow::into_owned)
}
