//! Values that only their cue tells: the cue, filler, then the value as the next word.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::check::Standing;
use crate::find::{Raw, Scene};
use crate::rules::{Finder, Form, Rule};
use crate::validate::Candidate;

const FILLER_BYTES: usize = 56;
const FILLERS: usize = 6;
const VALUE_BYTES: usize = 160;
const CARD_REACH: usize = 96;
/// Bytes of the longest card number as it is written.
const LONGEST_CARD: usize = 256;

/// Where a value begins after its cue, and how it was led up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) at: usize,
    /// The quote that opens it.
    pub(crate) quote: Option<char>,
    /// `:`, `=` or the like stood between.
    pub(crate) assigned: bool,
    /// "is", "lautet" or the like stood between.
    pub(crate) told: bool,
}

const COPULAS: &[&str] = &[
    "is", "was", "be", "ist", "lautet", "war", "est", "es", "era", "jest", "to", "är", "este", "er", "set",
    "becomes", "equals", "of", "são",
];
const FILLER_WORDS: &[&str] = &[
    "no",
    "nº",
    "nr",
    "num",
    "number",
    "numbers",
    "nbr",
    "id",
    "nummer",
    "numero",
    "número",
    "numéro",
    "numer",
    "code",
    "value",
    "key",
    "now",
    "currently",
    "still",
    "as",
    "follows",
    "the",
    "my",
    "his",
    "her",
    "your",
    "this",
    "new",
    "current",
    "old",
    "here",
    "der",
    "die",
    "das",
    "le",
    "la",
    "el",
    "il",
    "lo",
    "o",
    "a",
    "de",
    "del",
    "di",
    "von",
    "für",
    "for",
    "and",
    "on",
    "file",
    "n",
    "am",
    "den",
    "em",
    "du",
    "called",
];

/// Skips what may stand between a cue and its value.
pub(crate) fn value_start(text: &str, cue_end: usize) -> Option<Start> {
    let rest = text.get(cue_end..)?;
    let rest = rest.get(..rest.floor_char_boundary(FILLER_BYTES))?;
    let mut start = Start { at: cue_end, quote: None, assigned: false, told: false };
    let mut breaks = 0;
    let mut fillers = 0;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.peek().copied() {
        start.at = cue_end + at;
        match c {
            '\n' if breaks > 0 => return None,
            '\n' => breaks += 1,
            '"' | '\'' | '`' | '“' | '”' | '„' | '«' | '‘' | '’' | '»' => start.quote = Some(c),
            ':' | '=' | '>' | '→' | '|' | '：' | '＝' => (start.assigned, start.quote) = (true, None),
            ' ' | '\t' | '\r' | '#' | '(' | ')' | '[' | '*' | '\\' | ',' | '.' | 'º' | '°' | '№' | '_' => {
            }
            '-' if at == 0
                && !rest.get(1..).is_some_and(|r| matches!(filler_word(r), Some(Filler::Word(..))))
                && !rest.starts_with("- ")
                && !rest.starts_with("->") =>
            {
                return None;
            }
            '-' if at == 0 => {}
            '-' | '–' if rest.get(at + c.len_utf8()..).is_some_and(|r| r.starts_with([' ', '>'])) => {}
            '/' if rest.get(at + 1..).is_some_and(|r| r.starts_with(char::is_alphabetic)) => {}
            // Particles that lead to a value in languages without blanks.
            'は' | 'が' | 'を' | '是' | '为' | '為' | '는' | '은'
                if rest.get(at + c.len_utf8()..).is_some_and(|r| r.starts_with(|n: char| n.is_ascii())) =>
            {
                start.told = true;
            }
            _ if start.quote.is_none() => {
                let word = filler_word(rest.get(at..)?).filter(|_| fillers < FILLERS)?;
                match word {
                    Filler::Value => return Some(start),
                    Filler::Word(length, copula) => {
                        start.told |= copula;
                        fillers += 1;
                        while chars.peek().is_some_and(|(i, _)| *i < at + length) {
                            chars.next();
                        }
                        continue;
                    }
                }
            }
            _ => return Some(start),
        }
        chars.next();
    }
    None
}

