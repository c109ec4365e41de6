//! The way of a text through the finders, and back to its own offsets.

use std::borrow::Cow;
use std::sync::Arc;

use crate::compact;
use crate::decode;
use crate::error::DetectError;
use crate::fold::fold;
use crate::keyed;
use crate::lexicon::{CueSet, Lexicon};
use crate::network;
use crate::offsets::Offsets;
use crate::password;
use crate::phone::{self, FEWEST_DIGITS};
use crate::quiet::quiet;
use crate::respell::respell;
use crate::rules::Rules;
use crate::secret;
use crate::settle;
use crate::survey::Survey;

/// How many encodings within encodings are read.
pub(crate) const DEEPEST: usize = 2;
const LONGEST: usize = 1 << 30;

/// A span that a rule found, before overlaps are settled.
#[derive(Debug, Clone)]
pub(crate) struct Raw {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) rule: u16,
    pub(crate) confidence: f32,
    pub(crate) detector: &'static str,
    pub(crate) why: Arc<str>,
}

/// A text, plain and surveyed, with the rules that are tried on it.
pub(crate) struct Scene<'s> {
    pub(crate) text: &'s str,
    pub(crate) survey: &'s Survey,
    pub(crate) rules: &'s Rules,
    pub(crate) lexicon: &'s Lexicon,
    pub(crate) depth: usize,
}

/// Everything found in a text, settled, in bytes of the text.
pub(crate) fn find(
    rules: &Rules,
    lexicon: &Lexicon,
    text: &str,
    field: &CueSet,
    depth: usize,
) -> Result<Vec<Raw>, DetectError> {
    if text.len() > LONGEST {
        return Err(DetectError::TextTooLong(text.len()));
    }
    if lone_number(rules, text, field) || (!field.meets(lexicon.lettered()) && quiet(lexicon, text)) {
        return Ok(Vec::new());
    }
    find_all(rules, lexicon, text, field, depth)
}

/// Whether a text is a number and nothing else, too short to be a value: most numbers of a body are.
fn lone_number(rules: &Rules, text: &str, field: &CueSet) -> bool {
    let short = text.len() < FEWEST_DIGITS && text.bytes().all(|b| b.is_ascii_digit());
    short && text.len() < rules.shortest_number(field)
}

/// The same by the whole way, also for a text that is quiet.
pub(crate) fn find_all(
    rules: &Rules,
    lexicon: &Lexicon,
    text: &str,
    field: &CueSet,
    depth: usize,
) -> Result<Vec<Raw>, DetectError> {
    let mut view = Cow::Borrowed(text);
    let mut layers: Vec<Offsets> = Vec::new();
    if let Some((plain, offsets)) = fold(&view) {
        view = Cow::Owned(plain);
        layers.push(offsets);
    }
    let mut survey = Survey::of(lexicon, &view);
    for _ in 0..DEEPEST {
        let Some((plain, offsets)) = respell(&view, &survey) else { break };
        survey = Survey::of(lexicon, &plain);
        view = Cow::Owned(plain);
        layers.push(offsets);
    }
    survey.field = field.clone();
    let scene = Scene { text: &view, survey: &survey, rules, lexicon, depth };
    let mut found = scene.find()?;
    for raw in &mut found {
        (raw.start, raw.end) = layers.iter().rev().fold((raw.start, raw.end), |(s, e), l| l.back(s, e));
    }
    Ok(settle::settle(found))
}

impl Scene<'_> {
    fn find(&self) -> Result<Vec<Raw>, DetectError> {
        let mut found = Vec::new();
        secret::blocks(self, &mut found);
        secret::anchored(self, &mut found);
        secret::pairs(self, &mut found);
        network::addresses(self, &mut found);
        network::urls(self, &mut found);
        if !self.survey.words.is_empty() {
            compact::find(self, &mut found);
            phone::find(self, &mut found);
            network::numbers(self, &mut found);
        }
        keyed::find(self, &mut found);
        password::find(self, &mut found);
        secret::words(self, &mut found);
        secret::keyed(self, &mut found);
        keyed::beside_cards(self, &mut found);
        decode::find(self, &mut found)?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::Detector;

    //= iso27001-2022:A.8.12
    #[test]
    fn nothing_is_found_in_a_lone_number() {
        let detector = Detector::builtin().unwrap();
        let (rules, lexicon) = (detector.rules(), detector.lexicon());
        let numbers = (0..10_000).flat_map(|n| [format!("{n}"), format!("{n:04}")]);
        let numbers: Vec<String> = numbers.chain((0..1000).map(|n| format!("{:06}", n * 977))).collect();
        let cues: Vec<&str> =
            detector.kinds().iter().flat_map(|k| k.cues.iter().map(String::as_str)).collect();
        let fields = cues.iter().copied().chain(["", "total_tokens", "created", "index", "pin", "cvv"]);
        let mut skipped = 0;
        for (nth, field) in fields.enumerate() {
            let field = Survey::field(lexicon, field);
            for number in numbers.iter().skip(nth % 97).step_by(97) {
                if lone_number(rules, number, &field) {
                    skipped += 1;
                    let found = find_all(rules, lexicon, number, &field, 0).unwrap();
                    assert!(found.is_empty(), "{number}: {found:?}");
                }
            }
        }
        assert!(skipped > 10_000, "{skipped}");
        let plain = CueSet::default();
        let all = numbers.iter().filter(|n| lone_number(rules, n, &plain));
        assert!(all.clone().count() > 20_000);
        all.for_each(|n| assert!(find_all(rules, lexicon, n, &plain, 0).unwrap().is_empty(), "{n}"));
    }
}
