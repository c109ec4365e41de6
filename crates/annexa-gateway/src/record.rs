//! Evidence of every outcome: intent before anything is sent, refusal or outcome when it ends, and the record.
//!
//! Events hold no content: types, counts, the decision's whole input, scalar features. What the recording mode
//! keeps goes into the sealed record, masked unless the mode is full.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use annexa_evidence::{Embedded, Ended, Event, Found, Intent, Outcome, RecordRef, Refused, What};
use annexa_policy::{Seen, Verdict};
use annexa_store::{Draft, RecordBody, RecordingMode, StoreError};
use annexa_wire::Request;
use aws_lc_rs::digest;
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::Gateway;
use crate::decide::{Cleared, Denied};
use crate::decode::Asked;
use crate::guard::{Guard, Spoken};
use crate::inspect::{Placed, edit, model_name};
use crate::observe::NO_EVIDENCE;
use crate::open::{Noted, Open};
use crate::tokens::mask;
use crate::trail::{CallerTrail, Judged, Trail};

const FEATURES_VERSION: u16 = 1;
/// About what a record holds beside texts: its own fields, and marks in the texts that JSON writes with two characters.
const RECORD_BYTES: usize = 768;

/// What the recording mode keeps of a request.
pub(crate) struct Kept {
    mode: &'static str,
    request: Option<Bytes>,
    reason: Option<String>,
}

/// Logs the intent; its bytes wait for [`Noted::written`]. Nothing can be forwarded without what that returns.
///
/// # Errors
/// When the log can't be written.
//= iso27001-2022:A.8.15
pub(crate) fn intent(gateway: &Arc<Gateway>, cleared: Cleared) -> Result<Noted, StoreError> {
    let event = event(
        gateway,
        &cleared.asked,
        What::ExchangeIntent(Box::new(intent_of(&cleared.asked, &cleared.judged, &cleared.placed))),
    );
    let appended = gateway.store.enqueue(Draft { event, record: None });
    let trail = &cleared.asked.trail;
    let appended = appended.inspect_err(|_| trail.count(&gateway.metrics, NO_EVIDENCE, 503))?;
    let kept = keep(&cleared.asked, &cleared.placed, gateway.now_ms());
    Ok(Noted::new(gateway, cleared, appended.seq, kept))
}

/// Writes a refusal with what was decided, and the masked request.
///
/// # Errors
/// When the log can't be written.
pub(crate) fn refused(gateway: &Gateway, denied: &Denied) -> Result<u64, StoreError> {
    let kept = keep(&denied.asked, &denied.placed, gateway.now_ms());
    let (record, record_ref) = body(gateway, &kept, std::iter::empty());
    let what = Refused {
        intent: intent_of(&denied.asked, &denied.judged, &denied.placed),
        status: denied.refusal.status,
        code: denied.refusal.code.to_owned(),
        record: record_ref,
    };
    let event = event(gateway, &denied.asked, What::ExchangeRefused(Box::new(what)));
    gateway.store.append(Draft { event, record }).map(|a| a.seq)
}

/// Writes a refusal that came before the body was understood: who asked and why not.
///
/// # Errors
/// When the log can't be written.
pub(crate) fn refused_early(
    gateway: &Gateway,
    trail: &Trail,
    caller: &CallerTrail,
    refusal: &crate::refusal::Refusal,
) -> Result<u64, StoreError> {
    let what = Refused {
        intent: bare_intent(trail, caller),
        status: refusal.status,
        code: refusal.code.to_owned(),
        record: None,
    };
    let event = event_for(gateway, trail, caller, What::ExchangeRefused(Box::new(what)));
    gateway.store.append(Draft { event, record: None }).map(|a| a.seq)
}

