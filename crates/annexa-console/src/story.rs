//! What an exchange's events tell, put together. Only the fields named here ever reach a page or the API.

use std::collections::HashMap;

use annexa_evidence::{Ended, Found, Intent, Outcome, Refused, What};
use annexa_store::Logged;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{encode, names, when};

/// An exchange as rows and the API show it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Exchange {
    pub(crate) tenant: String,
    pub(crate) id: String,
    pub(crate) application: String,
    pub(crate) system: String,
    pub(crate) end_user: Option<String>,
    pub(crate) supplier: String,
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) dialect: String,
    pub(crate) operation: String,
    pub(crate) streamed: bool,
    /// When it was decided on, in milliseconds since the Unix epoch.
    pub(crate) at: i64,
    /// The sequence number of its first event.
    pub(crate) first_seq: u64,
    /// The sequence number of its last event.
    pub(crate) seq: u64,
    pub(crate) found: Vec<Seen>,
    /// The stricter of the verdicts on request and answer.
    pub(crate) verdict: Verdict,
    /// What determined that verdict.
    pub(crate) policy: Option<String>,
    /// The control that the policy carries.
    pub(crate) control: Option<String>,
    pub(crate) state: State,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) first_byte_ms: Option<u32>,
    pub(crate) total_ms: Option<u32>,
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
}

/// Findings of one type on one side of an exchange.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Seen {
    pub(crate) side: Side,
    pub(crate) kind: String,
    pub(crate) category: String,
    pub(crate) count: u32,
    pub(crate) confidence: f32,
    pub(crate) origins: Vec<String>,
}

/// A side of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    /// What goes to the provider.
    Request,
    /// What comes back.
    Answer,
}

/// A verdict, from mild to strict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Allow,
    Mask,
    Tokenise,
    Hold,
    Block,
    /// One that this release doesn't know. It sorts last, so that it is seen.
    Unclear,
}

/// How an exchange stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    UnderWay,
    Refused,
    Delivered,
    Blocked,
    ClientGone,
    UpstreamFault,
    Timeout,
    Truncated,
    ShuttingDown,
    Internal,
}

/// What was decided about findings of one type, and why. Read from a decision, these fields only.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Reason {
    pub(crate) kind: String,
    pub(crate) verdict: String,
    #[serde(default)]
    pub(crate) policies: Vec<String>,
    #[serde(default)]
    pub(crate) controls: Vec<String>,
    pub(crate) severity: Option<String>,
    pub(crate) why: Option<String>,
}

#[derive(Deserialize)]
struct Decided {
    #[serde(default)]
    kinds: Vec<Reason>,
}

/// The exchanges that these events tell of, newest first. One whose beginning isn't among them is left out.
pub(crate) fn gather<'a>(events: impl IntoIterator<Item = &'a Logged>) -> Vec<Exchange> {
    let mut sorted: Vec<&Logged> = events.into_iter().collect();
    sorted.sort_unstable_by_key(|l| l.seq);
    let mut found: HashMap<(&str, &str), Exchange> = HashMap::new();
    for logged in sorted {
        let Some(id) = logged.event.exchange.as_deref() else { continue };
        let key = (logged.event.tenant.as_str(), id);
        match &logged.event.what {
            What::ExchangeIntent(intent) => {
                found.insert(key, Exchange::begin(logged, id, intent));
            }
            What::ExchangeRefused(refused) => {
                found.insert(key, Exchange::refused(logged, id, refused));
            }
            What::ExchangeOutcome(outcome) => {
                if let Some(exchange) = found.get_mut(&key) {
                    exchange.end(logged, outcome);
                }
            }
            _ => {}
        }
    }
    let mut exchanges: Vec<Exchange> = found.into_values().collect();
    exchanges.sort_unstable_by_key(|e| std::cmp::Reverse(e.first_seq));
    exchanges
}

