//! The guard on an answer: every channel's text is read, decided and edited before a byte of it is released.
//!
//! It is the same for streamed and whole answers and does no input or output: bytes go in, released bytes or a
//! [`Stop`] come out. Running text is decided window by window ([`Scanner`]); tool arguments and signed
//! thinking are held whole, up to a cap, since half of them can't be judged or edited.

use std::sync::Arc;

use annexa_detect::{Around, Category, DetectError, Detector, Finding, Language, Scanner};
use annexa_evidence::Ended;
use annexa_policy::{Decision, Direction, PolicySet, Verdict};
use annexa_wire::{Answer, ChannelKind, Ending, NewText, SpanEdit, WireError};
use bytes::Bytes;

use crate::budget::Budget;
use crate::decide::{Frame, refusal};
use crate::inspect::{OPAQUE, TOKEN};
use crate::refusal::Refusal;
use crate::settings::Limits;
use crate::tally::Tally;
use crate::tokens::{Tokens, mask};
use crate::trail::Judged;
use crate::unread::{self, NOT_READ};

/// Why an answer ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Policy blocks or holds it.
    Refused(Refusal),
    /// The provider's bytes can't be read.
    Unreadable(WireError),
    /// The provider's answer breaks off.
    Broken,
    /// A detector failed.
    Detector,
    /// Inspecting a large part of it took more CPU than its size allows.
    TooCostly,
    /// Tool arguments or signed thinking are longer than may be held.
    TooLong(usize),
}

impl From<WireError> for Stop {
    fn from(error: WireError) -> Self {
        Stop::Unreadable(error)
    }
}

impl From<DetectError> for Stop {
    fn from(_: DetectError) -> Self {
        Stop::Detector
    }
}

impl Stop {
    /// The way in which the exchange ends.
    #[must_use]
    pub(crate) fn ended(&self) -> Ended {
        match self {
            Stop::Refused(_) => Ended::Blocked,
            Stop::Unreadable(_) | Stop::TooLong(_) => Ended::UpstreamFault,
            Stop::Broken => Ended::Truncated,
            Stop::Detector | Stop::TooCostly => Ended::Internal,
        }
    }

    /// What the caller is told.
    #[must_use]
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            Stop::Refused(refusal) => refusal.clone(),
            Stop::Unreadable(error) => Refusal::new(
                502,
                "annexa_answer_unreadable",
                format!("the provider's answer can't be read and so not inspected: {error}"),
            ),
            Stop::Broken => {
                Refusal::new(502, "annexa_answer_truncated", "the provider's answer is not complete")
            }
            Stop::Detector => Refusal::detection_failed(),
            Stop::TooCostly => Refusal::too_costly(),
            Stop::TooLong(limit) => Refusal::new(
                502,
                "annexa_answer_too_long",
                format!(
                    "tool arguments or signed thinking longer than {limit} bytes can't be held to be inspected"
                ),
            ),
        }
    }
}

/// One channel of an answer as it was read, for the record.
pub(crate) struct Spoken {
    /// What the channel carries.
    pub kind: ChannelKind,
    /// Its place in the answer.
    pub place: String,
    /// Its text as the provider sent it.
    pub text: String,
    /// All findings, masked or not.
    pub findings: Vec<Finding>,
}

/// Text in one piece from this length on is watched for its cost.
const COSTLY_BYTES: usize = 16 << 10;

struct Lane {
    spoken: Spoken,
    tool: Option<String>,
    key: Option<String>,
    reading: Reading,
    done: bool,
}

enum Reading {
    Windows(Box<Scanner>),
    Whole,
    Unread,
}

/// What a guard needs to decide.
pub(crate) struct Judge {
    /// Policies in force.
    pub policy: Arc<PolicySet>,
    /// Detectors in force.
    pub detector: Arc<Detector>,
    /// The exchange's questions.
    pub frame: Frame,
    /// Tokens issued for the request.
    pub tokens: Tokens,
    /// The tenant.
    pub scope: Arc<str>,
    /// Bounds on what is held and on CPU time.
    pub limits: Limits,
}

impl Judge {
    fn budget(&self, bytes: usize) -> Budget {
        let language = self.limits.language_cpu(&self.detector, bytes);
        Budget::begin(
            self.limits.inspect_cpu.saturating_add(language),
            self.limits.inspect_cpu_per_mib,
            bytes,
        )
    }

