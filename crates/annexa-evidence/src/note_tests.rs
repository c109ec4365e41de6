//! Notes against the independent `signed_note` crate, and against garbage.

use proptest::prelude::*;
use signed_note::{StandardVerifier, VerifierList};

use super::*;

const TEXT: &str = "Ceci n'est pas\n\nune pipe.\n";

#[test]
fn an_independent_verifier_accepts_our_notes() {
    let key = key();
    let mut note = Note::new(TEXT.to_owned()).unwrap();
    note.sign(&key);
    let theirs = signed_note::Note::from_bytes(note.to_string().as_bytes()).unwrap();
    let known =
        VerifierList::new(vec![Box::new(StandardVerifier::new(&key.verifying().to_string()).unwrap())]);
    let (verified, unknown) = theirs.verify(&known).unwrap();
    assert_eq!((verified.len(), unknown.len()), (1, 0));
    assert_eq!(theirs.text(), TEXT.as_bytes());
    assert_eq!(verified[0].id(), key.verifying().id());
}

#[test]
fn a_note_of_the_specification_verifies() {
    // Key and note as published with Go's golang.org/x/mod/sumdb/note.
    let key: VerifyingKey =
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
    let note = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    assert_eq!(Note::parse(note).unwrap().verify(&key), Ok(()));
}

#[test]
fn unknown_signatures_are_passed_over_and_forged_ones_are_not() {
    let (key, witness) = (key(), SigningKey::from_seed("witness.example", &[2; 32]).unwrap());
    let mut note = Note::new(TEXT.to_owned()).unwrap();
    note.sign(&witness);
    assert_eq!(note.verify(key.verifying()), Err(NoteError::Unsigned));
    note.sign(&key);
    assert_eq!(Note::parse(&note.to_string()).unwrap().verify(key.verifying()), Ok(()));
    note.text.insert(0, 'x');
    assert_eq!(note.verify(key.verifying()), Err(NoteError::Forged));
}

#[test]
fn names_that_would_break_a_line_are_refused() {
    for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
        assert!(matches!(SigningKey::from_seed(name, &[1; 32]), Err(NoteError::Name)), "{name:?}");
    }
}

proptest! {
    //= iso27001-2022:A.8.24
    #[test]
    fn any_flipped_byte_is_refused(at: prop::sample::Index, flip in 1..=255_u8) {
        let key = key();
        let mut note = Note::new(TEXT.to_owned()).unwrap();
        note.sign(&key);
        let mut bytes = note.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let verified = std::str::from_utf8(&bytes).is_ok_and(|n| {
            Note::parse(n).is_ok_and(|n| n.verify(key.verifying()).is_ok())
        });
        prop_assert!(!verified);
    }

    #[test]
    fn any_flipped_byte_of_a_key_is_refused(at: prop::sample::Index, flip in 1..=255_u8) {
        let mut bytes = key().verifying().to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let parsed = std::str::from_utf8(&bytes).is_ok_and(|text| text.parse::<VerifyingKey>().is_ok());
        prop_assert!(!parsed);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "(?s).{0,200}", tail in "(\n\n)?(\u{2014} [a+ ]{0,3} ?[A-Za-z0-9=]{0,12}\n){0,3}") {
        let _ = Note::parse(&(text.clone() + &tail));
        let _ = text.parse::<VerifyingKey>();
    }

    #[test]
    fn what_parses_is_written_back_as_it_was(text in "[a-c\n]{0,20}\n", names in proptest::collection::vec("[a-z.]{1,9}", 1..20)) {
        let mut note = Note::new(text).unwrap();
        for (seed, name) in names.iter().enumerate() {
            note.sign(&SigningKey::from_seed(name, &[seed as u8; 32]).unwrap());
        }
        prop_assert_eq!(Note::parse(&note.to_string()).unwrap(), note);
    }
}

fn key() -> SigningKey {
    SigningKey::from_seed("log.example/annexa", &[1; 32]).unwrap()
}
