//! Reads every passage of a request: text through the detectors, opaque content as what it is.
//!
//! Text parts that a model may read joined are inspected joined and each by itself, so that a value can hide
//! neither in the seam nor behind what stands before it; a value that was found once is looked for in the whole
//! request, since later text may know what earlier text didn't.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use annexa_detect::{Around, Category, DetectError, Detector, Finding, Language};
use annexa_wire::{Edit, OpaqueKind, Origin, Passage, Request};

use crate::budget::Budget;
use crate::decode::Asked;
use crate::refusal::Refusal;
use crate::tally::Tally;
use crate::trail::{CallerTrail, Trail};
use crate::unread::{self, NOT_READ};

/// Kind of content that no detector can read: pictures, sound, files.
pub(crate) const OPAQUE: &str = "OPAQUE_CONTENT";
/// Kind of what only the provider can read and issued itself: encrypted reasoning, signatures.
pub(crate) const PROVIDER_STATE: &str = "PROVIDER_STATE";
/// Kind of our own placeholders: they stand for values and are none.
pub(crate) const TOKEN: &str = "TOKEN";
const PATIENT: &str = "PATIENT_NAME";
const PERSON: &str = "PERSON";
const MODEL_CHARS: usize = 200;
const REPEATED_VALUES: usize = 4096;
const REPEATED_BYTES: usize = 6;

/// A finding with the passage it lies in; `finding` offsets are bytes of that passage's text.
#[derive(Clone)]
pub(crate) struct Placed {
    /// Index of the passage.
    pub passage: usize,
    /// What was found.
    pub finding: Finding,
}

/// After so much text the budget is looked at.
const WATCHED_BYTES: usize = 16 << 10;

/// A request with everything that was found in it.
pub(crate) struct Inspected {
    /// The request.
    pub asked: Asked,
    /// Findings in order of passage.
    pub placed: Vec<Placed>,
    /// The same counted.
    pub tally: Tally,
    /// Headers with what was found in each.
    pub headers: Vec<InHeader>,
}

/// A request that could not be inspected, and so is refused.
pub(crate) struct Uninspected {
    /// What is known of the exchange.
    pub trail: Trail,
    /// Who asks.
    pub caller: CallerTrail,
    /// What the caller is told.
    pub refusal: Refusal,
}

/// A kind that was found in a header.
pub(crate) type InHeader = (&'static str, std::sync::Arc<str>);

/// Inspects a request; large ones off the reactor.
///
/// # Errors
/// When a detector fails: nothing that was not read may be sent.
//= iso27001-2022:A.8.12
pub(crate) async fn inspect(asked: Asked) -> Result<Inspected, Box<Uninspected>> {
    let large = asked.request.raw().len() > asked.trail.live.limits.inline_bytes;
    if !large {
        return inspect_now(asked);
    }
    // A detector that panics takes what it was given with it.
    let (trail, caller) = (asked.trail.clone(), asked.caller.clone());
    let inspected = tokio::task::spawn_blocking(move || inspect_now(asked)).await;
    inspected.unwrap_or_else(|_| {
        Err(Box::new(Uninspected { trail, caller, refusal: Refusal::detection_failed() }))
    })
}

fn inspect_now(asked: Asked) -> Result<Inspected, Box<Uninspected>> {
    match findings(&asked) {
        Ok((placed, tally, headers)) => Ok(Inspected { asked, placed, tally, headers }),
        Err(refusal) => Err(Box::new(Uninspected { trail: asked.trail, caller: asked.caller, refusal })),
    }
}

fn findings(asked: &Asked) -> Result<(Vec<Placed>, Tally, Vec<InHeader>), Refusal> {
    let detector = asked.trail.live.detector.clone();
    let limits = &asked.trail.live.limits;
    let bytes = asked.request.raw().len();
    let base = limits.inspect_cpu.saturating_add(limits.language_cpu(&detector, bytes));
    let budget = Budget::begin(base, limits.inspect_cpu_per_mib, bytes);
    let language = Reads { scope: &asked.caller.grant.tenant, bytes: limits.language_bytes };
    let (placed, mut tally) = read(&detector, &asked.request, &budget, language)?;
    let headers = read_headers(&detector, asked, &mut tally)?;
    Ok((placed, tally, headers))
}

/// Header values leave as well; one with a finding is counted and, since it can't be edited, refused later.
fn read_headers(detector: &Detector, asked: &Asked, tally: &mut Tally) -> Result<Vec<InHeader>, Refusal> {
    let mut hits = Vec::new();
    for (name, value) in &asked.headers {
        let Ok(text) = value.to_str() else {
            return Err(Refusal::new(
                400,
                "annexa_header",
                format!("the header `{name}` holds bytes that are not text"),
            ));
        };
        let around = Around { field: Some(name), ..Around::default() };
        let found = detector.scan(text, &around).map_err(|_| Refusal::detection_failed())?;
        for f in found.iter().filter(|f| *f.kind != *TOKEN) {
            tally.add(f, detector.family(&f.kind), "header");
            hits.push((*name, f.kind.clone()));
        }
    }
    Ok(hits)
}

/// What of a request the encoder reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reads<'a> {
    /// The tenant.
    pub scope: &'a str,
    /// Bytes that are left to read.
    pub bytes: usize,
}

