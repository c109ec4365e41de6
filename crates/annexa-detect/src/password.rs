//! Passwords in prose and in assignments: cue, then a word that reads like a password rather than like language.

use crate::check::placeholder;
use crate::find::{Raw, Scene};
use crate::keyed::{Start, value_start};
use crate::rules::Finder;

const LONGEST: usize = 128;

/// Words that follow "password is" in sentences that hold no password.
const LANGUAGE: &[&str] = &[
    "required",
    "incorrect",
    "wrong",
    "invalid",
    "expired",
    "correct",
    "valid",
    "missing",
    "empty",
    "blank",
    "protected",
    "secure",
    "strong",
    "weak",
    "safe",
    "unsafe",
    "secret",
    "hidden",
    "encrypted",
    "hashed",
    "stored",
    "saved",
    "sent",
    "shared",
    "reset",
    "set",
    "changed",
    "known",
    "unknown",
    "needed",
    "optional",
    "mandatory",
    "important",
    "private",
    "public",
    "null",
    "none",
    "true",
    "false",
    "nil",
    "undefined",
    "string",
    "text",
    "bool",
    "int",
    "too",
    "not",
    "very",
    "never",
    "always",
    "also",
    "only",
    "being",
    "used",
    "falsch",
    "richtig",
    "erforderlich",
    "ungültig",
    "abgelaufen",
    "sicher",
    "unsicher",
    "geheim",
    "nicht",
    "leer",
    "geändert",
    "requis",
    "obligatoire",
    "incorrecto",
    "correcto",
    "obligatorio",
    "obligatoria",
    "incorrecta",
    "correcta",
    "segura",
    "inválida",
    "sbagliata",
    "errata",
    "obbligatoria",
    "scaduta",
    "verkeerd",
    "onjuist",
    "verplicht",
    "obrigatória",
    "incorreta",
    "nieprawidłowe",
    "wymagane",
    "manager",
    "policy",
    "hash",
    "reset",
    "field",
    "input",
    "prompt",
    "file",
    "vault",
    "below",
    "above",
    "there",
    "it",
    "this",
    "that",
    "what",
    "something",
    "anything",
    "everything",
    "you",
    "yours",
    "mine",
    "better",
    "good",
    "bad",
    "enough",
    "case",
    "please",
    "exposed",
    "leaked",
    "compromised",
    "visible",
    "shown",
    "typed",
    "entered",
    "password",
    "username",
    "user",
    "login",
    "email",
    "admin_password",
    "here",
    "now",
    "later",
    "soon",
    "ready",
    "gone",
    "lost",
    "forgotten",
    "locked",
    "different",
    "same",
    "complex",
    "simple",
    "unique",
    "longer",
    "shorter",
    "long",
    "short",
    "characters",
    "sensitive",
    "default",
    "temporary",
    "generated",
    "random",
];

/// Words that, spoken plainly after `password:`, are weak passwords rather than a remark about one.
const WEAK: &[&str] =
    &["secret", "geheim", "simple", "random", "default", "private", "temporary", "login", "admin", "user"];

const TELLING: &[&str] =
    &["is", "was", "ist", "lautet", "est", "es", "è", "é", "jest", "to", "är", "er", "este", "on", "="];
const TELLING_BYTES: usize = 72;

/// Passwords.
pub(crate) fn find(scene: &Scene<'_>, out: &mut Vec<Raw>) {
    let Some((id, rule)) = scene.rules.finder(Finder::Password) else { return };
    let found = |start: usize, value: &str, confidence| Raw {
        start,
        end: start + value.len(),
        rule: id,
        confidence,
        detector: "keyed_value",
        why: rule.why.clone(),
    };
    for cue in &scene.survey.cues {
        if scene.lexicon.pair.contains(cue.id) {
            out.extend(pair(scene.text, cue.end).map(|(at, value)| found(at, value, 0.8)));
        }
        if !rule.cues.contains(cue.id) {
            continue;
        }
        let direct = value_start(scene.text, cue.end).and_then(|start| {
            let (at, value) = token(scene.text, start)?;
            sure(scene.text, start, at, value).map(|confidence| found(at, value, confidence))
        });
        out.extend(
            direct.or_else(|| told_later(scene.text, cue.end).map(|(at, value)| found(at, value, 0.85))),
        );
    }
    if scene.survey.field.meets(&rule.cues) {
        let value = scene.text.trim();
        let at = scene.text.len() - scene.text.trim_start().len();
        if value.len() >= 3 && value.len() <= LONGEST && !placeholder(value) && !value.contains(' ') {
            out.push(Raw { why: "field name".into(), ..found(at, value, 0.9) });
        }
    }
}

