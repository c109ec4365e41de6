//! Secrets: key formats at their anchors, key blocks, web tokens, and random words near a word that says so.

use crate::check::{Standing, placeholder};
use crate::find::{Raw, Scene};
use crate::keyed::value_start;
use crate::password::token;
use crate::rules::{Finder, Form, Rule};
use crate::validate::Candidate;

const LONGEST_KEY: usize = 2_048;
const LONGEST_BLOCK: usize = 16_384;
const FEWEST_RANDOM: usize = 16;
const BESIDE: usize = 48;

/// Private key blocks and web tokens.
pub(crate) fn blocks(scene: &Scene<'_>, out: &mut Vec<Raw>) {
    if let Some((id, rule)) = scene.rules.finder(Finder::Pem) {
        for start in &scene.survey.pems {
            let Some(end) = block_end(scene.text, *start) else { continue };
            out.push(Raw {
                start: *start,
                end,
                rule: id,
                confidence: 0.99,
                detector: "pattern",
                why: rule.why.clone(),
            });
        }
    }
    let Some((id, rule)) = scene.rules.finder(Finder::Jwt) else { return };
    let mut done = 0;
    for start in &scene.survey.jwts {
        if *start < done {
            continue;
        }
        let glued = start
            .checked_sub(1)
            .and_then(|i| scene.text.as_bytes().get(i))
            .is_some_and(|b| b.is_ascii_alphanumeric());
        if glued {
            continue;
        }
        let joined = Joined::read(scene.text, *start, b"_-.", usize::MAX);
        done = joined.first_end();
        let Some(length) = joined.matched(web_token) else { continue };
        out.push(Raw {
            start: *start,
            end: length,
            rule: id,
            confidence: 0.97,
            detector: "pattern",
            why: rule.why.clone(),
        });
    }
}

/// End of a private key block; without its last line, everything up to the cap.
fn block_end(text: &str, start: usize) -> Option<usize> {
    let block = text.get(start..)?;
    let header = block.get(..block.floor_char_boundary(80))?;
    if !header.contains("PRIVATE") {
        return None;
    }
    let cap = block.floor_char_boundary(LONGEST_BLOCK);
    let Some(last) = block.get(..cap)?.find("-----END") else { return Some(start + cap) };
    let line = block.get(last + 8..)?;
    let close = line.get(..line.floor_char_boundary(64)).and_then(|l| l.find("-----")).map_or(0, |i| i + 5);
    Some(start + last + 8 + close)
}

fn web_token(text: &str) -> Option<usize> {
    let parts: Vec<&str> = text.split('.').collect();
    let length: usize = parts.iter().take(3).map(|p| p.len() + 1).sum::<usize>() - 1;
    let head = parts.first().is_some_and(|p| p.len() >= 10);
    let whole = match parts.len() {
        3 | 4 => length,
        5.. => parts.iter().take(5).map(|p| p.len() + 1).sum::<usize>() - 1,
        _ => return None,
    };
    let text = text.get(..whole)?.trim_end_matches(['.', '-']);
    (head && parts.get(1).is_some_and(|p| p.len() >= 6 || p.is_empty())).then_some(text.len())
}

/// A key from its anchor on, read over line breaks that stand inside it.
struct Joined {
    start: usize,
    text: String,
    /// Where each part begins: in the joined text and in the original.
    parts: Vec<(usize, usize)>,
}

impl Joined {
    fn read(text: &str, start: usize, marks: &[u8], longest: usize) -> Self {
        let bytes = text.as_bytes();
        let mut joined = Self { start, text: String::new(), parts: vec![(0, start)] };
        let allowed = |b: &u8| b.is_ascii_alphanumeric() || marks.contains(b);
        let mut at = start;
        while joined.text.len() < LONGEST_KEY {
            let run =
                bytes.get(at..).unwrap_or_default().iter().take(longest).take_while(|b| allowed(b)).count();
            joined.text.push_str(text.get(at..at + run).unwrap_or_default());
            at += run;
            let Some(next) = continued(bytes, at, &allowed).filter(|_| run > 0) else { break };
            joined.parts.push((joined.text.len(), next));
            at = next;
        }
        joined
    }

