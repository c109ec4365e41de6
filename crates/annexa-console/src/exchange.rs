//! One exchange: what was asked and decided, and what came of it. Built from named fields of its events only.

use annexa_evidence::{Intent, Outcome, RecordRef, What};
use annexa_store::Logged;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::page;
use crate::proof::{self, Entry};
use crate::story::{self, Exchange, Reason, Seen, Side, Verdict};
use crate::{Shared, encode, names, when};

#[derive(Template)]
#[template(path = "exchange.html")]
struct Page {
    story: Story,
    sentence: String,
    tenant_href: String,
}

/// An exchange told from its beginning to its end.
#[derive(Serialize)]
pub(crate) struct Story {
    exchange: Exchange,
    steps: Vec<Step>,
    facts: Vec<Facts>,
    log: Vec<Entry>,
}

/// One event of an exchange.
#[derive(Serialize)]
struct Step {
    title: &'static str,
    seq: u64,
    at: i64,
    verdict: Verdict,
    found: Vec<Seen>,
    reasons: Vec<Told>,
    features: Vec<Fact>,
}

/// A reason as a page tells it.
#[derive(Serialize)]
struct Told {
    verdict: Verdict,
    kind: String,
    policies: Vec<String>,
    controls: Vec<Control>,
    severity: Option<String>,
    why: Option<String>,
}

/// A control with its title.
#[derive(Serialize)]
struct Control {
    id: String,
    title: &'static str,
}

/// Facts that belong together.
#[derive(Serialize)]
struct Facts {
    title: &'static str,
    facts: Vec<Fact>,
}

/// One fact.
#[derive(Serialize)]
struct Fact {
    label: String,
    value: String,
    /// Whether it is an id or a hash, which is set in type of even width.
    #[serde(skip)]
    exact: bool,
}

/// The page.
pub(crate) async fn page(
    State(console): State<Shared>,
    Path((tenant, id)): Path<(String, String)>,
) -> Response {
    match story_of(&console, tenant, id).await {
        Some(story) => {
            let sentence = sentence(&story.exchange);
            let tenant_href = format!("/live?tenant={}", encode::query(&story.exchange.tenant));
            page::render(StatusCode::OK, &Page { story, sentence, tenant_href })
        }
        None => page::not_found().await,
    }
}

/// The story of one exchange of one tenant; nothing when that tenant has none of that id.
//= iso27001-2022:A.5.15
pub(crate) async fn story_of(console: &Shared, tenant: String, id: String) -> Option<Story> {
    let events = proof::events(console, tenant, id).await;
    let exchange = story::gather(&events).pop()?;
    let log = proof::entries(console, &events).await;
    Some(Story {
        steps: events.iter().filter_map(Step::of).collect(),
        facts: facts(&exchange, &events),
        exchange,
        log,
    })
}

/// The exchange in one sentence.
fn sentence(exchange: &Exchange) -> String {
    let asked = found(&exchange.found, Side::Request);
    let request = match exchange.state {
        story::State::Refused => format!("It held {asked} and was refused before anything was sent."),
        _ => format!("It held {asked}."),
    };
    let answer = match exchange.state {
        story::State::Refused => String::new(),
        story::State::UnderWay => " The answer is under way.".to_owned(),
        _ => format!(" In the answer there was {}.", found(&exchange.found, Side::Answer)),
    };
    format!(
        "{} of {} asked {} at {}. {request}{answer}",
        exchange.application, exchange.tenant, exchange.model, exchange.supplier
    )
}

/// What was found on one side, in words.
fn found(all: &[Seen], side: Side) -> String {
    let one = |s: &Seen| format!("{} × {}", s.count, s.name());
    let named: Vec<String> = all.iter().filter(|s| s.side == side).map(one).collect();
    if named.is_empty() { "nothing sensitive".to_owned() } else { named.join(", ") }
}

impl Step {
    fn of(logged: &Logged) -> Option<Self> {
        match &logged.event.what {
            What::ExchangeIntent(intent) => Some(Self::asked("Request sent on", logged, intent)),
            What::ExchangeRefused(refused) => Some(Self::asked("Request refused", logged, &refused.intent)),
            What::ExchangeOutcome(outcome) => Some(Self::answered(logged, outcome)),
            _ => None,
        }
    }

    fn asked(title: &'static str, logged: &Logged, intent: &Intent) -> Self {
        Self {
            title,
            seq: logged.seq,
            at: logged.event.at,
            verdict: Verdict::parse(&intent.verdict),
            found: story::seen(&intent.found, Side::Request),
            reasons: told(&intent.decision.value(), &intent.verdict, &intent.policies, &intent.controls),
            features: intent.features.iter().map(feature).collect(),
        }
    }

    fn answered(logged: &Logged, outcome: &Outcome) -> Self {
        Self {
            title: "Answer ended",
            seq: logged.seq,
            at: logged.event.at,
            verdict: Verdict::parse(&outcome.verdict),
            found: story::seen(&outcome.found, Side::Answer),
            reasons: told(&outcome.decision.value(), &outcome.verdict, &outcome.policies, &outcome.controls),
            features: outcome.features.iter().map(feature).collect(),
        }
    }

