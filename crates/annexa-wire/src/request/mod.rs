//! A request's body as passages.

mod passage;

use bytes::Bytes;

use crate::error::WireError;
use crate::limits::Limits;
use crate::route::Route;

pub use passage::{Edit, Editing, Origin, Passage, Role, Tool, Trust};

/// A request that was read whole; see [`Request::read`].
pub struct Request {
    body: Bytes,
    passages: Vec<Passage>,
    tools: Vec<Tool>,
}

impl Request {
    /// Reads a body, every string and number of it.
    ///
    /// # Errors
    /// When readers could differ about the body, or it is past a limit.
    pub fn read(_route: Route, body: Bytes, _limits: &Limits) -> Result<Request, WireError> {
        Ok(Request { body, passages: Vec::new(), tools: Vec::new() })
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
    pub fn text(&self, _passage: usize) -> &str {
        ""
    }

    /// The model asked for; empty when none is named.
    #[must_use]
    pub fn model(&self) -> &str {
        ""
    }

    /// Whether the answer is to be streamed.
    #[must_use]
    pub fn streams(&self) -> bool {
        false
    }

    /// The caller's id for its end user.
    #[must_use]
    pub fn end_user(&self) -> Option<&str> {
        None
    }

    /// Tools that the request defines.
    #[must_use]
    pub fn tools(&self) -> &[Tool] {
        &self.tools
    }

    /// The body with edits made: nothing else changes and the JSON stays valid.
    ///
    /// # Errors
    /// [`WireError::Edit`] for a place that must not be edited.
    pub fn edited(&self, _edits: &[Edit]) -> Result<Bytes, WireError> {
        Ok(self.body.clone())
    }

    /// Like [`Request::edited`] for records: what must not be edited is replaced as a whole.
    ///
    /// # Errors
    /// [`WireError::Edit`] for a passage or range that does not exist.
    pub fn masked(&self, edits: &[Edit]) -> Result<Bytes, WireError> {
        self.edited(edits)
    }
}
