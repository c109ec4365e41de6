//! Telephone numbers: international form, national layouts, and by cue.

use crate::find::{Raw, Scene};
use crate::network::version_four;
use crate::rules::{Finder, Rule};

/// Digits of the shortest number.
pub(crate) const FEWEST_DIGITS: usize = 7;
/// Digits of the longest number with its extension; longer runs are none.
const MOST_DIGITS: usize = 18;

/// A run of digits as a telephone number is written.
#[derive(Debug, Default)]
struct Number {
    start: usize,
    end: usize,
    plus: bool,
    groups: Vec<usize>,
    digits: String,
    marks: bool,
    extension: bool,
}

/// Telephone numbers.
pub(crate) fn find(scene: &Scene<'_>, out: &mut Vec<Raw>) {
    let Some((id, rule)) = scene.rules.finder(Finder::Phone) else { return };
    let base = rule.confidence.unwrap_or(0.8);
    let mut done = 0;
    for word in scene.survey.words.iter().filter(|w| w.digits > 0 && w.digits <= 15) {
        if word.start < done || version_four(scene.text, word.start).is_some() {
            continue;
        }
        let Some(number) = number(scene.text, word.start) else { continue };
        done = number.end;
        let length = number.digits.len();
        let distance = own_cue(scene, rule, &number);
        let shape = shape(&number);
        let told = distance.is_some() && (7..=16).contains(&length) && !date(&number);
        let beside =
            (8..=13).contains(&length) && shape.is_none() && beside_address(scene.text, number.start);
        if let Some(alone) = shape {
            out.extend(scene.weigh_span(id, number.start, number.end, (base - alone).max(0.0)));
        } else if told {
            let plain = if number.groups.len() == 1 && length > 11 { 0.4 } else { 0.15 };
            out.extend(scene.weigh_span(id, number.start, number.end, plain));
        } else if beside {
            out.extend(scene.weigh_span(id, number.start, number.end, base - 0.6));
        }
    }
}

/// Distance of a cue that means this number: before it with no other number between, or right after it.
fn own_cue(scene: &Scene<'_>, rule: &Rule, number: &Number) -> Option<usize> {
    if scene.survey.field.meets(&rule.cues) {
        return Some(0);
    }
    let bytes = scene.text.as_bytes();
    let own = scene.survey.cues_near(number.start, number.end).filter(|(cue, distance)| {
        let before = cue.end <= number.start;
        let between = bytes.get(cue.end..number.start).unwrap_or_default();
        let clear = before && *distance <= 40 && !between.iter().any(u8::is_ascii_digit);
        rule.cues.contains(cue.id) && (clear || (!before && *distance <= 3))
    });
    own.map(|(_, distance)| distance).min()
}

/// Reads a number from the group of digits at `at`, with what may stand before it.
fn number(text: &str, at: usize) -> Option<Number> {
    let bytes = text.as_bytes();
    let lead = bytes.get(..at)?.iter().rev().take(3).take_while(|b| b"+( ".contains(b)).count();
    let lead = bytes.get(at - lead..at)?;
    let skip = lead.iter().take_while(|b| **b == b' ').count();
    let start = at - lead.len() + skip;
    let before = start.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
    if before.is_ascii_alphanumeric()
        || b"$_".contains(&before)
        || (b".-,/#".contains(&before)
            && start == at
            && start > 1
            && bytes.get(start - 2).is_some_and(u8::is_ascii_alphanumeric))
    {
        return None;
    }
    let mut found = Number { start, plus: bytes.get(start..at)?.contains(&b'+'), ..Number::default() };
    found.marks = bytes.get(start..at)?.contains(&b'(');
    let (mut at, mut gap) = (at, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' => {
                if gap > 0 || found.groups.is_empty() {
                    found.groups.push(0);
                }
                found.groups.last_mut().into_iter().for_each(|g| *g += 1);
                found.digits.push(char::from(*byte));
                if found.digits.len() > MOST_DIGITS {
                    // A list of numbers: reading on from each of them would never end.
                    return None;
                }
                (gap, found.end) = (0, at + 1);
            }
            b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'\n' if gap < 3 => {
                gap += 1;
                found.marks |= *byte != b' '
                    && bytes.get(at + 1).is_some_and(|b| b.is_ascii_digit() || *b == b' ' || *b == b'(');
            }
            _ => break,
        }
        at += 1;
    }
    let next = bytes.get(found.end).copied().unwrap_or(b' ');
    found.read_extension(text);
    let glued = next.is_ascii_alphanumeric() && !found.extension || b"%_@".contains(&next);
    (!glued && (7..=MOST_DIGITS).contains(&found.digits.len())).then_some(found)
}

