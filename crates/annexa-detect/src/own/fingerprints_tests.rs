//! Tests of fingerprints: a passage is found again after light edits, and nothing else is.

use proptest::prelude::*;

use super::super::Own;
use super::*;

fn key() -> OwnKey {
    OwnKey::new(b"0123456789abcdef0123456789abcdef").unwrap()
}

/// A text of `count` words that is the same for one seed: numbers in letters, as no language has them.
fn prose(seed: u64, count: usize) -> Vec<String> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..count).map(|_| format!("w{}", next() % 4_000)).collect()
}

fn prints(documents: &[String], except: &[&str]) -> Fingerprints {
    let mut builder = FingerprintsBuilder::new("board", &key(), except);
    documents.iter().for_each(|d| assert!(builder.push(d).is_some()));
    builder.finish().unwrap()
}

/// Words of `text` that findings cover.
fn covered(prints: &Fingerprints, text: &str) -> usize {
    prints.find(text).iter().map(|f| text.get(f.start..f.end).unwrap().split_whitespace().count()).sum()
}

#[test]
//= iso27001-2022:A.8.12
fn a_copied_passage_is_found_in_other_case_and_spacing() {
    let document = prose(1, 400);
    let prints = prints(&[document.join(" ")], &[]);
    let copied = document[100..180].join("\n   ").to_uppercase();
    let text = format!("{} {copied} {}", prose(2, 50).join(" "), prose(3, 50).join(" "));
    let found = covered(&prints, &text);
    assert!((70..=80).contains(&found), "{found}");
    let finding = prints.find(&text).remove(0);
    assert_eq!(&*finding.kind, DOCUMENT_MATCH);
    assert!(finding.why.contains("document 1 of board"), "{}", finding.why);
}

#[test]
fn changed_words_and_moved_sentences_are_bridged() {
    let document = prose(4, 600);
    let prints = prints(&[document.join(" ")], &[]);
    let mut edited = document[200..320].to_vec();
    edited.iter_mut().step_by(20).for_each(|w| *w = "changed".into());
    let found = covered(&prints, &edited.join(" "));
    assert!(found >= 90, "{found} of 120");
    let mut sentences: Vec<&[String]> = document[0..160].chunks(20).collect();
    sentences.reverse();
    let moved = covered(&prints, &sentences.concat().join(" "));
    assert!(moved >= 120, "{moved} of 160");
}

#[test]
fn a_short_quotation_and_other_texts_are_none() {
    let document = prose(5, 400);
    let prints = prints(&[document.join(" ")], &[]);
    let quoted =
        format!("{} {} {}", prose(6, 40).join(" "), document[50..68].join(" "), prose(7, 40).join(" "));
    assert!(prints.find(&quoted).is_empty());
    assert!(prints.find(&prose(8, 100_000).join(" ")).is_empty());
}

#[test]
fn excepted_texts_may_leave() {
    let boilerplate = prose(9, 100).join(" ");
    let own = prose(10, 100).join(" ");
    let document = format!("{own} {boilerplate}");
    let prints = prints(&[document], &[&boilerplate]);
    assert!(prints.find(&boilerplate).is_empty());
    assert_eq!(prints.find(&own).len(), 1);
}

#[test]
fn short_and_dull_documents_are_refused() {
    let mut builder = FingerprintsBuilder::new("b", &key(), &[]);
    assert_eq!(builder.push(&prose(1, 23).join(" ")), None);
    assert_eq!(builder.push(&"0 ".repeat(500)), None);
    assert_eq!(builder.push(&prose(1, 24).join(" ")), Some(1));
    assert!(builder.finish().is_ok());
    assert!(FingerprintsBuilder::new("b", &key(), &[]).finish().is_err());
}

#[test]
fn a_file_says_the_same_and_needs_its_key() {
    let document = prose(11, 300).join(" ");
    let built = prints(std::slice::from_ref(&document), &[]);
    let bytes = built.to_bytes().unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains(document.split(' ').next().unwrap()));
    let Own::Documents(read) = Own::read("b.fpr", &bytes, &key()).unwrap() else { panic!("other sort") };
    assert_eq!(read.find(&document), built.find(&document));
    assert_eq!(read.size(), built.size());
    let error = Own::read("b.fpr", &bytes, &OwnKey::new(&[9; 32]).unwrap()).unwrap_err().to_string();
    assert!(error.contains("b.fpr"), "{error}");
    assert!(Own::read("x", b"annexXYZ", &key()).unwrap_err().to_string().contains('x'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Thirteen shared words share a kept hash, so forty are always found.
    #[test]
    fn forty_copied_words_are_always_found(seed in 1_u64..1_000_000, from in 0_usize..260) {
        let document = prose(seed, 300);
        let prints = prints(&[document.join(" ")], &[]);
        prop_assert!(covered(&prints, &document[from..from + 40].join(" ")) >= 24);
    }
}