/// Logs the outcome and the record; the bytes wait for [`annexa_store::Store::write`].
///
/// # Errors
/// When the log can't be written.
//= iso27001-2022:A.8.15
pub(crate) fn outcome(
    open: &Open,
    guard: Option<&Guard>,
    judged: &Judged,
    ended: Ended,
    status: u16,
) -> Result<u64, StoreError> {
    let gateway = open.gateway();
    let (record, record_ref) = body(gateway, open.kept(), guard.into_iter().flat_map(Guard::spoken));
    let verdict =
        if ended == Ended::Blocked { judged.verdict().max(Verdict::Block) } else { judged.verdict() };
    let usage = guard.and_then(|g| g.answer().usage());
    let elapsed =
        |at: Instant| u32::try_from(at.duration_since(open.trail.arrived).as_millis()).unwrap_or(u32::MAX);
    let what = Outcome {
        ended,
        status,
        upstream_status: open.upstream_status,
        found: found(&judged.seen),
        verdict: name(verdict),
        policies: judged.policies(),
        controls: judged.controls(),
        question: Embedded::of(&judged.questions),
        decision: Embedded::of(&judged.decisions),
        input_tokens: usage.as_ref().and_then(|u| u.input),
        output_tokens: usage.as_ref().and_then(|u| u.output),
        answer_bytes: open.answer_bytes,
        first_byte_ms: open.first_byte.map(elapsed),
        total_ms: elapsed(Instant::now()),
        restored: guard.map_or(0, Guard::restored),
        record: record_ref,
        features_version: FEATURES_VERSION,
        features: answer_features(guard),
        sketches: BTreeMap::new(),
    };
    let event = event_for(gateway, &open.trail, &open.caller, What::ExchangeOutcome(Box::new(what)));
    gateway.store.enqueue(Draft { event, record }).map(|a| a.seq)
}

/// Reports failed authentications, counted.
pub(crate) fn authentication_failed(gateway: &Gateway, source: String, reason: &str, count: u32) {
    let what = What::AuthenticationFailed { source, reason: format!("{reason} ({count})"), key_hint: None };
    let event = Event {
        v: annexa_evidence::EVENT_VERSION,
        id: gateway.new_id(),
        at: gateway.now_ms(),
        tenant: annexa_store::SYSTEM_TENANT.to_owned(),
        exchange: None,
        actor: "annexa".to_owned(),
        what,
    };
    if let Err(error) = gateway.store.append(Draft { event, record: None }) {
        tracing::error!(%error, "a failed authentication could not be logged");
    }
}

fn event(gateway: &Gateway, asked: &Asked, what: What) -> Event {
    event_for(gateway, &asked.trail, &asked.caller, what)
}

fn event_for(gateway: &Gateway, trail: &Trail, caller: &CallerTrail, what: What) -> Event {
    Event {
        v: annexa_evidence::EVENT_VERSION,
        id: gateway.new_id(),
        at: gateway.now_ms(),
        tenant: caller.grant.tenant.clone(),
        exchange: Some(trail.id.clone()),
        actor: format!("app:{}", caller.grant.application),
        what,
    }
}

fn bare_intent(trail: &Trail, caller: &CallerTrail) -> Intent {
    Intent {
        application: caller.grant.application.clone(),
        system: caller.grant.system.clone(),
        end_user: caller.end_user.clone(),
        dialect: trail.dialect.name().to_owned(),
        operation: trail.operation.to_owned(),
        supplier: trail.provider.supplier.clone(),
        provider: trail.provider.name.clone(),
        model: String::new(),
        streamed: false,
        request_bytes: 0,
        found: Vec::new(),
        verdict: name(Verdict::Block),
        policies: Vec::new(),
        controls: Vec::new(),
        question: Embedded::default(),
        decision: Embedded::default(),
        policy_version: trail.live.policy.version().to_owned(),
        configuration: trail.live.configuration.clone(),
        detectors: trail.live.detectors.clone(),
        features_version: FEATURES_VERSION,
        features: BTreeMap::new(),
        sketches: BTreeMap::new(),
    }
}

fn intent_of(asked: &Asked, judged: &Judged, placed: &[Placed]) -> Intent {
    Intent {
        model: model_name(&asked.request, placed),
        streamed: asked.request.streams(),
        request_bytes: asked.request.raw().len() as u64,
        found: found(&judged.seen),
        verdict: name(judged.verdict()),
        policies: judged.policies(),
        controls: judged.controls(),
        question: Embedded::of(&judged.questions),
        decision: Embedded::of(&judged.decisions),
        features: request_features(&asked.request),
        ..bare_intent(&asked.trail, &asked.caller)
    }
}

fn found(seen: &[Seen]) -> Vec<Found> {
    let one = |s: &Seen| Found {
        kind: s.kind.clone(),
        category: to_value(&s.category).as_str().unwrap_or_default().to_owned(),
        count: s.count,
        confidence: s.confidence,
        origins: s.origins.clone(),
    };
    seen.iter().map(one).collect()
}

