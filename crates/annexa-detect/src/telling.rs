//! The few literals that tell of a value even among plain words, found by how their first word begins: one look-up for
//! each word of the text in a table that fits the processor's first cache, where an automaton of all of them would not.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::lexicon::Role;

/// Bytes that a literal is looked up by.
const KEY: usize = 3;
/// Bits of the table, as a power of two.
const TABLE: u32 = 16;

/// Takes the place and the meanings of a literal that stands in a text, and says whether to go on.
pub(crate) type Visit<'v> = &'v mut dyn FnMut(usize, usize, &[Role]) -> ControlFlow<()>;

/// Literals by the first bytes of their first word, looked for without regard to ASCII case.
pub(crate) struct Telling {
    /// A bit for each hash of a key.
    table: Box<[u64]>,
    /// For each word of the table, where its literals begin in `places`.
    starts: Box<[u32]>,
    /// Keys and indexes of their literals, in order of hash.
    places: Box<[(u32, u16)]>,
    literals: Vec<Literal>,
    /// Those without a letter, which are rare: none of the catalogue's.
    wordless: Vec<String>,
}

/// A literal and what it means.
struct Literal {
    text: Box<str>,
    /// Bytes before its first word.
    lead: usize,
    roles: Vec<Role>,
}

impl Telling {
    pub(crate) fn new(literals: impl IntoIterator<Item = (String, Vec<Role>)>) -> Self {
        let (mut words, mut wordless): (Vec<Literal>, Vec<String>) = Default::default();
        for (text, roles) in literals {
            match text.bytes().position(|b| b.is_ascii_alphabetic() || b >= 0x80) {
                Some(lead) => words.push(Literal { text: text.into(), lead, roles }),
                None => wordless.push(text),
            }
        }
        let mut places = Vec::new();
        for (index, literal) in (0..).zip(&words) {
            places.extend(literal.keys().into_iter().map(|key| (key, index)));
        }
        places.sort_by_key(|(key, _)| hash(*key));
        let mut table = vec![0; 1 << (TABLE - 6)];
        places.iter().for_each(|(key, _)| set(&mut table, hash(*key)));
        let before = |word| places.partition_point(|(key, _)| hash(*key) >> 6 < word);
        let starts = (0..=1 << (TABLE - 6)).map(|word| u32::try_from(before(word)).unwrap_or(u32::MAX));
        Self {
            table: table.into(),
            starts: starts.collect(),
            places: places.into(),
            literals: words,
            wordless,
        }
    }

    /// Whether a literal without a letter stands anywhere.
    pub(crate) fn wordless_in(&self, text: &str) -> bool {
        self.wordless.iter().any(|literal| text.contains(literal))
    }

    /// Visits the literals whose first word begins here, each with its place and its meanings, until told to stop.
    pub(crate) fn visit(&self, bytes: &[u8], at: usize, visit: Visit<'_>) -> ControlFlow<()> {
        let key = key(bytes.get(at..).unwrap_or_default());
        let hash = hash(key);
        let word = (hash >> 6) as usize;
        if self.table.get(word).is_none_or(|bits| bits >> (hash & 63) & 1 == 0) {
            return ControlFlow::Continue(());
        }
        let start = |word: usize| self.starts.get(word).map_or(0, |start| *start as usize);
        let places = self.places.get(start(word)..start(word + 1)).unwrap_or_default();
        for (_, index) in places.iter().filter(|(k, _)| *k == key) {
            let Some(literal) = self.literals.get(usize::from(*index)) else { continue };
            if let Some((start, end)) = literal.stands_at(bytes, at) {
                visit(start, end, &literal.roles)?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Literal {
    /// Every key that a text may have where this literal's first word begins: at the end of a short one, whatever follows.
    fn keys(&self) -> BTreeSet<u32> {
        let word = self.text.as_bytes().get(self.lead..).unwrap_or_default();
        let own = |at: usize| word.get(at).map_or(0..=u8::MAX, |byte| *byte..=*byte);
        let mut keys = BTreeSet::new();
        for second in own(1) {
            keys.extend(own(2).map(|third| key(&[*own(0).start(), second, third])));
        }
        keys
    }

    /// Where this literal stands, if its first word begins here.
    fn stands_at(&self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        let start = at.checked_sub(self.lead)?;
        let end = start + self.text.len();
        let there = bytes.get(start..end)?;
        there.eq_ignore_ascii_case(self.text.as_bytes()).then_some((start, end))
    }
}

fn set(table: &mut [u64], hash: u32) {
    if let Some(bits) = table.get_mut((hash >> 6) as usize) {
        *bits |= 1 << (hash & 63);
    }
}

/// The first bytes, folded; zeroes behind the end. Bit 5 is set: it tells upper from lower case.
fn key(bytes: &[u8]) -> u32 {
    let byte = |at: usize| u32::from(bytes.get(at).copied().unwrap_or(0) | 0x20) << (8 * at);
    (0..KEY).map(byte).sum()
}

fn hash(key: u32) -> u32 {
    key.wrapping_mul(0x9E37_79B1) >> (32 - TABLE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LITERALS: &[&str] =
        &["at", "(at)", "-at-", "ein", "pass", "mot de passe", "öre", "KD", "v", "-----BEGIN", "eyJ", "AKIA"];

    fn telling() -> Telling {
        Telling::new(LITERALS.iter().map(|text| ((*text).to_owned(), vec![Role::Jwt])))
    }

    /// Literals that stand somewhere in a text, by asking at each byte.
    fn found(telling: &Telling, text: &str) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for at in 0..text.len() {
            let _ = telling.visit(text.as_bytes(), at, &mut |start, end, _| {
                found.push((start, end));
                ControlFlow::Continue(())
            });
        }
        found.sort_unstable();
        found
    }

    /// The same without any table.
    fn searched(text: &str) -> Vec<(usize, usize)> {
        let lower = text.to_ascii_lowercase();
        let places = LITERALS.iter().flat_map(|l| {
            let (literal, lower) = (l.to_ascii_lowercase(), &lower);
            let places: Vec<_> = (0..text.len())
                .filter(|at| lower.as_bytes()[*at..].starts_with(literal.as_bytes()))
                .collect();
            places.into_iter().map(|at| (at, at + l.len())).collect::<Vec<_>>()
        });
        let mut found: Vec<_> = places.collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn literals_are_found_by_their_first_word() {
        assert_eq!(found(&telling(), "(at) x"), [(0, 4), (1, 3)]);
        assert_eq!(found(&telling(), "d"), []);
        assert_eq!(found(&telling(), "V"), [(0, 1)]);
        assert_eq!(found(&telling(), ""), []);
    }

    proptest! {
        //= iso27001-2022:A.8.12
        #[test]
        fn no_literal_is_missed(
            parts in proptest::collection::vec((0..LITERALS.len() + 4, any::<bool>(), 0..4_usize), 0..12)
        ) {
            let mut text = String::new();
            for (nth, upper, joint) in parts {
                let part = LITERALS.get(nth).copied().unwrap_or(["K", "x", "é", "B"][nth % 4]);
                text.push_str(&if upper { part.to_ascii_uppercase() } else { part.to_owned() });
                text.push_str(["", " ", "a", "."][joint]);
            }
            prop_assert_eq!(found(&telling(), &text), searched(&text), "{}", text);
        }
    }
}
