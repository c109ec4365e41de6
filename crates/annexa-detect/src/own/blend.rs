//! The organisation's own findings among those of the catalogue, without overlaps.
//!
//! A value of a list takes the place of what the catalogue said of the same stretch. Credentials and cards stay, since
//! nothing may lift what policy says of them; placeholders and unread runs stay too. A document's passage is long and
//! may hold all of these: it is cut around them, so each keeps its own verdict.

use super::exact::longest;
use super::words::Words;
use super::{DOCUMENT_MATCH, Own};
use crate::finding::{Category, Finding};

/// Adds what `own` finds in `whole` after its first `skip` bytes to the findings of the text that begins there; `fixed`
/// tells kinds that always stay.
pub(crate) fn blend(
    own: &[Own],
    whole: &str,
    skip: usize,
    fixed: impl Fn(&str) -> bool,
    findings: &mut Vec<Finding>,
) {
    let words = Words::of(whole);
    let mut mine: Vec<Finding> = own.iter().flat_map(|o| o.find(&words)).collect();
    mine.retain(|f| f.end > skip);
    if mine.is_empty() {
        return;
    }
    for f in &mut mine {
        (f.start, f.end) = (f.start.saturating_sub(skip), f.end - skip);
    }
    let text = whole.get(skip..).unwrap_or_default();
    let (passages, values): (Vec<_>, Vec<_>) = mine.into_iter().partition(|f| &*f.kind == DOCUMENT_MATCH);
    let values = longest(values);
    let stays =
        |f: &Finding| matches!(f.category, Category::Credential | Category::Uninspected) || fixed(&f.kind);
    findings.retain(|f| stays(f) || !values.iter().any(|v| v.start <= f.start && f.end <= v.end));
    add(&values, text, findings);
    add(&longest(passages), text, findings);
}

/// Adds what the findings leave of others.
fn add(others: &[Finding], text: &str, findings: &mut Vec<Finding>) {
    let pieces: Vec<Finding> = others.iter().flat_map(|other| pieces(other, text, findings)).collect();
    findings.extend(pieces);
    findings.sort_by_key(|f| f.start);
}

/// The stretches of a finding that no other takes, without the blanks at their ends.
fn pieces(whole: &Finding, text: &str, taken: &[Finding]) -> Vec<Finding> {
    let mut pieces = Vec::new();
    let mut start = whole.start;
    let within = taken.iter().filter(|t| t.start < whole.end && t.end > whole.start);
    for (end, next) in within.map(|t| (t.start, t.end)).chain([(whole.end, whole.end)]) {
        let piece = text.get(start..end).unwrap_or_default();
        let from = start + piece.len() - piece.trim_start().len();
        let to = from + piece.trim().len();
        if from < to {
            pieces.push(Finding { start: from, end: to, ..whole.clone() });
        }
        start = next;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::super::{Columns, FingerprintsBuilder, ListBuilder, OwnKey};
    use super::*;
    use crate::{Around, Detector};

    const PASSAGE: &str = "The supervisory board of the company decided in its closed meeting of last night to sell \
        the northern branch to its rival before the end of the coming quarter and to tell nobody";

    fn detector() -> Detector {
        let key = OwnKey::new(&[5; 32]).unwrap();
        let columns = Columns::parse("v", &["v"]).unwrap();
        let mut list = ListBuilder::new("staff", &key, columns);
        ["anna.keller@bluewin.ch", "4111 1111 1111 1111", "K-20714-B"].iter().for_each(|v| list.push(&[v]));
        let mut prints = FingerprintsBuilder::new("board", &key, &[]);
        prints.push(PASSAGE).unwrap();
        let own = vec![Own::Values(list.finish().unwrap().0), Own::Documents(prints.finish().unwrap())];
        Detector::builtin().unwrap().with_own(own)
    }

    fn kinds<'t>(detector: &Detector, text: &'t str) -> Vec<(String, &'t str)> {
        let findings = detector.scan(text, &Around::default()).unwrap();
        assert!(findings.windows(2).all(|w| w[0].end <= w[1].start), "{findings:?}");
        findings.iter().map(|f| (f.kind.to_string(), text.get(f.start..f.end).unwrap())).collect()
    }

    #[test]
    //= iso27001-2022:A.8.12
    fn values_of_a_list_take_the_catalogues_place_but_for_cards() {
        let detector = detector();
        let found = kinds(&detector, "mail anna.keller@bluewin.ch on K-20714-B, card 4111 1111 1111 1111");
        let expected = [
            ("EXACT_MATCH", "anna.keller@bluewin.ch"),
            ("EXACT_MATCH", "K-20714-B"),
            ("CREDIT_CARD", "4111 1111 1111 1111"),
        ];
        assert_eq!(found, expected.map(|(kind, text)| (kind.to_owned(), text)));
    }

    #[test]
    fn a_passage_is_cut_around_what_it_holds() {
        let detector = detector();
        let text = PASSAGE.replace("last night", "last night (card 4111 1111 1111 1111)");
        let found = kinds(&detector, &text);
        let names: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(names, ["DOCUMENT_MATCH", "CREDIT_CARD", "DOCUMENT_MATCH"], "{found:?}");
    }

    #[test]
    fn what_stands_before_the_text_counts_and_is_not_reported() {
        let detector = detector();
        let (before, text) = PASSAGE.split_at(60);
        let findings = detector.scan(text, &Around { before, field: None, language: None }).unwrap();
        assert_eq!(findings.len(), 1);
        assert!(findings[0].start == 0 && findings[0].end <= text.len());
    }

    #[test]
    //= iso27001-2022:A.8.12
    fn streams_give_the_same_for_every_chunking() {
        let detector = std::sync::Arc::new(detector());
        let text = format!(
            "Contract K-20714-B is signed. {PASSAGE}. Mail anna.keller@bluewin.ch about K 20714 B now."
        );
        let windows = |size: usize| {
            let mut scanner = crate::Scanner::new(detector.clone());
            let mut windows = Vec::new();
            let chars: Vec<char> = text.chars().collect();
            for piece in chars.chunks(size) {
                scanner.push(&piece.iter().collect::<String>());
                windows.extend(std::iter::from_fn(|| scanner.next_window().unwrap()));
            }
            scanner.finish();
            windows.extend(std::iter::from_fn(|| scanner.next_window().unwrap()));
            format!("{windows:?}")
        };
        let whole = windows(usize::MAX);
        assert!(whole.contains("EXACT_MATCH"), "{whole}");
        for size in [1, 2, 7, 50] {
            assert_eq!(windows(size), whole, "pieces of {size}");
        }
    }
}
