//! Payment cards: issuer identification ranges, lengths and Luhn (ISO/IEC 7812).

use super::checksum::luhn;
use super::digits::{Digits, all_same, number};
use super::{Validator, of};

pub(super) const TABLE: &[(&str, Validator)] =
    &[("pan", |c| of(pan(c.compact))), ("track_data", |c| of(track_data(c.written)))];

/// A primary account number of a known scheme, with its length and check digit.
fn pan(compact: &str) -> bool {
    Digits::of(compact).is_some_and(|d| is_pan(d.as_slice()))
}

fn is_pan(pan: &[u8]) -> bool {
    luhn(pan) && in_issuer_range(pan) && !all_same(pan)
}

/// A magnetic stripe's track 1 or 2 (ISO/IEC 7813) with a valid number inside.
fn track_data(written: &str) -> bool {
    let body = written.trim_start_matches(['%', 'B', 'b', ';']);
    body.split(['^', '=']).next().is_some_and(|number| pan(&number.replace(' ', "")))
}

/// Leading digits from `first` to `last`, both of `places` digits, and the lengths that scheme uses.
struct Issuer {
    first: u64,
    last: u64,
    places: usize,
    lengths: std::ops::RangeInclusive<usize>,
}

const fn issuer(first: u64, last: u64, places: usize, shortest: usize, longest: usize) -> Issuer {
    Issuer { first, last, places, lengths: shortest..=longest }
}

const ISSUERS: [Issuer; 32] = [
    // Visa
    issuer(4, 4, 1, 13, 13),
    issuer(4, 4, 1, 16, 16),
    issuer(4, 4, 1, 19, 19),
    // Mastercard
    issuer(51, 55, 2, 16, 16),
    issuer(2221, 2720, 4, 16, 16),
    // American Express
    issuer(34, 34, 2, 15, 15),
    issuer(37, 37, 2, 15, 15),
    // Discover
    issuer(6011, 6011, 4, 16, 19),
    issuer(644, 649, 3, 16, 19),
    issuer(65, 65, 2, 16, 19),
    // Diners Club
    issuer(300, 305, 3, 14, 16),
    issuer(3095, 3095, 4, 14, 16),
    issuer(36, 36, 2, 14, 14),
    issuer(38, 39, 2, 14, 14),
    // JCB
    issuer(3528, 3589, 4, 16, 19),
    issuer(2131, 2131, 4, 15, 15),
    issuer(1800, 1800, 4, 15, 15),
    // UnionPay
    issuer(62, 62, 2, 16, 19),
    issuer(810, 817, 3, 16, 19),
    // Maestro
    issuer(5018, 5018, 4, 12, 19),
    issuer(5020, 5020, 4, 12, 19),
    issuer(5038, 5038, 4, 12, 19),
    issuer(56, 58, 2, 12, 19),
    issuer(6304, 6304, 4, 12, 19),
    issuer(6390, 6390, 4, 12, 19),
    issuer(67, 67, 2, 12, 19),
    // Mir, RuPay, Elo, Troy
    issuer(2200, 2204, 4, 16, 19),
    issuer(60, 60, 2, 16, 16),
    issuer(508, 508, 3, 16, 16),
    issuer(5067, 5067, 4, 16, 16),
    issuer(5090, 5090, 4, 16, 16),
    issuer(9792, 9792, 4, 16, 16),
];

fn in_issuer_range(pan: &[u8]) -> bool {
    let is_of = |issuer: &Issuer| {
        let head = pan.get(..issuer.places).map(number);
        issuer.lengths.contains(&pan.len())
            && head.is_some_and(|head| (issuer.first..=issuer.last).contains(&head))
    };
    ISSUERS.iter().any(is_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_test_numbers_of_each_scheme() {
        for valid in [
            "4111111111111111",
            "4242424242424242",
            "4222222222222",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "6011000990139424",
            "3530111333300000",
            "30569309025904",
            "6200000000000005",
            "6759649826438453",
            "2201382000000013",
        ] {
            assert!(pan(valid), "{valid}");
        }
    }

    #[test]
    fn wrong_digit_range_or_length() {
        for wrong in [
            "4242424242424241",
            "9259902219731810",
            "424242424242424",
            "0000000000000000",
            "1234567812345670",
            "4242A",
        ] {
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