    /// How a text that is held whole is read; past the limit by patterns alone.
    fn around<'a>(&'a self, text: &str, field: Option<&'a str>) -> Around<'a> {
        let short = text.len() <= self.limits.language_bytes;
        Around { before: "", field, language: short.then_some(Language { scope: &self.scope, whole: false }) }
    }

    fn scanner(&self) -> Scanner {
        Scanner::new(self.detector.clone()).with_language(self.scope.clone(), self.limits.language_bytes)
    }
}

/// The guard on one answer.
pub(crate) struct Guard {
    answer: Answer,
    judge: Judge,
    lanes: Vec<Option<Lane>>,
    released: Tally,
    called: Tally,
    tool: Option<String>,
    restored: u32,
    opaque: usize,
}

impl Guard {
    /// A guard over an answer that is about to come.
    #[must_use]
    pub(crate) fn new(answer: Answer, judge: Judge) -> Self {
        Guard {
            answer,
            judge,
            lanes: Vec::new(),
            released: Tally::default(),
            called: Tally::default(),
            tool: None,
            restored: 0,
            opaque: 0,
        }
    }

    /// Takes bytes from the provider and gives those that may leave.
    ///
    /// # Errors
    /// [`Stop`] when the answer may not go on; nothing undecided was released.
    //= iso27001-2022:A.8.12
    pub(crate) fn push(&mut self, bytes: Bytes) -> Result<Vec<Bytes>, Stop> {
        self.answer.push(bytes)?;
        self.advance()?;
        Ok(self.answer.release())
    }

    /// The provider has ended; gives the rest.
    ///
    /// # Errors
    /// [`Stop`] as in [`Guard::push`].
    pub(crate) fn finish(&mut self) -> Result<(Ending, Vec<Bytes>), Stop> {
        let ending = self.answer.finish()?;
        self.advance()?;
        self.close_open_lanes()?;
        Ok((ending, self.answer.release()))
    }

    /// The answer as the wire crate reads it: usage, model, stop reason.
    #[must_use]
    pub(crate) fn answer(&self) -> &Answer {
        &self.answer
    }

    /// Values restored from tokens.
    #[must_use]
    pub(crate) fn restored(&self) -> u32 {
        self.restored
    }

    /// What was found in all of the answer, with the questions that stand for it and their decisions.
    #[must_use]
    pub(crate) fn judged(&self) -> Judged {
        let mut judged = Judged::default();
        for (direction, tally) in [(Direction::Release, &self.released), (Direction::CallTool, &self.called)]
        {
            if direction == Direction::CallTool && tally.is_empty() {
                continue;
            }
            let tool = (direction == Direction::CallTool).then_some(self.tool.as_deref()).flatten();
            let question = self.judge.frame.ask(direction, tool, tally.seen());
            judged.decisions.push(self.judge.policy.decide(&question));
            judged.questions.push(question);
            judged.seen.extend(tally.seen());
        }
        judged
    }

    /// The channels in order, for the record.
    pub(crate) fn spoken(&self) -> impl Iterator<Item = &Spoken> {
        self.lanes.iter().flatten().map(|l| &l.spoken)
    }

    fn advance(&mut self) -> Result<(), Stop> {
        for text in self.answer.take_text() {
            self.read(&text)?;
        }
        self.decide_opaque()
    }

    /// Pictures, sound and the like in an answer: policy lets them pass, or the answer ends.
    fn decide_opaque(&mut self) -> Result<(), Stop> {
        let count = self.answer.opaque();
        if count == self.opaque {
            return Ok(());
        }
        for _ in self.opaque..count {
            self.released.add_kind(OPAQUE, "media", Category::Uninspected, 1.0, "assistant");
        }
        self.opaque = count;
        let decision =
            self.judge.policy.decide(&self.judge.frame.ask(Direction::Release, None, self.released.seen()));
        if masked(&decision, OPAQUE) {
            let why = "policy does not let content pass that can't be read";
            return Err(Stop::Refused(
                refusal(&decision).unwrap_or_else(|| Refusal::new(403, "annexa_blocked", why)),
            ));
        }
        Ok(())
    }

