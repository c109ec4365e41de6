//! Metrics of detection: typed F1 by overlap and by exact ends, cover, and false findings for each kilobyte.
//!
//! Labels are compared by group. A finding whose group the set does not annotate is out of scope: it counts for
//! cover and for nothing else; in a set without any gold all findings are in scope. A finding that touches only what
//! the set leaves unscored is passed over.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::{AddAssign, Range};

/// A labelled stretch of text, in code points.
#[derive(Clone, PartialEq)]
pub(crate) struct Span {
    /// First code point.
    pub start: usize,
    /// Behind the last one.
    pub end: usize,
    /// Label.
    pub label: String,
    /// How sure the detector was, where it says.
    pub score: Option<f64>,
}

/// A text with what it holds.
pub(crate) struct Text {
    /// Its id.
    pub id: String,
    /// Its code points.
    pub text: Vec<char>,
    /// What is to be found.
    pub gold: Vec<Span>,
    /// What is annotated and not scored.
    pub unscored: Vec<Range<usize>>,
}

/// Sums over texts.
#[derive(Clone, Default)]
pub(crate) struct Counts {
    /// Spans that are to be found.
    pub gold: usize,
    /// Of them, those whose every letter and digit lies in a finding.
    pub covered: usize,
    /// Of them, those that make a pair with a finding of their group.
    pub hits: usize,
    /// Of them, those with a finding of their group and both ends.
    pub exact: usize,
    /// Findings in scope that make no pair.
    pub wrong: usize,
    /// Findings in scope that touch no gold at all.
    pub untouching: usize,
    /// Length of all texts in UTF-8.
    pub bytes: usize,
    /// Texts that hold nothing.
    pub clean: usize,
    /// Of them, those with a strong finding.
    pub strong: usize,
    /// Of them, those with any finding in scope.
    pub flagged: usize,
    /// The same by label.
    pub labels: BTreeMap<String, Label>,
}

/// Sums over the gold of one label.
#[derive(Clone, Default)]
pub(crate) struct Label {
    /// Spans that are to be found.
    pub gold: usize,
    /// Of them, those with a finding of their group.
    pub hits: usize,
    /// Of them, those wholly covered.
    pub covered: usize,
}

/// The groups that a set annotates; none means that any finding counts.
struct Scope<'t>(HashSet<&'t str>);

impl<'t> Scope<'t> {
    fn of(texts: &'t [Text]) -> Scope<'t> {
        Scope(texts.iter().flat_map(|t| &t.gold).map(|s| group(&s.label)).collect())
    }

    fn holds(&self, span: &Span) -> bool {
        self.0.is_empty() || self.0.iter().any(|g| answers(g, group(&span.label)))
    }
}

/// Whether each finding with a score is right, as drawn from whole sets: `(score, right)`.
pub(crate) fn judged(texts: &[Text], found: &HashMap<String, Vec<Span>>) -> Vec<(f64, bool)> {
    let scope = Scope::of(texts);
    let right = |text: &Text, s: &Span| {
        text.gold.iter().any(|g| shared(g, s) > 0 && answers(group(&g.label), group(&s.label)))
    };
    let of_text = |text: &Text| -> Vec<(f64, bool)> {
        let spans = found.get(&text.id).map_or(&[][..], Vec::as_slice);
        let scored = spans.iter().filter(|s| scope.holds(s) && !passed_over(s, text));
        scored.filter_map(|s| Some((s.score?, right(text, s)))).collect()
    };
    texts.iter().flat_map(of_text).collect()
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

/// Groups that a harmless text may hold: a date, a place, an organisation, a house of care, a link.
const WEAK: [&str; 5] = ["time", "location", "organisation", "facility", "URL"];

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
        Counts::sum(&Counts::each(texts, found))
    }

    /// The counts of each text of a set.
    pub(crate) fn each(texts: &[Text], found: &HashMap<String, Vec<Span>>) -> Vec<Counts> {
        let scope = Scope::of(texts);
        let of_text = |text: &Text| {
            let spans = joined(found.get(&text.id).map_or(&[][..], Vec::as_slice), text);
            Counts::of_text(text, &spans, &scope)
        };
        texts.iter().map(of_text).collect()
    }

