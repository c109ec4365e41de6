//! One name throughout a text: who was surely found once is found wherever the name stands.
//!
//! It needs the whole text, so it is for requests and files; an answer is decided before its end is known.

use std::collections::{HashMap, HashSet};

use crate::finding::Finding;
use crate::language::{self, PERSON};

/// How sure a name must be to be looked for elsewhere.
const SURE: f32 = 0.8;
const SHORTEST: usize = 3;
/// Names that are looked for in one text.
const NAMES: usize = 1_000;
const DETECTOR: &str = "consistency";

/// Names that are words too, in the languages that are read: alone they are no name.
const WORDS: [&str; 72] = [
    "Abad", "Alba", "April", "August", "Baker", "Bank", "Bauer", "Best", "Bill", "Bond", "Brown", "Bush",
    "Campos", "Case", "Chance", "Church", "Cook", "Cruz", "Day", "Drew", "Dupont", "Faith", "Field", "Fox",
    "Frank", "Gold", "Grace", "Grant", "Gray", "Green", "Hall", "Hill", "Hope", "Iglesias", "Iris", "Jack",
    "Joy", "June", "King", "Koch", "Lake", "Lane", "Law", "Leal", "Long", "Major", "Mark", "Marks", "May",
    "Miller", "Neu", "Page", "Park", "Peace", "Petit", "Price", "Rich", "Rico", "Robin", "Rose", "Ruiz",
    "Santa", "Santos", "Sol", "Stone", "Summer", "Vera", "West", "White", "Will", "Wood", "Young",
];

/// A name that is looked for, from a byte of the text on.
struct Name<'t> {
    text: &'t str,
    from: usize,
    confidence: f32,
    finding: &'t Finding,
}

/// Adds the places where names stand that were surely found elsewhere; findings are sorted and stay so.
//= iso27001-2022:A.8.12
pub(crate) fn add(text: &str, found: &mut Vec<Finding>) {
    let sure = |f: &&Finding| *f.kind == *PERSON && f.detector == language::DETECTOR && f.confidence >= SURE;
    let persons: Vec<Finding> = found.iter().filter(sure).cloned().collect();
    if persons.is_empty() {
        return;
    }
    let names = names(text, &persons);
    let mut more: Vec<Finding> = Vec::new();
    for (start, word) in words(text) {
        let after = more.last().map_or(0, |f| f.end);
        let fits = |name: &&Name<'_>| start >= name.from.max(after) && stands(text, start, name.text);
        let longest = names.get(word).and_then(|n| n.iter().filter(fits).max_by_key(|n| n.text.len()));
        more.extend(longest.map(|name| name.at(start)).filter(|f| free(f, found)));
    }
    found.append(&mut more);
    found.sort_by_key(|f| f.start);
}

/// What is looked for, by its first word: each name, and the last word of one that has several.
fn names<'t>(text: &'t str, persons: &'t [Finding]) -> HashMap<&'t str, Vec<Name<'t>>> {
    let small: HashSet<&str> =
        words(text).map(|(_, w)| w).filter(|w| w.starts_with(char::is_lowercase)).collect();
    let tells = |name: &str| {
        name.chars().filter(|c| c.is_alphabetic()).count() >= SHORTEST
            && name.starts_with(char::is_uppercase)
            && (name.contains(char::is_whitespace)
                || !(WORDS.contains(&name) || small.contains(&*name.to_lowercase())))
    };
    let mut names: HashMap<&str, Vec<Name<'_>>> = HashMap::new();
    let mut count = 0;
    for finding in persons {
        let Some(whole) = text.get(finding.start..finding.end) else { continue };
        let surname = whole.rsplit(char::is_whitespace).next().filter(|s| s.len() < whole.len());
        let all = [(Some(whole), 0), (surname, finding.end)];
        for (name, from) in all.into_iter().filter_map(|(n, from)| Some((n.filter(|n| tells(n))?, from))) {
            let Some((_, first)) = words(name).next() else { continue };
            let known = names.get(first).is_some_and(|all| all.iter().any(|n| n.text == name));
            if known || count >= NAMES {
                continue;
            }
            count += 1;
            let name = Name { text: name, from, confidence: finding.confidence, finding };
            names.entry(first).or_default().push(name);
        }
    }
    names
}

impl Name<'_> {
    fn at(&self, start: usize) -> Finding {
        Finding {
            start,
            end: start + self.text.len(),
            confidence: self.confidence,
            detector: DETECTOR,
            why: "a name that stands elsewhere in this text".into(),
            ..self.finding.clone()
        }
    }
}

/// Whether a name stands here as whole words.
fn stands(text: &str, start: usize, name: &str) -> bool {
    let rest = text.get(start..).and_then(|rest| rest.strip_prefix(name));
    rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

fn free(place: &Finding, found: &[Finding]) -> bool {
    let next = found.partition_point(|f| f.end <= place.start);
    found.get(next).is_none_or(|f| f.start >= place.end)
}

/// Runs of letters and digits with their places.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let start = at + rest.find(char::is_alphanumeric)?;
        let word = text.get(start..)?;
        let word = word.get(..word.find(|c: char| !c.is_alphanumeric()).unwrap_or(word.len()))?;
        at = start + word.len();
        Some((start, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Category;

    fn person(start: usize, end: usize, confidence: f32) -> Finding {
        Finding {
            start,
            end,
            kind: PERSON.into(),
            category: Category::Personal,
            confidence,
            detector: language::DETECTOR,
            why: "test".into(),
        }
    }

    fn names_in<'t>(text: &'t str, confidence: f32, name: &str) -> Vec<&'t str> {
        let start = text.find(name).unwrap();
        let mut found = vec![person(start, start + name.len(), confidence)];
        add(text, &mut found);
        assert!(found.is_sorted_by_key(|f| f.start));
        found.iter().map(|f| text.get(f.start..f.end).unwrap()).collect()
    }

    //= iso27001-2022:A.8.12
    #[test]
    fn a_name_is_a_name_everywhere() {
        let text = "keller? Ask Anna Keller. Keller, Kellerei, Anna Keller's and ANNA KELLER; Keller";
        // In small letters it is a word of this text, and so no surname alone.
        assert_eq!(names_in(text, 0.9, "Anna Keller"), ["Anna Keller", "Anna Keller"]);
        let text = "Keller? Ask Anna Keller. Keller, Kellerei, Anna Keller's; Keller";
        assert_eq!(names_in(text, 0.9, "Anna Keller"), ["Anna Keller", "Keller", "Anna Keller", "Keller"]);
        assert_eq!(names_in("Zoë came, then Zoë left", 0.9, "Zoë"), ["Zoë", "Zoë"]);
    }

    #[test]
    fn what_is_unsure_short_or_a_word_is_not_looked_for() {
        assert_eq!(names_in("Zoë came, then Zoë left", 0.7, "Zoë").len(), 1);
        assert_eq!(names_in("Bo came, then Bo left", 0.9, "Bo").len(), 1);
        assert_eq!(names_in("Theresa May said so in May", 0.9, "Theresa May").len(), 1);
        assert_eq!(names_in("Will Green will buy Green Peas", 0.9, "Will Green").len(), 1);
    }

    #[test]
    fn other_findings_stay() {
        let mut found = vec![person(0, 6, 0.9), Finding { kind: "ORG".into(), ..person(8, 17, 0.9) }];
        add("Keller, Keller AG", &mut found);
        assert_eq!(found.len(), 2);
    }
}