/// The reasons in a decision: one, or a list of them.
pub(crate) fn reasons(decision: &Value) -> Vec<Reason> {
    let of = |one: &Value| Decided::deserialize(one).map(|d| d.kinds).unwrap_or_default();
    match decision {
        Value::Array(all) => all.iter().flat_map(of).collect(),
        one => of(one),
    }
}

/// Findings of one side.
pub(crate) fn seen(found: &[Found], side: Side) -> Vec<Seen> {
    let one = |f: &Found| Seen {
        side,
        kind: f.kind.clone(),
        category: f.category.clone(),
        count: f.count,
        confidence: f.confidence,
        origins: f.origins.clone(),
    };
    found.iter().map(one).collect()
}

impl Exchange {
    fn begin(logged: &Logged, id: &str, intent: &Intent) -> Self {
        let verdict = Verdict::parse(&intent.verdict);
        let (policy, control) =
            determining(verdict, &intent.decision.value(), &intent.policies, &intent.controls);
        Self {
            tenant: logged.event.tenant.clone(),
            id: id.to_owned(),
            application: intent.application.clone(),
            system: intent.system.clone(),
            end_user: intent.end_user.clone(),
            supplier: intent.supplier.clone(),
            provider: intent.provider.clone(),
            model: intent.model.clone(),
            dialect: intent.dialect.clone(),
            operation: intent.operation.clone(),
            streamed: intent.streamed,
            at: logged.event.at,
            first_seq: logged.seq,
            seq: logged.seq,
            found: seen(&intent.found, Side::Request),
            verdict,
            policy,
            control,
            state: State::UnderWay,
            status: None,
            code: None,
            first_byte_ms: None,
            total_ms: None,
            input_tokens: None,
            output_tokens: None,
        }
    }

    fn refused(logged: &Logged, id: &str, refused: &Refused) -> Self {
        let begun = Self::begin(logged, id, &refused.intent);
        Self {
            state: State::Refused,
            status: Some(refused.status),
            code: Some(refused.code.clone()),
            ..begun
        }
    }

    fn end(&mut self, logged: &Logged, outcome: &Outcome) {
        let verdict = Verdict::parse(&outcome.verdict);
        if verdict > self.verdict {
            self.verdict = verdict;
            (self.policy, self.control) =
                determining(verdict, &outcome.decision.value(), &outcome.policies, &outcome.controls);
        }
        self.seq = logged.seq;
        self.found.extend(seen(&outcome.found, Side::Answer));
        self.state = State::of(outcome.ended);
        self.status = Some(outcome.status);
        self.first_byte_ms = outcome.first_byte_ms;
        self.total_ms = Some(outcome.total_ms);
        self.input_tokens = outcome.input_tokens;
        self.output_tokens = outcome.output_tokens;
    }

    /// Its page.
    pub(crate) fn href(&self) -> String {
        format!("/exchanges/{}/{}", encode::query(&self.tenant), encode::query(&self.id))
    }

    /// The id of its row in a page.
    pub(crate) fn row(&self) -> String {
        format!("x-{}-{}", encode::query(&self.tenant), encode::query(&self.id))
    }

    pub(crate) fn clock(&self) -> String {
        when::clock(self.at)
    }

    pub(crate) fn full(&self) -> String {
        when::full(self.at)
    }

    pub(crate) fn took(&self) -> Option<String> {
        self.total_ms.map(when::duration)
    }

    /// Tokens read and written, as far as they are known.
    pub(crate) fn tokens(&self) -> Option<String> {
        let (read, written) = (self.input_tokens?, self.output_tokens?);
        Some(format!("{} + {}", when::grouped(read), when::grouped(written)))
    }

    /// The status that the caller got, where it is not the usual one.
    pub(crate) fn odd_status(&self) -> Option<u16> {
        self.status.filter(|s| *s != 200)
    }

    pub(crate) fn position(&self) -> String {
        when::grouped(self.seq)
    }

    pub(crate) fn control_id(&self) -> Option<String> {
        self.control.as_deref().map(names::control_id)
    }

