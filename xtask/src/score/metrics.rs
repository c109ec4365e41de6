//! Metrics of detection: typed F1 by overlap, cover, and false findings for each kilobyte.
//!
//! Labels are compared by group. A finding whose group the set does not annotate is out of scope: it counts for
//! cover and for nothing else. A finding that touches only what the set leaves unscored is passed over.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// A labelled stretch of text, in code points.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// First code point.
    pub start: usize,
    /// Behind the last one.
    pub end: usize,
    /// Label.
    pub label: String,
}

/// A text with what it holds.
pub(super) struct Text {
    /// Its id.
    pub id: String,
    /// Its code points.
    pub text: Vec<char>,
    /// What is to be found.
    pub gold: Vec<Span>,
    /// What is annotated and not scored.
    pub unscored: Vec<Range<usize>>,
}

/// Sums over a set.
#[derive(Default)]
pub(super) struct Counts {
    /// Spans that are to be found.
    pub gold: usize,
    covered: usize,
    hits: usize,
    misses: usize,
    wrong: usize,
    untouching: usize,
    /// Length of all texts in UTF-8.
    pub bytes: usize,
    /// Texts that hold nothing.
    pub clean: usize,
    /// Of them, those with a strong finding.
    pub flagged: usize,
}

/// Groups of labels that count as one.
const GROUPS: [(&str, &[&str]); 12] = [
    ("location", &["ADDRESS", "LOCATION", "POSTCODE", "GEO_COORD"]),
    ("demographic", &["GENDER", "DEMOGRAPHIC", "RELATIVE"]),
    ("time", &["DATE", "DOB"]),
    ("device", &["MAC_ADDRESS", "DEVICE_ID"]),
    ("government id", &["NATIONAL_ID", "US_SSN", "TAX_ID", "PASSPORT", "DRIVER_LICENSE"]),
    ("card", &["CREDIT_CARD", "CVV_PIN"]),
    ("account", &["IBAN", "BANK_ACCOUNT", "SWIFT_BIC", "ROUTING_NUMBER", "CRYPTO_WALLET"]),
    ("medical id", &["MRN", "HEALTH_PLAN_ID", "PROVIDER_LICENSE"]),
    ("secret", &["PASSWORD", "API_KEY", "PRIVATE_KEY", "CONN_STRING"]),
    ("other id", &["CASE_OR_CODE", "OTHER_ID"]),
    ("facility", &["FACILITY"]),
    ("organisation", &["ORG"]),
];

/// Groups that a harmless text may hold: a date, a place, an organisation, a link.
const WEAK: [&str; 4] = ["time", "location", "organisation", "URL"];

fn group(label: &str) -> &str {
    GROUPS.iter().find(|(_, labels)| labels.contains(&label)).map_or(label, |(group, _)| group)
}

/// Whether a finding of a group answers for gold of another: a hospital is a place or an organisation.
fn answers(gold: &str, found: &str) -> bool {
    gold == found || gold == "facility" && matches!(found, "location" | "organisation")
}

impl Counts {
    /// The counts of a set.
    pub(super) fn of(texts: &[Text], found: &HashMap<String, Vec<Span>>) -> Counts {
        let scope: HashSet<&str> = texts.iter().flat_map(|t| &t.gold).map(|s| group(&s.label)).collect();
        let mut counts = Counts::default();
        for text in texts {
            let spans = joined(found.get(&text.id).map_or(&[][..], Vec::as_slice), text);
            counts.add(text, &spans, &scope);
        }
        counts
    }

    fn add(&mut self, text: &Text, found: &[Span], scope: &HashSet<&str>) {
        self.bytes += text.text.iter().map(|c| c.len_utf8()).sum::<usize>();
        self.gold += text.gold.len();
        self.covered += text.gold.iter().filter(|g| covered(g, found, text)).count();
        let in_scope = |s: &&Span| scope.iter().any(|g| answers(g, group(&s.label)));
        let scored: Vec<&Span> = found.iter().filter(in_scope).filter(|s| !passed_over(s, text)).collect();
        let hits = pairs(&text.gold, &scored);
        self.hits += hits;
        self.misses += text.gold.len() - hits;
        self.wrong += scored.len() - hits;
        self.untouching += scored.iter().filter(|s| !text.gold.iter().any(|g| shared(g, s) > 0)).count();
        if text.gold.is_empty() && text.unscored.is_empty() {
            self.clean += 1;
            self.flagged += usize::from(found.iter().any(|s| !WEAK.contains(&group(&s.label))));
        }
    }

    /// Precision, recall and F1 of pairs of one group that share a code point.
    pub(super) fn overlap(&self) -> (f64, f64, f64) {
        let precision = share(self.hits, self.hits + self.wrong);
        let recall = share(self.hits, self.hits + self.misses);
        (precision, recall, share(2 * self.hits, 2 * self.hits + self.wrong + self.misses))
    }

    /// Share of spans whose every letter and digit lies in a finding.
    pub(super) fn cover(&self) -> f64 {
        share(self.covered, self.gold)
    }

