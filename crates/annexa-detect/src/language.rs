//! Plain language beside the patterns: a tagger's tags as findings, and one verdict from both.
//!
//! Patterns outrank the tagger, since they check what they find: of a tag, only what no pattern took is reported.
//! Tags of numbers are passed over, for the same reason. What says something of a person but points at nobody is
//! reported only where something else does.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::catalogue::Kind;
use crate::error::DetectError;
use crate::finding::{Category, Finding};
use crate::relate::Topic;
use crate::settle::REPORTED;
use crate::tagger::{Reading, Tag, Tagger};

/// Which kind a tag stands for; other tags are for patterns.
const KINDS: [(&str, &str); 17] = [
    (PERSON, PERSON),
    ("ORG", "ORGANISATION"),
    ("FACILITY", "FACILITY"),
    (ADDRESS, ADDRESS),
    ("LOCATION", "LOCATION"),
    ("POSTCODE", "POSTCODE"),
    ("DATE", "DATE"),
    ("DOB", BIRTH),
    (AGE, AGE),
    ("PROFESSION", "PROFESSION"),
    ("DEMOGRAPHIC", "DEMOGRAPHIC"),
    ("GENDER", "GENDER"),
    ("RELATIVE", "RELATIVE"),
    ("CONDITION", "CONDITION"),
    ("MEDICATION", "MEDICATION"),
    ("PROCEDURE", "PROCEDURE"),
    ("USERNAME", "USER_NAME"),
];
pub(crate) const PERSON: &str = "PERSON";
const ADDRESS: &str = "ADDRESS";
const AGE: &str = "AGE";
const AGE_OVER_89: &str = "AGE_OVER_89";
const BIRTH: &str = "DATE_OF_BIRTH";
/// Above it, an age is an identifier of its own: HIPAA Safe Harbor (C).
const OLDEST: u32 = 89;
/// Say something of a person and identify nobody alone.
const TRAITS: [&str; 5] = [AGE, "PROFESSION", "DEMOGRAPHIC", "GENDER", "RELATIVE"];
/// Of the patterns' kinds, those that no person is known by: placeholders and addresses of machines.
const NOBODY: [&str; 4] = ["TOKEN", "WEB_ADDRESS", "IP_ADDRESS", "MAC_ADDRESS"];
/// A rest of digits alone still tells something in these kinds.
const NUMBERED: [&str; 4] = [ADDRESS, "POSTCODE", "DATE", BIRTH];
/// How sure a name must be for traits beside it to count.
const SURE: f32 = 0.6;
/// From this probability on a stretch is about something.
const LIKELY: f32 = 0.5;
/// Most bytes between two lines of an address.
const GAP: usize = 4;
/// Most bytes of a street's name that may be missing before its number.
const MISSED: usize = 24;
/// Marks that no name or place begins with.
const LEADING: &str = ",;:.-–)]}!?";
/// Marks that none ends with.
const TRAILING: &str = ",;:([{";
pub(crate) const DETECTOR: &str = "encoder";

/// A tagger, and the kinds that its tags stand for.
pub(crate) struct Layer {
    tagger: Arc<dyn Tagger>,
    kinds: Vec<Option<Named>>,
    very_old: Option<Named>,
}

/// What a finding needs of its kind.
#[derive(Clone)]
struct Named {
    id: Arc<str>,
    category: Category,
}

impl Layer {
    pub(crate) fn new(tagger: Arc<dyn Tagger>, kinds: &[Kind], by_id: &HashMap<Arc<str>, usize>) -> Self {
        let named = |id: &str| {
            let kind = kinds.get(*by_id.get(id)?)?;
            Some(Named { id: kind.id.clone(), category: kind.category })
        };
        let of_tag = |tag: &String| KINDS.iter().find(|(name, _)| name == tag).and_then(|(_, id)| named(id));
        let of_tags = tagger.tags().iter().map(of_tag).collect();
        Self { tagger, kinds: of_tags, very_old: named(AGE_OVER_89) }
    }

    pub(crate) fn tagger(&self) -> &Arc<dyn Tagger> {
        &self.tagger
    }

    pub(crate) fn kind_of(&self, tag: usize) -> Option<&str> {
        Some(&self.kinds.get(tag)?.as_ref()?.id)
    }

    /// Adds what the tagger reads in `whole` from the byte `skip` on to what patterns found there, which is sorted
    /// and without overlaps, in bytes counted from `skip`; so is what comes out.
    //= iso27001-2022:A.8.12
    pub(crate) fn add(
        &self,
        whole: &str,
        skip: usize,
        scope: &str,
        found: &mut Vec<Finding>,
    ) -> Result<Vec<Topic>, DetectError> {
        let reading = self.tagger.read(whole, scope)?;
        let text = whole.get(skip..).unwrap_or_default();
        let tags: Vec<Finding> = reading
            .tags
            .iter()
            .filter(|t| t.end > skip)
            .filter_map(|t| self.finding(text, skip, t))
            .collect();
        let mut beside: Vec<Finding> = Vec::with_capacity(tags.len());
        for part in tags.iter().flat_map(|tag| parts(text, tag, found)) {
            match beside.last_mut() {
                Some(last) if goes_on(text, last, &part, found) => last.end = part.end,
                Some(last) if part.start < last.end => {}
                _ => beside.push(part),
            }
        }
        if !beside.iter().any(names_somebody) && !found.iter().any(points_at_somebody) {
            beside.retain(|f| !TRAITS.contains(&&*f.kind));
        }
        found.append(&mut beside);
        found.sort_by_key(|f| f.start);
        Ok(self.topics(&reading, skip))
    }

