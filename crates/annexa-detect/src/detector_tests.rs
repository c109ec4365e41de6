//! The catalogue's examples are its tests; what customers may write; what stands around a text.

use super::*;

fn builtin() -> &'static Detector {
    static DETECTOR: std::sync::LazyLock<Detector> =
        std::sync::LazyLock::new(|| Detector::builtin().unwrap());
    &DETECTOR
}

fn kinds_of(text: &str) -> Vec<String> {
    kinds_around(text, &Around::default())
}

fn kinds_around(text: &str, around: &Around<'_>) -> Vec<String> {
    builtin().scan(text, around).unwrap().iter().map(|f| f.kind.to_string()).collect()
}

/// A text without its marks, and the span between them.
fn marked(example: &str) -> (String, Range<usize>) {
    let start = example.find('«').expect("an example has no « »");
    let end = example.find('»').expect("an example has no « »") - '«'.len_utf8();
    (example.replacen('«', "", 1).replacen('»', "", 1), start..end)
}

use std::ops::Range;

/// Letters and digits of a span that no finding covers.
fn uncovered(text: &str, span: Range<usize>, found: &[Finding]) -> String {
    let inside = text.char_indices().filter(|(i, c)| span.contains(i) && c.is_alphanumeric());
    inside.filter(|(i, _)| !found.iter().any(|f| (f.start..f.end).contains(i))).map(|(_, c)| c).collect()
}

