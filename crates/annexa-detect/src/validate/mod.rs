//! Validators: checksums, allocated ranges and layouts, named by the catalogue's rules.
//!
//! Each file holds the identifiers of one field or region and the table of their names; none allocates per digit, none
//! knows of cues or confidence: a rule says what its verdict is worth.

mod americas;
mod asia_pacific;
mod bank;
mod cards;
mod checksum;
mod devices;
mod digits;
mod europe_east;
mod europe_north;
mod europe_west;
mod health;
mod names;
mod united_states;
mod wallets;

/// What a rule matched, for its validator.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'a> {
    /// Without separators, letters in upper case: only `A-Z0-9`.
    pub(crate) compact: &'a str,
    /// As written, after folding (plain digits and letters, separators kept).
    pub(crate) written: &'a str,
}

/// What a validator says about a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It can't be one: wrong checksum, range or date.
    Invalid,
    /// It may be one, but only a cue can tell: the rule's `confidence` doesn't count.
    Plausible,
    /// Everything that can be checked holds.
    Proven,
}

/// A named check.
pub(crate) type Validator = fn(&Candidate<'_>) -> Verdict;

/// The validator of that name, as rules write it.
pub(crate) fn named(name: &str) -> Option<Validator> {
    TABLES.iter().copied().flatten().find(|(n, _)| *n == name).map(|(_, validator)| *validator)
}

const TABLES: [&[(&str, Validator)]; 12] = [
    americas::TABLE,
    asia_pacific::TABLE,
    bank::TABLE,
    cards::TABLE,
    devices::TABLE,
    europe_east::TABLE,
    europe_north::TABLE,
    europe_west::TABLE,
    health::TABLE,
    names::TABLE,
    united_states::TABLE,
    wallets::TABLE,
];

/// A yes-or-no check as a verdict.
fn of(holds: bool) -> Verdict {
    if holds { Verdict::Proven } else { Verdict::Invalid }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = TABLES.iter().copied().flatten().map(|(name, _)| *name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(all > 80);
    }

    #[test]
    fn no_validator_holds_on_what_is_not_its_kind() {
        for junk in
            ["", "0", "é", "ABC", "hello world", "-----", "\u{1F600}", "999999999999999999999999999999999999"]
        {
            for (name, validator) in TABLES.iter().copied().flatten() {
                let verdict = validator(&Candidate { compact: junk, written: junk });
                assert!(verdict == Verdict::Invalid || *name == "user_name", "{name} on {junk:?}");
            }
        }
    }
}