impl Reads<'_> {
    /// Takes a run of passages, if it is language and there is room for it.
    fn take(&mut self, request: &Request, run: &std::ops::Range<usize>) -> bool {
        let spoken = request.passages().get(run.start).is_some_and(|p| is_language(p.origin));
        let bytes: usize = run.clone().map(|i| request.text(i).len()).sum();
        let fits = bytes <= self.bytes;
        if spoken && fits {
            self.bytes -= bytes;
        }
        spoken && fits
    }
}

/// Fields and definitions hold names of things; people write the rest.
fn is_language(origin: Origin) -> bool {
    !matches!(origin, Origin::Field | Origin::Definition)
}

/// Does a finding come from what words say, and not from a value's form?
fn is_read(finding: &Finding) -> bool {
    ["encoder", "consistency", "relation"].contains(&finding.detector)
}

/// All findings of a request, and their count.
///
/// # Errors
/// When a detector fails, or the budget is spent.
pub(crate) fn read(
    detector: &Arc<Detector>,
    request: &Request,
    budget: &Budget,
    mut language: Reads<'_>,
) -> Result<(Vec<Placed>, Tally), Refusal> {
    let passages = request.passages();
    let mut placed = Vec::new();
    let mut tally = Tally::default();
    let (mut at, mut unwatched) = (0, 0);
    while at < passages.len() {
        let run = at..at + joined_run(passages, at);
        let reads = language.take(request, &run).then_some(Language { scope: language.scope, whole: true });
        scan_run(detector, request, run.clone(), reads, &mut placed)
            .map_err(|_| Refusal::detection_failed())?;
        if let Some(tagger) = detector.tagger() {
            count_unread(tagger, request, run.start, reads.is_some(), &mut tally);
        }
        at = run.end;
        unwatched += run.map(|i| request.text(i).len()).sum::<usize>();
        // The clock is not free: it is asked at the end, and before that only after text that can cost something.
        if unwatched >= WATCHED_BYTES || at == passages.len() {
            if budget.is_spent() {
                return Err(Refusal::too_costly());
            }
            unwatched = 0;
        }
    }
    placed.retain(|p| *p.finding.kind != *TOKEN);
    repeat(request, &mut placed).map_err(|_| Refusal::detection_failed())?;
    same_people(request, &mut placed);
    for p in &placed {
        let origin = passages.get(p.passage).map_or("field", |p| origin_name(p.origin));
        tally.add(&p.finding, detector.family(&p.finding.kind), origin);
    }
    for passage in passages {
        if let Some(opaque) = passage.opaque.as_ref().filter(|o| !o.readable) {
            let (kind, family) = opaque_kind(opaque.kind);
            tally.add_kind(kind, family, Category::Uninspected, 1.0, origin_name(passage.origin));
        }
    }
    Ok((placed, tally))
}

fn opaque_kind(kind: OpaqueKind) -> (&'static str, &'static str) {
    match kind {
        OpaqueKind::Media | OpaqueKind::Document => (OPAQUE, "media"),
        OpaqueKind::ProviderState => (PROVIDER_STATE, "provider_state"),
    }
}

/// Counts a run of passages that the encoder did not read, or reads badly.
fn count_unread(
    tagger: &dyn annexa_detect::Tagger,
    request: &Request,
    at: usize,
    read: bool,
    tally: &mut Tally,
) {
    let Some(passage) = request.passages().get(at).filter(|p| is_language(p.origin)) else { return };
    let kind = if read { unread::not_validated(tagger, request.text(at)) } else { Some(NOT_READ) };
    if let Some(kind) = kind {
        tally.add_kind(kind, unread::FAMILY, Category::Uninspected, 1.0, origin_name(passage.origin));
    }
}

