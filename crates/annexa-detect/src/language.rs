//! Tags of the encoder as findings, beside those of the patterns: one verdict from all layers.
//!
//! Patterns and validators outrank the encoder: what they found is cut out of a tag, and tags of numbers count for
//! nothing, since an encoder can't check a number.

use std::ops::Range;

use crate::finding::{Category, Finding};
use crate::relate::Topic;
use crate::tagger::{Reading, Tag, Tagger};

/// Kind of each tag that counts.
const KINDS: [(&str, &str); 17] = [
    ("PERSON", "PERSON"),
    ("ORG", "ORGANISATION"),
    ("FACILITY", "FACILITY"),
    ("ADDRESS", "ADDRESS"),
    ("LOCATION", "LOCATION"),
    ("POSTCODE", "POSTCODE"),
    ("DATE", "DATE"),
    ("DOB", "DATE_OF_BIRTH"),
    ("AGE", "AGE"),
    ("PROFESSION", "PROFESSION"),
    ("DEMOGRAPHIC", "DEMOGRAPHIC"),
    ("GENDER", "GENDER"),
    ("RELATIVE", "RELATIVE"),
    ("CONDITION", "CONDITION"),
    ("MEDICATION", "MEDICATION"),
    ("PROCEDURE", "PROCEDURE"),
    ("USERNAME", "USER_NAME"),
];
/// Kinds that say something of a person and identify nobody alone.
const TRAITS: [&str; 6] = ["AGE", "AGE_OVER_89", "PROFESSION", "DEMOGRAPHIC", "GENDER", "RELATIVE"];
const AGE: &str = "AGE";
const AGE_OVER_89: &str = "AGE_OVER_89";
/// Ages above this one are identifiers of their own: HIPAA Safe Harbor (C).
const OLDEST: u32 = 89;
/// Characters that may part two lines or parts of one address.
const ADDRESS_GAPS: &str = " ,\n\r\t";
const TOPIC: f32 = 0.5;

/// Which kind each of a tagger's tags becomes; nothing for those that don't count.
pub(crate) fn kinds(tagger: &dyn Tagger) -> Vec<Option<&'static str>> {
    let kind = |tag: &String| KINDS.iter().find(|(name, _)| name == tag).map(|(_, kind)| *kind);
    tagger.tags().iter().map(kind).collect()
}

/// A tag with the kind that it stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    pub(crate) range: Range<usize>,
    pub(crate) kind: &'static str,
    pub(crate) confidence: f32,
}

