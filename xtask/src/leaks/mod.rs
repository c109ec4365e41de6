//! `cargo xtask leak-matrix`: sensitive values cut in every way, through the guard and through the whole gateway.
//!
//! Answers: each dialect and place, each value, every two-way cut, one character a piece, cuts of the raw bytes
//! inside escapes and UTF-8, random cuts. The value may not come out, and what does come out must be what the
//! same answer gives in one piece. Requests: each value in each place of a body. Any leak ends with failure.

mod frames;
mod request;
pub(crate) mod values;

use std::sync::Arc;

use annexa_detect::Detector;
use annexa_gateway::probe::{self, Ended};
use annexa_policy::PolicySet;
use anyhow::{Context, Result, bail, ensure};

use frames::{Dialect, Place};
use values::{Dice, Value};

const DIALECTS: [Dialect; 2] = [Dialect::OpenAi, Dialect::Anthropic];
const PLACES: [Place; 3] = [Place::Text, Place::Thinking, Place::Arguments];
const RANDOM_CUTS: usize = 8;

/// What stands behind each value: it must come out, or the probe would show nothing.
const TAIL: &str = "Nothing else is known, and that is all.";

/// What came of one cell of the table.
#[derive(Default)]
struct Cell {
    probes: usize,
    leaks: usize,
    differences: usize,
}

struct Lab {
    policy: Arc<PolicySet>,
    detector: Arc<Detector>,
    full: bool,
}

/// How the bytes of a stream arrive.
#[derive(Clone, Copy)]
enum Feed {
    /// An event a chunk.
    Events,
    /// So many bytes a chunk, which cuts inside UTF-8.
    Bytes(usize),
    /// The same, with characters written as JSON escapes, which cuts inside those.
    Escaped(usize),
}

/// One answer in one place.
struct Case<'a> {
    dialect: Dialect,
    place: Place,
    value: &'a Value,
    /// What is heard when the answer comes in one body.
    whole: String,
}

/// Runs the probe with `count` values; in full also with every cut of each text.
//= iso27001-2022:A.8.12
pub(crate) fn run(count: usize, full: bool) -> Result<()> {
    let all = values::values(count);
    let lab = Lab {
        policy: Arc::new(PolicySet::named("answers-only").context("no such policy")??),
        detector: Arc::new(Detector::builtin()?),
        full,
    };
    println!("{count} values of {} kinds", values::kinds().min(count));
    println!(
        "| dialect | place | values | probes | leaks | differ from unstreamed |\n|---|---|---|---|---|---|"
    );
    let mut bad = 0;
    for (dialect, place) in DIALECTS.into_iter().flat_map(|d| PLACES.map(|p| (d, p))) {
        let cell = lab.cell(dialect, place, &all)?;
        println!(
            "| {dialect:?} | {place:?} | {count} | {} | {} | {} |",
            cell.probes, cell.leaks, cell.differences
        );
        bad += cell.leaks + cell.differences;
    }
    bad += request::run(&all)?;
    if bad > 0 {
        bail!("{bad} probes leaked or differed");
    }
    Ok(())
}

impl Lab {
    fn cell(&self, dialect: Dialect, place: Place, all: &[Value]) -> Result<Cell> {
        let harmless = self.whole(dialect, place, &spoken(place, "Nobody is named."))?;
        ensure!(harmless.contains(TAIL), "a harmless answer does not come out: {harmless}");
        let mut cell = Cell::default();
        let mut dice = Dice::new(7);
        for value in all {
            let text = spoken(place, &value.sentence());
            let case = Case { dialect, place, value, whole: self.whole(dialect, place, &text)? };
            if reveals(&case.whole, value) {
                case.report("unstreamed", &case.whole);
                cell.leaks += 1;
            }
            if !case.whole.contains(TAIL) && !dropped_whole(dialect, place) {
                case.report("harmless text is missing", &case.whole);
                cell.differences += 1;
            }
            for pieces in cuts(&text, value, self.full, &mut dice) {
                self.probe(&case, &pieces, Feed::Events, &mut cell);
            }
            let words: Vec<&str> = text.split_inclusive(' ').collect();
            for size in [1, 7, 61] {
                self.probe(&case, &words, Feed::Bytes(size), &mut cell);
                self.probe(&case, &words, Feed::Escaped(size), &mut cell);
            }
        }
        Ok(cell)
    }

    fn whole(&self, dialect: Dialect, place: Place, text: &str) -> Result<String> {
        let body = frames::whole(dialect, place, text);
        let chunks = [body.into_bytes()];
        let (bytes, ended) = probe::guard(&self.policy, &self.detector, dialect.wire(), false, &chunks);
        ensure!(ended == Ended::Complete, "an answer of the probe ended as {ended:?}");
        Ok(frames::heard_whole(dialect, place, &bytes))
    }