enum Filler {
    Value,
    Word(usize, bool),
}

fn filler_word(text: &str) -> Option<Filler> {
    let length = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let word = text.get(..length)?;
    let glued = text
        .get(length..)
        .is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit() || "_-@$!/".contains(c)));
    if length == 0 || length > 12 || glued {
        return Some(Filler::Value);
    }
    let lower = word.to_lowercase();
    if matches!(lower.as_str(), "è" | "é") || COPULAS.contains(&lower.as_str()) {
        return Some(Filler::Word(length, true));
    }
    Some(if FILLER_WORDS.contains(&lower.as_str()) { Filler::Word(length, false) } else { Filler::Value })
}

/// Tries the value rules of every cue, and of the field that holds the text.
pub(crate) fn find(scene: &Scene<'_>, out: &mut Vec<Raw>) {
    let mut cards = Cards::default();
    for cue in &scene.survey.cues {
        let rules = scene.rules.after_cue(cue.id);
        if rules.is_empty() {
            continue;
        }
        let Some(start) = value_start(scene.text, cue.end) else { continue };
        let allowed = |id: &&u16| start.assigned || scene.rules.get(**id).is_some_and(|r| !r.assigned);
        rules.iter().filter(allowed).for_each(|id| try_value(scene, *id, start.at, (out, &mut cards)));
    }
    for cue in scene.survey.field.iter() {
        let at = scene.text.len() - scene.text.trim_start().len();
        scene.rules.after_cue(cue).iter().for_each(|id| try_value(scene, *id, at, (out, &mut cards)));
    }
}

fn try_value(scene: &Scene<'_>, id: u16, at: usize, (out, cards): (&mut Vec<Raw>, &mut Cards)) {
    let Some(rule) = scene.rules.get(id) else { return };
    let Some(rest) = scene.text.get(at..) else { return };
    let rest = rest.get(..rest.floor_char_boundary(VALUE_BYTES)).unwrap_or(rest);
    if let Form::Code(Finder::Expiry) = rule.form {
        cards.read(scene, out);
        if !scene.survey.field.is_empty() || cards.near(at) {
            out.extend(expiry(rest).and_then(|length| weigh(scene, id, (at, at + length))));
        }
        return;
    }
    let Form::Value(pattern) = &rule.form else { return };
    if rule.digit && !rest.bytes().take(40).any(|b| b.is_ascii_digit()) {
        return;
    }
    let Some(found) = pattern.regex().and_then(|r| r.find(rest)) else { return };
    let value = found.as_str().trim_end_matches(['.', ',', ' ', '-', '\n']);
    if fits(rule, value, rest) {
        out.extend(weigh(scene, id, (at, at + value.len())));
    }
}

/// The card numbers found so far, in order of place.
#[derive(Default)]
struct Cards {
    read: usize,
    spans: BTreeSet<(usize, usize)>,
}

impl Cards {
    /// Adds those found since the last call.
    fn read(&mut self, scene: &Scene<'_>, found: &[Raw]) {
        let new = found.get(self.read..).unwrap_or_default();
        self.spans.extend(new.iter().filter(|r| is_pan(scene, r)).map(|r| (r.start, r.end)));
        self.read = found.len();
    }

    fn near(&self, at: usize) -> bool {
        let from = at.saturating_sub(CARD_REACH + LONGEST_CARD);
        self.spans.range((from, 0)..(at + CARD_REACH, 0)).any(|(_, end)| at < end + CARD_REACH)
    }
}

/// Does the value end where it should, and hold a digit if its kind must?
fn fits(rule: &Rule, value: &str, rest: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let cut = rest.get(value.len()..).is_some_and(|r| r.starts_with(ends)) && value.ends_with(ends);
    let digit = value.bytes().any(|b| b.is_ascii_digit());
    !value.is_empty() && !cut && (digit || !rule.digit)
}

fn weigh(scene: &Scene<'_>, id: u16, span: (usize, usize)) -> Option<Raw> {
    let written = scene.text.get(span.0..span.1)?;
    let compact: String =
        written.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let candidate = Candidate { compact: &compact, written };
    let raw = scene.weigh(id, span, &candidate, Standing { cued: true, embedded: 0.0 })?;
    Some(Raw { detector: "keyed_value", ..raw })
}