    /// Where the first part ends in the original.
    fn first_end(&self) -> usize {
        self.start + self.parts.get(1).map_or(self.text.len(), |(at, _)| *at)
    }

    /// Where a match ends in the original, tried first without and then with what stands after line breaks.
    fn matched(&self, matches: impl Fn(&str) -> Option<usize>) -> Option<usize> {
        let ends = self.parts.iter().skip(1).map(|(at, _)| *at).chain([self.text.len()]);
        let mut found = None;
        for end in ends.take(24) {
            let Some(length) = self.text.get(..end).and_then(&matches) else { continue };
            if found.is_none_or(|f| length > f) {
                found = Some(length);
            }
        }
        found.map(|length| self.original(length))
    }

    fn original(&self, length: usize) -> usize {
        let part = self.parts.iter().rev().find(|(at, _)| *at < length);
        part.map_or(self.start + length, |(at, from)| from + (length - at))
    }
}

/// The next line's begin, if what stands there reads like more of a key.
fn continued(bytes: &[u8], at: usize, allowed: &impl Fn(&u8) -> bool) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let skip = rest.iter().take(24).take_while(|b| b" \t\r\n\\\"'+>|".contains(b)).count();
    let gap = rest.get(..skip)?;
    let escaped = rest.starts_with(b"\\n") && rest.get(2).is_some_and(allowed);
    if escaped {
        return Some(at + 2);
    }
    if gap.iter().filter(|b| **b == b'\n').count() != 1 {
        return None;
    }
    let line: Vec<u8> = rest.get(skip..)?.iter().take(256).take_while(|b| allowed(b)).copied().collect();
    let key_like = line.len() >= 3 && !reads_like_language(&line);
    key_like.then_some(at + skip)
}

fn reads_like_language(word: &[u8]) -> bool {
    let letters = word.iter().all(|b| b.is_ascii_alphabetic() || b"-'.".contains(b));
    let tail_lower = word.iter().skip(1).all(|b| !b.is_ascii_uppercase());
    let upper = word.iter().all(|b| !b.is_ascii_lowercase());
    letters && (tail_lower || upper)
}

const PLACES: &[&str] = &[
    "server",
    "data source",
    "host",
    "hostname",
    "addr",
    "address",
    "network address",
    "accountname",
    "endpoint",
    "driver",
    "provider",
    "database",
    "initial catalog",
    "dbname",
    "user id",
    "uid",
    "user",
    "username",
    "service",
    "dsn",
];
const SECRETS: &[&str] = &[
    "password",
    "pwd",
    "passwd",
    "accountkey",
    "sharedaccesskey",
    "sharedaccesssignature",
    "shared access key",
    "user password",
];

/// Connection strings of pairs: `Server=…;User Id=…;Password=…`.
pub(crate) fn pairs(scene: &Scene<'_>, out: &mut Vec<Raw>) {
    let Some((id, rule)) = scene.rules.finder(Finder::ConnectionString) else { return };
    let mut done = 0;
    for mark in memchr::memchr_iter(b';', scene.text.as_bytes()) {
        if mark < done {
            continue;
        }
        let (start, end) = line_round(scene.text, mark);
        done = end;
        let Some(span) = scene.text.get(start..end).and_then(paired).map(|(s, e)| (start + s, start + e))
        else {
            continue;
        };
        out.push(Raw {
            start: span.0,
            end: span.1,
            rule: id,
            confidence: rule.cued.max(0.96),
            detector: "pattern",
            why: rule.why.clone(),
        });
    }
}

/// The stretch round a place that no line break, quote or the like ends.
fn line_round(text: &str, at: usize) -> (usize, usize) {
    let stops = ['\n', '"', '\'', '`', '<', '>', '“', '”'];
    let from = text.floor_char_boundary(at.saturating_sub(LONGEST_KEY));
    let upto = text.floor_char_boundary((at + LONGEST_KEY).min(text.len()));
    let before = text.get(from..at).unwrap_or_default();
    let start = before.rfind(stops).map_or(from, |i| {
        from + i + before.get(i..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8)
    });
    let end = text.get(at..upto).and_then(|t| t.find(stops)).map_or(upto, |i| at + i);
    (start, end)
}