    /// The sum of several.
    pub(crate) fn sum<'c>(counts: impl IntoIterator<Item = &'c Counts>) -> Counts {
        let mut sum = Counts::default();
        counts.into_iter().for_each(|c| sum += c);
        sum
    }

    fn of_text(text: &Text, found: &[Span], scope: &Scope<'_>) -> Counts {
        let scored: Vec<&Span> = found.iter().filter(|s| scope.holds(s) && !passed_over(s, text)).collect();
        let hits = pairs(&text.gold, &scored);
        let labels = labels(text, found, &hits);
        let clean = text.gold.is_empty() && text.unscored.is_empty();
        Counts {
            gold: text.gold.len(),
            covered: labels.values().map(|l| l.covered).sum(),
            hits: hits.len(),
            exact: exact(&text.gold, &scored),
            wrong: scored.len() - hits.len(),
            untouching: scored.iter().filter(|s| !text.gold.iter().any(|g| shared(g, s) > 0)).count(),
            bytes: text.text.iter().map(|c| c.len_utf8()).sum(),
            clean: usize::from(clean),
            strong: usize::from(clean && found.iter().any(|s| !WEAK.contains(&group(&s.label)))),
            flagged: usize::from(clean && !scored.is_empty()),
            labels,
        }
    }

    /// Precision, recall and F1 of pairs of one group that share a code point.
    pub(crate) fn overlap(&self) -> (f64, f64, f64) {
        self.figures(self.hits)
    }

    /// The same where both ends must agree too.
    pub(crate) fn strict(&self) -> (f64, f64, f64) {
        self.figures(self.exact)
    }

    fn figures(&self, right: usize) -> (f64, f64, f64) {
        let found = self.hits + self.wrong;
        (share(right, found), share(right, self.gold), share(2 * right, found + self.gold))
    }

    /// Share of spans whose every letter and digit lies in a finding.
    pub(crate) fn cover(&self) -> f64 {
        share(self.covered, self.gold)
    }

    /// Findings in scope that touch nothing, for each 1,000 bytes.
    pub(crate) fn false_per_kb(&self) -> f64 {
        self.untouching as f64 * 1e3 / self.bytes.max(1) as f64
    }
}

impl AddAssign<&Counts> for Counts {
    fn add_assign(&mut self, more: &Counts) {
        self.gold += more.gold;
        self.covered += more.covered;
        self.hits += more.hits;
        self.exact += more.exact;
        self.wrong += more.wrong;
        self.untouching += more.untouching;
        self.bytes += more.bytes;
        self.clean += more.clean;
        self.strong += more.strong;
        self.flagged += more.flagged;
        for (name, label) in &more.labels {
            let own = self.labels.entry(name.clone()).or_default();
            own.gold += label.gold;
            own.hits += label.hits;
            own.covered += label.covered;
        }
    }
}

fn labels(text: &Text, found: &[Span], hits: &HashSet<usize>) -> BTreeMap<String, Label> {
    let mut labels: BTreeMap<String, Label> = BTreeMap::new();
    for (at, gold) in text.gold.iter().enumerate() {
        let label = labels.entry(gold.label.clone()).or_default();
        label.gold += 1;
        label.hits += usize::from(hits.contains(&at));
        label.covered += usize::from(covered(gold, found, text));
    }
    labels
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

/// Findings with a gold span of their group and both of its ends, each used once.
fn exact(gold: &[Span], found: &[&Span]) -> usize {
    let mut used = HashSet::new();
    let same = |g: &Span, f: &Span| {
        (g.start, g.end) == (f.start, f.end) && answers(group(&g.label), group(&f.label))
    };
    for f in found {
        let free = gold.iter().enumerate().find(|(at, g)| !used.contains(at) && same(g, f));
        used.extend(free.map(|(at, _)| at));
    }
    used.len()
}

/// Gold that makes a pair with a finding of its group: those that share most first, each used once.
fn pairs(gold: &[Span], found: &[&Span]) -> HashSet<usize> {
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
    used_gold
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
        Span { start, end, label: label.to_owned(), score: None }
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
        assert_eq!((c.hits, c.gold, c.wrong, c.exact), (1, 2, 0, 0));
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
        assert_eq!((c.false_per_kb(), c.clean, c.strong, c.flagged), (2.0, 1, 1, 1));
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
