//! National identifiers of the Nordic and Baltic countries.

use super::checksum::{eleven_minus, luhn};
use super::digits::{digits, is_date, number, symbols, values, weighted};
use super::{Validator, Verdict, of};

pub(super) const TABLE: &[(&str, Validator)] = &[
    ("se_personnummer", |c| of(se_personnummer(c.compact))),
    ("no_fodselsnummer", |c| of(no_fodselsnummer(c.compact))),
    ("dk_cpr", |c| dk_cpr(c.compact)),
    ("fi_hetu", |c| of(fi_hetu(c.compact))),
    ("is_kennitala", |c| of(is_kennitala(c.compact))),
    ("baltic_code", |c| of(baltic_code(c.compact))),
    ("lv_code", |c| of(lv_code(c.compact))),
];

/// Personnummer and samordningsnummer (day plus 60), with or without the century: date and Luhn.
fn se_personnummer(compact: &str) -> bool {
    let short = match compact.len() {
        12 if matches!(compact.get(..2), Some("18" | "19" | "20")) => compact.get(2..).unwrap_or_default(),
        _ => compact,
    };
    digits::<10>(short).is_some_and(|d| {
        let day = number(&d[4..6]);
        let day = if day > 60 { day - 60 } else { day };
        is_date(number(&d[..2]), number(&d[2..4]), day) && luhn(&d)
    })
}

/// Fødselsnummer, D-number (day plus 40), and numbers of hospitals and tests (month plus 40, 65, 80): two check digits.
fn no_fodselsnummer(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| {
        let (day, month) = (number(&d[..2]), number(&d[2..4]));
        let day = if day > 40 { day - 40 } else { day };
        let month = [0, 40, 65, 80]
            .into_iter()
            .filter_map(|plus| month.checked_sub(plus))
            .find(|m| (1..13).contains(m));
        let born = month.is_some_and(|month| is_date(number(&d[4..6]), month, day));
        born && eleven_minus(&d[..9], &[3, 7, 6, 1, 8, 9, 4, 5, 2]) == Some(d[9])
            && eleven_minus(&d[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) == Some(d[10])
    })
}

/// CPR number: a date; proven by modulus 11, which numbers given out since 2007 need not meet.
fn dk_cpr(compact: &str) -> Verdict {
    let Some(d) = digits::<10>(compact) else { return Verdict::Invalid };
    if !is_date(number(&d[4..6]), number(&d[2..4]), number(&d[..2])) {
        return Verdict::Invalid;
    }
    let sum = weighted(&d, &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]);
    if sum.is_multiple_of(11) { Verdict::Proven } else { Verdict::Plausible }
}

/// Henkilötunnus: date, century sign (lost when it is a separator), order, rest by 31.
fn fi_hetu(compact: &str) -> bool {
    let bytes = match symbols::<11>(compact) {
        Some([a, b, c, d, e, f, sign, rest @ ..]) if b"ABCDEFUVWXY".contains(&sign) => {
            let [g, h, i, check] = rest;
            Some([a, b, c, d, e, f, g, h, i, check])
        }
        _ => symbols::<10>(compact),
    };
    let Some(bytes) = bytes else { return false };
    let Some(d) = values::<9>(&bytes[..9]) else { return false };
    let table = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let rest = number(&d) % 31;
    is_date(number(&d[4..6]), number(&d[2..4]), number(&d[..2]))
        && table.iter().zip(0..).any(|(check, place)| place == rest && *check == bytes[9])
}

/// Kennitala: date (companies: day plus 40), check digit ninth, century last.
fn is_kennitala(compact: &str) -> bool {
    digits::<10>(compact).is_some_and(|d| {
        let day = number(&d[..2]);
        let day = if day > 40 { day - 40 } else { day };
        let born = is_date(number(&d[4..6]), number(&d[2..4]), day);
        born && eleven_minus(&d[..8], &[3, 2, 7, 6, 5, 4, 3, 2]) == Some(d[8]) && matches!(d[9], 0 | 8 | 9)
    })
}

/// Isikukood of Estonia and asmens kodas of Lithuania: sex and century, date, two rounds of modulus 11.
fn baltic_code(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| {
        let born = is_date(number(&d[1..3]), number(&d[3..5]), number(&d[5..7]));
        let first = weighted(&d[..10], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
        let second = weighted(&d[..10], &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10;
        let check = if first < 10 { first } else { second };
        matches!(d[0], 1..=8) && born && check == u32::from(d[10])
    })
}

/// Personas kods: a date and a check digit, or since 2017 a number that begins with 32.
fn lv_code(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| {
        let born = is_date(number(&d[4..6]), number(&d[2..4]), number(&d[..2]));
        let check = (1 + weighted(&d[..10], &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10;
        (born && check == u32::from(d[10])) || (number(&d[..2]) == 32 && d[2] > 0)
    })
}

#[cfg(test)]
#[path = "europe_north_tests.rs"]
mod tests;