/// The span of neighbouring pairs that name a place and a secret.
fn paired(line: &str) -> Option<(usize, usize)> {
    let (mut start, mut end) = (None, 0);
    let (mut place, mut secret) = (false, false);
    let mut at = 0;
    for part in line.split(';') {
        let from = at;
        at += part.len() + 1;
        let Some((name, value)) = part.split_once('=') else {
            if start.is_some() {
                break;
            }
            continue;
        };
        let first = start.is_none();
        let name = if first { last_words(name) } else { name.trim() };
        let lower = name.to_ascii_lowercase();
        let word = value.split_whitespace().next().unwrap_or_default();
        place |= PLACES.contains(&lower.as_str());
        secret |= SECRETS.contains(&lower.as_str()) && word.len() >= 3 && !placeholder(word);
        if first {
            let equals = from + part.find('=').unwrap_or(0);
            start = Some(equals - name.len());
        }
        let lead = value.len() - value.trim_start().len();
        let value_at = from + part.len() - value.len() + lead;
        end = value_at + if at > line.len() { word.len() } else { value.trim().len() };
    }
    (place && secret).then_some((start?, end))
}

/// The name before `=`, without the prose before it.
fn last_words(name: &str) -> &str {
    let two = ["data source", "user id", "initial catalog", "network address"];
    let lower = name.to_ascii_lowercase();
    if let Some(known) = two.iter().find(|t| lower.ends_with(**t)) {
        return name.get(name.len() - known.len()..).unwrap_or(name);
    }
    name.rsplit([' ', ':']).next().unwrap_or(name)
}

/// Key formats at their anchors.
pub(crate) fn anchored(scene: &Scene<'_>, out: &mut Vec<Raw>) {
    let bytes = scene.text.as_bytes();
    for (id, start) in &scene.survey.anchors {
        let Some(rule) = scene.rules.get(*id) else { continue };
        let Form::Anchored(pattern) = &rule.form else { continue };
        let glued = start.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphanumeric);
        let anchored_word = bytes.get(*start).is_some_and(u8::is_ascii_alphanumeric);
        if (glued && anchored_word) || !scene.possible(rule, *start, *start + 32) {
            continue;
        }
        let Some(regex) = pattern.regex() else { continue };
        let direct = direct_match(scene.text, *start, regex);
        let joined = || {
            Joined::read(scene.text, *start, b"_-+/=.~%:", LONGEST_KEY)
                .matched(|t| regex.find(t).map(|m| m.end()).filter(|e| bounded(t.as_bytes(), *e)))
        };
        let joined = || run_breaks(bytes, *start).then(joined).flatten();
        let broken = |end: &usize| bytes.get(*end).is_some_and(|b| b"\r\n\\".contains(b));
        let end = match direct {
            Some(end) if !broken(&end) => Some(end),
            Some(end) => joined().filter(|j| *j > end).or(Some(end)),
            None => joined(),
        };
        let Some(end) = end else { continue };
        out.extend(weigh(scene, *id, *start, end));
    }
}

/// Does a line break end the run of key characters here?
fn run_breaks(bytes: &[u8], start: usize) -> bool {
    let allowed = |b: &&u8| b.is_ascii_alphanumeric() || b"_-+/=.~%:".contains(b);
    let rest = bytes.get(start..).unwrap_or_default();
    let run = rest.iter().take(512).take_while(allowed).count();
    rest.get(run..).unwrap_or_default().iter().take(4).any(|b| b"\r\n\\".contains(b))
}

fn direct_match(text: &str, start: usize, regex: &regex::Regex) -> Option<usize> {
    let rest = text.get(start..)?;
    let rest = rest.get(..rest.floor_char_boundary(LONGEST_KEY))?;
    let end = start + regex.find(rest)?.end();
    bounded(text.as_bytes(), end).then_some(end)
}

