//! Plain words with nothing in them: most stretches of prose, told apart in one cheap pass so that no finder runs.
//!
//! A value that is found holds a digit, is a long or upper-case word, begins with a literal that tells it, or follows a
//! cue after which letters alone are a value. A text with none of these is quiet: searching it gives nothing.

use crate::lexicon::{Lexicon, Role};
use crate::survey::{LONG_WORD, whole_word};

/// What a byte means for a quiet text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// May be part of a value, or of something that must be decoded first.
    Loud,
    Lower,
    Upper,
    /// Between words; also the bytes of accented Latin letters, as for the survey.
    Between,
    Dot,
}

fn class(byte: u8) -> Class {
    match byte {
        b'a'..=b'z' => Class::Lower,
        b'A'..=b'Z' => Class::Upper,
        b'.' => Class::Dot,
        b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' | b'!' | b'?' | b'\'' | b'"' | b'(' | b')' | b'-' => {
            Class::Between
        }
        // U+00C0 to U+00FF; a continuation byte can't follow another lead, which would be loud.
        0x80..=0xBF | 0xC3 => Class::Between,
        _ => Class::Loud,
    }
}

/// Whether a text holds nothing to find, unless letters alone are a value of its field; `false` says nothing.
pub(crate) fn quiet(lexicon: &Lexicon, text: &str) -> bool {
    match plain_words(text.as_bytes()) {
        Words::Loud => false,
        Words::Plain { joined } => !tells(lexicon, text, joined),
    }
}

enum Words {
    Loud,
    /// `joined`: a full stop stands where it may join the parts of an address.
    Plain {
        joined: bool,
    },
}

fn plain_words(bytes: &[u8]) -> Words {
    let (mut length, mut upper, mut joined) = (0, 0, false);
    for (at, byte) in bytes.iter().enumerate() {
        match class(*byte) {
            Class::Loud => return Words::Loud,
            Class::Lower => length += 1,
            Class::Upper => (length, upper) = (length + 1, upper + 1),
            class => {
                if worth_a_look(length, upper) {
                    return Words::Loud;
                }
                joined |= class == Class::Dot && joins(bytes, at);
                (length, upper) = (0, 0);
            }
        }
    }
    if worth_a_look(length, upper) { Words::Loud } else { Words::Plain { joined } }
}

/// Does the survey keep a word of so many letters, so many of them upper case?
fn worth_a_look(length: usize, upper: usize) -> bool {
    length >= LONG_WORD || (upper == length && matches!(length, 8 | 11))
}

/// May this full stop be one of `example.com`, `example . com` or `example (.) com`?
fn joins(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|i| bytes.get(i));
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'');
    before.is_some_and(|b| b.is_ascii_whitespace() || *b == b'(')
        || bytes.get(at + 1).is_some_and(|b| !ends(b))
}

/// Does a literal tell of a value?
fn tells(lexicon: &Lexicon, text: &str, mut joined: bool) -> bool {
    let (mut digits, mut at) = (0, false);
    for hit in lexicon.telling().find_overlapping_iter(text) {
        let whole = || whole_word(text.as_bytes(), hit.start(), hit.end());
        for role in lexicon.telling_roles(hit.pattern()) {
            match role {
                Role::Cue(_) if whole() => return true,
                Role::Digit(_) if whole() => digits += 1,
                Role::At(bracketed) => at |= *bracketed || whole(),
                Role::Dot => joined = true,
                Role::Anchor(_) | Role::Scheme | Role::Pem | Role::Jwt => return true,
                Role::Cue(_) | Role::Digit(_) => {}
            }
        }
        if digits >= crate::respell::FEWEST_DIGITS {
            return true;
        }
    }
    at && joined
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::detector::Detector;
    use crate::find::find_all;
    use crate::lexicon::CueSet;

    fn found(detector: &Detector, text: &str) -> usize {
        find_all(detector.rules(), detector.lexicon(), text, &CueSet::default(), 0).unwrap().len()
    }

    #[test]
    fn prose_is_quiet() {
        let detector = Detector::builtin().unwrap();
        for text in [
            "The committee met on Tuesday to discuss the work of the branches in the north.",
            "We met at the office. Nobody knew one or two of the others.",
            "Der Ausschuss hat gestern beschlossen, die Frist zu verlängern.",
            "lorem ipsum dolor sit amet ",
            "",
        ] {
            assert!(quiet(detector.lexicon(), text), "{text}");
        }
    }

    //= iso27001-2022:A.8.12
    #[test]
    fn no_example_of_the_catalogue_is_quiet() {
        let detector = Detector::builtin().unwrap();
        for kind in detector.kinds() {
            for example in &kind.examples {
                let text = example.replace(['«', '»'], "");
                for text in [text.to_lowercase(), format!("We met. {text} Then"), text] {
                    let quiet = quiet(detector.lexicon(), &text);
                    assert!(!quiet || found(&detector, &text) == 0, "{}: {text}", kind.id);
                }
            }
        }
    }

    //= iso27001-2022:A.8.12
    #[test]
    fn what_is_spelled_in_plain_words_is_not_quiet() {
        let detector = Detector::builtin().unwrap();
        for text in [
            "mail ann at example dot com",
            "mail ann (at) example (dot) com",
            "mail ann (at) example.com",
            "mail ann (at) example (.) com",
            "my card is four five three nine one four eight eight zero three four three six four six seven",
        ] {
            assert!(found(&detector, text) > 0, "{text}");
            assert!(!quiet(detector.lexicon(), text), "{text}");
        }
    }

    const PIECES: &[&str] = &[
        "the",
        "password",
        "is",
        "hunter",
        "correct-horse",
        "at",
        "dot",
        "com",
        "example",
        ".",
        "(",
        ")",
        ":",
        "one",
        "two",
        "nine",
        "user",
        "name",
        "login",
        "secret",
        "token",
        "key",
        "anna",
        "Anna",
        "ANNA",
        "ABCDEFGH",
        "DEUTDEFF",
        "verlängern",
        "contraseña",
        "Kennwort",
        "lautet",
        "was",
        "\n",
        ",",
        "'",
        "\"",
        "-",
        "-----BEGIN",
        "eyJ",
        "sk-",
        "point",
        "chiocciola",
        "zero",
        "card",
        "iban",
        "born",
        "May",
        "internationalisation",
        "root",
        "admin",
        "mot de passe",
    ];

    proptest! {
        //= iso27001-2022:A.8.12
        #[test]
        fn nothing_is_found_in_a_quiet_text(
            parts in proptest::collection::vec((0..PIECES.len(), prop::bool::weighted(0.8)), 0..24)
        ) {
            static DETECTOR: std::sync::LazyLock<Detector> = std::sync::LazyLock::new(|| Detector::builtin().unwrap());
            let text: String = parts.iter().map(|(i, blank)| format!("{}{}", PIECES[*i], if *blank { " " } else { "" })).collect();
            if quiet(DETECTOR.lexicon(), &text) {
                prop_assert_eq!(found(&DETECTOR, &text), 0, "{}", text);
            }
        }
    }
}
