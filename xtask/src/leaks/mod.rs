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
use anyhow::{Context, Result, bail};

use frames::{Dialect, Place};
use values::{Dice, Value};

const DIALECTS: [Dialect; 2] = [Dialect::OpenAi, Dialect::Anthropic];
const PLACES: [Place; 3] = [Place::Text, Place::Thinking, Place::Arguments];
const RANDOM_CUTS: usize = 8;

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
}

/// Runs the probe with `count` values.
pub(crate) fn run(count: usize) -> Result<()> {
    let all = values::values(count);
    let lab = Lab {
        policy: Arc::new(PolicySet::named("answers-only").context("no such policy")??),
        detector: Arc::new(Detector::builtin()?),
    };
    println!(
        "| dialect | place | values | probes | leaks | differ from unstreamed |\n|---|---|---|---|---|---|"
    );
    let mut bad = 0;
    for dialect in DIALECTS {
        for place in PLACES {
            let cell = lab.cell(dialect, place, &all)?;
            println!(
                "| {dialect:?} | {place:?} | {} | {} | {} | {} |",
                all.len(),
                cell.probes,
                cell.leaks,
                cell.differences
            );
            bad += cell.leaks + cell.differences;
        }
    }
    bad += request::run(&all)?;
    if bad > 0 {
        bail!("{bad} probes leaked or differed");
    }
    Ok(())
}

impl Lab {
    fn cell(&self, dialect: Dialect, place: Place, all: &[Value]) -> Result<Cell> {
        let mut cell = Cell::default();
        let mut dice = Dice::new(7);
        for value in all {
            let text = spoken(place, value);
            let whole = self.whole(dialect, place, &text)?;
            if reveals(&whole, value) {
                report("unstreamed", dialect, place, value, &whole);
                cell.leaks += 1;
            }
            for pieces in cuts(&text, value, &mut dice) {
                self.probe(dialect, place, value, &pieces, None, &whole, &mut cell);
            }
            for size in [1, 7, 61] {
                let pieces: Vec<&str> = text.split_inclusive(' ').collect();
                self.probe(dialect, place, value, &pieces, Some(size), &whole, &mut cell);
            }
        }
        Ok(cell)
    }

    fn whole(&self, dialect: Dialect, place: Place, text: &str) -> Result<String> {
        let body = frames::whole(dialect, place, text);
        let chunks = [body.into_bytes()];
        let (bytes, ended) = probe::guard(&self.policy, &self.detector, dialect.wire(), false, &chunks);
        anyhow::ensure!(!matches!(ended, Ended::Unreadable), "an answer of the probe can't be read");
        Ok(frames::heard_whole(dialect, place, &bytes))
    }

    /// `size` cuts the raw bytes of the stream; without it each event comes in one chunk.
    #[expect(clippy::too_many_arguments, reason = "one probe is all of these, and they are used once")]
    fn probe(
        &self,
        dialect: Dialect,
        place: Place,
        value: &Value,
        pieces: &[&str],
        size: Option<usize>,
        whole: &str,
        cell: &mut Cell,
    ) {
        let events = frames::streamed(dialect, place, pieces);
        let chunks: Vec<Vec<u8>> = match size {
            None => events.into_iter().map(String::into_bytes).collect(),
            Some(size) => escape(&events.concat()).as_bytes().chunks(size).map(<[u8]>::to_vec).collect(),
        };
        let (bytes, ended) = probe::guard(&self.policy, &self.detector, dialect.wire(), true, &chunks);
        let (heard, _) = frames::heard(dialect, place, &bytes);
        cell.probes += 1;
        if reveals(&String::from_utf8_lossy(&bytes), value) || reveals(&heard, value) {
            report("streamed", dialect, place, value, &heard);
            cell.leaks += 1;
        }
        // A JSON object in one body is written anew by the provider: only its values can be compared.
        let same = if place == Place::Arguments { same_json(&heard, whole) } else { heard == whole };
        if matches!(ended, Ended::Complete) && !same {
            report("differs", dialect, place, value, &heard);
            cell.differences += 1;
        }
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

fn spoken(place: Place, value: &Value) -> String {
    let sentence =
        format!("Good morning – naïve café. {} Nothing else is known, and that is all.", value.sentence());
    if place == Place::Arguments {
        serde_json::json!({"to": "desk", "note": sentence}).to_string()
    } else {
        sentence
    }
}

/// Every two-way cut around and inside the value, one character a piece, and random cuts.
fn cuts<'a>(text: &'a str, value: &Value, dice: &mut Dice) -> Vec<Vec<&'a str>> {
    let bounds: Vec<usize> = text.char_indices().map(|(i, _)| i).skip(1).collect();
    let start = text.find(&value.text).unwrap_or(0);
    let near = |b: &&usize| **b + 4 >= start && **b <= start + value.text.len() + 4;
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

fn report(what: &str, dialect: Dialect, place: Place, value: &Value, heard: &str) {
    eprintln!("{what}: {dialect:?} {place:?} {}: {heard:?}", value.kind);
}