/// Length of a card's expiry date at the start of a text.
fn expiry(text: &str) -> Option<usize> {
    static EXPIRY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^(?:0[1-9]|1[0-2]|[1-9])\s?[/.-]\s?(?:20)?[2-4][0-9]|^20[2-4][0-9]-(?:0[1-9]|1[0-2])|^(?:0[1-9]|1[0-2])[2-4][0-9]").ok()
    });
    let found = EXPIRY.as_ref()?.find(text)?;
    let after = text.get(found.end()..).and_then(|t| t.chars().next());
    (!after.is_some_and(|c| c.is_alphanumeric() || "/-".contains(c))).then_some(found.end())
}

/// Expiry date and verification code that stand after a card number without a cue of their own.
pub(crate) fn beside_cards(scene: &Scene<'_>, out: &mut Vec<Raw>) {
    let Some((id, rule)) = scene.rules.finder(Finder::Expiry) else { return };
    let ends: Vec<usize> = out.iter().filter(|r| is_pan(scene, r)).map(|r| r.end).collect();
    for end in ends {
        let Some(date) = next_number(scene.text, end) else { continue };
        let Some(length) = scene.text.get(date..).and_then(expiry) else { continue };
        let beside = |rule: u16, start, end, why: &str| Raw {
            start,
            end,
            rule,
            confidence: 0.85,
            detector: "pattern",
            why: why.into(),
        };
        out.push(Raw { confidence: rule.cued, ..beside(id, date, date + length, "beside a card number") });
        let Some((code, cvv)) = next_number(scene.text, date + length).zip(scene.rules.cvv) else { continue };
        let digits = scene.text.as_bytes().iter().skip(code).take_while(|b| b.is_ascii_digit()).count();
        if (3..=4).contains(&digits) {
            out.push(beside(cvv, code, code + digits, "after card number and expiry"));
        }
    }
}

fn is_pan(scene: &Scene<'_>, raw: &Raw) -> bool {
    raw.end - raw.start >= 13
        && raw.confidence >= 0.5
        && scene.rules.get(raw.rule).is_some_and(|rule| rule.card)
}

/// The next digit within a few characters that are no word of a sentence.
fn next_number(text: &str, end: usize) -> Option<usize> {
    let gap = text.get(end..)?.bytes().take(16).position(|b| b.is_ascii_digit())?;
    let between = text.get(end..end + gap)?;
    (gap > 0 && between.split(|c: char| !c.is_alphabetic()).all(|w| w.len() <= 4 && w != "or"))
        .then_some(end + gap)
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "offsets of the test's own texts")]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<&str> {
        let cue = text.find("cue").unwrap() + 3;
        value_start(text, cue).map(|s| &text[s.at..])
    }

    #[test]
    fn filler_is_skipped() {
        for text in [
            "cue: X1",
            "cue number is X1",
            "\"cue\": \"X1",
            "cue no. X1",
            "cue lautet: X1",
            "cue = 'X1",
            "**cue:** X1",
            "cue nº X1",
            "cue\nX1",
            "cue (X1",
        ] {
            assert_eq!(value(text), Some("X1"), "{text}");
        }
        assert_eq!(value("cue reset link"), Some("reset link"));
        assert_eq!(value("cue\n\nX1"), None);
    }

    #[test]
    fn expiry_dates_are_read() {
        for text in ["12/27", "04/2031 x", "1/29", "2027-05", "12 / 27"] {
            assert!(expiry(text).is_some(), "{text}");
        }
        for text in ["13/27", "12/27/2024", "00/29"] {
            assert!(expiry(text).is_none(), "{text}");
        }
    }

    #[test]
    fn cards_near_a_date_are_known() {
        let cards = Cards { read: 0, spans: (0..9_000).map(|n| (n * 1_000, n * 1_000 + 16)).collect() };
        assert!(cards.near(500_050) && cards.near(499_950) && !cards.near(500_500));
    }
}
