//! In a whole document, a name that is found once is a name everywhere.
//!
//! An encoder reads windows: it may know "Ms Okonkwo" by what stands before her name, and miss her two pages later. This needs
//! text that comes after, so it is for requests and files, never for answers that stream.

use std::collections::HashSet;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::finding::Finding;

/// From this confidence on a name is looked for elsewhere.
const SURE: f32 = 0.8;
/// Fewer letters are too often a word.
const LETTERS: usize = 4;
/// Names that are looked for in one document.
const NAMES: usize = 512;
const PERSON: &str = "PERSON";

/// Adds the other places of names that were found with certainty. `found` is sorted and does not overlap, and stays so.
pub(crate) fn repeat_names(text: &str, found: &mut Vec<Finding>) {
    let names = names(text, found);
    if names.is_empty() {
        return;
    }
    let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&names);
    let Ok(search) = search else { return };
    let Some(model) = found.iter().find(|f| *f.kind == *PERSON).cloned() else { return };
    let why: Arc<str> = "a name of this document".into();
    let mut more = Vec::new();
    for hit in search.find_iter(text) {
        if is_whole(text, hit.start(), hit.end()) && is_free(found, hit.start(), hit.end()) {
            let place = Finding { start: hit.start(), end: hit.end(), why: why.clone(), ..model.clone() };
            more.push(Finding { confidence: SURE, detector: "document", ..place });
        }
    }
    found.append(&mut more);
    found.sort_by_key(|f| f.start);
}

/// Names as written, and their last words, where these can't be taken for something else: they begin with a capital and
/// stand in this document with a capital alone.
fn names(text: &str, found: &[Finding]) -> Vec<String> {
    let mut names = HashSet::new();
    for f in found.iter().filter(|f| *f.kind == *PERSON && f.confidence >= SURE) {
        let name = text.get(f.start..f.end).unwrap_or_default();
        let words: Vec<&str> = name.split_whitespace().collect();
        let last = words.last().copied().unwrap_or_default();
        let candidates = if words.len() > 1 { vec![name, last] } else { vec![name] };
        names.extend(candidates.into_iter().filter(|n| is_telling(text, n)).map(str::to_owned));
        if names.len() >= NAMES {
            break;
        }
    }
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_unstable();
    names
}

fn is_telling(text: &str, name: &str) -> bool {
    let capital = name.chars().next().is_some_and(char::is_uppercase);
    let letters = name.chars().filter(|c| c.is_alphabetic()).count() >= LETTERS;
    let lower = name.to_lowercase();
    let other = |at: usize, word: &str| word == lower && is_whole(text, at, at + word.len());
    capital
        && letters
        && (name.contains(' ') || !text.match_indices(&*lower).any(|(at, word)| other(at, word)))
}

fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|t| t.chars().next_back());
    let after = text.get(end..).and_then(|t| t.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

fn is_free(found: &[Finding], start: usize, end: usize) -> bool {
    let next = found.partition_point(|f| f.end <= start);
    found.get(next).is_none_or(|f| f.start >= end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Category;

    fn places(text: &str, names: &[(&str, f32)]) -> Vec<String> {
        let mut found: Vec<Finding> = Vec::new();
        for (name, confidence) in names {
            let start = text.find(name).unwrap();
            found.push(Finding {
                start,
                end: start + name.len(),
                kind: PERSON.into(),
                category: Category::Personal,
                confidence: *confidence,
                detector: "encoder",
                why: "test".into(),
            });
        }
        repeat_names(text, &mut found);
        assert!(found.array_windows().all(|[a, b]| a.end <= b.start), "{found:?}");
        found.iter().map(|f| text.get(f.start..f.end).unwrap().to_owned()).collect()
    }

    #[test]
    fn a_name_is_found_everywhere_also_by_its_last_word() {
        let text = "Okonkwo called. Ms Ada Okonkwo wants her file. Tell Okonkwo, not Okonkwoson.";
        assert_eq!(places(text, &[("Ada Okonkwo", 0.9)]), ["Okonkwo", "Ada Okonkwo", "Okonkwo"]);
    }

    #[test]
    fn what_is_also_a_word_is_not_looked_for() {
        let text = "Mark Stone came. The stone fell. Stone again.";
        assert_eq!(places(text, &[("Mark Stone", 0.9)]), ["Mark Stone"]);
        assert_eq!(places("Ann Lee met Lee.", &[("Ann Lee", 0.9)]), ["Ann Lee"], "three letters are too few");
        assert_eq!(places("Ann Stone met Stone.", &[("Ann Stone", 0.7)]), ["Ann Stone"], "an unsure name");
    }

    #[test]
    fn a_place_that_is_taken_stays_as_it_is() {
        assert_eq!(places("Ada Okonkwo, Ada Okonkwo", &[("Ada Okonkwo", 0.95)]).len(), 2);
    }
}