    fn day(&self) -> String {
        when::day(self.at)
    }

    fn full(&self) -> String {
        when::full(self.at)
    }
}

/// What the decision says; where it is in no form that this release knows, the policies that the event lists.
fn told(decision: &serde_json::Value, verdict: &str, policies: &[String], controls: &[String]) -> Vec<Told> {
    let reasons = story::reasons(decision);
    if !reasons.is_empty() || policies.is_empty() {
        return reasons.into_iter().map(Told::of).collect();
    }
    vec![Told {
        verdict: Verdict::parse(verdict),
        kind: "exchange".into(),
        policies: policies.to_vec(),
        controls: controls.iter().cloned().map(Control::of).collect(),
        severity: None,
        why: None,
    }]
}

impl Told {
    fn of(reason: Reason) -> Self {
        Self {
            verdict: Verdict::parse(&reason.verdict),
            kind: reason.kind,
            policies: reason.policies,
            controls: reason.controls.into_iter().map(Control::of).collect(),
            severity: reason.severity,
            why: reason.why,
        }
    }

    fn name(&self) -> String {
        names::kind(&self.kind)
    }
}

impl Control {
    fn of(id: String) -> Self {
        Self { title: names::control(&id).unwrap_or_default(), id }
    }

    fn short(&self) -> String {
        names::control_id(&self.id)
    }
}

fn feature((name, value): (&String, &f64)) -> Fact {
    let whole = value.fract() == 0.0 && value.abs() < 1e15;
    let value = if whole { format!("{value:.0}") } else { format!("{value:.4}") };
    Fact { label: names::origin(name), value, exact: false }
}

fn facts(exchange: &Exchange, events: &[Logged]) -> Vec<Facts> {
    let asked = events.iter().find_map(|l| match &l.event.what {
        What::ExchangeIntent(intent) => Some((&**intent, None)),
        What::ExchangeRefused(refused) => Some((&refused.intent, refused.record.as_ref())),
        _ => None,
    });
    let outcome = events.iter().find_map(|l| match &l.event.what {
        What::ExchangeOutcome(outcome) => Some(&**outcome),
        _ => None,
    });
    let record = outcome.and_then(|o| o.record.as_ref()).or(asked.and_then(|(_, record)| record));
    let mut all = vec![who(exchange), what(exchange, asked.map(|(intent, _)| intent))];
    all.extend(outcome.map(|o| came(exchange, o)));
    all.push(kept(record));
    all.extend(asked.map(|(intent, _)| versions(intent)));
    all
}

fn who(exchange: &Exchange) -> Facts {
    let end_user = exchange.end_user.clone().unwrap_or_else(|| "not named".into());
    let facts = vec![
        plain("Tenant", &exchange.tenant),
        plain("Application", &exchange.application),
        plain("AI system", &exchange.system),
        Fact { label: "End user".into(), value: end_user, exact: exchange.end_user.is_some() },
    ];
    Facts { title: "Caller", facts }
}

fn what(exchange: &Exchange, intent: Option<&Intent>) -> Facts {
    let mut facts = vec![
        plain("Provider", &exchange.provider),
        plain("Supplier", &exchange.supplier),
        plain("Model", &exchange.model),
        plain("Dialect", names::dialect(&exchange.dialect)),
        plain("Operation", &exchange.operation),
        plain("Answer", if exchange.streamed { "streamed" } else { "whole" }),
    ];
    facts.extend(intent.map(|i| plain("Request", &when::bytes(i.request_bytes))));
    Facts { title: "Destination", facts }
}

fn came(exchange: &Exchange, outcome: &Outcome) -> Facts {
    let mut facts = vec![plain("Status to caller", &outcome.status.to_string())];
    facts.extend(outcome.upstream_status.map(|s| plain("Status of provider", &s.to_string())));
    facts.extend(outcome.first_byte_ms.map(|ms| plain("First byte after", &when::duration(ms))));
    facts.push(plain("Took", &when::duration(outcome.total_ms)));
    facts.push(plain("Answer", &when::bytes(outcome.answer_bytes)));
    facts.extend(exchange.tokens().map(|t| plain("Tokens read + written", &t)));
    facts.push(plain("Tokens restored", &outcome.restored.to_string()));
    Facts { title: "Outcome", facts }
}

fn kept(record: Option<&RecordRef>) -> Facts {
    let facts = match record {
        Some(record) => vec![
            plain("Recording mode", &record.mode),
            plain("Size", &when::bytes(record.bytes)),
            exact("Hash", &record.hash),
        ],
        None => vec![plain("Sealed record", "none kept")],
    };
    Facts { title: "Record", facts }
}

fn versions(intent: &Intent) -> Facts {
    let facts = vec![
        exact("Policy", &intent.policy_version),
        exact("Configuration", &intent.configuration),
        exact("Detectors", &intent.detectors),
    ];
    Facts { title: "In force", facts }
}

fn plain(label: &str, value: &str) -> Fact {
    Fact { label: label.to_owned(), value: value.to_owned(), exact: false }
}

fn exact(label: &str, value: &str) -> Fact {
    Fact { exact: true, ..plain(label, value) }
}