fn bounded(bytes: &[u8], end: usize) -> bool {
    let last = end.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphanumeric);
    !(last && bytes.get(end).is_some_and(u8::is_ascii_alphanumeric))
}

fn weigh(scene: &Scene<'_>, id: u16, start: usize, end: usize) -> Option<Raw> {
    let written: String = scene.text.get(start..end)?.chars().filter(|c| !c.is_whitespace()).collect();
    let compact: String =
        written.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let candidate = Candidate { compact: &compact, written: &written };
    scene.weigh(id, (start, end), &candidate, Standing { cued: false, embedded: 0.0 })
}

/// Whole-word rules.
pub(crate) fn words(scene: &Scene<'_>, out: &mut Vec<Raw>) {
    if scene.rules.words.is_empty() {
        return;
    }
    let mut done = 0;
    for seed in scene.survey.words.iter().filter(|w| w.end - w.start >= 8) {
        if seed.start < done {
            continue;
        }
        let (start, end) = grown(scene.text.as_bytes(), seed.start, seed.end, b"_-");
        done = end;
        if !(12..=128).contains(&(end - start)) {
            continue;
        }
        let Some(word) = scene.text.get(start..end) else { continue };
        for id in &scene.rules.words {
            let Some(rule) = scene.rules.get(*id) else { continue };
            let Form::Word(pattern) = &rule.form else { continue };
            if scene.possible(rule, start, end) && pattern.regex().is_some_and(|r| r.is_match(word)) {
                out.extend(weigh(scene, *id, start, end));
            }
        }
    }
}

/// A word grown over the marks that may be inside a token.
pub(crate) fn grown(bytes: &[u8], start: usize, end: usize, marks: &[u8]) -> (usize, usize) {
    let allowed = |b: &&u8| b.is_ascii_alphanumeric() || marks.contains(b);
    let before = bytes.get(..start).unwrap_or_default().iter().rev().take_while(allowed).count();
    let after = bytes.get(end..).unwrap_or_default().iter().take_while(allowed).count();
    (start - before, end + after)
}

/// Assigned secrets, and random words near a word that says secret or beside another credential.
pub(crate) fn keyed(scene: &Scene<'_>, out: &mut Vec<Raw>) {
    let Some((id, rule)) = scene.rules.finder(Finder::KeyedSecret) else { return };
    for cue in scene.survey.cues.iter().filter(|c| rule.cues.contains(c.id)) {
        let Some(start) = value_start(scene.text, cue.end) else { continue };
        let Some((at, value)) = token(scene.text, start) else { continue };
        let led = start.assigned || start.told || start.quote.is_some();
        let end = at + value.len();
        let broken = || goes_on(scene.text, at, end).filter(|_| value.len() >= 8);
        if let Some(end) = broken().or_else(|| assigned_secret(value, led).then_some(end)) {
            out.push(Raw {
                start: at,
                end,
                rule: id,
                confidence: 0.86,
                detector: "keyed_value",
                why: rule.why.clone(),
            });
        }
    }
    if scene.survey.field.meets(&rule.cues) && assigned_secret(scene.text.trim(), true) {
        let at = scene.text.len() - scene.text.trim_start().len();
        out.push(Raw {
            start: at,
            end: at + scene.text.trim().len(),
            rule: id,
            confidence: 0.86,
            detector: "keyed_value",
            why: "field name".into(),
        });
    }
    random_words(scene, id, rule, out);
}

/// End of a random word that a line break cuts, if both parts together look random and the first is cut.
fn goes_on(text: &str, start: usize, end: usize) -> Option<usize> {
    // Without a line break right here nothing is read: this is asked after every cue.
    text.as_bytes().get(end).filter(|b| b"\r\n\\".contains(b))?;
    let joined = Joined::read(text, start, b"_-+/=.~", LONGEST_KEY);
    let (first, from) = joined.parts.get(1).copied()?;
    let upto = joined.parts.get(2).map_or(joined.text.len(), |(at, _)| *at);
    let whole = joined.text.get(..upto)?;
    (start + first == end && upto - first >= 6 && looks_random(whole)).then_some(from + (upto - first))
}

