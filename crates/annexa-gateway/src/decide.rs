//! Findings and policy to a verdict: a request that may leave, edited as policy says, or a refusal.
//!
//! Only [`decide`] builds a [`Cleared`], and only a `Cleared` can get evidence and be forwarded.

use std::collections::HashMap;

use annexa_policy::{ActiveException, Decision, Direction, EXCHANGE, KindDecision, Question, Verdict};
use annexa_store::{KeyGrant, Store};
use annexa_wire::{Editing, Passage};
use bytes::Bytes;

use crate::Gateway;
use crate::decode::Asked;
use crate::inspect::{InHeader, Inspected, OPAQUE, PROVIDER_STATE, Placed, edit, model_name};
use crate::refusal::Refusal;
use crate::tokens::{Tokens, mask};
use crate::trail::{CallerTrail, Judged, Trail};
use crate::unread;

/// A request that may be sent, as it may be sent.
pub(crate) struct Cleared {
    pub(crate) asked: Asked,
    pub(crate) body: Bytes,
    pub(crate) tokens: Tokens,
    pub(crate) judged: Judged,
    pub(crate) placed: Vec<Placed>,
    /// The questions of the exchange, for its answer.
    pub(crate) frame: Frame,
}

/// A request that may not be sent, with what was decided about it.
pub(crate) struct Denied {
    /// The request.
    pub asked: Asked,
    /// What was decided.
    pub judged: Judged,
    /// Where its findings lie.
    pub placed: Vec<Placed>,
    /// What the caller is told.
    pub refusal: Refusal,
}

/// Decides about a request.
///
/// # Errors
/// [`Denied`] when policy blocks or holds it, or a finding lies where nothing may be edited.
//= iso27001-2022:A.8.12
//= iso27001-2022:A.5.23
pub(crate) fn decide(gateway: &Gateway, inspected: Inspected) -> Result<Cleared, Box<Denied>> {
    let Inspected { asked, placed, tally, headers } = inspected;
    let grant = &asked.caller.grant;
    let exceptions = exceptions(gateway, grant);
    let seen = tally.seen();
    seen.iter().for_each(|s| gateway.metrics.found(&s.kind, "send", s.count));
    let model = model_name(&asked.request, &placed);
    let frame = frame(gateway, &asked.trail, &asked.caller, &model, exceptions);
    let question = frame.ask(Direction::Send, None, seen.clone());
    let decision = asked.trail.live.policy.decide(&question);
    let blocked = refusal(&decision);
    let blocked = blocked.map_or_else(|| headers_clear(&decision, &headers), Err);
    let plan = blocked.and_then(|()| plan(&asked, &placed, &decision, &gateway.store));
    let judged = Judged { seen, questions: vec![question], decisions: vec![decision] };
    match plan {
        Ok((body, tokens)) => Ok(Cleared { asked, body, tokens, judged, placed, frame }),
        Err(refusal) => Err(Box::new(Denied { asked, judged, placed, refusal })),
    }
}

/// Exceptions in force for a caller, as policies see them.
fn exceptions(gateway: &Gateway, grant: &KeyGrant) -> Vec<ActiveException> {
    let active = gateway.store.active_exceptions(&grant.tenant, &grant.application, gateway.now_ms());
    let one = |e: annexa_store::ExceptionGrant| ActiveException {
        id: e.id,
        kinds: e.kinds,
        provider: e.provider,
        owner: e.owner,
        until: e.until_ms / 1000,
    };
    active.into_iter().map(one).collect()
}

/// Everything of a question that stays the same within one exchange.
pub(crate) struct Frame {
    base: Question,
}

/// Prepares the questions of an exchange.
fn frame(
    gateway: &Gateway,
    trail: &Trail,
    caller: &CallerTrail,
    model: &str,
    exceptions: Vec<ActiveException>,
) -> Frame {
    let now = gateway.now_ms() / 1000;
    let break_glass = gateway.break_glass(&caller.grant, now);
    Frame {
        base: Question {
            direction: Direction::Send,
            caller: caller.as_caller(),
            destination: trail.destination(model, None),
            seen: Vec::new(),
            facts: annexa_policy::Facts::default(),
            exceptions,
            break_glass,
            at: now,
        },
    }
}

impl Frame {
    /// Questions like `base`.
    pub(crate) fn new(base: Question) -> Self {
        Frame { base }
    }

    /// A question about what was seen in one direction.
    #[must_use]
    pub(crate) fn ask(
        &self,
        direction: Direction,
        tool: Option<&str>,
        seen: Vec<annexa_policy::Seen>,
    ) -> Question {
        let mut question = self.base.clone();
        question.direction = direction;
        question.destination.tool = tool.map(str::to_owned);
        question.seen = seen;
        question
    }
}

