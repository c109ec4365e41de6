//! How sure a match is: its validator, its cue words, and what speaks against it.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::find::{Raw, Scene};
use crate::lexicon::CueId;
use crate::rules::Rule;
use crate::validate::{Candidate, Verdict};

/// How a match stands in its text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Standing {
    /// The rule's own cue is known to stand before it.
    pub(crate) cued: bool,
    /// It is part of a longer run: taken off when there is no cue, a fifth of it when there is.
    pub(crate) embedded: f32,
}

impl Scene<'_> {
    /// Is it worth to match this rule here at all?
    pub(crate) fn possible(&self, rule: &Rule, start: usize, end: usize) -> bool {
        rule.confidence.is_some() || self.cue_near(rule, start, end).is_some()
    }

    /// All cues within reach of a stretch, and those of the field.
    pub(crate) fn cues_round(&self, start: usize, end: usize) -> Vec<CueId> {
        let near = self.survey.cues_round(start, end).map(|c| c.id);
        near.chain(self.survey.field.iter()).collect()
    }

    /// Distance of the rule's nearest cue, before or, unless the rule forbids it, after.
    pub(crate) fn cue_near(&self, rule: &Rule, start: usize, end: usize) -> Option<usize> {
        if rule.cues.is_empty() {
            return None;
        }
        if self.survey.field.meets(&rule.cues) {
            return Some(0);
        }
        let near = self.survey.cues_near(start, end);
        let own = near.filter(|(c, _)| rule.cues.contains(c.id) && (!rule.cue_before || c.end <= start));
        own.map(|(c, distance)| if c.end <= start { distance } else { distance + 12 }).min()
    }

    /// Distance of the nearest word before it that speaks against it; a key format stands for itself.
    fn against(&self, rule: &Rule, start: usize, end: usize) -> Option<usize> {
        if rule.credential {
            return None;
        }
        let near = self.survey.cues_near(start, end).filter(|(c, distance)| {
            let before = c.end <= start && *distance <= 40 && self.lexicon.negative.contains(c.id);
            let after = c.start >= end && *distance <= 3 && self.lexicon.quantity.contains(c.id);
            (before || after) && !rule.cues.contains(c.id)
        });
        near.filter(|(c, _)| !self.in_address(c.start, c.end)).map(|(_, distance)| distance).min()
    }

    /// Does a word of reckoning stand right after, as in "divisible by"?
    fn counted(&self, end: usize) -> bool {
        self.survey
            .cues_near(end, end)
            .any(|(c, d)| c.start >= end && d <= 3 && self.lexicon.quantity.contains(c.id))
    }

    /// Is this word part of an address, as in `ann@example.org`?
    fn in_address(&self, start: usize, end: usize) -> bool {
        let bytes = self.text.as_bytes();
        let before = start.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(|b| b"@.".contains(b));
        before || (bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric))
    }

    /// The finding, if it is sure enough.
    pub(crate) fn weigh(
        &self,
        id: u16,
        span: (usize, usize),
        candidate: &Candidate<'_>,
        how: Standing,
    ) -> Option<Raw> {
        let rule = self.rules.get(id)?;
        let (start, end) = span;
        if rule.credential && placeholder(candidate.written) {
            return None;
        }
        let verdict = rule.validator.map_or(Verdict::Proven, |check| check(candidate));
        let cue = if how.cued { Some(0) } else { self.cue_near(rule, start, end) };
        let against = self.against(rule, start, end);
        let alone = rule.confidence.filter(|_| verdict == Verdict::Proven);
        let ruled_out = !rule.not_near.is_empty()
            && self.survey.cues_near(start, end).any(|(c, _)| rule.not_near.contains(c.id));
        if verdict == Verdict::Invalid || (ruled_out && !how.cued) {
            return None;
        }
        let confidence = match (cue, alone) {
            (Some(distance), alone) => {
                let contested = against.is_some_and(|a| a + 3 < distance && a < 12);
                let near = if distance <= 16 { 0.01 } else { 0.0 };
                let cued = rule.cued.max(alone.unwrap_or(0.0));
                cued + near - if contested { 0.4 } else { 0.0 } - how.embedded * 0.2
            }
            (None, Some(alone)) => {
                alone - against.map_or(0.0, |_| if self.counted(end) { 0.45 } else { 0.4 }) - how.embedded
            }
            (None, None) => return None,
        };
        let confidence = confidence.min(1.0);
        let why = rule.why.clone();
        (confidence >= crate::settle::REPORTED).then_some(Raw {
            start,
            end,
            rule: id,
            confidence,
            detector: "pattern",
            why,
        })
    }
}

/// Parts of values that stand for others.
static PLACEHOLDERS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build([
            "example",
            "your_",
            "your-",
            "yourkey",
            "yourtoken",
            "your api",
            "yourapi",
            "yourpass",
            "yoursecret",
            "my_secret",
            "my-secret",
            "xxxxx",
            "changeme",
            "change_me",
            "change-me",
            "placeholder",
            "insert_",
            "insert-",
            "dummy",
            "redacted",
            "replace_me",
            "replace-me",
            "*****",
            "${",
            "{{",
            "...",
        ])
        .ok()
});

/// Stands this value for one that the reader is to put there?
pub(crate) fn placeholder(value: &str) -> bool {
    let bytes = value.as_bytes();
    let first = bytes.first().map(u8::to_ascii_lowercase);
    let one_char = bytes.iter().all(|b| Some(b.to_ascii_lowercase()) == first);
    let wrapped = value.starts_with(['<', '$', '%']) && value.ends_with(['>', '}', '%', ')'])
        || value.starts_with("$(");
    one_char || wrapped || PLACEHOLDERS.as_ref().is_some_and(|parts| parts.is_match(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        for value in [
            "AKIAIOSFODNN7EXAMPLE",
            "<insert key>",
            "${TOKEN}",
            "YOUR_API_KEY",
            "xxxxxxxx",
            "aaaaaaaa",
            "sk-...",
        ] {
            assert!(placeholder(value), "{value}");
        }
        for value in ["AKIAY5XPVYW5KUJ7D2EG", "hunter2", "Tr0ub4dor&3"] {
            assert!(!placeholder(value), "{value}");
        }
    }
}