    fn read(&mut self, new: &NewText) -> Result<(), Stop> {
        let at = new.channel as usize;
        if self.lanes.len() <= at {
            self.lanes.resize_with(at + 1, || None);
        }
        let Some(slot) = self.lanes.get_mut(at) else { return Ok(()) };
        let mut lane = match slot.take() {
            Some(lane) => lane,
            None => open(&self.answer, &self.judge, new),
        };
        lane.spoken.text.push_str(&new.text);
        let outcome = self.read_lane(new.channel, &mut lane, new);
        if let Some(slot) = self.lanes.get_mut(at) {
            *slot = Some(lane);
        }
        outcome
    }

    fn read_lane(&mut self, channel: u32, lane: &mut Lane, new: &NewText) -> Result<(), Stop> {
        if lane.done {
            return Ok(());
        }
        match &mut lane.reading {
            Reading::Unread => self.answer.resolve(channel, lane.spoken.text.len(), Vec::new())?,
            Reading::Windows(scanner) => {
                scanner.push(&new.text);
                if new.closed {
                    scanner.finish();
                }
                // Small pieces can't cost much, and the clock is not free.
                let large = new.text.len() > COSTLY_BYTES;
                let budget = large.then(|| self.judge.budget(new.text.len()));
                self.decide_windows(channel, lane, budget.as_ref())?;
            }
            Reading::Whole if new.closed => self.decide_whole(channel, lane)?,
            Reading::Whole if lane.spoken.text.len() > self.judge.limits.held_bytes => {
                return Err(Stop::TooLong(self.judge.limits.held_bytes));
            }
            Reading::Whole => {}
        }
        lane.done = new.closed;
        if lane.done {
            self.count_unread(lane);
        }
        Ok(())
    }

    /// What of a channel the encoder did not read, or reads badly, is counted.
    fn count_unread(&mut self, lane: &Lane) {
        let Some(tagger) = self.judge.detector.tagger() else { return };
        let kind = if lane.spoken.text.len() > self.judge.limits.language_bytes {
            Some(NOT_READ)
        } else {
            unread::not_validated(tagger, &lane.spoken.text)
        };
        if let Some(kind) = kind {
            self.released.add_kind(kind, unread::FAMILY, Category::Uninspected, 1.0, "assistant");
        }
    }

    fn decide_windows(&mut self, channel: u32, lane: &mut Lane, budget: Option<&Budget>) -> Result<(), Stop> {
        let Reading::Windows(scanner) = &mut lane.reading else { return Ok(()) };
        let mut upto = None;
        let mut edits = Vec::new();
        while let Some(window) = scanner.next_window()? {
            if budget.is_some_and(Budget::is_spent) {
                return Err(Stop::TooCostly);
            }
            upto = Some(window.end);
            if !window.findings.is_empty() {
                edits.extend(judge(
                    &mut self.judge,
                    &mut self.released,
                    &mut self.restored,
                    &lane.spoken,
                    &window.findings,
                )?);
                lane.spoken.findings.extend(window.findings);
            }
        }
        match upto {
            Some(upto) => Ok(self.answer.resolve(channel, upto, edits)?),
            None => Ok(()),
        }
    }

    fn decide_whole(&mut self, channel: u32, lane: &mut Lane) -> Result<(), Stop> {
        let arguments = lane.spoken.kind == ChannelKind::Arguments;
        let end = lane.spoken.text.len();
        if arguments {
            let edits = self.decide_arguments(lane)?;
            return Ok(self.answer.resolve(channel, end, edits)?);
        }
        let spoken = self.judge.around(&lane.spoken.text, lane.key.as_deref());
        // A field is a name or a number, whole or streamed: patterns read it.
        let language = spoken.language.filter(|_| lane.spoken.kind != ChannelKind::Field);
        let around = Around { language, ..spoken };
        let findings = self.judge.detector.scan(&lane.spoken.text, &around)?;
        let edits = judge(&mut self.judge, &mut self.released, &mut self.restored, &lane.spoken, &findings)?;
        let sealed = matches!(lane.spoken.kind, ChannelKind::Thinking { signed: true });
        lane.spoken.findings = findings;
        if sealed && !edits.is_empty() {
            self.answer.drop_channel(channel);
            return Ok(());
        }
        Ok(self.answer.resolve(channel, end, edits)?)
    }

