//! The guard alone, for probes and fuzzers: bytes of an answer in, the bytes that would leave out.

use std::sync::Arc;

use annexa_detect::Detector;
use annexa_policy::{Caller, Destination, Direction, PolicySet, Question};
use annexa_wire::{Answer, Dialect, Ending, Limits};
use bytes::Bytes;

use crate::decide::Frame;
use crate::guard::{Guard, Judge, Stop};
use crate::tokens::Tokens;

/// How a probed answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All of it was released, edited or not.
    Complete,
    /// The provider's part broke off; what was decided was released.
    Truncated,
    /// Policy stopped it.
    Refused,
    /// It could not be read, so nothing more was released.
    Unreadable,
}

/// Runs an answer through the guard, chunk by chunk; gives what was released and how it ended.
#[must_use]
pub fn guard(
    policy: &Arc<PolicySet>,
    detector: &Arc<Detector>,
    dialect: Dialect,
    streamed: bool,
    chunks: &[Vec<u8>],
) -> (Vec<u8>, Ended) {
    let limits = Limits::default();
    let answer = if streamed { Answer::streamed(dialect, &limits) } else { Answer::whole(dialect, &limits) };
    let mut guard = Guard::new(answer, judge(policy, detector));
    let mut released = Vec::new();
    let ended = run(&mut guard, chunks, &mut released);
    (released, ended)
}

fn run(guard: &mut Guard, chunks: &[Vec<u8>], released: &mut Vec<u8>) -> Ended {
    for chunk in chunks {
        match guard.push(Bytes::copy_from_slice(chunk)) {
            Ok(parts) => parts.iter().for_each(|p| released.extend_from_slice(p)),
            Err(stop) => return stopped(&stop),
        }
    }
    match guard.finish() {
        Ok((ending, parts)) => {
            parts.iter().for_each(|p| released.extend_from_slice(p));
            if ending == Ending::Complete { Ended::Complete } else { Ended::Truncated }
        }
        Err(stop) => stopped(&stop),
    }
}

fn stopped(stop: &Stop) -> Ended {
    match stop {
        Stop::Refused(_) => Ended::Refused,
        _ => Ended::Unreadable,
    }
}

fn judge(policy: &Arc<PolicySet>, detector: &Arc<Detector>) -> Judge {
    Judge {
        policy: policy.clone(),
        detector: detector.clone(),
        frame: Frame::new(question()),
        tokens: Tokens::new(&[0; 32], "probe", None),
        scope: "probe".into(),
        limits: crate::Limits::default(),
    }
}

fn question() -> Question {
    Question {
        direction: Direction::Release,
        caller: Caller {
            tenant: "probe".into(),
            application: "probe".into(),
            system: "probe".into(),
            end_user: None,
            purpose: None,
            reason_given: false,
        },
        destination: Destination {
            supplier: "probe".into(),
            provider: "probe".into(),
            model: "probe".into(),
            tool: None,
            domain: None,
        },
        seen: Vec::new(),
        facts: annexa_policy::Facts::default(),
        exceptions: Vec::new(),
        break_glass: None,
        at: 0,
    }
}
