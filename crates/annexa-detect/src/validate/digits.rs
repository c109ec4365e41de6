//! A candidate's digits or letters without its separators, on the stack: what every checksum starts from.

/// Longest candidate, in digits or letters, that any validator reads; an IBAN has at most 34.
const CAP: usize = 48;

/// The digits of a candidate, each 0 to 9, separators dropped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Digits {
    values: [u8; CAP],
    len: usize,
}

impl Digits {
    /// None when the text holds anything besides ASCII digits and separators, or too many digits.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut digits = Self { values: [0; CAP], len: 0 };
        for c in text.chars().filter(|c| !is_separator(*c)) {
            let value = u8::try_from(c.to_digit(10)?).ok()?;
            *digits.values.get_mut(digits.len)? = value;
            digits.len += 1;
        }
        Some(digits)
    }

    /// The digits of exactly `N` places, else None.
    pub(super) fn exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
        Self::of(text)?.as_slice().try_into().ok()
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.values.get(..self.len).unwrap_or_default()
    }

    /// True when all digits are the same: never an issued number.
    pub(super) fn all_same(&self) -> bool {
        self.as_slice().windows(2).all(|pair| pair.first() == pair.last())
    }
}

/// A candidate's ASCII letters (in upper case) and digits, separators dropped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Symbols {
    bytes: [u8; CAP],
    len: usize,
}

impl Symbols {
    /// None when the text holds anything besides ASCII letters, digits and separators, or too many.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut symbols = Self { bytes: [0; CAP], len: 0 };
        for c in text.chars().filter(|c| !is_separator(*c)) {
            let byte = u8::try_from(c).ok().filter(u8::is_ascii_alphanumeric)?;
            *symbols.bytes.get_mut(symbols.len)? = byte.to_ascii_uppercase();
            symbols.len += 1;
        }
        Some(symbols)
    }

    /// The symbols of exactly `N` places, else None.
    pub(super) fn exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
        Self::of(text)?.as_slice().try_into().ok()
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// Characters that people put between the groups of a number, and invisible ones.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '.' | '/' | '_' | ',' | '(' | ')' | '·' | '\u{200b}'..='\u{200f}' | '\u{2010}'..='\u{2015}' | '\u{2060}' | '\u{2212}' | '\u{feff}'
        )
}

/// Digit values of ASCII digit bytes; None when one is not a digit.
pub(super) fn values<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    if bytes.len() != N || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = from - b'0';
    }
    Some(out)
}

/// Sum of digit times weight; stops at the shorter of the two.
pub(super) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
}

/// The digits read as one decimal number.
pub(super) fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |sum, digit| sum.wrapping_mul(10).wrapping_add(u64::from(*digit)))
}

/// True for a day that the calendar has; `year` of two digits counts 29 February as possible.
pub(super) fn is_date(year: u64, month: u64, day: u64) -> bool {
    let leap = year < 100 || (year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)));
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=last).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_go_and_letters_refuse() {
        assert_eq!(Digits::of("12-3 4\u{200b}5.6").unwrap().as_slice(), [1, 2, 3, 4, 5, 6]);
        assert!(Digits::of("12a").is_none());
        assert!(Digits::of(&"1".repeat(CAP + 1)).is_none());
        assert_eq!(Symbols::of("ab-1 2").unwrap().as_slice(), b"AB12");
        assert!(Symbols::of("é1").is_none());
    }

    #[test]
    fn sameness_and_dates() {
        assert!(Digits::of("0000").unwrap().all_same());
        assert!(!Digits::of("0001").unwrap().all_same());
        assert!(is_date(2024, 2, 29) && !is_date(2023, 2, 29) && is_date(0, 2, 29) && !is_date(1999, 13, 1));
    }
}