    /// Findings in scope that touch nothing, for each 1,000 bytes.
    pub(super) fn false_per_kb(&self) -> f64 {
        self.untouching as f64 * 1e3 / self.bytes.max(1) as f64
    }
}

fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

/// Shared code points of two spans.
fn shared(a: &Span, b: &Span) -> usize {
    a.end.min(b.end).saturating_sub(a.start.max(b.start))
}

fn covered(gold: &Span, found: &[Span], text: &Text) -> bool {
    let inside = |at: usize| found.iter().any(|s| s.start <= at && at < s.end);
    (gold.start..gold.end).all(|at| !text.text.get(at).is_some_and(|c| c.is_alphanumeric()) || inside(at))
}

fn passed_over(span: &Span, text: &Text) -> bool {
    let touches = |r: &Range<usize>| r.start < span.end && span.start < r.end;
    text.unscored.iter().any(touches) && !text.gold.iter().any(|g| shared(g, span) > 0)
}

/// Pairs of gold and finding of one group, those that share most first, each used once.
fn pairs(gold: &[Span], found: &[&Span]) -> usize {
    let mut pairs = Vec::new();
    for (i, g) in gold.iter().enumerate() {
        for (j, f) in found.iter().enumerate() {
            if shared(g, f) > 0 && answers(group(&g.label), group(&f.label)) {
                pairs.push((usize::MAX - shared(g, f), i, j));
            }
        }
    }
    pairs.sort_unstable();
    let (mut used_gold, mut used_found) = (HashSet::new(), HashSet::new());
    for (_, i, j) in pairs {
        if !used_gold.contains(&i) && !used_found.contains(&j) {
            used_gold.insert(i);
            used_found.insert(j);
        }
    }
    used_gold.len()
}

/// Findings with those of one group joined that overlap, or that only a blank or a comma parts.
fn joined(found: &[Span], text: &Text) -> Vec<Span> {
    let mut sorted = found.to_vec();
    sorted.sort_by_key(|s| (s.start, s.end));
    let mut out: Vec<Span> = Vec::new();
    for span in sorted {
        match out
            .last_mut()
            .filter(|last| group(&last.label) == group(&span.label) && parted_by_little(last, &span, text))
        {
            Some(last) => last.end = last.end.max(span.end),
            None => out.push(span),
        }
    }
    out
}

fn parted_by_little(left: &Span, right: &Span, text: &Text) -> bool {
    let between = text.text.get(left.end..right.start).unwrap_or_default();
    right.start < left.end || between.len() <= 2 && !between.iter().any(|c| c.is_alphanumeric() || *c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize, label: &str) -> Span {
        Span { start, end, label: label.to_owned() }
    }

    fn counts(text: &str, gold: Vec<Span>, found: Vec<Span>) -> Counts {
        let texts = [Text { id: "a".into(), text: text.chars().collect(), gold, unscored: Vec::new() }];
        Counts::of(&texts, &HashMap::from([("a".to_owned(), found)]))
    }

    #[test]
    fn a_pair_of_one_group_is_a_hit() {
        let c = counts("12345678 x", vec![span(0, 8, "US_SSN")], vec![span(2, 9, "TAX_ID")]);
        assert_eq!(c.overlap(), (1.0, 1.0, 1.0));
        assert_eq!(c.cover(), 0.0);
    }

    #[test]
    fn another_group_is_out_of_scope_but_covers() {
        let c = counts("12345678", vec![span(0, 8, "US_SSN")], vec![span(0, 8, "PHONE")]);
        assert_eq!(c.overlap().1, 0.0);
        assert_eq!((c.wrong, c.cover()), (0, 1.0));
    }

    #[test]
    fn one_finding_is_used_once() {
        let gold = vec![span(0, 4, "EMAIL"), span(6, 9, "EMAIL")];
        let c = counts("abcd, efg", gold, vec![span(0, 9, "EMAIL")]);
        assert_eq!((c.hits, c.misses, c.wrong), (1, 1, 0));
    }

    #[test]
    fn false_findings_and_clean_texts_are_counted() {
        let texts = [
            Text {
                id: "a".into(),
                text: vec!['x'; 500],
                gold: vec![span(0, 4, "EMAIL")],
                unscored: Vec::new(),
            },
            Text { id: "b".into(), text: vec!['x'; 500], gold: Vec::new(), unscored: Vec::new() },
        ];
        let found = HashMap::from([("b".to_owned(), vec![span(0, 4, "EMAIL"), span(9, 12, "EMAIL")])]);
        let c = Counts::of(&texts, &found);
        assert_eq!((c.false_per_kb(), c.clean, c.flagged), (2.0, 1, 1));
    }

    #[test]
    fn neighbours_of_one_group_are_joined() {
        let text = Text {
            id: String::new(),
            text: "Anna Keller".chars().collect(),
            gold: Vec::new(),
            unscored: Vec::new(),
        };
        assert_eq!(joined(&[span(0, 4, "PERSON"), span(5, 11, "PERSON")], &text).len(), 1);
        assert_eq!(joined(&[span(0, 4, "PERSON"), span(5, 11, "ORG")], &text).len(), 2);
    }
}
