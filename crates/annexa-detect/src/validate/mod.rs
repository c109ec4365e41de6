//! Validators: checksums, allocated ranges and layouts, named by the catalogue's rules.

/// What a rule matched, for its validator.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Without separators, letters in upper case: only `A-Z0-9`.
    pub compact: &'a str,
    /// As written, after folding (plain digits and letters, separators kept).
    pub written: &'a str,
}

/// What a validator says about a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It can't be one: wrong checksum, range or date.
    Invalid,
    /// It may be one, but only a cue can tell: the rule's `confidence` doesn't count.
    Plausible,
    /// Everything that can be checked holds.
    Proven,
}

/// A named check.
pub type Validator = fn(&Candidate<'_>) -> Verdict;

/// The validator of that name, as rules write it.
#[must_use]
pub fn named(name: &str) -> Option<Validator> {
    TABLE.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
}

const TABLE: &[(&str, Validator)] = &[("luhn", |c| of(luhn(c.compact)))];

/// A yes-or-no check as a verdict.
fn of(holds: bool) -> Verdict {
    if holds { Verdict::Proven } else { Verdict::Invalid }
}

fn luhn(compact: &str) -> bool {
    let sum = compact.bytes().rev().enumerate().try_fold(0_u32, |sum, (at, byte)| {
        let digit = u32::from(byte.checked_sub(b'0').filter(|d| *d < 10)?);
        let doubled = if at % 2 == 1 { digit * 2 } else { digit };
        Some(sum + doubled / 10 + doubled % 10)
    });
    sum.is_some_and(|s| s % 10 == 0)
}