fn assigned_secret(value: &str, assigned: bool) -> bool {
    let letters = value.bytes().any(|b| b.is_ascii_alphabetic());
    let digits = value.bytes().any(|b| b.is_ascii_digit());
    let code = value.contains(['(', ' ', '[', '{', '<'])
        || value.contains("://")
        || value.starts_with(['$', '/', '%']);
    if code || placeholder(value) || value.len() > LONGEST_KEY || !letters || dotted_name(value) {
        return false;
    }
    let wide = value.bytes().all(|b| b.is_ascii_graphic());
    (assigned && value.len() >= 8 && digits && wide && distinct(value) >= 6) || looks_random(value)
}

/// `process.env.KEY`, `config.api.token2`: names in code.
fn dotted_name(value: &str) -> bool {
    let parts = || value.split('.');
    parts().count() > 1
        && parts().all(|p| p.len() < 20 && p.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
        && value.len() < 40
}

fn random_words(scene: &Scene<'_>, id: u16, rule: &Rule, out: &mut Vec<Raw>) {
    let others = credentials(scene, out);
    let mut done = 0;
    for seed in scene.survey.words.iter().filter(|w| w.end - w.start >= 4) {
        if seed.start < done {
            continue;
        }
        let (start, end) = grown(scene.text.as_bytes(), seed.start, seed.end, b"_-+/=~");
        done = end;
        let Some(word) = scene.text.get(start..end) else { continue };
        if end - start < FEWEST_RANDOM + 4
            || !looks_random(word)
            || placeholder(word)
            || in_url(scene.text, start)
        {
            continue;
        }
        let near = scene.cue_near(rule, start, end).is_some_and(|d| d <= 48);
        let pair = (30..=128).contains(&word.len()) && beside(&others, start, end);
        let negative =
            scene.survey.cues_near(start, end).any(|(c, d)| d <= 24 && scene.lexicon.negative.contains(c.id));
        if (near || pair) && !negative && !uuid(word) {
            let why = if near {
                "random word near a word that says secret"
            } else {
                "random word beside a credential"
            };
            out.push(Raw { start, end, rule: id, confidence: 0.72, detector: "entropy", why: why.into() });
        }
    }
}

/// Spans of the credentials found so far, in order and without overlaps.
fn credentials(scene: &Scene<'_>, found: &[Raw]) -> Vec<(usize, usize)> {
    let sure = |r: &&Raw| r.confidence >= 0.85 && scene.rules.get(r.rule).is_some_and(|o| o.credential);
    let mut spans: Vec<(usize, usize)> = found.iter().filter(sure).map(|r| (r.start, r.end)).collect();
    spans.sort_unstable();
    spans.dedup_by(|next, last| {
        let overlaps = next.0 < last.1;
        if overlaps {
            last.1 = last.1.max(next.1);
        }
        overlaps
    });
    spans
}

/// Does one of these spans, in order, end shortly before a stretch or begin shortly after it?
fn beside(spans: &[(usize, usize)], start: usize, end: usize) -> bool {
    let before = spans.partition_point(|(_, e)| *e <= start).checked_sub(1).and_then(|i| spans.get(i));
    let after = spans.get(spans.partition_point(|(s, _)| *s < end));
    before.is_some_and(|(_, e)| start - e <= BESIDE) || after.is_some_and(|(s, _)| s - end <= BESIDE)
}

fn in_url(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default();
    let from = before.ceil_char_boundary(before.len().saturating_sub(200));
    let run = before.get(from..).unwrap_or_default().rsplit(char::is_whitespace).next().unwrap_or_default();
    run.contains("://") && !run.contains('=')
}

fn uuid(word: &str) -> bool {
    let parts: Vec<usize> = word.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12]
}

fn distinct(value: &str) -> u32 {
    value.bytes().fold(0_u128, |seen, b| seen | 1 << (b & 127)).count_ones()
}

