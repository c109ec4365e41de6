//! The check-digit schemes that many identifiers share, over digit values or symbols.

use super::digits::{Digits, weighted};

/// ISO/IEC 7812-1 Annex B: every second digit from the right is doubled; the sum divides by ten.
pub(super) fn luhn(digits: &[u8]) -> bool {
    luhn_sum(digits).is_multiple_of(10)
}

fn luhn_sum(digits: &[u8]) -> u32 {
    let doubled = |digit: u8| if digit > 4 { u32::from(digit) * 2 - 9 } else { u32::from(digit) * 2 };
    let places = digits.iter().rev().enumerate();
    places.map(|(place, digit)| if place % 2 == 1 { doubled(*digit) } else { u32::from(*digit) }).sum()
}

/// Named validator: the digits of the whole candidate pass Luhn and aren't all the same.
pub(super) fn luhn_text(candidate: &str) -> bool {
    Digits::of(candidate).is_some_and(|d| d.as_slice().len() >= 2 && !d.all_same() && luhn(d.as_slice()))
}

/// Remainder by 97 of letters (A is 10) and digits read as one number, as ISO 7064 MOD 97-10 wants it.
pub(super) fn mod_97(symbols: impl IntoIterator<Item = u8>) -> Option<u32> {
    symbols.into_iter().try_fold(0, |rest, symbol| {
        let value = char::from(symbol).to_digit(36)?;
        Some((rest * if value > 9 { 100 } else { 10 } + value) % 97)
    })
}

/// ISO 7064 MOD 11,10: a check digit at the end.
pub(super) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((check, body)) = digits.split_last() else { return false };
    let product = body.iter().fold(10, |product, digit| {
        let sum = (product + u32::from(*digit)) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == u32::from(*check)
}

/// Verhoeff: the check digit of the dihedral group D5.
pub(super) fn verhoeff(digits: &[u8]) -> bool {
    let places = digits.iter().rev().enumerate();
    places.fold(0, |sum, (place, digit)| dihedral(sum, permuted(*digit, place % 8))) == 0
}

/// Product in D5; 0 to 4 are rotations, 5 to 9 reflections.
fn dihedral(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

/// Verhoeff's permutation, applied as many times as the digit's place says.
fn permuted(digit: u8, times: usize) -> u8 {
    const STEP: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    (0..times).fold(digit, |digit, _| STEP.get(usize::from(digit)).copied().unwrap_or(digit))
}

/// Check digit of schemes that take the weighted sum modulo 11 and write 11 minus it, 10 being no number.
pub(super) fn eleven_minus(digits: &[u8], weights: &[u32]) -> Option<u32> {
    match 11 - weighted(digits, weights) % 11 {
        10 => None,
        11 => Some(0),
        check => Some(check),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_knows_a_wrong_digit() {
        assert!(luhn_text("7992 7398 713"));
        assert!(!luhn_text("7992 7398 714"));
        assert!(!luhn_text("0000 0000"));
        assert!(!luhn_text("x"));
    }

    #[test]
    fn iso_7064() {
        assert!(mod_11_10(&[0, 7, 9, 4]), "example of the standard: 0794");
        assert!(!mod_11_10(&[0, 7, 9, 5]));
        assert_eq!(mod_97(*b"79444"), Some(1), "example of the standard: 794 44");
        assert_eq!(mod_97(*b"7944-"), None);
    }

    #[test]
    fn verhoeff_catches_a_swap() {
        assert!(verhoeff(&[2, 3, 6, 3]));
        assert!(!verhoeff(&[3, 2, 6, 3]));
        assert!(!verhoeff(&[2, 3, 6, 4]));
    }
}