impl Number {
    /// `x123`, `ext. 123`, `#123`.
    fn read_extension(&mut self, text: &str) {
        let Some(rest) = text.get(self.end..) else { return };
        let trimmed = rest.trim_start_matches([' ', ',']);
        let marks = ["extension", "ext.", "ext", "x", "#", "durchwahl", "poste", "int."];
        let lower = trimmed.get(..trimmed.floor_char_boundary(12)).unwrap_or_default().to_ascii_lowercase();
        let Some(mark) = marks.iter().find(|m| lower.starts_with(**m)) else { return };
        let digits = trimmed.get(mark.len()..).unwrap_or_default();
        let blanks = digits.len() - digits.trim_start_matches([' ', '.', ':']).len();
        let count = digits.bytes().skip(blanks).take_while(u8::is_ascii_digit).count();
        if (1..=6).contains(&count) && blanks <= 2 {
            self.end += rest.len() - trimmed.len() + mark.len() + blanks + count;
            self.extension = true;
        }
    }
}

/// How sure the layout alone makes it; nothing if the layout says nothing.
fn shape(number: &Number) -> Option<f32> {
    let n = number.digits.as_str();
    let length = n.len();
    let at = |i: usize| n.as_bytes().get(i).copied().unwrap_or(b'0');
    if date(number) {
        return None;
    }
    if number.plus {
        return ((8..=16).contains(&length) && at(0) != b'0').then_some(0.85);
    }
    let (area, groups) = match number.groups.as_slice() {
        [1, rest @ ..] if at(0) == b'1' => (1, rest),
        [3, rest @ ..] if n.starts_with("001") && number.groups.len() == 4 => (3, rest),
        rest => (0, rest),
    };
    if groups == [3, 3, 4] && at(area) >= b'2' && at(area + 3) >= b'2' {
        return Some(if number.marks || number.extension { 0.75 } else { 0.6 });
    }
    if groups == [3, 3, 4] && number.marks {
        return Some(0.55);
    }
    if n.starts_with("00") && at(2) != b'0' && (10..=16).contains(&length) && number.groups.len() > 1 {
        return Some(0.65);
    }
    let pairs = groups.len() == 5 && groups.iter().all(|g| *g == 2);
    if at(0) == b'0' && at(1) != b'0' && pairs {
        return Some(0.7);
    }
    let national = at(0) == b'0' && at(1) != b'0' && (9..=12).contains(&length);
    let grouped = number.groups.len() >= 3 && number.groups.iter().all(|g| *g >= 2)
        || (number.groups.len() == 2 && number.groups.first().is_some_and(|g| (3..=5).contains(g)));
    (national && grouped).then_some(0.56)
}

/// `2026-08-08`, `08.03.1969`, `08/03/69 12`: dates and times, not numbers to call.
fn date(number: &Number) -> bool {
    let value = |from: usize, to: usize| {
        number.digits.get(from..to).and_then(|d| d.parse::<u32>().ok()).unwrap_or(99)
    };
    match number.groups.as_slice() {
        [4, 2, 2, ..] => (1900..2100).contains(&value(0, 4)) && value(4, 6) <= 12,
        [2, 2, 4] => value(0, 2) <= 31 && value(2, 4) <= 31 && (1900..2100).contains(&value(4, 8)),
        [1, 2, 4] | [2, 1, 4] => (1900..2100).contains(&value(3, 7)),
        [4, 4] => (1900..2100).contains(&value(0, 4)) && (1900..2100).contains(&value(4, 8)),
        _ => false,
    }
}

/// Does an e-mail address stand right before, as in "mail or call"?
fn beside_address(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default();
    let near = before.get(before.ceil_char_boundary(before.len().saturating_sub(48))..).unwrap_or_default();
    let mut words = near.split_whitespace().rev();
    let joins =
        ["or", "and", "oder", "und", "ou", "et", "o", "e", "y", "of", "en", "lub", "|", "/", ",", ";", "-"];
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    let address = |w: &str| w.contains('@') && w.contains('.');
    address(first) || (address(second) && joins.contains(&first.to_lowercase().as_str()))
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "offsets of the test's own texts")]
mod tests {
    use super::*;

    fn sure(text: &str) -> Option<f32> {
        let at = text.find(|c: char| c.is_ascii_digit()).unwrap();
        number(text, at).and_then(|n| shape(&n))
    }

    #[test]
    fn layouts_of_numbers_are_known() {
        for text in [
            "+1-718-786-7380x271",
            "+33 (0)4 93 47 02 96",
            "(212) 555-0123",
            "460.282.2622",
            "06 12 34 56 78",
            "001-725-533-8515x3850",
            "0711/1234567",
            "+442079460958",
        ] {
            assert!(sure(text).is_some(), "{text}");
        }
        for text in ["2026-08-08", "08.03.1969", "1630535177", "123 456 789", "9350190", "978-5-3634-4231-6"]
        {
            assert!(sure(text).is_none(), "{text}");
        }
    }

    #[test]
    fn extensions_belong_to_the_number() {
        let text = "call 718-786-7380 ext. 271 now";
        assert_eq!(&text[5..number(text, 5).unwrap().end], "718-786-7380 ext. 271");
    }
}