/// A person who stands near a health fact in one place is the same person in all others.
fn same_people(request: &Request, placed: &mut [Placed]) {
    let value =
        |p: &Placed| request.text(p.passage).get(p.finding.start..p.finding.end).map(str::to_lowercase);
    let patients = placed.iter().filter(|p| *p.finding.kind == *PATIENT);
    let patients: BTreeMap<String, Finding> =
        patients.filter_map(|p| Some((value(p)?, p.finding.clone()))).collect();
    if patients.is_empty() {
        return;
    }
    for p in placed.iter_mut().filter(|p| *p.finding.kind == *PERSON) {
        let Some(patient) = value(p).and_then(|name| patients.get(&name)) else { continue };
        p.finding = Finding { start: p.finding.start, end: p.finding.end, ..patient.clone() };
    }
}

fn joined_run(passages: &[Passage], at: usize) -> usize {
    1 + passages.iter().skip(at + 1).take_while(|p| p.continues).count()
}

fn scan_run(
    detector: &Detector,
    request: &Request,
    run: std::ops::Range<usize>,
    language: Option<Language<'_>>,
    placed: &mut Vec<Placed>,
) -> Result<(), DetectError> {
    let first = run.start;
    let Some(passage) = request.passages().get(first) else { return Ok(()) };
    if passage.opaque.as_ref().is_some_and(|o| !o.readable) {
        return Ok(());
    }
    let around = Around { before: "", field: passage.key.as_deref(), language };
    if run.len() == 1 {
        let found = detector.scan(request.text(first), &around)?;
        placed.extend(found.into_iter().map(|finding| Placed { passage: first, finding }));
        return Ok(());
    }
    let mut joined = String::new();
    let mut begins = vec![0];
    for passage in run.clone() {
        joined.push_str(request.text(passage));
        begins.push(joined.len());
    }
    let before = placed.len();
    for finding in detector.scan(&joined, &around)? {
        split(first, &begins, &finding, placed);
    }
    // The encoder has read the parts joined, as a model does; patterns look at each apart as well.
    let around = Around { language: None, ..around };
    let key = |passage: usize, f: &Finding| (passage, f.start, f.end, f.kind.clone());
    let known: HashSet<_> = placed.iter().skip(before).map(|p| key(p.passage, &p.finding)).collect();
    for passage in run {
        let found = detector.scan(request.text(passage), &around)?.into_iter();
        let new = found.filter(|f| !known.contains(&key(passage, f)));
        placed.extend(new.map(|finding| Placed { passage, finding }));
    }
    Ok(())
}

/// Cuts a finding in joined passages into one piece a passage; `begins` says where each begins.
fn split(first: usize, begins: &[usize], finding: &Finding, placed: &mut Vec<Placed>) {
    let at = begins.partition_point(|begin| *begin <= finding.start).saturating_sub(1);
    for (nth, pair) in begins.array_windows().enumerate().skip(at) {
        let [begin, end] = *pair;
        if begin >= finding.end {
            break;
        }
        let (from, to) = (finding.start.max(begin), finding.end.min(end));
        if from < to {
            let piece = Finding { start: from - begin, end: to - begin, ..finding.clone() };
            placed.push(Placed { passage: first + nth, finding: piece });
        }
    }
}

/// Finds other places of values that were found, so that a value masked once is masked everywhere.
///
/// What policy acts on goes first and takes the place of what the encoder only counts: a date of birth that is a mere
/// date elsewhere is one there too.
fn repeat(request: &Request, placed: &mut Vec<Placed>) -> Result<(), DetectError> {
    let (soft, mut acting): (Vec<_>, Vec<_>) = std::mem::take(placed).into_iter().partition(is_soft);
    spread(request, &mut acting)?;
    if soft.is_empty() {
        // Patterns alone: there is nothing more to look for.
        *placed = acting;
        return Ok(());
    }
    *placed = absorbed(acting, soft);
    spread(request, placed)
}

/// Does a finding come from words alone, so that what is known of its value elsewhere outranks it?
fn is_soft(placed: &Placed) -> bool {
    ["encoder", "consistency"].contains(&placed.finding.detector)
}