#[test]
//= iso27001-2022:A.8.12
fn every_example_is_found_and_no_counter_example() {
    let mut wrong = Vec::new();
    // Kinds of plain language have no rules: whoever implements the tagger tests their examples.
    for kind in builtin().kinds().iter().filter(|k| !k.rules.is_empty() || &*k.id == TOKEN) {
        for example in &kind.examples {
            let (text, span) = marked(example);
            let found = builtin().scan(&text, &Around::default()).unwrap();
            let own = |f: &&Finding| f.kind == kind.id || builtin().family(&f.kind) == &*kind.family;
            let own: Vec<Finding> = found.iter().filter(own).cloned().collect();
            if !uncovered(&text, span, &own).is_empty() {
                let instead: Vec<_> =
                    found.iter().map(|f| (&*f.kind, &text[f.start..f.end], f.confidence)).collect();
                wrong.push(format!("{} not found in `{example}`, but {instead:?}", kind.id));
            }
        }
        for text in &kind.counter_examples {
            if kinds_of(text).iter().any(|k| **k == *kind.id) {
                wrong.push(format!("{} found in `{text}`", kind.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_kind_with_rules_has_an_example_and_every_pattern_compiles() {
    let without: Vec<_> = builtin()
        .kinds()
        .iter()
        .filter(|k| !k.rules.is_empty() && k.examples.is_empty())
        .map(|k| &k.id)
        .collect();
    assert!(without.is_empty(), "{without:?}");
    for rule in &builtin().rules().rules {
        use crate::rules::Form;
        let kind = &builtin().kinds[usize::from(rule.kind)].id;
        let compiled = match &rule.form {
            Form::Compact { whole, written, .. } => {
                whole.regex().is_some() && written.as_ref().is_none_or(|w| w.pattern.regex().is_some())
            }
            Form::Anchored(p) | Form::Value(p) | Form::Word(p) => p.regex().is_some(),
            Form::Code(_) => true,
        };
        assert!(compiled, "a pattern of {kind} doesn't compile");
    }
}

#[test]
fn plain_text_has_no_findings() {
    for text in [
        "",
        "Explain the Doppler effect and the Hawthorne effect.",
        "Never share your password or PIN with anyone, the bank will not ask for them.",
        "The book 978-5-3634-4231-6 covers Bayes theorem.",
        "Hash 1de5811775ec098e85f8097245230df87a104fd0 equals the one in the manifest.",
        "Request da2f8547-5ee5-f931-0181-37f79357e883 took 944 ms, timestamp 1630535177.",
        "Set API_KEY=<insert key> in the .env file.",
        "secret = get_secret(\"prod/db\")  # from the vault",
        "What is a routing number and how is its checksum computed?",
        "Write to [EMAIL] or [CREDIT_CARD].",
    ] {
        assert_eq!(kinds_of(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_field_name_is_a_cue() {
    let ssn = "536904399";
    assert_eq!(kinds_of(ssn), Vec::<String>::new());
    for field in ["ssn", "customer_ssn", "customerSSN", "social-security-number"] {
        assert_eq!(
            kinds_around(ssn, &Around { before: "", field: Some(field), language: None }),
            ["US_SSN"],
            "{field}"
        );
    }
    let password = Around { before: "", field: Some("dbPassword"), language: None };
    assert_eq!(kinds_around("sunshine", &password), ["PASSWORD"]);
}

#[test]
fn text_before_is_context_only() {
    let around = Around { before: "call 4111 1111 1111 1111. My SSN is ", field: None, language: None };
    let found = builtin().scan("536904399 ok", &around).unwrap();
    assert_eq!(found.iter().map(|f| (f.start, f.end, &*f.kind)).collect::<Vec<_>>(), [(0, 9, "US_SSN")]);
}

#[test]
fn evasions_are_seen_through() {
    for text in [
        "card 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "card ４１１１１１１１１１１１１１１１",
        "card 41\u{200b}11\u{200d}1111\u{2060}1111\u{feff}1111",
        "card four one one one one one one one one one one one one one one one",
        "Karte vier eins eins eins eins eins eins eins eins eins eins eins eins eins eins eins",
        "card 4111.1111.1111.1111",
        "card 4111\n1111\n1111 1111",
        "card NDExMSAxMTExIDExMTEgMTExMQ==",
        "card 34313131313131313131313131313131",
        "card NDExMSAxMTExIDExMTEgMTExMSBpcyB0aGUgbnVtYmVyIG9m\nIG15IGNhcmQ=\nokay",
        "card %34%31%31%31%31%31%31%31%31%31%31%31%31%31%31%31",
        "card &#52;111111111111111",
        "card TkRFeE1TQXhNVEV4SURFeE1URWdNVEV4TVE9PQ==",
    ] {
        let found = builtin().scan(text, &Around::default()).unwrap();
        assert!(
            found
                .iter()
                .any(|f| &*f.kind == "CREDIT_CARD" && uncovered(text, 5..text.len(), &found).len() <= 5),
            "{text}: {found:?}"
        );
    }
}

/// A customer's type with one rule.
fn entry(rule: &str) -> String {
    format!(
        "[[kind]]\nid = \"PROJECT\"\ncategory = \"confidential\"\nfamily = \"project\"\nstandard = \"-\"\npresidio = \"-\"\ngoogle = \"-\"\naws = \"-\"\ncues = [\"project\"]\n[[kind.rule]]\n{rule}\n"
    )
}

/// The short ways for plain words and lone numbers know only the catalogue's types beforehand.
//= iso27001-2022:A.8.12
#[test]
fn own_types_are_found_among_plain_words_and_in_short_numbers() {
    for (rule, field, text) in [
        ("anchors = [\"!!\"]\npattern = '!![a-z]{4}'\nconfidence = 0.9", "", "look !!abcd here"),
        ("anchors = [\"((p\"]\npattern = '\\(\\(p[a-z]{4}'\nconfidence = 0.9", "", "look ((pabcd here"),
        ("anchors = [\"Özil\"]\npattern = 'Özil[a-z]{3}'\nconfidence = 0.9", "", "look abÖzilxyz here"),
        ("compact = '\\d{4}'\nconfidence = 0.9", "", "4711"),
        ("value = '\\d{2}'", "project", "42"),
        ("value = '[a-z]{4}'", "project", "abcd"),
        ("value = '[a-z]{4}'", "", "our project: abcd is late"),
    ] {
        let own = Detector::with_custom(&entry(rule)).unwrap();
        let around = Around { before: "", field: Some(field), language: None };
        let found = own.scan(text, &around).unwrap();
        assert!(found.iter().any(|f| &*f.kind == "PROJECT"), "{rule}: {text}");
        let short = |d: &Detector| crate::find::short_way(d.rules(), d.lexicon(), text, &CueSet::default());
        assert!(short(builtin()), "{text}: the catalogue alone has no short way");
    }
}

#[test]
fn own_types_have_the_same_form_and_clear_errors() {
    let own =
        Detector::with_custom(&entry("anchors = [\"PRJ-\"]\npattern = 'PRJ-[A-Z]{4}'\nconfidence = 0.9"))
            .unwrap();
    let found = own.scan("about PRJ-ABCD today", &Around::default()).unwrap();
    assert_eq!((found[0].start, found[0].end, &*found[0].kind), (6, 14, "PROJECT"));
    assert_eq!(own.family("PROJECT"), "project");
    assert_ne!(own.version(), builtin().version());
    for (rule, says) in [
        ("compact = 'A+'", "bound every repetition"),
        ("pattern = 'x'", "give the literals"),
        ("validator = 'luhn'", "give one of compact"),
        ("value = '('", "correct"),
        ("value = 'x'\nvalidator = 'nope'", "no validator `nope`"),
        ("value = '(?:a{1000}){1000}'", "shorten"),
        ("finder = 'email'", "no such finder"),
        ("colour = 'red'", "colour"),
    ] {
        let error = Detector::with_custom(&entry(rule)).unwrap_err().to_string();
        assert!(error.contains(says), "{rule}: {error}");
        assert!(error.contains("PROJECT") || says == "colour", "{error}");
    }
    assert!(
        Detector::with_custom(&entry("value='x'").replace("PROJECT", "EMAIL"))
            .unwrap_err()
            .to_string()
            .contains("taken")
    );
}

#[test]
fn tokens_are_told_from_masks() {
    let found =
        builtin().scan("to [EMAIL_7F3A9C21] and [EMAIL] of ann@example.org", &Around::default()).unwrap();
    let kinds: Vec<_> = found.iter().map(|f| &*f.kind).collect();
    assert_eq!(kinds, ["TOKEN", "EMAIL"]);
    assert_eq!(
        crate::redact(
            "to [EMAIL_7F3A9C21], ann@example.org!",
            &builtin().scan("to [EMAIL_7F3A9C21], ann@example.org!", &Around::default()).unwrap()
        ),
        "to [EMAIL_7F3A9C21], [EMAIL]!"
    );
}

#[test]
fn passwords_are_found_where_no_blank_is_written() {
    for text in [
        "«パスワードは^Sakura2024»",
        "«新しいパスワードは^Sakura2024»です。次の手順",
        "«密码是^Sakura2024»",
        "«비밀번호는^Sakura2024»입니다",
        "«mysql -u root ^-pSakura2024» crm",
    ] {
        let (text, at) = (text.replace(['«', '»', '^'], ""), text.find("Sakura").unwrap());
        let at = at - '«'.len_utf8() - 1;
        let found = builtin().scan(&text, &Around::default()).unwrap();
        assert!(uncovered(&text, at..at + "Sakura2024".len(), &found).is_empty(), "{text}: {found:?}");
    }
    assert_eq!(kinds_of("パスワードは忘れました。"), Vec::<String>::new());
}

#[test]
fn placeholders_among_many_findings_are_told_apart() {
    let text = "[EMAIL_7F3A9C21] ann@example.org ".repeat(50);
    assert_eq!(kinds_of(&text), ["TOKEN", "EMAIL"].repeat(50));
}

proptest::proptest! {
    #[test]
    fn findings_are_sorted_apart_and_on_character_boundaries(text in ".{0,300}") {
        let found = builtin().scan(&text, &Around::default()).unwrap();
        let mut at = 0;
        for f in &found {
            assert!(f.start >= at && f.end > f.start && text.get(f.start..f.end).is_some());
            at = f.end;
        }
        assert_eq!(crate::code_points(&text, &found).len(), found.len());
    }
}
