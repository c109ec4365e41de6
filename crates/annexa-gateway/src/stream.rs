//! A streamed answer on its way to the caller: bytes come, the guard reads them, what is decided goes on.
//!
//! It is a body that the connection polls, so there is no task and no queue between provider and caller, and a
//! slow caller slows the provider. The bytes that complete the answer stay here until the outcome is durable.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use annexa_evidence::Ended;
use annexa_store::StoreError;
use annexa_wire::Ending;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming};
use tokio::time::Sleep;

use crate::admit::Admitted;
use crate::commit;
use crate::guard::{Guard, Stop};
use crate::open::Open;
use crate::refusal::Refusal;
use crate::upstream::Lease;

/// Pieces up to this length are copied out of the read buffer.
const SMALL_PIECE: usize = 2048;

/// So long a connection is waited for whose answer is complete, before a new one is cheaper.
const LAST_WAIT: Duration = Duration::from_secs(1);

type Durable = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;

/// A streamed answer; see the module.
pub(crate) struct Stream {
    /// Counted as under way until the stream is dropped.
    _admitted: Admitted,
    open: Open,
    guard: Guard,
    upstream: Option<(Incoming, Lease)>,
    ready: VecDeque<Bytes>,
    /// Held until the outcome is durable.
    last: Vec<Bytes>,
    phase: Phase,
    clock: Watch,
}

enum Phase {
    Reading,
    Closing(Durable),
    Done,
}

/// One timer for three deadlines; it is moved only when it fires, never for each chunk.
struct Watch {
    sleep: Pin<Box<Sleep>>,
    heard: Instant,
    said: Instant,
    end: Instant,
    stall: Duration,
    quiet: Duration,
}

enum Alarm {
    KeepAlive,
    Stalled,
}

impl Watch {
    fn new(open: &Open) -> Self {
        let limits = &open.trail.live.limits;
        let now = Instant::now();
        let first = limits.keep_alive.min(limits.stall_timeout);
        Watch {
            sleep: Box::pin(tokio::time::sleep(first)),
            heard: now,
            said: now,
            end: open.trail.arrived + limits.total_timeout,
            stall: limits.stall_timeout,
            quiet: limits.keep_alive,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Alarm> {
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            let now = Instant::now();
            let dead = (self.heard + self.stall).min(self.end);
            let quiet = self.said + self.quiet;
            if now >= dead {
                return Poll::Ready(Alarm::Stalled);
            }
            if now >= quiet {
                self.said = now;
                self.sleep.as_mut().reset(dead.min(now + self.quiet).into());
                return Poll::Ready(Alarm::KeepAlive);
            }
            self.sleep.as_mut().reset(dead.min(quiet).into());
        }
    }
}

impl Stream {
    pub(crate) fn new(
        open: Open,
        guard: Guard,
        upstream: Incoming,
        lease: Lease,
        admitted: Admitted,
    ) -> Self {
        let clock = Watch::new(&open);
        Stream {
            _admitted: admitted,
            open,
            guard,
            upstream: Some((upstream, lease)),
            ready: VecDeque::new(),
            last: Vec::new(),
            phase: Phase::Reading,
            clock,
        }
    }

