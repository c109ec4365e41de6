//! One verdict of patterns and tags, over a tagger that reads its tags out of the text.

use super::*;
use crate::tagger::Reading;
use crate::{Around, Detector, Language};

const READ: Around<'static> =
    Around { before: "", field: None, language: Some(Language { scope: "", whole: false }) };

/// Tags what stands in `{TAG:…}` marks beforehand: the marks are not in the text that is read.
struct Marked {
    tags: Vec<String>,
    spans: Vec<Tag>,
    fails: bool,
}

impl Tagger for Marked {
    fn version(&self) -> &str {
        "marked-1"
    }

    fn tags(&self) -> &[String] {
        &self.tags
    }

    fn classes(&self) -> &[String] {
        &[]
    }

    fn languages(&self) -> &[String] {
        &[]
    }

    fn read(&self, _: &str, _: &str) -> Result<Reading, DetectError> {
        if self.fails {
            return Err(DetectError::Encoder("test".to_owned()));
        }
        Ok(Reading { tags: self.spans.clone(), stretches: Vec::new() })
    }
}

/// The text without marks, and a detector whose tagger tags what they held.
fn marked(text: &str, confidence: f32) -> (String, Detector) {
    let tags: Vec<String> =
        KINDS.iter().map(|(tag, _)| (*tag).to_owned()).chain(["PHONE".to_owned()]).collect();
    let (mut plain, mut spans) = (String::new(), Vec::new());
    for piece in text.split('{') {
        let Some((mark, rest)) = piece.split_once('}') else {
            plain.push_str(piece);
            continue;
        };
        let (tag, words) = mark.split_once(':').unwrap();
        let start = plain.len();
        plain.push_str(words);
        let tag = tags.iter().position(|t| t == tag).unwrap();
        spans.push(Tag { start, end: plain.len(), tag, confidence });
        plain.push_str(rest);
    }
    let tagger = Marked { tags, spans, fails: false };
    (plain, Detector::builtin().unwrap().with_tagger(Arc::new(tagger)))
}

fn alone() -> &'static Detector {
    static DETECTOR: std::sync::LazyLock<Detector> =
        std::sync::LazyLock::new(|| Detector::builtin().unwrap());
    &DETECTOR
}

fn found(text: &str) -> Vec<(String, String)> {
    found_by(text, 0.9)
}

fn found_by(text: &str, confidence: f32) -> Vec<(String, String)> {
    let (plain, detector) = marked(text, confidence);
    let found = detector.scan(&plain, &READ).unwrap();
    assert!(found.windows(2).all(|w| w[0].end <= w[1].start), "{found:?}");
    found.iter().map(|f| (f.kind.to_string(), plain[f.start..f.end].to_owned())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(k, t)| ((*k).to_owned(), (*t).to_owned())).collect()
}

proptest::proptest! {
    // Each case prepares the catalogue anew.
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    /// Whatever a tagger says, findings are sorted, apart and on character boundaries, and those of patterns stay.
    #[test]
    fn no_tag_breaks_the_order(
        pieces in proptest::collection::vec((0_usize..18, "[A-Z]?[a-z]{1,6}[ ,\n]|[0-9]{1,3} ?|ann@example\\.org ?|山|, "), 0..40),
    ) {
        let piece = |(tag, words): &(usize, String)| match KINDS.get(*tag).filter(|_| !words.contains('@')) {
            Some((name, _)) => format!("{{{name}:{words}}}"),
            None => words.clone(),
        };
        let (plain, detector) = marked(&pieces.iter().map(piece).collect::<String>(), 0.9);
        let patterns = alone().scan(&plain, &Around::default()).unwrap();
        let all = detector.scan(&plain, &READ).unwrap();
        proptest::prop_assert!(all.windows(2).all(|w| w[0].end <= w[1].start), "{:?}", all);
        proptest::prop_assert!(all.iter().all(|f| f.start < f.end && plain.get(f.start..f.end).is_some()));
        proptest::prop_assert!(patterns.iter().all(|p| all.contains(p)));
    }
}

//= iso27001-2022:A.8.12
#[test]
fn tags_are_findings_beside_those_of_patterns() {
    let text = "{PERSON:Anna Keller}, ann@example.org, works at {ORG:Acme}, tel {PHONE:12}";
    let expected = [("PERSON", "Anna Keller"), ("EMAIL", "ann@example.org"), ("ORGANISATION", "Acme")];
    assert_eq!(found(text), pairs(&expected));
}

#[test]
fn plain_words_are_read_too() {
    assert_eq!(found("we met {PERSON:anna}, it was nice"), pairs(&[("PERSON", "anna")]));
}

#[test]
fn a_pattern_is_cut_out_of_a_tag_and_the_words_beside_it_stay() {
    let text = "{ADDRESS:12 High Street ann@example.org, Ash}";
    let expected =
        [("HOME_ADDRESS", "12 High Street"), ("EMAIL", "ann@example.org"), ("HOME_ADDRESS", "Ash")];
    assert_eq!(found(text), pairs(&expected));
    assert_eq!(found("to {PERSON:ann@example.org.}"), pairs(&[("EMAIL", "ann@example.org")]));
    assert_eq!(found("to {PERSON:ann@example.org 12}"), pairs(&[("EMAIL", "ann@example.org")]));
    let numbered = [("HOME_ADDRESS", "12"), ("EMAIL", "ann@example.org")];
    assert_eq!(found("to {ADDRESS:12 ann@example.org}"), pairs(&numbered));
}