    pub(crate) fn control_title(&self) -> &'static str {
        self.control.as_deref().and_then(names::control).unwrap_or_default()
    }

    /// Whether it was kept from going on or from coming back.
    pub(crate) fn is_stopped(&self) -> bool {
        matches!(self.state, State::Refused | State::Blocked)
    }
}

/// The policy and the control behind a verdict: by the decision, else the first that the event lists.
fn determining(
    verdict: Verdict,
    decision: &Value,
    policies: &[String],
    controls: &[String],
) -> (Option<String>, Option<String>) {
    let all = reasons(decision);
    match all.iter().find(|r| Verdict::parse(&r.verdict) == verdict && !r.policies.is_empty()) {
        Some(reason) => (reason.policies.first().cloned(), reason.controls.first().cloned()),
        None => (policies.first().cloned(), controls.first().cloned()),
    }
}

impl Seen {
    pub(crate) fn name(&self) -> String {
        names::kind(&self.kind)
    }

    pub(crate) fn places(&self) -> String {
        self.origins.iter().map(|o| names::origin(o)).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn percent(&self) -> String {
        format!("{:.0} %", self.confidence * 100.0)
    }

    pub(crate) fn is_answer(&self) -> bool {
        self.side == Side::Answer
    }
}

impl Verdict {
    /// All that this release knows.
    pub(crate) const KNOWN: [Self; 5] = [Self::Allow, Self::Mask, Self::Tokenise, Self::Hold, Self::Block];

    pub(crate) fn parse(text: &str) -> Self {
        Self::KNOWN.into_iter().find(|v| v.code() == text).unwrap_or(Self::Unclear)
    }

    /// Its name in events, links and style sheets.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Mask => "mask",
            Self::Tokenise => "tokenise",
            Self::Hold => "hold",
            Self::Block => "block",
            Self::Unclear => "unclear",
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Mask => "Mask",
            Self::Tokenise => "Tokenise",
            Self::Hold => "Hold",
            Self::Block => "Block",
            Self::Unclear => "Unclear",
        }
    }
}

impl State {
    fn of(ended: Ended) -> Self {
        match ended {
            Ended::Delivered => Self::Delivered,
            Ended::Blocked => Self::Blocked,
            Ended::ClientGone => Self::ClientGone,
            Ended::UpstreamFault => Self::UpstreamFault,
            Ended::Timeout => Self::Timeout,
            Ended::Truncated => Self::Truncated,
            Ended::ShuttingDown => Self::ShuttingDown,
            Ended::Internal => Self::Internal,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::UnderWay => "Under way",
            Self::Refused => "Refused",
            Self::Delivered => "Delivered",
            Self::Blocked => "Answer blocked",
            Self::ClientGone => "Client gone",
            Self::UpstreamFault => "Provider fault",
            Self::Timeout => "Timed out",
            Self::Truncated => "Broken off",
            Self::ShuttingDown => "Cut by shutdown",
            Self::Internal => "Gateway fault",
        }
    }

    /// The look it shares with others.
    pub(crate) fn look(self) -> &'static str {
        match self {
            Self::UnderWay => "open",
            Self::Delivered => "done",
            Self::Refused | Self::Blocked => "stopped",
            _ => "fault",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn verdicts_go_from_mild_to_strict() {
        assert!(Verdict::KNOWN.is_sorted());
        assert_eq!(Verdict::parse("mask"), Verdict::Mask);
        assert_eq!(Verdict::parse("something new"), Verdict::Unclear);
    }

    #[test]
    fn the_strictest_reason_determines() {
        let kind = |verdict: &str, policy: &str| json!({"kind": "K", "verdict": verdict, "policies": [policy], "controls": ["c"]});
        let decision = json!([{"verdict": "block", "kinds": [kind("allow", "mild"), kind("block", "strict")], "errors": ["x"]}]);
        let listed = ["first".to_owned()];
        assert_eq!(determining(Verdict::Block, &decision, &listed, &[]).0.as_deref(), Some("strict"));
        assert_eq!(determining(Verdict::Block, &Value::Null, &listed, &[]).0.as_deref(), Some("first"));
    }
}
