//! The check-digit schemes that many identifiers share, over digit values or symbols.

use super::digits::{base_36, weighted};

/// ISO/IEC 7812-1 Annex B: every second digit from the right is doubled; the sum divides by ten.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { u32::from(digit) * 2 - 9 } else { u32::from(digit) * 2 };
    let places = digits.iter().rev().enumerate();
    let sum: u32 =
        places.map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { u32::from(*digit) }).sum();
    sum.is_multiple_of(10)
}

/// Remainder by 97 of letters (A is 10) and digits read as one number, as ISO 7064 MOD 97-10 wants it.
pub(super) fn mod_97(symbols: impl IntoIterator<Item = u8>) -> Option<u32> {
    symbols.into_iter().try_fold(0, |rest, symbol| {
        let value = base_36(symbol)?;
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
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

/// Verhoeff's permutation, applied as many times as the digit's place says.
fn permuted(digit: u8, times: usize) -> u8 {
    const STEP: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    (0..times).fold(digit, |digit, _| STEP.get(usize::from(digit)).copied().unwrap_or(digit))
}

/// EAN-13 and its like: weights 1 and 3 from the left over an odd number of digits, check digit last.
pub(super) fn ean(digits: &[u8]) -> bool {
    let places = digits.iter().rev().enumerate();
    let sum: u32 = places.map(|(at, digit)| u32::from(*digit) * if at % 2 == 1 { 3 } else { 1 }).sum();
    sum.is_multiple_of(10)
}

/// Check digit of schemes that take 11 minus the weighted sum modulo 11, 11 being written 0 and 10 no digit.
pub(super) fn eleven_minus(digits: &[u8], weights: &[u32]) -> Option<u8> {
    let check = (11 - weighted(digits, weights) % 11) % 11;
    u8::try_from(check).ok().filter(|check| *check < 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn luhn_knows_a_wrong_digit() {
        assert!(luhn(&[7, 9, 9, 2, 7, 3, 9, 8, 7, 1, 3]));
        assert!(!luhn(&[7, 9, 9, 2, 7, 3, 9, 8, 7, 1, 4]));
    }

    #[test]
    fn iso_7064() {
        assert!(mod_11_10(&[0, 7, 9, 4, 5]), "0794 has the check digit 5");
        assert!(!mod_11_10(&[0, 7, 9, 4, 6]));
        assert_eq!(mod_97(*b"79444"), Some(1), "794 has the check digits 44");
        assert_eq!(mod_97(*b"7944-"), None);
    }

    #[test]
    fn ean_of_a_book_and_a_wrong_one() {
        assert!(ean(&[9, 7, 8, 3, 1, 6, 1, 4, 8, 4, 1, 0, 0]));
        assert!(!ean(&[9, 7, 8, 3, 1, 6, 1, 4, 8, 4, 1, 0, 1]));
    }

    #[test]
    fn verhoeff_catches_a_swap() {
        assert!(verhoeff(&[2, 3, 6, 3]));
        assert!(!verhoeff(&[3, 2, 6, 3]));
    }

    proptest! {
        #[test]
        fn exactly_one_last_digit_is_right(body in proptest::collection::vec(0_u8..10, 4..18)) {
            for holds in [luhn, verhoeff, mod_11_10, ean] {
                let right = (0..10).filter(|check| holds(&[body.as_slice(), &[*check]].concat())).count();
                prop_assert_eq!(right, 1);
            }
        }
    }
}