/// What of the tags stands beside the patterns' findings, which are sorted and do not overlap.
pub(crate) fn beside(
    text: &str,
    tags: &[Tag],
    kinds: &[Option<&'static str>],
    found: &[Finding],
) -> Vec<Named> {
    let mut out: Vec<Named> = Vec::new();
    for tag in tags {
        let Some(kind) = kinds.get(tag.tag).copied().flatten() else { continue };
        let kind = age(text, &tag.range, kind);
        for range in parts(text, &tag.range, found) {
            match out.last_mut().filter(|last| last.goes_on(text, kind, &range)) {
                Some(last) => last.range.end = range.end,
                None => out.push(Named { range, kind, confidence: tag.confidence }),
            }
        }
    }
    if !out.iter().any(|n| n.kind == "PERSON") && !found.iter().any(identifies) {
        out.retain(|n| !TRAITS.contains(&n.kind));
    }
    out
}

impl Named {
    /// Does an address go on here, over a line end or a comma?
    fn goes_on(&self, text: &str, kind: &str, next: &Range<usize>) -> bool {
        let gap = text.get(self.range.end..next.start).unwrap_or("-");
        kind == "ADDRESS"
            && self.kind == kind
            && gap.len() <= 3
            && gap.chars().all(|c| ADDRESS_GAPS.contains(c))
    }
}

/// Does a finding of the patterns point at somebody?
fn identifies(found: &Finding) -> bool {
    matches!(found.category, Category::Personal | Category::Health | Category::Financial)
        && !["TOKEN", "URL", "IP_ADDRESS"].contains(&&*found.kind)
}

fn age(text: &str, range: &Range<usize>, kind: &'static str) -> &'static str {
    let words = text.get(range.clone()).unwrap_or_default();
    let digits: String = words.chars().filter(char::is_ascii_digit).collect();
    let old = digits.parse::<u32>().is_ok_and(|years| (OLDEST + 1..150).contains(&years));
    if kind == AGE && old { AGE_OVER_89 } else { kind }
}

/// The parts of a tag's range that no pattern took, as far as they hold words.
fn parts(text: &str, range: &Range<usize>, found: &[Finding]) -> Vec<Range<usize>> {
    let first = found.partition_point(|f| f.end <= range.start);
    let over = found.get(first..).unwrap_or_default().iter().take_while(|f| f.start < range.end);
    let (mut out, mut at, mut cut) = (Vec::new(), range.start, false);
    for f in over {
        out.push(at..f.start.max(at));
        at = f.end.max(at);
        cut = true;
    }
    out.push(at.min(range.end)..range.end);
    if cut {
        out = out.into_iter().map(|part| trimmed(text, part)).collect();
    }
    out.retain(|part| part.start < part.end);
    out
}

/// A part without what stands at its ends and is no word; nothing if fewer than two letters are left.
fn trimmed(text: &str, part: Range<usize>) -> Range<usize> {
    let words = text.get(part.clone()).unwrap_or_default();
    let tail = words.trim_start_matches(|c: char| !c.is_alphanumeric());
    let inner = tail.trim_end_matches(|c: char| !c.is_alphanumeric());
    let start = part.start + words.len() - tail.len();
    let letters = inner.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 2 { start..start } else { start..start + inner.len() }
}

/// What stretches are likely about.
pub(crate) fn topics(reading: &Reading, classes: &[String]) -> Vec<Topic> {
    let mut out = Vec::new();
    for stretch in &reading.stretches {
        let likely = classes.iter().zip(&stretch.classes).filter(|(_, p)| **p >= TOPIC);
        out.extend(likely.map(|(class, probability)| Topic {
            range: stretch.range.clone(),
            class: class.as_str().into(),
            probability: *probability,
        }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAGS: [Option<&str>; 4] = [Some("PERSON"), Some("ADDRESS"), Some("AGE"), None];

    fn tag(tag: usize, range: Range<usize>) -> Tag {
        Tag { range, tag, confidence: 0.9 }
    }

    fn pattern(kind: &str, range: Range<usize>) -> Finding {
        Finding {
            start: range.start,
            end: range.end,
            kind: kind.into(),
            category: Category::Personal,
            confidence: 0.9,
            detector: "pattern",
            why: "test".into(),
        }
    }

    fn found(text: &str, tags: &[Tag], patterns: &[Finding]) -> Vec<(Range<usize>, &'static str)> {
        beside(text, tags, &TAGS, patterns).into_iter().map(|n| (n.range, n.kind)).collect()
    }

    #[test]
    fn what_a_pattern_found_is_cut_out_of_a_tag_and_the_words_beside_it_stay() {
        let text = "12 High St, 0171 555 0100, Ash";
        let phone = pattern("PHONE", 12..25);
        assert_eq!(found(text, &[tag(1, 0..30)], &[phone]), [(0..10, "ADDRESS"), (27..30, "ADDRESS")]);
        assert_eq!(found(text, &[tag(1, 12..25)], &[pattern("PHONE", 12..25)]), []);
        assert_eq!(found(text, &[tag(1, 12..26)], &[pattern("PHONE", 12..25)]), [], "a comma is no word");
    }

    #[test]
    fn tags_of_numbers_count_for_nothing() {
        assert_eq!(found("4111 and Ann", &[tag(3, 0..4), tag(0, 9..12)], &[]), [(9..12, "PERSON")]);
    }

    #[test]
    fn lines_of_one_address_are_one() {
        let text = "1 High St\nAsh, Kent";
        let lines = [tag(1, 0..9), tag(1, 10..13), tag(1, 15..19)];
        assert_eq!(found(text, &lines, &[]), [(0..19, "ADDRESS")]);
        assert_eq!(found("1 High St or 2 Low St", &[tag(1, 0..9), tag(1, 13..21)], &[]).len(), 2);
    }

    #[test]
    fn traits_count_beside_somebody_only() {
        let text = "Ann is 45, he is 93";
        assert_eq!(found(text, &[tag(2, 7..9)], &[]), []);
        assert_eq!(found(text, &[tag(0, 0..3), tag(2, 7..9)], &[]).len(), 2);
        assert_eq!(found(text, &[tag(2, 7..9)], &[pattern("PHONE", 0..3)]).len(), 1);
        assert_eq!(found(text, &[tag(2, 7..9)], &[pattern("URL", 0..3)]), []);
    }

    #[test]
    fn ages_over_89_are_identifiers_of_their_own() {
        let both = [tag(0, 0..3), tag(2, 7..9), tag(2, 17..19)];
        let kinds: Vec<_> = found("Ann is 89, he is 90", &both, &[]).into_iter().map(|(_, k)| k).collect();
        assert_eq!(kinds, ["PERSON", "AGE", "AGE_OVER_89"]);
    }
}
