//! Whatever the bytes are, reading ends, within the limits, and never panics.

use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits { bytes_in: 1 << 20, bytes_out: 1 << 20, ratio: 50, depth: 8, parts: 2_000 };

fn real_files() -> Vec<(&'static str, Vec<u8>)> {
    let nested = made::deflated(&[("a.docx", &made::docx()), ("b.csv.gz", &made::gzip(b"a,b\n1,2\n"))]);
    vec![
        ("a.docx", made::docx()),
        ("a.xlsx", made::xlsx()),
        ("a.pptx", made::pptx()),
        ("a.odt", made::odt()),
        ("a.pdf", made::pdf(&[&made::shown("Account 4711"), "q /I1 Do Q"])),
        ("a.zip", nested),
        ("a.html", b"<p a='b'>text <!-- c --> &amp; <script>d</script>".to_vec()),
        ("a.json", br#"{"a":[1,2,{"b":"c"}]}"#.to_vec()),
        ("a.csv", b"a,b\n\"1\",2\n".to_vec()),
    ]
}

fn holds(bytes: &[u8], name: &str) {
    let Ok(extracted) = extract(bytes, Some(name), &LIMITS) else { return };
    let text: usize = extracted.parts.iter().map(|p| p.text.len()).sum();
    assert!(
        text <= LIMITS.bytes_out && extracted.parts.len() + extracted.uninspected.len() <= 2 * LIMITS.parts
    );
    for part in &extracted.parts {
        assert!(part.marks.iter().all(|(at, _)| part.text.is_char_boundary(*at)));
        assert!(part.marks.is_sorted_by_key(|(at, _)| *at));
    }
}

/// A file is read, or it is named as unread: never neither.
fn spoken_for(bytes: &[u8], name: &str) {
    let Ok(extracted) = extract(bytes, Some(name), &LIMITS) else { return };
    let said = !extracted.parts.is_empty() || !extracted.uninspected.is_empty();
    assert!(said || extracted.form != Form::Unknown);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600), name in "[a-z]{0,3}\\.(csv|json|jsonl|html|pdf|gz|txt)") {
        holds(&bytes, &name);
        spoken_for(&bytes, &name);
    }

    #[test]
    fn random_bytes_behind_a_known_beginning(rest in prop::collection::vec(any::<u8>(), 0..400), which in 0_usize..6) {
        let starts: [&[u8]; 6] =
            [b"%PDF-1.4\n", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"<html>", b"{\"a\":", b"\xFF\xFE"];
        let bytes = [starts[which], &rest].concat();
        holds(&bytes, "");
    }

    #[test]
    fn mutated_files(
        which in 0_usize..9,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (name, mut bytes) = real_files().swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        holds(&bytes, name);
    }

    #[test]
    fn texts_come_out_as_they_went_in(text in "[^\u{0}-\u{1f}\u{FEFF}{\\[<]{1,200}") {
        prop_assume!(!text.trim().is_empty() && !text.starts_with("%PDF-") && !text.contains("%PDF-"));
        let extracted = extract(text.as_bytes(), Some("a.txt"), &LIMITS).unwrap();
        prop_assert_eq!(&extracted.parts[0].text, &text);
    }
}