/// "The password for the guest network is …": the value after the next word that tells it, in the same sentence.
fn told_later(text: &str, cue_end: usize) -> Option<(usize, &str)> {
    let rest = text.get(cue_end..)?;
    let rest = rest.get(..rest.floor_char_boundary(TELLING_BYTES))?;
    let mut at = 0;
    for word in rest.split_inclusive(' ') {
        at += word.len();
        let bare = word.trim();
        let tells =
            TELLING.contains(&bare.to_lowercase().as_str()) || (bare.ends_with([':', '=']) && bare.len() > 1);
        if tells {
            let start = value_start(text, cue_end + at).filter(|s| s.at - cue_end - at <= 3)?;
            let (at, value) = token(text, start)?;
            return reads_random(value).then_some((at, value));
        }
        if bare.contains(['\n', ';']) || bare.ends_with(['.', '!', '?', ',']) {
            return None;
        }
    }
    None
}

/// `login with admin / P4ssword`, `credentials root:P4ssword`: the second of a pair.
fn pair(text: &str, cue_end: usize) -> Option<(usize, &str)> {
    let rest = text.get(cue_end..)?;
    let rest = rest.get(..rest.floor_char_boundary(TELLING_BYTES))?;
    let line = rest.split('\n').next()?;
    for (mark, separator) in
        line.match_indices(" / ").chain(line.match_indices('/')).chain(line.match_indices(':'))
    {
        let value = line
            .get(mark + separator.len()..)?
            .split(|c: char| c.is_whitespace() || "\"'`<>,;".contains(c))
            .next()?;
        let value = value.trim_end_matches(['.', ')', ']']);
        let user = line.get(..mark)?.rsplit(' ').next()?;
        let named = user.len() >= 2 && user.chars().all(|c| c.is_alphanumeric() || "._-@".contains(c));
        if named && value.len() >= 6 && !value.contains(['/', ':']) && reads_random(value) {
            return Some((cue_end + mark + separator.len(), value));
        }
    }
    None
}

/// Letters with digits or marks in one word: no language writes so.
fn reads_random(value: &str) -> bool {
    let letters = value.chars().any(char::is_alphabetic);
    let digits = value.chars().any(|c| c.is_ascii_digit());
    let marks = value.chars().skip(1).any(|c| "!@#$%^&*+=?~_".contains(c));
    let count = value.chars().count();
    let code = value.contains(['(', '<', '{', '[']) || value.contains("://");
    letters
        && (digits || marks || scrambled(value))
        && (5..=64).contains(&count)
        && !value.contains(' ')
        && !code
        && !placeholder(value)
}

/// The word or quoted text at a start.
pub(crate) fn token(text: &str, start: Start) -> Option<(usize, &str)> {
    let rest = text.get(start.at..)?;
    let rest = rest.get(..rest.floor_char_boundary(LONGEST * 4))?;
    if let Some(open) = start.quote {
        let close = match open {
            '“' | '„' => '”',
            '«' => '»',
            '‘' => '’',
            other => other,
        };
        let length = rest.find([close, '\n']).filter(|l| *l > 0 && *l <= LONGEST * 3);
        if let Some(length) = length.filter(|l| rest.get(*l..).is_some_and(|r| r.starts_with(close))) {
            return Some((start.at, rest.get(..length)?.trim_end_matches('\\')));
        }
    }
    let length = rest.find(|c: char| c.is_whitespace() || "\"`<>“”".contains(c)).unwrap_or(rest.len());
    let mut word = without_inflection(rest.get(..length)?);
    if start.assigned && (rest.get(length..).is_some_and(|r| r.starts_with('>'))) {
        word = rest.get(..length + 1)?;
    }
    let word = if start.assigned { before_next_pair(word) } else { word };
    let word = word.trim_end_matches(['.', ',', ';', ':', ')', ']', '}', '\'', '*', '?']);
    (!word.is_empty()).then_some((start.at, word))
}

/// `Sakura2024です`: plain characters up to the verb or the mark that follows them without a blank.
fn without_inflection(word: &str) -> &str {
    let follows =
        |c: char| matches!(c, '\u{3001}'..='\u{3003}' | '\u{3041}'..='\u{309F}' | '\u{AC00}'..='\u{D7A3}');
    let plain = word.find(|c: char| !c.is_ascii()).unwrap_or(word.len());
    let inflected = word.get(plain..).is_some_and(|rest| rest.starts_with(follows));
    if plain >= 6 && inflected { word.get(..plain).unwrap_or(word) } else { word }
}

/// In `a=b;c=d` and `a=b&c=d` the value ends where the next pair begins.
fn before_next_pair(word: &str) -> &str {
    let next = word.match_indices([';', '&']).find(|(at, mark)| {
        let rest = word.get(at + mark.len()..).unwrap_or_default();
        rest.is_empty()
            || rest.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_ -.".contains(c))
            })
    });
    next.and_then(|(at, _)| word.get(..at)).filter(|w| !w.is_empty()).unwrap_or(word)
}

/// Upper case three times after lower case: no name is written so.
fn scrambled(value: &str) -> bool {
    value
        .as_bytes()
        .windows(2)
        .filter(|w| matches!(w, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()))
        .count()
        >= 3
}