#[test]
fn a_date_beside_a_cue_of_birth_stays_a_date_of_birth() {
    assert_eq!(found("born on {DATE:12 May 1980}"), pairs(&[("DATE_OF_BIRTH", "12 May 1980")]));
    assert_eq!(found("seen on {DATE:12 May 1980}"), pairs(&[("DATE", "12 May 1980")]));
    assert_eq!(found("turned up {DOB:12 May 1980}"), pairs(&[("DATE_OF_BIRTH", "12 May 1980")]));
}

#[test]
fn placeholders_are_cut_out_of_a_tag() {
    let text = "{PERSON:[PERSON_7F3A9C21] Keller}";
    assert_eq!(found(text), pairs(&[("TOKEN", "[PERSON_7F3A9C21]"), ("PERSON", "Keller")]));
}

#[test]
fn lines_of_an_address_and_words_of_a_name_are_one() {
    assert_eq!(found("{ADDRESS:1 High St},\n{ADDRESS:Ash}"), pairs(&[("ADDRESS", "1 High St,\nAsh")]));
    assert_eq!(found("{PERSON:Anna} {PERSON:Keller}"), pairs(&[("PERSON", "Anna Keller")]));
    assert_eq!(found("{PERSON:Anna}\n{PERSON:Bert}").len(), 2);
    assert_eq!(found("{ADDRESS:1 High St} or {ADDRESS:2 Low St}").len(), 2);
}

#[test]
fn a_street_reaches_to_its_number() {
    let text = "{ADDRESS:Calle de} los vientos{ADDRESS:, 44}";
    assert_eq!(found(text), pairs(&[("ADDRESS", "Calle de los vientos, 44")]));
    assert_eq!(found("{ADDRESS:Elm Street}, then later on, said the man, {ADDRESS:44}").len(), 2);
    let between = "{ADDRESS:Elm Street} a@b.org {ADDRESS:44}";
    assert_eq!(found(between).len(), 3);
}

#[test]
fn marks_at_the_ends_are_no_part() {
    assert_eq!(found("met {PERSON:, Anna Keller,} there"), pairs(&[("PERSON", "Anna Keller")]));
    assert_eq!(found("met {PERSON:--} there"), []);
    assert_eq!(found("{ADDRESS:C/ Mayor 3}"), pairs(&[("ADDRESS", "C/ Mayor 3")]));
}

#[test]
fn no_word_is_cut() {
    // Without blanks between words there is nothing to widen to.
    assert_eq!(found("我叫{PERSON:王伟}住在北京"), pairs(&[("PERSON", "王伟")]));
    assert_eq!(found("see {PERSON:Kel}lers"), pairs(&[("PERSON", "Kellers")]));
    assert_eq!(found("see x{PERSON:Keller}"), pairs(&[("PERSON", "xKeller")]));
}

#[test]
fn traits_count_beside_somebody_only() {
    assert_eq!(found("a {PROFESSION:nurse} of {AGE:45}"), []);
    assert_eq!(found_by("{PERSON:Anna}, {AGE:45}", 0.5).len(), 1, "the name is not sure enough");
    assert_eq!(found("{PERSON:Anna}, {AGE:45}").len(), 2);
    assert_eq!(found("ann@example.org, {AGE:45}").len(), 2);
    assert_eq!(found("see https://example.org/a, {AGE:45}").iter().filter(|(k, _)| k == "AGE").count(), 0);
}

#[test]
fn ages_over_89_are_identifiers_of_their_own() {
    assert_eq!(found("{AGE:89} or {AGE:90 years}"), pairs(&[("AGE_OVER_89", "90 years")]));
    let (_, detector) = marked("", 0.9);
    assert_eq!(detector.label("AGE_OVER_89"), Some("AGE"));
}

#[test]
fn text_before_is_context_only() {
    let (plain, detector) = marked("we saw {PERSON:Anna Keller} and {PERSON:Bert}", 0.9);
    let (before, text) = plain.split_at("we saw Anna ".len());
    let found = detector.scan(text, &Around { before, ..READ }).unwrap();
    let spans: Vec<_> = found.iter().map(|f| (f.start, f.end)).collect();
    assert_eq!(spans, [(0, 6), (11, 15)]);
}

#[test]
fn every_tag_has_its_kind() {
    let (_, detector) = marked("", 0.9);
    for (tag, kind) in KINDS {
        assert!(detector.kind(kind).is_some(), "{tag}");
    }
    assert!(detector.kind(AGE_OVER_89).is_some());
    assert!(TRAITS.iter().chain(&NUMBERED).chain(&NOBODY).all(|k| detector.kind(k).is_some()));
}

#[test]
fn the_version_names_the_tagger_and_its_failure_is_an_error() {
    let (_, detector) = marked("", 0.9);
    assert!(detector.version().ends_with("+marked-1"), "{}", detector.version());
    let failing = Marked { tags: Vec::new(), spans: Vec::new(), fails: true };
    let failing = Detector::builtin().unwrap().with_tagger(Arc::new(failing));
    assert!(matches!(failing.scan("plain words", &READ), Err(DetectError::Encoder(_))));
}

#[test]
fn only_a_whole_text_has_its_names_everywhere() {
    let (plain, detector) = marked("{PERSON:Anna Keller} came; later Keller left", 0.9);
    assert_eq!(detector.scan(&plain, &READ).unwrap().len(), 1);
    assert_eq!(
        detector
            .scan(&plain, &Around { language: Some(Language { scope: "", whole: true }), ..READ })
            .unwrap()
            .len(),
        2
    );
}