fn name(verdict: Verdict) -> String {
    verdict.name().to_owned()
}

fn to_value(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

fn request_features(request: &Request) -> BTreeMap<String, f64> {
    let passages = request.passages();
    let text: usize = (0..passages.len()).map(|i| request.text(i).len()).sum();
    let opaque = passages.iter().filter(|p| p.opaque.is_some()).count();
    [("passages", passages.len()), ("text_bytes", text), ("opaque", opaque), ("tools", request.tools().len())]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v as f64))
        .collect()
}

fn answer_features(guard: Option<&Guard>) -> BTreeMap<String, f64> {
    let Some(guard) = guard else { return BTreeMap::new() };
    let (mut text, mut calls) = (0, 0);
    for spoken in guard.spoken() {
        text += spoken.text.len();
        calls += usize::from(spoken.kind == annexa_wire::ChannelKind::Arguments);
    }
    [("text_bytes", text), ("tool_calls", calls)].into_iter().map(|(k, v)| (k.to_owned(), v as f64)).collect()
}

fn keep(asked: &Asked, placed: &[Placed], now_ms: i64) -> Kept {
    let mode = asked.caller.grant.recording.at(now_ms);
    let request = match mode {
        RecordingMode::Event => None,
        RecordingMode::Full { .. } => Some(asked.request.raw().clone()),
        RecordingMode::Masked => masked_request(&asked.request, placed),
    };
    Kept { mode: mode.name(), request, reason: asked.caller.reason.clone() }
}

/// The request with every finding masked, whatever policy allowed; nothing when it can't be masked.
fn masked_request(request: &Request, placed: &[Placed]) -> Option<Bytes> {
    if placed.is_empty() {
        return Some(request.raw().clone());
    }
    let edits: Vec<_> = placed.iter().map(|p| edit(p, mask(&p.finding.kind))).collect();
    request.masked(&edits).ok()
}

fn body<'a>(
    gateway: &Gateway,
    kept: &Kept,
    spoken: impl Iterator<Item = &'a Spoken>,
) -> (Option<RecordBody>, Option<RecordRef>) {
    let Some(request) = &kept.request else { return (None, None) };
    let full = kept.mode == "full";
    let answer = spoken.filter(|s| !s.text.is_empty()).map(|s| said(s, full)).collect();
    // The salt keeps the hash, which events carry, from being guessed back to a short text.
    let record = Record {
        v: 1,
        salt: gateway.new_id(),
        mode: kept.mode,
        // JSON that was read is UTF-8.
        request: std::str::from_utf8(request).unwrap_or_default(),
        reason: kept.reason.as_deref(),
        answer,
    };
    let texts: usize = record.answer.iter().map(|said| said.text.len()).sum();
    let mut bytes = Vec::with_capacity(request.len() + texts + RECORD_BYTES);
    if serde_json::to_writer(&mut bytes, &record).is_err() {
        return (None, None);
    }
    let hash = crate::hex(digest::digest(&digest::SHA256, &bytes).as_ref());
    let reference = RecordRef { hash, mode: kept.mode.to_owned(), bytes: bytes.len() as u64 };
    (Some(RecordBody { bytes }), Some(reference))
}

/// What is sealed of an exchange.
#[derive(Serialize)]
struct Record<'a> {
    v: u8,
    salt: String,
    mode: &'a str,
    request: &'a str,
    reason: Option<&'a str>,
    answer: Vec<Said<'a>>,
}

/// One channel of the answer.
#[derive(Serialize)]
struct Said<'a> {
    place: &'a str,
    kind: &'static str,
    text: Cow<'a, str>,
}

fn said(spoken: &Spoken, full: bool) -> Said<'_> {
    let whole = full || spoken.findings.is_empty();
    let text = if whole {
        Cow::Borrowed(spoken.text.as_str())
    } else {
        Cow::Owned(masked_text(&spoken.text, &spoken.findings))
    };
    Said { place: &spoken.place, kind: spoken.kind.name(), text }
}

fn masked_text(text: &str, findings: &[annexa_detect::Finding]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for f in findings.iter().filter(|f| *f.kind != *crate::inspect::TOKEN) {
        out.push_str(text.get(at..f.start).unwrap_or_default());
        out.push_str(&mask(&f.kind));
        at = f.end.max(at);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