/// Both, without overlaps: what only counts and touches what acts becomes part of it, so that no half of a name is left.
fn absorbed(mut acting: Vec<Placed>, soft: Vec<Placed>) -> Vec<Placed> {
    let mut apart = Vec::new();
    for s in soft {
        let next = acting.partition_point(|a| (a.passage, a.finding.end) <= (s.passage, s.finding.start));
        let touched = acting.get_mut(next).filter(|a| a.passage == s.passage);
        match touched.filter(|a| a.finding.start < s.finding.end) {
            Some(a) => {
                a.finding.start = a.finding.start.min(s.finding.start);
                a.finding.end = a.finding.end.max(s.finding.end);
            }
            None => apart.push(s),
        }
    }
    acting.append(&mut apart);
    acting.sort_by_key(|p| (p.passage, p.finding.start));
    acting.dedup_by(|later, kept| {
        let over = later.passage == kept.passage && later.finding.start < kept.finding.end;
        if over {
            kept.finding.end = kept.finding.end.max(later.finding.end);
        }
        over
    });
    acting
}

/// Adds the other places of the values that were found.
fn spread(request: &Request, placed: &mut Vec<Placed>) -> Result<(), DetectError> {
    placed.sort_by_key(|p| (p.passage, p.finding.start));
    let values = values(request, placed);
    if values.is_empty() {
        return Ok(());
    }
    let search = AhoCorasick::new(values.iter().map(|(value, _)| value))
        .map_err(|error| DetectError::TooLarge(error.to_string()))?;
    let mut taken: BTreeMap<(usize, usize), usize> =
        placed.iter().map(|p| ((p.passage, p.finding.start), p.finding.end)).collect();
    let passages = request.passages();
    for passage in 0..passages.len() {
        let text = request.text(passage);
        for hit in search.find_overlapping_iter(text) {
            let Some((_, model)) = values.get(hit.pattern().as_usize()) else { continue };
            // A name that is also a model's is no name in the field `model`.
            if is_read(model) && passages.get(passage).is_some_and(|p| p.place == "/model") {
                continue;
            }
            let finding = Finding { start: hit.start(), end: hit.end(), ..model.clone() };
            if !overlaps(&taken, passage, &finding) && bounded(text, &finding) {
                taken.insert((passage, finding.start), finding.end);
                placed.push(Placed { passage, finding });
            }
        }
    }
    placed.sort_by_key(|p| (p.passage, p.finding.start));
    Ok(())
}

/// The values that were found, once each; `placed` is in order of passage.
fn values(request: &Request, placed: &[Placed]) -> Vec<(String, Finding)> {
    let mut known = HashSet::new();
    let mut values = Vec::new();
    for of_passage in placed.chunk_by(|a, b| a.passage == b.passage) {
        // A passage's text is looked up once: it may be long and its findings many.
        let text = of_passage.first().map_or("", |p| request.text(p.passage));
        for p in of_passage {
            let Some(value) = text.get(p.finding.start..p.finding.end) else { continue };
            if value.len() >= REPEATED_BYTES && values.len() < REPEATED_VALUES && known.insert(value) {
                values.push((value.to_owned(), p.finding.clone()));
            }
        }
    }
    values
}

/// Whether the last place that begins before a finding's end reaches into it.
fn overlaps(taken: &BTreeMap<(usize, usize), usize>, passage: usize, f: &Finding) -> bool {
    let before = taken.range((passage, 0)..(passage, f.end)).next_back();
    before.is_some_and(|(_, end)| *end > f.start)
}

