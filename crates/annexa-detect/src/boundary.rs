//! Where a window may end: never inside something that may be one value, judged by the words on both sides.

use crate::lexicon;

/// Bytes of text past an end that are looked at.
pub(crate) const LOOK_BYTES: usize = 128;

/// Where a window might end, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Byte in the held text.
    pub(crate) at: usize,
    /// So much is held that digits on both sides no longer speak against it.
    pub(crate) late: bool,
}

/// May a window end here? `text` is what is held; what follows within [`LOOK_BYTES`] has arrived or never will.
pub(crate) fn safe(text: &str, place: Place) -> bool {
    let before = text.get(..place.at).unwrap_or_default();
    let before =
        before.get(before.ceil_char_boundary(before.len().saturating_sub(LOOK_BYTES))..).unwrap_or_default();
    let after = text.get(place.at..).unwrap_or_default();
    let after = after.get(..after.floor_char_boundary(LOOK_BYTES)).unwrap_or_default();
    let gap = before.len() - before.trim_end().len();
    let broken = before.get(before.len() - gap..).is_some_and(|g| g.contains('\n'));
    let mut left = before.split_whitespace().rev();
    let mut right = after.split_whitespace();
    let (last, last_but_one) = (left.next().unwrap_or_default(), left.next().unwrap_or_default());
    let (first, second) = (right.next().unwrap_or_default(), right.next().unwrap_or_default());
    let digits = |w: &str| w.bytes().any(|b| b.is_ascii_digit());
    let left_digits = digits(last) || (last.len() <= 4 && digits(last_but_one));
    let right_digits = digits(first) || (first.len() <= 4 && digits(second));
    !(spelled(last) && spelled(first)
        || (!place.late && left_digits && right_digits)
        || joins_address(last, first)
        || last.starts_with("-----")
        || (broken && key_goes_on(last, first)))
}

/// Are both a digit, in words or not?
fn spelled(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    !word.is_empty()
        && (word.bytes().all(|b| b.is_ascii_digit()) || lexicon::spells_digit(&word.to_lowercase()))
}

/// Would "ann at example dot com" be cut here?
fn joins_address(last: &str, first: &str) -> bool {
    let joint = |word: &str| {
        let bare = word.trim_matches(|c: char| "()[]{}<>-_".contains(c)).to_lowercase();
        matches!(
            bare.as_str(),
            "at" | "@"
                | "dot"
                | "."
                | "arroba"
                | "punkt"
                | "punto"
                | "ponto"
                | "point"
                | "kropka"
                | "chiocciola"
                | "arobase"
        )
    };
    joint(last) || joint(first) || last.ends_with('@') || first.starts_with(['@', '.'])
}

/// Does a key, or an encoded run, go on in the next line?
fn key_goes_on(last: &str, first: &str) -> bool {
    let trim = |w: &'static str| move |c: char| w.contains(c);
    let last = last.trim_matches(trim("\"'`,;\\"));
    let first = first.trim_matches(trim("\"'`,;\\+>|"));
    let language = |word: &str| {
        let letters = word.chars().all(|c| c.is_alphabetic() || "-'’.,!?:;()".contains(c));
        letters
            && (word.chars().skip(1).all(|c| !c.is_uppercase()) || word.chars().all(|c| !c.is_lowercase()))
    };
    let key = |word: &str, least: usize| word.len() >= least && !language(word);
    key(last, 6) && key(first, 3) || (last.len() >= 40 && last.is_ascii() && !first.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> bool {
        let at = text.find('^').unwrap();
        safe(&text.replace('^', ""), Place { at, late: false })
    }

    #[test]
    fn windows_end_between_sentences_and_not_within_values() {
        for text in ["It ends. ^Then more", "one day\n^another day", "the number 12. ^Next comes"] {
            assert!(cut(text), "{text}");
        }
        for text in [
            "card 4111 1111 ^1111 1111",
            "is four one ^one one",
            "ann at ^example dot com",
            "ann ^at example dot com",
            "ann @ ^example.com",
            "key ghp_aBcDeF123\n^Xy7zQ more",
            "-----BEGIN ^RSA PRIVATE KEY-----",
            "to GB29 ^NWBK 6016 1331",
        ] {
            assert!(!cut(text), "{text}");
        }
    }
}
