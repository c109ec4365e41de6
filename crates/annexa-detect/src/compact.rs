//! Identifiers however they are separated: chains of letter-digit groups, tried without their separators.

use crate::check::Standing;
use crate::find::{Raw, Scene};
use crate::lexicon::CueSet;
use crate::rules::{Form, MOST_COMPACT, bit};
use crate::validate::Candidate;

const MOST_GROUPS: usize = 40;
const LONGEST_SEPARATOR: usize = 3;

/// A maximal run of ASCII letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Group {
    start: usize,
    end: usize,
    digits: bool,
}

/// Tries every identifier rule on every run of neighbouring groups that holds a digit.
pub(crate) fn find(scene: &Scene<'_>, out: &mut Vec<Raw>) {
    let mut done = 0;
    for word in scene.survey.words.iter().filter(|w| w.digits > 0 || w.bank) {
        if word.start < done {
            continue;
        }
        if word.bank {
            try_all(scene, &[Group { start: word.start, end: word.end, digits: true }], out);
            continue;
        }
        let chain = chain(scene.text.as_bytes(), Group { start: word.start, end: word.end, digits: true });
        try_all(scene, &chain, out);
        let full = chain.len() >= MOST_GROUPS;
        let upto =
            if full { chain.get(MOST_GROUPS / 2).map(|g| g.start) } else { chain.last().map(|g| g.end) };
        done = upto.unwrap_or(word.end).max(word.start + 1);
    }
}

/// The groups round a word that may be one identifier with it: digits, and short letter groups beside them.
fn chain(bytes: &[u8], first: Group) -> Vec<Group> {
    let mut groups = vec![first];
    for _ in 0..2 {
        let Some(before) = groups.first().and_then(|g| group_before(bytes, g.start)) else { break };
        groups.insert(0, before);
    }
    while groups.len() < MOST_GROUPS {
        let Some(next) = groups.last().and_then(|g| group_after(bytes, g.end)) else { break };
        groups.push(next);
    }
    groups
}

fn group_before(bytes: &[u8], start: usize) -> Option<Group> {
    let end = start.checked_sub(1).filter(|at| bytes.get(*at).is_some_and(|b| b" -./_".contains(b)))?;
    let letters = bytes.get(..end)?.iter().rev().take(5).take_while(|b| b.is_ascii_alphanumeric()).count();
    let word = bytes.get(end.checked_sub(letters)?..end)?;
    let upper = word.iter().all(u8::is_ascii_uppercase);
    ((1..=4).contains(&letters) && upper).then_some(Group { start: end - letters, end, digits: false })
}

fn group_after(bytes: &[u8], end: usize) -> Option<Group> {
    let separator = separator_length(bytes, end)?;
    let start = end + separator;
    let group = bytes.get(start..)?.iter().take(64).take_while(|b| b.is_ascii_alphanumeric());
    let (length, digits) = group.fold((0, 0), |(l, d), b| (l + 1, d + usize::from(b.is_ascii_digit())));
    let end = start + length;
    if digits > 0 {
        return Some(Group { start, end, digits: true });
    }
    let upper = bytes.get(start..end)?.iter().all(u8::is_ascii_uppercase);
    let more =
        || separator_length(bytes, end).is_some_and(|s| bytes.get(end + s).is_some_and(u8::is_ascii_digit));
    ((1..=4).contains(&length) && (upper || more())).then_some(Group { start, end, digits: false })
}

/// Length of what may stand between two groups: one separator, with a blank on each side, or one line break.
fn separator_length(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let separators = rest.iter().take(LONGEST_SEPARATOR + 1).take_while(|b| b" \t\r\n-./_|*+~".contains(b));
    let (mut length, mut marks, mut breaks) = (0, 0, 0);
    for byte in separators {
        length += 1;
        marks += usize::from(!byte.is_ascii_whitespace());
        breaks += usize::from(*byte == b'\n');
    }
    let next = rest.get(length)?;
    (length <= LONGEST_SEPARATOR && length > 0 && marks <= 1 && breaks <= 1 && next.is_ascii_alphanumeric())
        .then_some(length)
}

