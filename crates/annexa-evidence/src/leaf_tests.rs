//! A leaf has one form only, and commits to exactly one salt and event.

use proptest::prelude::*;

use super::*;

#[test]
fn the_form_is_fixed() {
    let leaf = Leaf::new(17, "exchange_intent", &[7; 32], b"event");
    // The hash was computed apart: sha256(b"annexa/event/v1\n" + b"\x07" * 32 + b"event").
    let expected = r#"{"v":1,"seq":17,"kind":"exchange_intent","hash":"f8b6a510ec8e15d862bf96648ae9271fd0c44f0cf5a4a87a6864d2c5a350a7a5"}"#;
    assert_eq!(String::from_utf8(leaf.to_bytes()).unwrap(), expected);
}

#[test]
fn other_spellings_are_refused() {
    let hash = "0".repeat(64);
    let is_leaf = |seq: &str, kind: &str, hash: &str| {
        Leaf::parse(format!(r#"{{"v":1,"seq":{seq},"kind":"{kind}","hash":"{hash}"}}"#).as_bytes()).is_ok()
    };
    assert!(is_leaf("0", "a", &hash) && is_leaf("18446744073709551615", &"z".repeat(64), &hash));
    for (seq, kind) in
        [("01", "a"), ("+1", "a"), ("-1", "a"), ("", "a"), ("1", ""), ("1", "A"), ("1", "a\\n")]
    {
        assert!(!is_leaf(seq, kind, &hash), "{seq} {kind}");
    }
    assert!(!is_leaf("1", &"z".repeat(65), &hash));
    assert!(!is_leaf("1", "a", &"A".repeat(64)) && !is_leaf("1", "a", &"0".repeat(63)));
    assert!(!is_leaf("1", "a", &format!("{hash} ")));
}

proptest! {
    //= iso27001-2022:A.8.15
    #[test]
    fn a_leaf_commits_to_one_salt_and_one_event(
        salt: [u8; 32],
        event in proptest::collection::vec(any::<u8>(), 1..200),
        at: prop::sample::Index,
        flip in 1..=255_u8,
    ) {
        let leaf = Leaf::new(1, "started", &salt, &event);
        prop_assert!(leaf.matches(&salt, &event));
        let mut other = event.clone();
        other[at.index(event.len())] ^= flip;
        prop_assert!(!leaf.matches(&salt, &other));
        let mut other = salt;
        other[at.index(32)] ^= flip;
        prop_assert!(!leaf.matches(&other, &event));
        // A byte can't wander from the event into the salt.
        prop_assert!(!leaf.matches(&salt, &event[1..]));
    }

    #[test]
    fn a_flipped_byte_never_reads_as_the_same_leaf(seq: u64, salt: [u8; 32], at: prop::sample::Index, flip in 1..=255_u8) {
        let leaf = Leaf::new(seq, "exchange_outcome", &salt, b"event");
        let mut bytes = leaf.to_bytes();
        prop_assert_eq!(&Leaf::parse(&bytes).unwrap(), &leaf);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert_ne!(Leaf::parse(&bytes), Ok(leaf));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Leaf::parse(&bytes);
    }
}
