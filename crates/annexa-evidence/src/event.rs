//! The event: what happened, to whom, when — without content.
//!
//! Types, counts, confidences, register facts and scalar features only, so that replay and monitoring need no
//! content and a leaked event gives none away. The bytes that [`Event::to_bytes`] makes are hashed and sealed as
//! they are and never made again: a later release may write the same event differently.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{Embedded, What};

/// Most events are no longer.
const USUAL_BYTES: usize = 2048;

/// The version that this release writes, and the newest that it reads.
pub const EVENT_VERSION: u16 = 1;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The version of this form, [`EVENT_VERSION`] when written by this release.
    pub v: u16,
    /// The event's own id.
    pub id: String,
    /// When, in milliseconds since the Unix epoch.
    pub at: i64,
    /// Whose event it is.
    pub tenant: String,
    /// The exchange it belongs to.
    pub exchange: Option<String>,
    /// Who did it: `app:…`, `admin:…`, `annexa`.
    pub actor: String,
    /// What it was.
    pub what: What,
}

/// An exchange that was decided on and is about to be forwarded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The application that asked.
    pub application: String,
    /// The AI system that it is registered for.
    pub system: String,
    /// The end user's pseudonym.
    pub end_user: Option<String>,
    /// The wire dialect.
    pub dialect: String,
    /// The operation of that dialect.
    pub operation: String,
    /// The supplier, as the registers know it.
    pub supplier: String,
    /// The provider, as the configuration names it.
    pub provider: String,
    /// The model that was asked for.
    pub model: String,
    /// Whether a streamed answer was asked for.
    pub streamed: bool,
    /// The size of the request's body in bytes.
    pub request_bytes: u64,
    /// What was found in the request.
    pub found: Vec<Found>,
    /// The verdict.
    pub verdict: String,
    /// The policies that determined it.
    pub policies: Vec<String>,
    /// The controls that those policies name.
    pub controls: Vec<String>,
    /// The whole input of the decision, for replay.
    pub question: Embedded,
    /// The decision as policy gave it.
    pub decision: Embedded,
    /// The version of the policy set.
    pub policy_version: String,
    /// The hash of the configuration in force.
    pub configuration: String,
    /// The version of the detectors.
    pub detectors: String,
    /// The version of the map below.
    pub features_version: u16,
    /// Scalar features by name; not a number reads back where none could be written.
    #[serde(deserialize_with = "lenient_map")]
    pub features: BTreeMap<String, f64>,
    /// Keyed sketches by name.
    pub sketches: BTreeMap<String, String>,
}

/// An exchange that was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// What was asked and decided.
    pub intent: Intent,
    /// The HTTP status of the refusal.
    pub status: u16,
    /// The refusal's code.
    pub code: String,
    /// The sealed record, where the recording mode keeps one.
    pub record: Option<RecordRef>,
}

/// How a forwarded exchange ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub ended: Ended,
    /// The HTTP status that the caller got.
    pub status: u16,
    /// The HTTP status that the provider gave.
    pub upstream_status: Option<u16>,
    /// What was found in the answer.
    pub found: Vec<Found>,
    /// The verdict on the answer.
    pub verdict: String,
    /// The policies that determined it.
    pub policies: Vec<String>,
    /// The controls that those policies name.
    pub controls: Vec<String>,
    /// The whole input of the decisions, for replay.
    pub question: Embedded,
    /// The decisions as policy gave them.
    pub decision: Embedded,
    /// Tokens read, as the provider counted them.
    pub input_tokens: Option<u64>,
    /// Tokens written, as the provider counted them.
    pub output_tokens: Option<u64>,
    /// Bytes of answer body that went to the caller.
    pub answer_bytes: u64,
    /// Milliseconds from the request's arrival to the first byte of the answer.
    pub first_byte_ms: Option<u32>,
    /// Milliseconds from the request's arrival to the end.
    pub total_ms: u32,
    /// How many tokens were restored in the answer.
    pub restored: u32,
    /// The sealed record, where the recording mode keeps one.
    pub record: Option<RecordRef>,
    /// The version of the map below.
    pub features_version: u16,
    /// Scalar features by name; not a number reads back where none could be written.
    #[serde(deserialize_with = "lenient_map")]
    pub features: BTreeMap<String, f64>,
    /// Keyed sketches by name.
    pub sketches: BTreeMap<String, String>,
}

/// Findings of one type, counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The type.
    pub kind: String,
    /// The category.
    pub category: String,
    /// How many.
    pub count: u32,
    /// The strongest confidence, 0 to 1.
    #[serde(deserialize_with = "lenient_number")]
    pub confidence: f32,
    /// The origins they were found in.
    pub origins: Vec<String>,
}

/// A sealed record, named by hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRef {
    /// SHA-256 of the salted record, in hex.
    pub hash: String,
    /// The recording mode it was kept under.
    pub mode: String,
    /// Its size in bytes before sealing.
    pub bytes: u64,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The answer was delivered whole.
    Delivered,
    /// The answer was blocked.
    Blocked,
    /// The client went away.
    ClientGone,
    /// The provider failed.
    UpstreamFault,
    /// A time limit passed.
    Timeout,
    /// The answer broke off or went past a size.
    Truncated,
    /// The gateway was shutting down.
    ShuttingDown,
    /// The gateway failed.
    Internal,
}

/// Why bytes are not an event that this release reads.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// Not the JSON of an event. Says where, never what stood there.
    #[error("not an event (line {line}, column {column})")]
    Malformed {
        /// One-based line.
        line: usize,
        /// One-based column.
        column: usize,
    },
    /// Written by a newer release.
    #[error("the event has version {0}, this release reads up to {EVENT_VERSION}: use a newer release")]
    Version(u16),
}

impl Event {
    /// The event's bytes: JSON on one line. Make them once and keep them; hash and seal exactly these.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        // Maps here have string keys and no serialiser of ours fails, so there is always something to keep.
        let _ = serde_json::to_writer(&mut bytes, self);
        bytes
    }

    /// Reads an event from its bytes.
    ///
    /// # Errors
    /// When the bytes are no event, or one of a newer version.
    pub fn parse(bytes: &[u8]) -> Result<Self, EventError> {
        let head: Head = serde_json::from_slice(bytes).map_err(|e| EventError::malformed(&e))?;
        if head.v > EVENT_VERSION {
            return Err(EventError::Version(head.v));
        }
        serde_json::from_slice(bytes).map_err(|e| EventError::malformed(&e))
    }
}

impl EventError {
    fn malformed(error: &serde_json::Error) -> Self {
        Self::Malformed { line: error.line(), column: error.column() }
    }
}

/// The part of an event that every version has.
#[derive(Deserialize)]
pub(crate) struct Head {
    pub(crate) v: u16,
    pub(crate) tenant: String,
    pub(crate) what: Kind,
}

/// The part of what happened that every version has.
#[derive(Deserialize)]
pub(crate) struct Kind {
    pub(crate) kind: String,
}

/// JSON has no "not a number": it is written as null, and an event must stay readable all the same.
fn lenient_number<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
    Ok(Option::<f32>::deserialize(from)?.unwrap_or(f32::NAN))
}

fn lenient_map<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, f64>, D::Error> {
    let read = BTreeMap::<String, Option<f64>>::deserialize(from)?;
    Ok(read.into_iter().map(|(name, value)| (name, value.unwrap_or(f64::NAN))).collect())
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