/// What the caller is told when a decision blocks or holds.
#[must_use]
pub(crate) fn refusal(decision: &Decision) -> Option<Refusal> {
    let strict = decision.kinds.iter().filter(|k| k.verdict == decision.verdict);
    let name = |kind: &KindDecision| {
        if kind.kind == EXCHANGE { "the exchange".to_owned() } else { kind.kind.clone() }
    };
    let kinds: Vec<String> = strict.map(name).collect();
    let why = decision.kinds.iter().find(|k| k.verdict == decision.verdict).and_then(|k| k.why.clone());
    let why = why.map(|w| format!(": {w}")).unwrap_or_default();
    match decision.verdict {
        Verdict::Block if !decision.errors.is_empty() => Some(Refusal::new(
            403,
            "annexa_policy_error",
            "a policy could not be evaluated, so the exchange was blocked",
        )),
        Verdict::Block => {
            Some(Refusal::new(403, "annexa_blocked", format!("policy blocks {}{why}", kinds.join(", "))))
        }
        Verdict::Hold => Some(Refusal::new(
            403,
            "annexa_held",
            format!("policy holds {} for a person to decide{why}", kinds.join(", ")),
        )),
        _ => None,
    }
}

fn plan(
    asked: &Asked,
    placed: &[Placed],
    decision: &Decision,
    store: &Store,
) -> Result<(Bytes, Tokens), Refusal> {
    let grant = &asked.caller.grant;
    let key = store.key_for_tokens(&grant.tenant).map_err(|_| Refusal::no_evidence())?;
    let mut tokens = Tokens::new(&key, &grant.application, asked.request.end_user());
    let verdicts: HashMap<&str, Verdict> =
        decision.kinds.iter().map(|k| (k.kind.as_str(), k.verdict)).collect();
    opaque_clear(&verdicts)?;
    let mut edits = Vec::new();
    let mut text = (usize::MAX, "");
    for p in placed {
        if text.0 != p.passage {
            // A long passage with many findings is looked up once.
            text = (p.passage, asked.request.text(p.passage));
        }
        let verdict = verdicts.get(&*p.finding.kind).copied().unwrap_or(Verdict::Block);
        if verdict == Verdict::Allow {
            continue;
        }
        let passage = asked.request.passages().get(p.passage).ok_or_else(Refusal::detection_failed)?;
        editable(passage, &p.finding.kind)?;
        let value = text.1.get(p.finding.start..p.finding.end).unwrap_or_default();
        let with = if verdict == Verdict::Tokenise {
            tokens.issue(&p.finding.kind, value)
        } else {
            mask(&p.finding.kind)
        };
        edits.push(edit(p, with));
    }
    if edits.is_empty() {
        return Ok((asked.request.raw().clone(), tokens));
    }
    let body = asked.request.edited(&edits).map_err(|_| Refusal::detection_failed())?;
    Ok((body, tokens))
}

fn editable(passage: &Passage, kind: &str) -> Result<(), Refusal> {
    match passage.editing {
        Editing::Free | Editing::Whole => Ok(()),
        Editing::Sealed | Editing::Fixed => Err(Refusal::new(
            403,
            "annexa_blocked",
            format!(
                "policy does not let {kind} leave, and it stands where nothing can be masked: at `{}`",
                passage.place
            ),
        )),
    }
}

/// What can't be read can't be masked: it passes as it is, or not at all.
fn opaque_clear(verdicts: &HashMap<&str, Verdict>) -> Result<(), Refusal> {
    let kept_back = |kind: &&str| verdicts.get(*kind).is_some_and(|v| *v != Verdict::Allow);
    match [OPAQUE, PROVIDER_STATE, unread::NOT_READ, unread::NOT_VALIDATED]
        .iter()
        .find(|kind| kept_back(kind))
    {
        Some(kind) => Err(Refusal::new(
            403,
            "annexa_blocked",
            format!("policy does not let {kind} pass in the clear, and what can't be read can't be masked"),
        )),
        None => Ok(()),
    }
}

/// What stands in a header can't be edited: it passes as it is, or not at all.
fn headers_clear(decision: &Decision, headers: &[InHeader]) -> Result<(), Refusal> {
    let kept_back = |kind: &str| decision.kinds.iter().any(|k| k.kind == kind && k.verdict != Verdict::Allow);
    match headers.iter().find(|(_, kind)| kept_back(kind)) {
        Some((name, kind)) => Err(Refusal::new(
            403,
            "annexa_blocked",
            format!("policy does not let {kind} leave in the header `{name}`"),
        )),
        None => Ok(()),
    }
}
