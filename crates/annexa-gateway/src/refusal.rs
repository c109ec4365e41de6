//! Why an exchange did not happen, in words that never repeat what was refused.

use annexa_wire::{Dialect, ErrorShape};

/// What a caller is told: a status, a stable code, a sentence, and the exchange's id to look up.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Stable code, e.g. `annexa_blocked`.
    pub code: &'static str,
    /// One sentence with the remedy; no content of the exchange.
    pub message: String,
    /// Seconds after which a retry makes sense.
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// A refusal without a retry hint.
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Refusal { status, code, message: message.into(), retry_after: None }
    }

    /// The same with `Retry-After`.
    #[must_use]
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The evidence could not be written, so nothing may be sent.
    #[must_use]
    pub(crate) fn no_evidence() -> Self {
        Refusal::new(
            503,
            "annexa_evidence_unavailable",
            "the evidence log can't be written; nothing was sent; see the gateway's log",
        )
        .retry_after(5)
    }

    /// A detector failed: fail closed.
    #[must_use]
    pub(crate) fn detection_failed() -> Self {
        Refusal::new(
            500,
            "annexa_detection_failed",
            "the content could not be inspected, so it was not sent on",
        )
    }

    /// Inspecting it costs more CPU than its size allows: fail closed.
    #[must_use]
    pub(crate) fn too_costly() -> Self {
        Refusal::new(
            413,
            "annexa_too_costly",
            "inspecting the content takes more CPU time than its size allows, so it was not sent on; see `limits.inspect_cpu_milliseconds`",
        )
    }

    /// The body in the provider's own error form.
    #[must_use]
    pub(crate) fn shape<'a>(&'a self, id: &'a str) -> ErrorShape<'a> {
        ErrorShape { status: self.status, code: self.code, message: &self.message, id }
    }

    /// The error event that ends a stream.
    #[must_use]
    pub(crate) fn event(&self, dialect: Dialect, id: &str) -> bytes::Bytes {
        annexa_wire::error_event(dialect, &self.shape(id))
    }
}
