//! An exchange whose intent is in the log and whose outcome is not: whatever happens next, it gets an outcome.
//!
//! A caller that hangs up makes the server drop the exchange wherever it waits, so the last word is said in
//! `Drop`: no path through the gateway can forget it.

use std::sync::Arc;
use std::time::Instant;

use annexa_evidence::Ended;
use annexa_store::StoreError;
use bytes::Bytes;
use http::HeaderValue;

use crate::decide::Cleared;
use crate::guard::{Guard, Judge};
use crate::observe::NO_EVIDENCE;
use crate::record::{self, Kept};
use crate::trail::{CallerTrail, Trail};
use crate::{Gateway, commit};

/// A request whose intent has its place in the log and waits to be given to the kernel, with those of others.
pub(crate) struct Noted(Evidenced);

/// A request that has evidence: the only thing that can be forwarded.
pub(crate) struct Evidenced {
    pub(crate) open: Open,
    pub(crate) seq: u64,
    pub(crate) outward: Outward,
    pub(crate) judge: Judge,
}

/// A request as it goes out.
pub(crate) struct Outward {
    pub(crate) body: Bytes,
    pub(crate) headers: Vec<(&'static str, HeaderValue)>,
}

/// An exchange that waits for its outcome.
pub(crate) struct Open {
    gateway: Arc<Gateway>,
    pub(crate) trail: Trail,
    pub(crate) caller: CallerTrail,
    kept: Kept,
    /// Status that the provider gave.
    pub(crate) upstream_status: Option<u16>,
    /// Bytes of the answer that were handed to the caller's connection.
    pub(crate) answer_bytes: u64,
    /// When the first byte of the answer came.
    pub(crate) first_byte: Option<Instant>,
    /// Where its outcome stands in the log.
    outcome: Option<u64>,
    closed: bool,
    /// How it ended and with which status, until that is counted: when the caller is told or has gone.
    ending: Option<(&'static str, u16)>,
}

impl Noted {
    pub(crate) fn new(gateway: &Arc<Gateway>, cleared: Cleared, seq: u64, kept: Kept) -> Self {
        let Cleared { asked, body, tokens, frame, .. } = cleared;
        let live = asked.trail.live.clone();
        let judge = Judge {
            policy: live.policy.clone(),
            detector: live.detector.clone(),
            frame,
            tokens,
            scope: asked.caller.grant.tenant.as_str().into(),
            limits: live.limits.clone(),
        };
        let open = Open {
            gateway: gateway.clone(),
            trail: asked.trail,
            caller: asked.caller,
            kept,
            upstream_status: None,
            answer_bytes: 0,
            first_byte: None,
            outcome: None,
            closed: false,
            ending: None,
        };
        Noted(Evidenced { open, seq, outward: Outward { body, headers: asked.headers }, judge })
    }

    /// Sees to it that the intent survives the end of this process.
    ///
    /// # Errors
    /// When the log can't be written.
    pub(crate) fn written(mut self) -> Result<Evidenced, StoreError> {
        let open = &mut self.0.open;
        open.gateway.store.write(self.0.seq).inspect_err(|_| open.without_evidence(503))?;
        Ok(self.0)
    }
}

impl Open {
    pub(crate) fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Logs the outcome, once; gives its position in the log, where it must become durable before the last byte goes.
    ///
    /// # Errors
    /// When the log can't be written. The exchange counts as closed all the same: there is no second try that
    /// would help, and the caller must not get the last byte.
    pub(crate) fn close(
        &mut self,
        guard: Option<&Guard>,
        ended: Ended,
        status: u16,
    ) -> Result<u64, StoreError> {
        self.closed = true;
        let judged = guard.map(Guard::judged).unwrap_or_default();
        self.ending = Some((ended_name(ended), status));
        for seen in &judged.seen {
            self.gateway.metrics.found(&seen.kind, "release", seen.count);
        }
        let logged = record::outcome(self, guard, &judged, ended, status);
        let seq = logged.inspect_err(|_| self.without_evidence(status))?;
        self.outcome = Some(seq);
        Ok(seq)
    }

    /// Logs the outcome, once, and waits until it is durable: only then the caller may be told.
    ///
    /// # Errors
    /// When it can't be brought to the disk; then the caller must be told nothing else.
    pub(crate) async fn end(
        &mut self,
        guard: Option<&Guard>,
        ended: Ended,
        status: u16,
    ) -> Result<(), StoreError> {
        let durable = match self.close(guard, ended, status) {
            Ok(seq) => commit::durable(&self.gateway, seq).await,
            Err(error) => Err(error),
        };
        durable.inspect_err(|_| self.without_evidence(503))
    }

    /// The caller is told that there is no evidence, and nothing else. There is no outcome to be logged: the store takes
    /// none, and the caller has not gone.
    pub(crate) fn without_evidence(&mut self, status: u16) {
        self.closed = true;
        self.outcome = None;
        self.ending = Some((NO_EVIDENCE, status));
    }

    /// Counts how it ended, once.
    pub(crate) fn count(&mut self) {
        if let Some((ended, status)) = self.ending.take() {
            self.trail.count(&self.gateway.metrics, ended, status);
        }
    }

    /// The caller has hung up, or the gateway is going down, or the store has failed while the provider was waited for.
    pub(crate) fn leave(&mut self, guard: Option<&Guard>) {
        let left = if self.closed {
            // Its outcome may wait for others when the caller hangs up.
            self.outcome.take().map_or(Ok(()), |seq| self.gateway.store.write(seq))
        } else {
            let ended = if self.gateway.draining() { Ended::ShuttingDown } else { Ended::ClientGone };
            self.close(guard, ended, 499).and_then(|seq| self.gateway.store.write(seq))
        };
        if let Err(error) = left {
            tracing::error!(exchange = %self.trail.id, %error, "an outcome could not be written");
            self.without_evidence(if guard.is_some() { 499 } else { 503 });
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.leave(None);
        self.count();
    }
}

/// The way of ending as metrics name it.
fn ended_name(ended: Ended) -> &'static str {
    match ended {
        Ended::Delivered => "delivered",
        Ended::Blocked => "blocked",
        Ended::ClientGone => "client_gone",
        Ended::UpstreamFault => "upstream_fault",
        Ended::Timeout => "timeout",
        Ended::Truncated => "truncated",
        Ended::ShuttingDown => "shutting_down",
        Ended::Internal => "internal",
    }
}