    /// What stretches are likely about.
    fn topics(&self, reading: &Reading, skip: usize) -> Vec<Topic> {
        let mut out = Vec::new();
        for stretch in reading.stretches.iter().filter(|s| s.range.end > skip) {
            let range = stretch.range.start.saturating_sub(skip)..stretch.range.end - skip;
            let likely = self.tagger.classes().iter().zip(&stretch.classes).filter(|(_, p)| **p >= LIKELY);
            out.extend(likely.map(|(class, probability)| Topic {
                range: range.clone(),
                class: class.as_str().into(),
                probability: *probability,
            }));
        }
        out
    }

    fn finding(&self, text: &str, skip: usize, tag: &Tag) -> Option<Finding> {
        let kind = self.kinds.get(tag.tag)?.as_ref()?;
        let range = bare(text, whole_words(text, tag.start.saturating_sub(skip)..tag.end - skip));
        let kind = match &self.very_old {
            Some(old) if *kind.id == *AGE && very_old(text.get(range.clone())?) => old,
            _ => kind,
        };
        (range.start < range.end).then(|| Finding {
            start: range.start,
            end: range.end,
            kind: kind.id.clone(),
            category: kind.category,
            confidence: tag.confidence,
            detector: DETECTOR,
            why: "read in context".into(),
        })
    }
}

/// The range with the rest of a word that it cuts: what is masked is never half a word.
fn whole_words(text: &str, range: Range<usize>) -> Range<usize> {
    // Chinese and Japanese are written without blanks: a run of letters is no word there.
    let word = |c: char| c.is_alphanumeric() && c < '\u{2E80}';
    let inner = text.get(range.clone()).unwrap_or_default();
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    let mut whole = range;
    if inner.starts_with(word) {
        whole.start = before.trim_end_matches(word).len();
    }
    if inner.ends_with(word) {
        whole.end = text.len() - after.trim_start_matches(word).len();
    }
    whole
}

/// The range without marks and blanks that are no part of what it names.
fn bare(text: &str, range: Range<usize>) -> Range<usize> {
    let words = text.get(range.clone()).unwrap_or_default();
    let tail = words.trim_start_matches(|c: char| c.is_whitespace() || LEADING.contains(c));
    let inner = tail.trim_end_matches(|c: char| c.is_whitespace() || TRAILING.contains(c));
    let start = range.end - tail.len();
    start..start + inner.len()
}

fn very_old(words: &str) -> bool {
    let digits: String =
        words.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse::<u32>().is_ok_and(|years| (OLDEST + 1..150).contains(&years))
}

/// What of a tag no finding of a pattern covers.
fn parts(text: &str, tag: &Finding, found: &[Finding]) -> Vec<Finding> {
    let first = found.partition_point(|f| f.end <= tag.start);
    let over = found.get(first..).unwrap_or_default().iter().take_while(|f| f.start < tag.end);
    let (mut out, mut at) = (Vec::new(), tag.start);
    for f in over {
        out.extend(part(text, tag, at..f.start));
        at = f.end;
    }
    if at == tag.start {
        return vec![tag.clone()];
    }
    out.extend(part(text, tag, at..tag.end));
    out
}

/// A part of a tag without the marks at its ends, if it still says something.
fn part(text: &str, tag: &Finding, range: Range<usize>) -> Option<Finding> {
    let mark = |c: char| !c.is_alphanumeric();
    let words = text.get(range.clone())?;
    let tail = words.trim_start_matches(mark);
    let inner = tail.trim_end_matches(mark);
    let start = range.end - tail.len();
    let says = inner.contains(char::is_alphabetic) || (NUMBERED.contains(&&*tag.kind) && !inner.is_empty());
    says.then(|| Finding { start, end: start + inner.len(), ..tag.clone() })
}

/// Is the next finding a part of the one before? Words of one kind with a blank between are, and lines of an address.
fn goes_on(text: &str, last: &Finding, next: &Finding, found: &[Finding]) -> bool {
    let Some(gap) = text.get(last.end..next.start).filter(|_| last.kind == next.kind) else { return false };
    let lines = gap.len() <= GAP && gap.chars().all(|c| c.is_whitespace() || c == ',');
    let address =
        *last.kind == *ADDRESS && (lines || number_follows(text, last, next) && free(last, next, found));
    address || gap.is_empty() || gap == " "
}

/// Does the house's number come after words of the street that were not read as such?
fn number_follows(text: &str, last: &Finding, next: &Finding) -> bool {
    let get = |start, end| text.get(start..end).unwrap_or_default();
    let (street, gap, number) =
        (get(last.start, last.end), get(last.end, next.start), get(next.start, next.end));
    let words = |c: char| c.is_alphabetic() || " ,'-’".contains(c);
    gap.len() <= MISSED
        && gap.chars().all(words)
        && number.starts_with(|c: char| c.is_ascii_digit())
        && !street.contains(|c: char| c.is_ascii_digit())
}

/// Is nothing that patterns found between the two?
fn free(last: &Finding, next: &Finding, found: &[Finding]) -> bool {
    let at = found.partition_point(|f| f.end <= last.end);
    found.get(at).is_none_or(|f| f.start >= next.start)
}

fn names_somebody(finding: &Finding) -> bool {
    *finding.kind == *PERSON && finding.confidence >= SURE
}

fn points_at_somebody(finding: &Finding) -> bool {
    matches!(finding.category, Category::Personal | Category::Health | Category::Financial)
        && finding.confidence >= REPORTED
        && !NOBODY.contains(&&*finding.kind)
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "offsets of the test's own texts")]
#[path = "language_tests.rs"]
mod tests;