fn bounded(text: &str, f: &Finding) -> bool {
    let before = text.get(..f.start).and_then(|t| t.chars().next_back());
    let after = text.get(f.end..).and_then(|t| t.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// The model's name as events and policies may hold it: one with a finding stands as what was found.
#[must_use]
pub(crate) fn model_name(request: &Request, placed: &[Placed]) -> String {
    let passages = request.passages();
    let named = |p: &&Placed| passages.get(p.passage).is_some_and(|passage| passage.place == "/model");
    match placed.iter().find(named) {
        Some(p) => crate::tokens::mask(&p.finding.kind),
        None => request.model().chars().take(MODEL_CHARS).collect(),
    }
}

/// The origin's name in events and policies.
#[must_use]
pub(crate) fn origin_name(origin: Origin) -> &'static str {
    match origin {
        Origin::System => "system",
        Origin::User => "user",
        Origin::Assistant => "assistant",
        Origin::ToolArgument => "tool_argument",
        Origin::ToolResult => "tool_result",
        Origin::Definition => "definition",
        Origin::Field => "field",
    }
}

/// An edit that puts `with` in place of a finding.
#[must_use]
pub(crate) fn edit(placed: &Placed, with: String) -> Edit {
    Edit { passage: placed.passage, range: placed.finding.start..placed.finding.end, with }
}

#[cfg(test)]
mod tests {
    use super::*;
    use annexa_wire::{Limits, route};
    use serde_json::{Value, json};

    fn found(messages: &Value) -> Vec<(usize, String)> {
        let body = json!({"model": "m", "messages": messages}).to_string();
        let route = route("POST", "/v1/chat/completions").unwrap();
        let request = Request::read(route, body.into(), &Limits::default()).unwrap();
        let budget = Budget::begin(std::time::Duration::from_secs(60), std::time::Duration::ZERO, 0);
        let reads = Reads { scope: "t", bytes: 1 << 20 };
        let (placed, _) = read(&Arc::new(Detector::builtin().unwrap()), &request, &budget, reads).unwrap();
        placed.iter().map(|p| (p.passage, p.finding.kind.to_string())).collect()
    }

    //= iso27001-2022:A.8.12
    #[test]
    fn a_text_part_can_not_hide_the_value_that_the_next_one_begins_with() {
        for (before, value, kind) in [
            ("ref 12", "4111 1111 1111 1111", "CREDIT_CARD"),
            ("Total 5", "DE89370400440532013000", "IBAN"),
            ("id A", "756.9217.0769.85", "CH_AHV"),
        ] {
            let parts = json!([{"type": "text", "text": before}, {"type": "text", "text": value}]);
            let found = found(&json!([{"role": "user", "content": parts}]));
            assert!(found.iter().any(|(_, k)| k == kind), "{kind}: {found:?}");
        }
    }

    #[test]
    fn a_value_over_a_seam_is_found_in_both_parts() {
        let parts =
            json!([{"type": "text", "text": "card 4111 1111"}, {"type": "text", "text": " 1111 1111"}]);
        let found = found(&json!([{"role": "user", "content": parts}]));
        let cards = found.iter().filter(|(_, kind)| kind == "CREDIT_CARD").count();
        assert_eq!(cards, 2, "{found:?}");
    }

    #[test]
    fn a_value_that_is_found_once_is_found_everywhere() {
        let mut text = String::new();
        for n in 0..200 {
            text.push_str(&format!("My password is Tr0ub4dor-{n:03}x! "));
        }
        let found = found(
            &json!([{"role": "user", "content": text}, {"role": "user", "content": "see Tr0ub4dor-150x! there"}]),
        );
        assert!(found.len() > 200, "{}", found.len());
        assert!(found.iter().any(|(passage, _)| *passage == 1), "the 150th value was not looked for");
    }

    /// Says of "Aurora" that it is a person.
    struct OneName([String; 1]);

    impl annexa_detect::Tagger for OneName {
        fn version(&self) -> &str {
            "one-name"
        }

        fn tags(&self) -> &[String] {
            &self.0
        }

        fn classes(&self) -> &[String] {
            &[]
        }

        fn languages(&self) -> &[String] {
            &[]
        }

        fn read(&self, text: &str, _: &str) -> Result<annexa_detect::Reading, DetectError> {
            let tag = |(start, name): (usize, &str)| annexa_detect::Tag {
                start,
                end: start + name.len(),
                tag: 0,
                confidence: 0.7,
            };
            let tags = text.match_indices("Aurora").take(1).map(tag).collect();
            Ok(annexa_detect::Reading { tags, stretches: Vec::new() })
        }
    }

    #[test]
    fn a_name_is_looked_for_everywhere_but_in_the_models_name() {
        let tagger = Arc::new(OneName(["PERSON".to_owned()]));
        let detector = Arc::new(Detector::builtin().unwrap().with_tagger(tagger));
        let messages = json!([{"role": "user", "content": "Tell Aurora. Aurora!"}, {"role": "user", "content": "And Aurora?"}]);
        let body = json!({"model": "Aurora", "messages": messages}).to_string();
        let route = route("POST", "/v1/chat/completions").unwrap();
        let request = Request::read(route, body.into(), &Limits::default()).unwrap();
        let budget = Budget::begin(std::time::Duration::from_secs(60), std::time::Duration::ZERO, 0);
        let reads = Reads { scope: "t", bytes: 1 << 20 };
        let (placed, _) = read(&detector, &request, &budget, reads).unwrap();
        let places: Vec<_> = placed.iter().map(|p| &*request.passages()[p.passage].place).collect();
        let in_messages = places.iter().filter(|p| p.starts_with("/messages")).count();
        assert_eq!((in_messages, places.contains(&"/model")), (3, false), "{places:?}");
    }
}
