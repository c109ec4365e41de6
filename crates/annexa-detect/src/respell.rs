//! Values that are spelled instead of written: digits as words, e-mail addresses with "at" and "dot", percent, HTML
//! and backslash escapes. Each is rewritten as it would be written, with the way back to all of its spelling.

use std::sync::LazyLock;

use regex::Regex;

use crate::lexicon::{BRACKETED_DOT, DOTS};
use crate::offsets::{Offsets, Rewriter};
use crate::survey::{Spelled, Survey};

pub(crate) const FEWEST_DIGITS: usize = 3;
const REACH: usize = 96;
/// Characters of the longest part before an `@`.
const LONGEST_LOCAL: usize = 64;

/// Top-level domains that a spelled address must end with when no bracket shows that it is one.
const COMMON: &[&str] = &[
    "com", "org", "net", "edu", "gov", "io", "co", "info", "biz", "dev", "app", "ai", "me", "tv", "eu", "de",
    "fr", "es", "it", "nl", "uk", "ch", "at", "be", "pl", "pt", "br", "us", "ca", "au", "nz", "se", "no",
    "dk", "fi", "cz", "ie", "in", "jp", "mx", "ar", "tr", "ru", "cloud", "health", "bank", "tech",
];

struct Change {
    from: usize,
    to: usize,
    with: String,
}

/// The text with its spelled values written out, or nothing if there are none.
pub(crate) fn respell(text: &str, survey: &Survey) -> Option<(String, Offsets)> {
    let mut changes = Vec::new();
    if survey.spelled.len() >= FEWEST_DIGITS {
        spelled_digits(text, &survey.spelled, &mut changes);
    }
    if !survey.ats.is_empty() {
        spelled_addresses(text, survey, &mut changes);
    }
    escapes(text, &mut changes);
    if changes.is_empty() {
        return None;
    }
    changes.sort_by_key(|c| (c.from, std::cmp::Reverse(c.to)));
    let mut rewriter = Rewriter::new(text);
    changes.iter().for_each(|c| rewriter.replace(c.from, c.to, &c.with));
    rewriter.finish()
}

/// Runs of at least three spelled digits, also with written digits among them.
fn spelled_digits(text: &str, spelled: &[Spelled], changes: &mut Vec<Change>) {
    let mut run = String::new();
    let (mut from, mut to, mut words) = (0, 0, 0);
    let mut flush = |run: &mut String, from: usize, to: usize, words: usize| {
        if words >= FEWEST_DIGITS {
            changes.push(Change { from, to, with: std::mem::take(run) });
        }
        run.clear();
    };
    for digit in spelled {
        if digit.start < to && words > 0 {
            continue;
        }
        match text.get(to..digit.start).and_then(gap_digits).filter(|_| words > 0) {
            Some(between) => run.push_str(&between),
            None => {
                flush(&mut run, from, to, words);
                (from, words) = (digit.start, 0);
            }
        }
        run.push(char::from(b'0' + digit.digit));
        (to, words) = (digit.end, words + 1);
    }
    flush(&mut run, from, to, words);
}

/// What stands between two spelled digits of one run: separators and written digits only.
fn gap_digits(gap: &str) -> Option<String> {
    let joins = |c: char| c.is_whitespace() || c.is_ascii_digit() || "-–—.,·/_*+|".contains(c);
    let short = gap.len() <= 12 && gap.chars().filter(|c| *c == '\n').count() <= 1;
    (short && !gap.is_empty() && gap.chars().all(joins))
        .then(|| gap.chars().filter(char::is_ascii_digit).collect())
}

/// `name (at) host [dot] com`, `name at host dot com`, `name @ host . com`.
fn spelled_addresses(text: &str, survey: &Survey, changes: &mut Vec<Change>) {
    static DOMAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = DOTS.join("|");
        let dot = format!(
            r"(?:\.|\s\.\s|\s{{0,2}}[\[({{<]\s{{0,2}}(?:{words}|{BRACKETED_DOT}|\.)\s{{0,2}}[\])}}>]\s{{0,2}}|[ _-](?:{words})[ _-])"
        );
        Regex::new(&format!(
            r"(?i)^\s{{0,2}}([a-z0-9][a-z0-9-]{{0,62}}(?:{dot}[a-z0-9-]{{1,62}}){{0,4}}{dot}[a-z]{{2,24}})"
        ))
        .ok()
    });
    let Some(domain) = DOMAIN.as_ref() else { return };
    for (at, bracketed) in &survey.ats {
        let Some(local) = local_part(text, at.start) else { continue };
        let Some(rest) = text.get(at.end..).map(|r| limit(r, REACH)) else { continue };
        let Some(found) = domain.captures(rest).and_then(|c| c.get(1)) else { continue };
        let (host, spelled) = undot(found.as_str());
        let joined = text.get(at.clone()).is_some_and(|a| a.starts_with(['(', '[', '{', '<', '-', '_']));
        let top = host.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        if joined || ((*bracketed || spelled) && COMMON.contains(&top.as_str())) {
            let with = format!("{}@{host}", undot(text.get(local..at.start).unwrap_or_default()).0);
            changes.push(Change { from: local, to: at.end + found.end(), with });
        }
    }
}