    fn step(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                self.clock.said = Instant::now();
                self.open.answer_bytes += bytes.len() as u64;
                self.open.first_byte.get_or_insert(self.clock.said);
                return Poll::Ready(Some(bytes));
            }
            match &mut self.phase {
                Phase::Done => return Poll::Ready(None),
                Phase::Closing(durable) => {
                    let outcome = ready!(durable.as_mut().poll(cx));
                    self.complete(outcome);
                }
                Phase::Reading => ready!(self.read(cx)),
            }
        }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some((incoming, _)) = &mut self.upstream else {
            self.end();
            return Poll::Ready(());
        };
        match Pin::new(incoming).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.clock.heard = Instant::now();
                if let Ok(bytes) = frame.into_data() {
                    self.take(bytes);
                }
                Poll::Ready(())
            }
            Poll::Ready(Some(Err(_))) => {
                self.upstream = None;
                self.end();
                Poll::Ready(())
            }
            Poll::Ready(None) => {
                self.give_back();
                self.end();
                Poll::Ready(())
            }
            Poll::Pending => self.wait(cx),
        }
    }

    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match ready!(self.clock.poll(cx)) {
            Alarm::KeepAlive => {
                self.open.gateway().metrics.keep_alive();
                self.ready.push_back(Bytes::from_static(annexa_wire::keep_alive(self.open.trail.dialect)));
            }
            Alarm::Stalled => {
                self.upstream = None;
                let refusal = Refusal::new(
                    504,
                    "annexa_provider_stalled",
                    "the provider stopped in the middle of its answer",
                );
                self.fail(Ended::Timeout, &refusal);
            }
        }
        Poll::Ready(())
    }

    fn take(&mut self, bytes: Bytes) {
        let bytes = compact(bytes);
        match self.guard.push(bytes) {
            Ok(released) if self.guard.answer().terminal() => {
                self.last.extend(released);
                self.end();
            }
            Ok(released) => self.ready.extend(joined(released)),
            Err(stop) => self.stop(&stop),
        }
    }

    /// The provider has said all, or has gone.
    fn end(&mut self) {
        match self.guard.finish() {
            Ok((Ending::Complete, rest)) => {
                self.last.extend(rest);
                self.close(Ended::Delivered);
            }
            Ok((Ending::Truncated, rest)) => {
                self.last.extend(rest);
                if self.guard.answer().upstream_error().is_some() {
                    return self.close(Ended::UpstreamFault);
                }
                let refusal = Refusal::new(
                    502,
                    "annexa_answer_truncated",
                    "the provider broke off in the middle of its answer",
                );
                self.fail(Ended::Truncated, &refusal);
            }
            Err(stop) => self.stop(&stop),
        }
    }

    fn stop(&mut self, stop: &Stop) {
        // Nothing more of it is wanted, so the provider is not left talking.
        self.upstream = None;
        self.last.clear();
        self.fail(stop.ended(), &stop.refusal());
    }

    /// Ends the stream with an error event that the provider's SDK raises.
    fn fail(&mut self, ended: Ended, refusal: &Refusal) {
        self.last.push(refusal.event(self.open.trail.dialect, &self.open.trail.id));
        self.close(ended);
    }

    fn close(&mut self, ended: Ended) {
        let last: usize = self.last.iter().map(Bytes::len).sum();
        self.open.answer_bytes += last as u64;
        let outcome = self.open.close(Some(&self.guard), ended, 200);
        let gateway = self.open.gateway().clone();
        self.phase = Phase::Closing(Box::pin(async move { commit::in_turn(&gateway, outcome?).await }));
    }

    /// The outcome is durable, or could not be made so: then the answer stays incomplete, and says why.
    fn complete(&mut self, outcome: Result<(), StoreError>) {
        self.phase = Phase::Done;
        let counted = self.open.answer_bytes;
        if let Err(error) = outcome {
            tracing::error!(exchange = %self.open.trail.id, %error, "an outcome could not be made durable");
            let event = Refusal::no_evidence().event(self.open.trail.dialect, &self.open.trail.id);
            self.last = vec![event];
            self.open.without_evidence(200);
        }
        self.open.count();
        self.ready.extend(joined(std::mem::take(&mut self.last)));
        self.drain_upstream();
        self.open.answer_bytes = counted;
    }

    /// The connection can be used again if nothing but the end of the body is left on it, which may come a little later.
    fn drain_upstream(&mut self) {
        let Some((mut incoming, lease)) = self.upstream.take() else { return };
        let provider = self.open.trail.provider.clone();
        tokio::spawn(async move {
            let rest = std::future::poll_fn(|cx| Pin::new(&mut incoming).poll_frame(cx));
            if matches!(tokio::time::timeout(LAST_WAIT, rest).await, Ok(None)) {
                provider.pool.give_back(lease);
            }
        });
    }

    fn give_back(&mut self) {
        if let Some((_, lease)) = self.upstream.take() {
            self.open.trail.provider.pool.give_back(lease);
        }
    }
}

/// A small piece in memory of its own. As it comes it keeps the whole read buffer, and held text is many pieces.
fn compact(bytes: Bytes) -> Bytes {
    if bytes.len() <= SMALL_PIECE { Bytes::copy_from_slice(&bytes) } else { bytes }
}

/// What is released together goes out in one piece: each piece costs the connection a chunk, and some a system call.
fn joined(mut released: Vec<Bytes>) -> Option<Bytes> {
    released.retain(|piece| !piece.is_empty());
    if released.len() > 1 { Some(released.concat().into()) } else { released.pop() }
}

impl Body for Stream {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.get_mut().step(cx).map(|bytes| bytes.map(|b| Ok(Frame::data(b))))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.open.leave(Some(&self.guard));
    }
}
