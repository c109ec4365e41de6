//! Words that can't be an account name although they stand where one would.

use super::{Validator, of};

pub(super) const TABLE: &[(&str, Validator)] = &[("user_name", |c| of(is_user_name(c.written)))];

/// Not a word of the sentence: "username must be", "login page", "user is".
fn is_user_name(written: &str) -> bool {
    let word = written.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let start = word.split(['-', '.']).next().unwrap_or_default();
    word.len() > 2
        && !SENTENCE
            .split_ascii_whitespace()
            .any(|known| known == word || known == start && word.contains('-'))
}

const SENTENCE: &str = "and the for with from that this these those must should shall will would can could may might not \
    are was were has have had been being does did field fields column table value values string input form name names page \
    policy required optional unknown missing invalid valid empty null none nil true false already exists taken available \
    email mail password passwords passwort pass pin code token secret login logins user users account accounts admin guest \
    when where which while what who why how then than into onto over under your our their his her its each every any all \
    field_name change changed changes update updates reset list lists format length case sensitive should_be instead \
    only also below above here there before after via per one two und oder ist der die das für mit ein eine nicht wird \
    est les des une pas pour avec dans qui que sont ser sin con por para del los las una como non per con che della dei \
    het een voor met van niet zijn como com para não uma dos das jest nie lub dla och eller inte som för med";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_pass_and_words_do_not() {
        for name in ["nmaza", "yda-costa", "sofia86", "j.doe", "svc_backup", "mouramaria-eduarda"] {
            assert!(is_user_name(name), "{name}");
        }
        for word in ["must", "and", "Field", "required", "is", "case-sensitive", ""] {
            assert!(!is_user_name(word), "{word}");
        }
    }
}