    /// Arguments are a document of their own: each leaf is read with its key, and edited where it stands.
    //= iso27001-2022:A.8.12
    fn decide_arguments(&mut self, lane: &mut Lane) -> Result<Vec<SpanEdit>, Stop> {
        let detector = self.judge.detector.clone();
        lane.tool =
            lane.tool.take().filter(|tool| detector.scan(tool, &NO_CONTEXT).is_ok_and(|f| f.is_empty()));
        self.tool.clone_from(&lane.tool);
        let Ok(document) = annexa_wire::json::Document::read(&lane.spoken.text) else {
            let findings = detector.scan(&lane.spoken.text, &self.judge.around(&lane.spoken.text, None))?;
            let verdicts = self.called_verdicts(lane.tool.as_deref(), &findings)?;
            lane.spoken.findings.clone_from(&findings);
            return Ok(findings.iter().filter(|f| masked(&verdicts, &f.kind)).map(span_edit).collect());
        };
        let mut edits = Vec::new();
        for leaf in document.leaves() {
            let findings = detector.scan(leaf.text(), &self.judge.around(leaf.text(), leaf.key()))?;
            if findings.is_empty() {
                continue;
            }
            let verdicts = self.called_verdicts(lane.tool.as_deref(), &findings)?;
            for finding in findings {
                let raw = leaf.raw_range(finding.start..finding.end);
                if masked(&verdicts, &finding.kind) {
                    edits.push(SpanEdit { range: raw.clone(), with: leaf.quoted(&mask(&finding.kind)) });
                }
                lane.spoken.findings.push(Finding { start: raw.start, end: raw.end, ..finding });
            }
        }
        Ok(edits)
    }

    fn called_verdicts(&mut self, tool: Option<&str>, findings: &[Finding]) -> Result<Decision, Stop> {
        for finding in findings.iter().filter(|f| *f.kind != *TOKEN) {
            self.called.add(finding, self.judge.detector.family(&finding.kind), "assistant");
        }
        let question = self.judge.frame.ask(Direction::CallTool, tool, self.called.seen());
        let decision = self.judge.policy.decide(&question);
        refusal(&decision).map_or(Ok(decision), |r| Err(Stop::Refused(r)))
    }

    /// A stream that broke off leaves channels open: what they hold is decided like the end of a text.
    fn close_open_lanes(&mut self) -> Result<(), Stop> {
        for channel in 0..self.lanes.len() {
            let open = self.lanes.get(channel).and_then(Option::as_ref).is_some_and(|l| !l.done);
            if open {
                let channel = u32::try_from(channel).unwrap_or(u32::MAX);
                self.read(&NewText { channel, text: String::new(), closed: true })?;
            }
        }
        Ok(())
    }
}

fn open(answer: &Answer, judge: &Judge, new: &NewText) -> Lane {
    let channel = answer.channel(new.channel);
    let kind = channel.map_or(ChannelKind::Field, |c| c.kind);
    let reading = match kind {
        ChannelKind::Repeats => Reading::Unread,
        ChannelKind::Arguments | ChannelKind::Thinking { signed: true } => Reading::Whole,
        ChannelKind::Field if new.closed => Reading::Whole,
        ChannelKind::Field => Reading::Windows(Box::new(Scanner::new(judge.detector.clone()))),
        _ => Reading::Windows(Box::new(judge.scanner())),
    };
    Lane {
        spoken: Spoken {
            kind,
            place: channel.map(|c| c.place.clone()).unwrap_or_default(),
            text: String::new(),
            findings: Vec::new(),
        },
        tool: channel.and_then(|c| c.tool.clone()),
        key: channel.and_then(|c| c.key.clone()),
        reading,
        done: false,
    }
}