/// Does a word of one token look random: no language, no name, no plain number?
pub(crate) fn looks_random(word: &str) -> bool {
    let length = word.len();
    if length < FEWEST_RANDOM || !word.is_ascii() {
        return false;
    }
    let class = |b: u8| match b {
        b'0'..=b'9' => 0_u8,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let count = |wanted: u8| word.bytes().filter(|b| class(*b) == wanted).count();
    let (digits, lower, upper) = (count(0), count(1), count(2));
    let hex = word.bytes().all(|b| b.is_ascii_hexdigit());
    if hex {
        return length >= 32 && digits > 3 && lower + upper > 3 && distinct(word) >= 8;
    }
    let changes = word
        .as_bytes()
        .windows(2)
        .filter(|w| w.first().map(|b| class(*b)) != w.last().map(|b| class(*b)))
        .count();
    let classes = [digits, lower, upper].iter().filter(|c| **c > 0).count();
    let lively = if digits >= 2 { changes * 5 >= length } else { changes * 20 >= length * 9 };
    let slashes = word.bytes().filter(|b| *b == b'/').count();
    classes >= 2
        && lively
        && distinct(word) * 10 >= u32::try_from(length.min(32)).unwrap_or(32) * 4
        && slashes * 8 <= length
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "offsets of the test's own texts")]
mod tests {
    use super::*;

    #[test]
    fn random_words_are_told_from_names() {
        for word in [
            "KEupXmECsEGDIqS8C92iizMt3grdpsqkcR10skQD",
            "a1821466d5c192ad26d52d7146ec6855",
            "NMlI+2uprXY2oCEyPX3KKGo/mzdoqnm4OiY3E0Kx",
        ] {
            assert!(looks_random(word), "{word}");
        }
        for word in [
            "getUserPasswordFromRequest",
            "copper-violet-river-battery",
            "3141592653589793238462",
            "/usr/lib/x86_64-linux-gnu/libc",
            "internationalisation",
        ] {
            assert!(!looks_random(word), "{word}");
        }
    }

    #[test]
    fn keys_are_read_over_line_breaks() {
        let text = "key hf_BaemVVQkrgXpVZG\nTbpdLKZMFSGXxAejDke and more";
        let joined = Joined::read(text, 4, b"_-", LONGEST_KEY);
        assert_eq!(joined.matched(|t| (t.len() == 37).then_some(37)), Some(text.find(" and").unwrap()));
        let prose = Joined::read("ghp_abc\nwhere it goes on", 0, b"_-", LONGEST_KEY);
        assert_eq!(prose.text, "ghp_abc");
    }

    #[test]
    fn pairs_of_a_connection_are_one() {
        let text = "use Server=db1,1433;User Id=app;Password=Qw8zT2kLp9 please";
        let (start, end) = paired(text).unwrap();
        assert_eq!(&text[start..end], "Server=db1,1433;User Id=app;Password=Qw8zT2kLp9");
        assert!(paired("width=3;height=4").is_none());
        assert!(paired("Server=db1;Password=<password>").is_none());
    }

    #[test]
    fn blocks_end_at_their_last_line_or_not_at_all() {
        let text = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nmore";
        assert_eq!(block_end(text, 0), Some(text.len() - 5));
        assert_eq!(block_end("-----BEGIN PRIVATE KEY-----\nabc", 0), Some(31));
        assert_eq!(block_end("-----BEGIN CERTIFICATE-----\nabc", 0), None);
    }

    #[test]
    fn runs_after_an_anchor_are_read_up_to_the_longest_key() {
        let text = format!("ghp_{}\n{}", "a1".repeat(4_000), "b2".repeat(4_000));
        let joined = Joined::read(&text, 0, b"_", LONGEST_KEY);
        assert_eq!((joined.text.len(), joined.parts.len()), (LONGEST_KEY, 1));
    }

    #[test]
    fn credentials_close_by_are_known_by_their_neighbours_alone() {
        let spans = [(10, 20), (100, 140)];
        assert!(beside(&spans, 30, 60) && beside(&spans, 60, 90) && beside(&spans, 141, 150));
        assert!(!beside(&spans, 200, 210) && !beside(&[], 0, 5));
    }
}
