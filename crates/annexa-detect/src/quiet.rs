//! Plain words with nothing in them: most stretches of prose, told apart in one cheap pass so that no finder runs.
//!
//! A value that is found holds a digit, is a long or upper-case word, begins with a literal that tells it, or follows a
//! cue after which letters alone are a value. A text with none of these is quiet: searching it gives nothing.

use std::ops::ControlFlow;

use crate::lexicon::{Lexicon, Role};
use crate::survey::{LONG_WORD, SHORTEST_BANK, whole_word};

/// So many bytes are read at once, as a bit each.
const BLOCK: usize = 64;

/// May this byte be part of a value, or of something that must be decoded first?
fn loud(byte: u8) -> bool {
    let between = matches!(
        byte,
        b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' | b'!' | b'?' | b'\'' | b'"' | b'(' | b')' | b'-' | b'.'
    );
    // U+00C0 to U+00FF; a continuation byte can't follow another lead, which would be loud.
    let accented = (0x80..=0xBF).contains(&byte) | (byte == 0xC3);
    !(byte.is_ascii_alphabetic() | between | accented)
}

/// Can this stand in a quiet text?
pub(crate) fn plain(literal: &str) -> bool {
    !literal.bytes().any(loud)
}

/// Whether a text holds nothing to find, unless letters alone are a value of its field; `false` says nothing.
pub(crate) fn quiet(lexicon: &Lexicon, text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut seen = Seen::default();
    let mut before = Block::default();
    for (nth, block) in bytes.chunks(BLOCK).enumerate() {
        let at = nth * BLOCK;
        let Some(block) = Block::read(block) else { return false };
        if worth_a_look(&before, &block) {
            return false;
        }
        seen.joined |= ones(block.stops).any(|i| joins(bytes, at + i));
        let told = ones(block.word_starts(&before)).try_for_each(|i| {
            lexicon.telling().visit(bytes, at + i, &mut |s, e, r| seen.note(bytes, s, e, r))
        });
        if told.is_break() {
            return false;
        }
        before = block;
    }
    let address = seen.at && (seen.joined || lexicon.dotted(text));
    !address && !lexicon.telling().wordless_in(text)
}

/// What up to 64 bytes are: a bit for each, the first the lowest.
#[derive(Clone, Copy, Default)]
struct Block {
    letters: u64,
    upper: u64,
    accented: u64,
    stops: u64,
}

impl Block {
    /// Reads bytes; nothing when one is loud.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut block = [b' '; BLOCK];
        block.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        (bits(&block, loud) == 0).then(|| Self {
            letters: bits(&block, |b| b.is_ascii_alphabetic()),
            upper: bits(&block, |b| b.is_ascii_uppercase()),
            accented: bits(&block, |b| b >= 0x80),
            stops: bits(&block, |b| b == b'.'),
        })
    }

    /// Where words begin, and the parts of `camelCase`.
    fn word_starts(&self, before: &Self) -> u64 {
        let lower = |block: &Self| block.letters & !block.upper;
        let begins = (self.letters | self.accented) & !behind(self.letters, before.letters);
        begins | (self.upper & behind(lower(self), lower(before)))
    }
}

/// A bit for each byte that is so. Without branches, so that it is done for many bytes at once.
fn bits(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
    /// Brings the lowest bits of eight bytes together in the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut flags = [0; BLOCK];
    flags.iter_mut().zip(block).for_each(|(flag, byte)| *flag = u8::from(is(*byte)));
    let eights = flags.as_chunks::<8>().0.iter().zip((0..).step_by(8));
    eights.fold(0, |all, (eight, at)| all | (u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56) << at)
}

/// A bit for each byte that stands behind one of these.
fn behind(these: u64, before: u64) -> u64 {
    these << 1 | before >> 63
}

fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
        (at < u64::BITS).then_some(at as usize)
    })
}

/// Does a word end or go on in this block that the survey may keep: a long one, or one in upper case as a bank
/// identifier is?
fn worth_a_look(before: &Block, block: &Block) -> bool {
    let joined = |before: u64, here: u64| u128::from(here) << 64 | u128::from(before);
    run(joined(before.letters, block.letters), LONG_WORD)
        || run(joined(before.upper, block.upper), SHORTEST_BANK)
}

/// Is a run of ones so long?
fn run(mut bits: u128, length: usize) -> bool {
    let mut covered = 1;
    while covered < length {
        let more = covered.min(length - covered);
        bits &= bits >> more;
        covered += more;
    }
    bits != 0
}

/// What was told of so far.
#[derive(Default)]
struct Seen {
    digits: usize,
    /// "at" stands where an address may have it.
    at: bool,
    /// A full stop stands where it may join the parts of an address.
    joined: bool,
}

impl Seen {
    fn note(&mut self, bytes: &[u8], start: usize, end: usize, roles: &[Role]) -> ControlFlow<()> {
        let whole = || whole_word(bytes, start, end);
        for role in roles {
            match role {
                Role::Cue(_) if whole() => return ControlFlow::Break(()),
                Role::Digit(_) if whole() => self.digits += 1,
                Role::At(bracketed) => self.at |= *bracketed || whole(),
                Role::Anchor(_) | Role::Scheme | Role::Pem | Role::Jwt => return ControlFlow::Break(()),
                Role::Cue(_) | Role::Digit(_) => {}
            }
        }
        let many = self.digits >= crate::respell::FEWEST_DIGITS;
        if many { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// May this full stop be one of `example.com`, `example . com` or `example (.) com`?
fn joins(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|i| bytes.get(i));
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'');
    before.is_some_and(|b| b.is_ascii_whitespace() || *b == b'(')
        || bytes.get(at + 1).is_some_and(|b| !ends(b))
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