/// Counts findings, asks policy, and gives the edits: masks, and values restored from tokens.
fn judge(
    judge: &mut Judge,
    tally: &mut Tally,
    restored: &mut u32,
    spoken: &Spoken,
    findings: &[Finding],
) -> Result<Vec<SpanEdit>, Stop> {
    let real: Vec<&Finding> = findings.iter().filter(|f| *f.kind != *TOKEN).collect();
    let mut edits: Vec<SpanEdit> =
        findings.iter().filter(|f| *f.kind == *TOKEN).filter_map(|f| restore(judge, spoken, f)).collect();
    *restored = restored.saturating_add(u32::try_from(edits.len()).unwrap_or(u32::MAX));
    if real.is_empty() {
        return Ok(edits);
    }
    real.iter().for_each(|f| tally.add(f, judge.detector.family(&f.kind), "assistant"));
    let question = judge.frame.ask(Direction::Release, None, tally.seen());
    let decision = judge.policy.decide(&question);
    if let Some(refusal) = refusal(&decision) {
        return Err(Stop::Refused(refusal));
    }
    edits.extend(real.into_iter().filter(|f| masked(&decision, &f.kind)).map(span_edit));
    edits.sort_by_key(|e| e.range.start);
    Ok(edits)
}

fn masked(decision: &Decision, kind: &str) -> bool {
    kind != TOKEN
        && decision.kinds.iter().find(|k| k.kind == kind).is_none_or(|k| k.verdict != Verdict::Allow)
}

fn span_edit(finding: &Finding) -> SpanEdit {
    SpanEdit { range: finding.start..finding.end, with: mask(&finding.kind) }
}

/// A token of this exchange becomes its value again; never where it may be part of an address, which would be
/// sent somewhere.
fn restore(judge: &Judge, spoken: &Spoken, finding: &Finding) -> Option<SpanEdit> {
    let speaks = matches!(spoken.kind, ChannelKind::Text | ChannelKind::Refusal);
    let token = spoken.text.get(finding.start..finding.end)?;
    let value = judge.tokens.value(token)?;
    if !speaks || in_address(spoken.text.get(..finding.start)?) {
        return None;
    }
    Some(SpanEdit { range: finding.start..finding.end, with: value.to_owned() })
}

const NO_CONTEXT: Around<'static> = Around { before: "", field: None, language: None };
/// So far back is looked for the beginning of an address.
const ADDRESS_BYTES: usize = 64 << 10;

/// Whether what follows this text may be part of an address: of a word that looks like one, of a Markdown link's
/// target, or of an HTML tag, attribute or pointed bracket that is still open, where blanks are no end.
fn in_address(before: &str) -> bool {
    let near = before.ceil_char_boundary(before.len().saturating_sub(ADDRESS_BYTES));
    let before = before.get(near..).unwrap_or_default();
    let word = before.rsplit(|c: char| c.is_whitespace() || "<>\"'".contains(c)).next().unwrap_or_default();
    if word.contains(['/', '?', '=', '&', '%']) || word.to_ascii_lowercase().contains("www.") {
        return true;
    }
    let target = before.rfind("](").is_some_and(|at| !before.get(at..).unwrap_or_default().contains(')'));
    let tag = before.rfind('<').and_then(|at| before.get(at + 1..)).is_some_and(|tag| {
        !tag.contains('>') && tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
    });
    let attribute = |quote: char| {
        before.rfind(quote).is_some_and(|at| before.get(..at).unwrap_or_default().trim_end().ends_with('='))
    };
    target || tag || attribute('"') || attribute('\'')
}

#[cfg(test)]
mod tests {
    use super::in_address;

    //= iso27001-2022:A.8.12
    #[test]
    fn values_are_never_restored_into_addresses() {
        for before in [
            "https://evil.example/?q=",
            "see evil.example/?q=",
            "evil.example?a=b&q=",
            "WWW.evil",
            "![x](https://evil.example/ ",
            "![x](<https://evil.example/a ",
            "[x]( ",
            "<img src=\"//evil.example/",
            "<img src=\"https://evil.example/?q=a ",
            "<img src='x' alt=",
            "<img alt=\">\" src=\"https://evil.example/?q=a ",
            "<img alt='>' src = 'https://evil.example/a ",
            "[r]: <https://evil.example/a ",
            "</p ",
        ] {
            assert!(in_address(before), "{before}");
        }
        for before in [
            "",
            "Write to ",
            "Anna <",
            "a < b ",
            "[x](https://a.example/) by ",
            "<b>bold</b> ",
            "(",
            "\"",
            "1 > 0: ",
        ] {
            assert!(!in_address(before), "{before}");
        }
    }
}