/// Where the local part before a spelled "at" begins, also over spelled dots.
fn local_part(text: &str, at: usize) -> Option<usize> {
    let word = |end: usize| {
        let before = text.get(..end)?.char_indices().rev().take(LONGEST_LOCAL);
        before.take_while(|(_, c)| c.is_alphanumeric() || "._%+-".contains(*c)).last().map(|(start, _)| start)
    };
    let trimmed = |end: usize| text.get(..end).map(|t| t.trim_end_matches([' ', '\t', '\n', '\r']).len());
    let mut start = word(trimmed(at)?)?;
    for _ in 0..3 {
        let before = text.get(..start)?.trim_end_matches(' ');
        let tail =
            before.get(before.ceil_char_boundary(before.len().saturating_sub(16))..)?.to_ascii_lowercase();
        let dots = ["(dot)", "[dot]", "{dot}", "<dot>", " dot", " punkt", " punto", " ponto"];
        let Some(dot) = dots.iter().find(|d| tail.ends_with(**d)) else { break };
        start = word(trimmed(before.len() - dot.len())?)?;
    }
    Some(start)
}

/// The text with spelled dots written, blanks dropped, and whether there was one spelled.
fn undot(text: &str) -> (String, bool) {
    static DOT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = DOTS.join("|");
        Regex::new(&format!(
            r"(?i)\s*[\[({{<]\s*(?:{words}|{BRACKETED_DOT}|\.)\s*[\])}}>]\s*|[ _-](?:{words})(?:[ _-]|$)"
        ))
        .ok()
    });
    let Some(dot) = DOT.as_ref() else { return (text.to_owned(), false) };
    let written = dot.replace_all(text, ".");
    let spelled = matches!(written, std::borrow::Cow::Owned(_));
    (written.split_whitespace().collect(), spelled)
}

fn limit(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// Percent, HTML and backslash escapes; a run of them is one change.
fn escapes(text: &str, changes: &mut Vec<Change>) {
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|t| memchr::memchr3(b'%', b'&', b'\\', t.as_bytes())) {
        let from = at + next;
        let mut end = from;
        let mut said = Vec::new();
        while let Some((bytes, length)) = text.get(end..).and_then(escape) {
            said.extend_from_slice(&bytes);
            end += length;
        }
        at = end.max(from + 1);
        let plain = String::from_utf8(said)
            .ok()
            .filter(|s| !s.is_empty() && !s.chars().any(|c| c.is_control() && c != '\n'));
        if let Some(with) = plain {
            changes.push(Change { from, to: end, with });
        }
    }
}

/// The escape at the start of a text: its bytes and its length.
fn escape(text: &str) -> Option<(Vec<u8>, usize)> {
    let hex = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let of = |code: u32| char::from_u32(code).map(|c| c.to_string().into_bytes());
    match text.as_bytes().first()? {
        b'%' => Some((vec![u8::try_from(hex(1, 3)?).ok()?], 3)),
        b'&' => entity(text),
        b'\\' => match text.as_bytes().get(1)? {
            b'u' => Some((of(hex(2, 6)?)?, 6)),
            b'x' => Some((of(hex(2, 4)?)?, 4)),
            _ => None,
        },
        _ => None,
    }
}

fn entity(text: &str) -> Option<(Vec<u8>, usize)> {
    let end = text.as_bytes().iter().take(12).position(|b| *b == b';')?;
    let name = text.get(1..end)?;
    let code = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        },
        None => u32::from(named_entity(name)?),
    };
    Some((char::from_u32(code)?.to_string().into_bytes(), end + 1))
}

fn named_entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "commat" => '@',
        "period" => '.',
        "colon" => ':',
        "sol" => '/',
        "lowbar" => '_',
        "hyphen" | "dash" | "ndash" | "minus" => '-',
        "equals" => '=',
        "num" => '#',
        "plus" => '+',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::Draft;

    fn respelled(text: &str) -> String {
        let lexicon = Draft::default().finish(crate::lexicon::CueSet::default()).unwrap();
        respell(text, &Survey::of(&lexicon, text)).map_or_else(|| text.to_owned(), |(t, _)| t)
    }

    #[test]
    fn spelled_digits_are_written() {
        assert_eq!(respelled("is four one one one, thanks"), "is 4111, thanks");
        assert_eq!(respelled("vier eins eins 1 eins"), "41111");
        assert_eq!(respelled("one of two or three"), "one of two or three");
    }

    #[test]
    fn addresses_are_written() {
        for text in [
            "ann at example dot com",
            "ann (at) example (dot) com",
            "ann[at]example[dot]com",
            "ann @ example . com",
        ] {
            assert_eq!(respelled(&format!("mail {text}; bye")), "mail ann@example.com; bye", "{text}");
        }
        assert_eq!(
            respelled("mail ann dot lee at mail dot example dot org"),
            "mail ann.lee@mail.example.org"
        );
        assert_eq!(respelled("meet me at example.com today"), "meet me at example.com today");
    }

    #[test]
    fn a_local_part_is_looked_for_a_short_way_back() {
        let text = "a-".repeat(4_000);
        assert_eq!(local_part(&text, text.len()), Some(text.len() - LONGEST_LOCAL));
        assert_eq!(local_part("to ann.lee", 10), Some(3));
    }

    #[test]
    fn escapes_are_read() {
        assert_eq!(
            respelled("ann%40example.com &#97;&#x62; \\u0040 100% & more"),
            "ann@example.com ab @ 100% & more"
        );
    }
}