fn try_all(scene: &Scene<'_>, chain: &[Group], out: &mut Vec<Raw>) {
    let bytes = scene.text.as_bytes();
    let (Some(first), Some(last)) = (chain.first(), chain.last()) else { return };
    let near = scene.cues_round(first.start, last.end);
    let near = (!near.is_empty()).then(|| {
        let mut set = CueSet::default();
        near.iter().for_each(|cue| set.insert(*cue));
        set
    });
    let mut compact = String::with_capacity(MOST_COMPACT);
    let letters =
        |g: &Group| bytes.get(g.start..g.end).is_some_and(|w| w.iter().any(|b| !b.is_ascii_digit()));
    let last_letters = chain.iter().rposition(letters).map_or(0, |at| at + 1);
    for from in 0..starts(chain) {
        compact.clear();
        let begins = chain.get(from).and_then(|g| bytes.get(g.start)).map_or(0, u8::to_ascii_uppercase);
        let lengths = scene.rules.lengths(begins, near.is_some(), false);
        let numbers = scene.rules.lengths(begins, near.is_some(), true);
        let (mut digits, mut number) = (false, true);
        for to in from..chain.len() {
            let Some(group) = chain.get(to) else { break };
            if compact.len() + (group.end - group.start) > MOST_COMPACT {
                break;
            }
            digits |= group.digits;
            let part = bytes.get(group.start..group.end).unwrap_or_default();
            number &= part.iter().all(u8::is_ascii_digit);
            let nothing_longer = number && to >= last_letters && near.is_none();
            if nothing_longer && compact.len() + part.len() > scene.rules.longest_number() {
                break;
            }
            compact.extend(part.iter().map(|b| char::from(b.to_ascii_uppercase())));
            // No rule for what begins so is as long as this, or longer.
            if lengths >> compact.len() == 0 {
                break;
            }
            if digits && (if number { numbers } else { lengths }) >> compact.len() & 1 == 1 {
                let tried = Tried { compact: &compact, number, near: near.as_ref() };
                try_one(scene, chain, (from, to), tried, out);
            }
        }
    }
}

/// How many groups an identifier is tried from: the first with digits in the second half of a full chain begins the
/// next one.
fn starts(chain: &[Group]) -> usize {
    let full = chain.len() >= MOST_GROUPS;
    let next = chain.iter().skip(MOST_GROUPS / 2).position(|g| g.digits).filter(|_| full);
    next.map_or(chain.len(), |at| MOST_GROUPS / 2 + at)
}

/// What is tried: letters and digits, whether they are digits alone, and the cues round them if there are any.
#[derive(Clone, Copy)]
struct Tried<'t> {
    compact: &'t str,
    number: bool,
    near: Option<&'t CueSet>,
}

fn try_one(
    scene: &Scene<'_>,
    chain: &[Group],
    (from, to): (usize, usize),
    tried: Tried<'_>,
    out: &mut Vec<Raw>,
) {
    let Tried { compact, number, near } = tried;
    let rules = scene.rules.of_length(compact.len(), near.is_some(), number);
    let (Some(first), Some(last)) = (chain.get(from), chain.get(to)) else { return };
    if rules.is_empty() {
        return;
    }
    let (start, end) = (first.start, last.end);
    let Some(written) = scene.text.get(start..end) else { return };
    let begins = compact.as_bytes().first().map_or(0, |b| bit(*b));
    let mut embedded = None;
    if near.is_none() {
        // Nothing is sure enough to be found within something longer without a cue.
        let within = *embedded.insert(embedding(scene.text, chain, from, to));
        if within >= 0.5 {
            return;
        }
    }
    for id in rules {
        let Some(rule) = scene.rules.get(*id) else { continue };
        let Form::Compact { whole, written: layout, first, digits } = &rule.form else { continue };
        let cued = near.is_some_and(|near| rule.cues.meets(near));
        if first & begins == 0 || !(cued || rule.confidence.is_some()) {
            continue;
        }
        let fits = if *digits { number } else { whole.regex().is_some_and(|r| r.is_match(compact)) }
            && layout.as_ref().is_none_or(|l| l.fits(written));
        if !fits {
            continue;
        }
        let embedded = *embedded.get_or_insert_with(|| embedding(scene.text, chain, from, to));
        let odd = if rule.card && irregular(chain.get(from..=to).unwrap_or_default()) { 0.45 } else { 0.0 };
        let standing = Standing { cued: false, embedded: embedded.max(odd) };
        out.extend(scene.weigh(*id, (start, end), &Candidate { compact, written }, standing));
    }
}