    fn probe(&self, case: &Case<'_>, pieces: &[&str], feed: Feed, cell: &mut Cell) {
        let events = frames::streamed(case.dialect, case.place, pieces);
        let chunks = feed.chunks(events);
        let (bytes, ended) = probe::guard(&self.policy, &self.detector, case.dialect.wire(), true, &chunks);
        let (heard, _) = frames::heard(case.dialect, case.place, &bytes);
        cell.probes += 1;
        if reveals(&String::from_utf8_lossy(&bytes), case.value) || reveals(&heard, case.value) {
            case.report("streamed", &heard);
            cell.leaks += 1;
        }
        // A JSON object in one body is written anew by the provider: only its values can be compared.
        let same = match case.place {
            Place::Arguments => same_json(&heard, &case.whole),
            _ => heard == case.whole,
        };
        if ended != Ended::Complete || !same {
            case.report("differs", &heard);
            cell.differences += 1;
        }
    }
}

impl Feed {
    fn chunks(self, events: Vec<String>) -> Vec<Vec<u8>> {
        let cut = |text: String, size: usize| text.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
        match self {
            Feed::Events => events.into_iter().map(String::into_bytes).collect(),
            Feed::Bytes(size) => cut(events.concat(), size),
            Feed::Escaped(size) => cut(escape(&events.concat()), size),
        }
    }
}

impl Case<'_> {
    fn report(&self, what: &str, heard: &str) {
        eprintln!("{what}: {:?} {:?} {}: {heard:?}", self.dialect, self.place, self.value.kind);
    }
}

impl Dialect {
    fn wire(self) -> annexa_wire::Dialect {
        match self {
            Dialect::OpenAi => annexa_wire::Dialect::OpenAiChat,
            Dialect::Anthropic => annexa_wire::Dialect::AnthropicMessages,
        }
    }
}

/// Signed thinking can't be edited: with a finding the whole block is dropped.
fn dropped_whole(dialect: Dialect, place: Place) -> bool {
    dialect == Dialect::Anthropic && place == Place::Thinking
}

fn spoken(place: Place, sentence: &str) -> String {
    let sentence = format!("Good morning – naïve café. {sentence} {TAIL}");
    if place == Place::Arguments {
        serde_json::json!({"to": "desk", "note": sentence}).to_string()
    } else {
        sentence
    }
}

/// Every two-way cut around and inside the value (in full, of the whole text), one character a piece, and random cuts.
fn cuts<'a>(text: &'a str, value: &Value, full: bool, dice: &mut Dice) -> Vec<Vec<&'a str>> {
    let bounds: Vec<usize> = text.char_indices().map(|(i, _)| i).skip(1).collect();
    let start = text.find(&value.text).unwrap_or(0);
    let near = |b: &&usize| full || **b + 4 >= start && **b <= start + value.text.len() + 4;
    let mut all: Vec<Vec<&str>> = bounds.iter().filter(near).map(|b| split(text, &[*b])).collect();
    all.push(split(text, &bounds));
    for _ in 0..RANDOM_CUTS {
        let some: Vec<usize> = bounds.iter().copied().filter(|_| dice.below(5) == 0).collect();
        all.push(split(text, &some));
    }
    all
}

fn split<'a>(text: &'a str, at: &[usize]) -> Vec<&'a str> {
    let mut rest = text;
    let mut taken = 0;
    let mut out = Vec::with_capacity(at.len() + 1);
    for bound in at {
        let (piece, after) = rest.split_at_checked(bound - taken).unwrap_or((rest, ""));
        out.push(piece);
        rest = after;
        taken = *bound;
    }
    out.push(rest);
    out
}

/// Writes letters outside ASCII, and some inside, as JSON escapes, so that cuts fall inside them.
fn escape(text: &str) -> String {
    let mut out = String::new();
    let mut units = [0; 2];
    for c in text.chars() {
        if c.is_ascii() && c != '@' && c != '4' {
            out.push(c);
        } else {
            c.encode_utf16(&mut units).iter().for_each(|u| out.push_str(&format!("\\u{u:04x}")));
        }
    }
    // The envelope's own digits are not in strings, so they stay as they are.
    if text.contains("\":4") || text.contains("[4") { text.to_owned() } else { out }
}

/// Whether the value, or most of it, can be read.
fn reveals(text: &str, value: &Value) -> bool {
    // A line break in a JSON string is two characters, one of them a letter.
    let plain = |t: &str| t.replace("\\n", "").chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let (text, value) = (plain(text), plain(&value.text));
    let part = (value.len() * 2 / 3).max(6);
    (0..=value.len().saturating_sub(part)).any(|i| value.get(i..i + part).is_some_and(|p| text.contains(p)))
}

fn same_json(left: &str, right: &str) -> bool {
    let read = |t: &str| serde_json::from_str::<serde_json::Value>(t).ok();
    read(left) == read(right)
}