fn sure(text: &str, start: Start, at: usize, value: &str) -> Option<f32> {
    let lower = value.to_lowercase();
    let letters = value.chars().any(char::is_alphabetic);
    let digits = value.chars().any(|c| c.is_ascii_digit());
    let marks = value.chars().any(|c| "!@#$%^&*+=?~_-".contains(c));
    let words = value.split_whitespace().count();
    let code = value.contains('(') && value.contains(')')
        || value.ends_with('(')
        || value.starts_with(['$', '{', '[', '<', '%', '/']) && !digits
        || value.contains("::")
        || value.contains("://");
    let env = lower.contains("process.env")
        || lower.contains("os.environ")
        || lower.contains("getenv")
        || lower.starts_with("env.");
    if placeholder(value)
        || code
        || env
        || (LANGUAGE.contains(&lower.as_str()) && !(start.assigned && WEAK.contains(&lower.as_str())))
        || value.chars().count() < 3
        || value.chars().count() > LONGEST
    {
        return None;
    }
    let mixed =
        letters && (digits || scrambled(value) || value.chars().skip(1).any(|c| "!@#$%^&*+=?~_".contains(c)));
    if mixed && value.chars().count() >= 5 && words == 1 {
        return Some(if start.assigned || start.told || start.quote.is_some() { 0.93 } else { 0.85 });
    }
    let quoted_phrase = start.quote.is_some() && (3..=8).contains(&words);
    if quoted_phrase
        || start.quote.is_some() && (start.assigned || start.told) && value.chars().count() >= 4 && words <= 6
    {
        return Some(0.85);
    }
    let all_digits = !letters && digits && value.bytes().all(|b| b.is_ascii_digit());
    if start.assigned
        && value.len() >= 4
        && (all_digits || marks || letters)
        && !language_follows(text, at + value.len(), value)
    {
        return Some(0.75);
    }
    let told_word =
        start.told && value.len() >= 6 && (all_digits || letters) && sentence_ends(text, at + value.len());
    let passphrase = marks
        && value.split(['-', '_', '.']).filter(|w| w.len() > 2).count() >= 3
        && (start.told || start.assigned);
    (told_word || passphrase).then_some(0.65)
}

/// Does a lower-case sentence go on, as in "password: choose one that is long"?
fn language_follows(text: &str, end: usize, value: &str) -> bool {
    let plain =
        value.chars().all(|c| c.is_lowercase() || c == '-') || value.chars().skip(1).all(char::is_lowercase);
    let rest = text.get(end..).unwrap_or_default();
    let next = rest.strip_prefix(' ').unwrap_or_default();
    plain
        && next
            .split(' ')
            .next()
            .is_some_and(|w| !w.is_empty() && w.chars().all(char::is_lowercase) && !w.contains('='))
}

fn sentence_ends(text: &str, end: usize) -> bool {
    let rest = text.get(end..).unwrap_or_default();
    let rest = rest.trim_start_matches(['"', '\'', ')']);
    rest.is_empty() || rest.starts_with(['\n', '.', ',', ';', '!'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<&str> {
        let cue =
            ["password", "Passwort", "Pwd"].iter().find_map(|c| text.find(c).map(|i| i + c.len())).unwrap();
        let start = value_start(text, cue)?;
        let (at, value) = token(text, start)?;
        sure(text, start, at, value).map(|_| value)
    }

    #[test]
    fn values_told_later_and_pairs_are_found() {
        let later = |text: &str| told_later(text, text.find("word").unwrap() + 4).map(|(_, v)| v.to_owned());
        assert_eq!(
            later("the password for the guest network is BlueElephant42!").as_deref(),
            Some("BlueElephant42!")
        );
        assert_eq!(later("password for root: toor1234").as_deref(), Some("toor1234"));
        assert_eq!(later("the password of the account is never shown"), None);
        assert_eq!(pair("login with admin / P@ssw0rd now", 5).map(|(_, v)| v), Some("P@ssw0rd"));
        assert_eq!(pair("login via /api/v2/login", 5), None);
    }

    #[test]
    fn passwords_are_told_from_language() {
        for (text, expected) in [
            ("password: dragon0954  user: x", "dragon0954"),
            ("the mailbox has password copper-violet-river81.", "copper-violet-river81"),
            ("\"password\": \"correct horse\"", "correct horse"),
            ("Das Passwort lautet Sommer2024!", "Sommer2024!"),
            ("my password is sunshine.", "sunshine"),
            ("Server=x;Pwd=S3cr3t!;Database=y", "S3cr3t!"),
            ("password = letmein", "letmein"),
            ("use the password \"correct horse battery staple\"", "correct horse battery staple"),
            ("Passwort: geheim", "geheim"),
        ] {
            assert_eq!(value(text), Some(expected), "{text}");
        }
        for text in [
            "Never share your password or PIN with anyone",
            "the password is required.",
            "password: ${DB_PASSWORD}",
            "password = get_secret(\"prod/db\")",
            "your password must be 12 characters",
            "reset my password please",
            "password: choose something long",
            "password=<password>",
        ] {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