/// How much speaks for it that this is a part of something longer, or an amount.
fn embedding(text: &str, chain: &[Group], from: usize, to: usize) -> f32 {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (chain.get(from), chain.get(to)) else { return 0.0 };
    let before = first.start.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
    let after = bytes.get(last.end).copied().unwrap_or(b' ');
    let beyond = bytes.get(last.end + 1).copied().unwrap_or(b' ');
    let behind = first.start.checked_sub(2).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
    let tight = |mark: u8, next: u8| b"-./_,:".contains(&mark) && next.is_ascii_alphanumeric();
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() && !c.is_ascii() && c < '\u{2E80}');
    let head = text.get(..first.start).and_then(|t| t.chars().next_back());
    let tail = text.get(last.end..).and_then(|t| t.chars().next());
    if tight(before, behind)
        || tight(after, beyond)
        || after == b'%'
        || letter(head)
        || letter(tail)
        || head.is_some_and(|c| "$€£¥".contains(c))
    {
        return 0.5;
    }
    if lower_words(bytes, chain.get(from..=to).unwrap_or_default()) || in_phone_number(bytes, first.start) {
        return 0.5;
    }
    let even = |outer: Option<&Group>, inner: &Group| {
        outer.is_some_and(|o| o.digits && o.end - o.start == inner.end - inner.start)
    };
    let outer = from.checked_sub(1).and_then(|i| chain.get(i));
    if even(outer, first) || even(chain.get(to + 1), last) { 0.2 } else { 0.0 }
}

/// Are these many groups of no even length, as in a list of numbers?
fn irregular(groups: &[Group]) -> bool {
    let length = |g: &Group| g.end - g.start;
    let first = groups.first().map_or(0, length);
    let even = groups.iter().rev().skip(1).all(|g| length(g) == first);
    groups.len() >= 5 && !even
}

/// Does a lower-case word stand first, or among groups in upper case? Then it is language, not part of an identifier.
fn lower_words(bytes: &[u8], groups: &[Group]) -> bool {
    let lower = |g: &Group| {
        !g.digits && bytes.get(g.start..g.end).is_some_and(|w| w.iter().any(u8::is_ascii_lowercase))
    };
    let upper = |g: &Group| bytes.get(g.start..g.end).is_some_and(|w| w.iter().any(u8::is_ascii_uppercase));
    groups.first().is_some_and(lower) || (groups.iter().any(lower) && groups.iter().any(upper))
}

/// Does a `+` begin the run of digits that this belongs to?
fn in_phone_number(bytes: &[u8], start: usize) -> bool {
    let before = bytes.get(..start).unwrap_or_default().iter().rev().take(12);
    let mut run = before.skip_while(|b| b.is_ascii_digit() || b" ()-.".contains(b));
    run.next() == Some(&b'+')
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "offsets of the test's own texts")]
mod tests {
    use super::*;

    fn groups(text: &str) -> Vec<&str> {
        let start = text.find(|c: char| c.is_ascii_digit()).unwrap();
        let begin = text[..start].rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |i| i + 1);
        let end = text[begin..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(text.len(), |i| begin + i);
        let chain = chain(text.as_bytes(), Group { start: begin, end, digits: true });
        chain.iter().map(|g| &text[g.start..g.end]).collect()
    }

    #[test]
    fn chains_hold_what_may_be_one_identifier() {
        assert_eq!(groups("to GB29 NWBK 6016 1331 now"), ["GB29", "NWBK", "6016", "1331"]);
        assert_eq!(groups("no. WN 12 23 36 C."), ["WN", "12", "23", "36", "C"]);
        assert_eq!(groups("188 / 92 / 0203"), ["188", "92", "0203"]);
        assert_eq!(groups("316124573, account 21909739122"), ["316124573"]);
        assert_eq!(groups("card 4111\n1111 and"), ["4111", "1111"]);
    }

    /// Each group begins identifiers in one chain only, whatever the length of the list it stands in.
    #[test]
    fn lists_of_numbers_are_tried_once_from_each() {
        let text = "7 ".repeat(500);
        let (mut at, mut tried) = (0, 0);
        while at + 1 < text.len() {
            let chain = chain(text.as_bytes(), Group { start: at, end: at + 1, digits: true });
            tried += starts(&chain);
            let full = chain.len() >= MOST_GROUPS;
            at = if full { chain[MOST_GROUPS / 2].start } else { text.len() };
        }
        assert_eq!(tried, 500);
    }
}
