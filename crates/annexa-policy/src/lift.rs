//! What may lift a verdict: an exception, a stated reason, emergency access. Nothing lifts cards and credentials.

use crate::cedar::{Asked, Ruled};
use crate::check::parts;
use crate::decision::Lifted;
use crate::question::{Direction, Question, Verdict};

/// Which modifiers a verdict yields to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lifts {
    exception: bool,
    reason: bool,
    break_glass: bool,
}

impl Lifts {
    pub(crate) fn nothing() -> Self {
        Lifts { exception: false, reason: false, break_glass: false }
    }

    /// Only what every policy that forbids yields to.
    pub(crate) fn all_of<'a>(annotations: impl Iterator<Item = &'a str>) -> Self {
        let all = Lifts { exception: true, reason: true, break_glass: true };
        annotations.fold(all, |lifts, annotation| Lifts {
            exception: lifts.exception && parts(annotation).any(|p| p == "exception"),
            reason: lifts.reason && parts(annotation).any(|p| p == "reason"),
            break_glass: lifts.break_glass && parts(annotation).any(|p| p == "break_glass"),
        })
    }
}

/// Lifts a verdict to allow where the question carries something that may.
pub(crate) fn lift(question: &Question, seen: &Asked<'_>, ruled: &mut Ruled) -> Option<Lifted> {
    if ruled.decision.verdict == Verdict::Allow || never(question, seen) {
        return None;
    }
    let lifted = exception(question, seen, ruled)
        .or_else(|| reason(question, seen, ruled))
        .or_else(|| glass(question, seen, ruled))?;
    ruled.decision.verdict = Verdict::Allow;
    Some(lifted)
}

/// Cards and credentials outward stay as policy says, whatever a policy's annotations promise.
//= iso27001-2022:A.8.12
fn never(question: &Question, seen: &Asked<'_>) -> bool {
    let guarded = seen.family == "card" || seen.family == "credential" || seen.category == "credential";
    guarded && question.direction == Direction::Send
}

fn exception(question: &Question, seen: &Asked<'_>, ruled: &Ruled) -> Option<Lifted> {
    let found = question.exceptions.iter().find(|e| {
        let here = e.provider.as_ref().is_none_or(|p| *p == question.destination.provider);
        here && e.until > question.at && e.kinds.iter().any(|k| k == seen.kind)
    })?;
    ruled.lifts.exception.then(|| Lifted::Exception { id: found.id.clone(), kind: seen.kind.to_owned() })
}

fn reason(question: &Question, seen: &Asked<'_>, ruled: &Ruled) -> Option<Lifted> {
    (ruled.lifts.reason && question.caller.reason_given)
        .then(|| Lifted::Reason { kind: seen.kind.to_owned() })
}

fn glass(question: &Question, seen: &Asked<'_>, ruled: &Ruled) -> Option<Lifted> {
    let open = question.break_glass.as_ref()?;
    let caller = &question.caller;
    let covers = open.until > question.at && open.covers(&caller.tenant, &caller.application);
    (ruled.lifts.break_glass && covers)
        .then(|| Lifted::BreakGlass { id: open.id.clone(), kind: seen.kind.to_owned() })
}
