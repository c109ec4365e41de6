//! The digits of a candidate as numbers, on the stack: what every checksum starts from.

/// Longest run of digits that a validator reads.
const CAP: usize = 24;

/// The digits of a candidate of varying length, each 0 to 9.
#[derive(Debug, Clone, Copy)]
pub(super) struct Digits {
    values: [u8; CAP],
    len: usize,
}

impl Digits {
    /// None when the text holds anything besides ASCII digits, or too many of them.
    pub(super) fn of(compact: &str) -> Option<Self> {
        let mut digits = Self { values: [0; CAP], len: 0 };
        for byte in compact.bytes() {
            *digits.values.get_mut(digits.len)? = value(byte)?;
            digits.len += 1;
        }
        Some(digits)
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.values.get(..self.len).unwrap_or_default()
    }
}

/// The digits of a candidate of exactly `N` places.
pub(super) fn digits<const N: usize>(compact: &str) -> Option<[u8; N]> {
    Digits::of(compact)?.as_slice().try_into().ok()
}

/// Digit values of ASCII digit bytes of exactly `N` places.
pub(super) fn values<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    let bytes: &[u8; N] = bytes.try_into().ok()?;
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = value(*from)?;
    }
    Some(out)
}

/// The bytes of a candidate of exactly `N` places.
pub(super) fn symbols<const N: usize>(compact: &str) -> Option<[u8; N]> {
    compact.as_bytes().try_into().ok()
}

/// A digit's value.
pub(super) fn value(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

/// A letter's place in the alphabet, A being 0.
pub(super) fn letter(byte: u8) -> Option<u8> {
    byte.is_ascii_uppercase().then(|| byte - b'A')
}

/// Value of a digit or letter to base 36, A being 10.
pub(super) fn base_36(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(36)
}

/// Sum of digit times weight; stops at the shorter of the two.
pub(super) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
}

/// The digits read as one decimal number.
pub(super) fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |sum, digit| sum.wrapping_mul(10).wrapping_add(u64::from(*digit)))
}

/// True when all digits are the same: never an issued number.
pub(super) fn all_same(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair.first() == pair.last())
}

/// True for a day that the calendar has; a `year` below 100 counts 29 February as possible.
pub(super) fn is_date(year: u64, month: u64, day: u64) -> bool {
    let leap =
        year < 100 || (year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)));
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=last).contains(&day)
}

/// True when six digits are a day written year, month, day with two digits each.
pub(super) fn is_yymmdd(digits: &[u8; 6]) -> bool {
    is_date(number(&digits[..2]), number(&digits[2..4]), number(&digits[4..]))
}

/// True when six digits are a day written day, month, year with two digits each.
pub(super) fn is_ddmmyy(digits: &[u8; 6]) -> bool {
    is_date(number(&digits[4..]), number(&digits[2..4]), number(&digits[..2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_within_the_cap() {
        assert_eq!(Digits::of("123456").unwrap().as_slice(), [1, 2, 3, 4, 5, 6]);
        assert!(Digits::of("12a").is_none());
        assert!(Digits::of(&"1".repeat(CAP + 1)).is_none());
        assert_eq!(digits::<2>("12"), Some([1, 2]));
        assert_eq!(digits::<3>("12"), None);
        assert_eq!(values::<2>(b"1x"), None);
        assert_eq!(symbols::<2>("A1"), Some(*b"A1"));
    }

    #[test]
    fn sameness_and_dates() {
        assert!(all_same(&[0, 0, 0]) && !all_same(&[0, 0, 1]));
        assert!(is_date(2024, 2, 29) && !is_date(2023, 2, 29) && is_date(0, 2, 29) && !is_date(1999, 13, 1));
        assert!(is_yymmdd(&[9, 9, 1, 2, 3, 1]) && !is_yymmdd(&[9, 9, 1, 2, 3, 2]));
        assert!(is_ddmmyy(&[3, 1, 1, 2, 9, 9]) && !is_ddmmyy(&[3, 1, 0, 4, 9, 9]));
    }
}
