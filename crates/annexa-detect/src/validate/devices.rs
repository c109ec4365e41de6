//! Devices and vehicles: IMEI, SIM card, VIN.

use super::checksum::luhn;
use super::digits::{Digits, all_same, base_36, digits, symbols};
use super::{Validator, Verdict, of};

pub(super) const TABLE: &[(&str, Validator)] =
    &[("imei", |c| of(imei(c.compact))), ("iccid", |c| of(iccid(c.compact))), ("vin", |c| vin(c.compact))];

/// 3GPP TS 23.003: fifteen digits with Luhn, or sixteen with a software version instead of the check digit.
fn imei(compact: &str) -> bool {
    match compact.len() {
        16 => digits::<16>(compact).is_some_and(|d| !all_same(&d)),
        _ => digits::<15>(compact).is_some_and(|d| luhn(&d) && !all_same(&d)),
    }
}

/// ITU-T E.118: telecom prefix 89, nineteen or twenty digits, Luhn.
fn iccid(compact: &str) -> bool {
    let long_enough = matches!(compact.len(), 19 | 20) && compact.starts_with("89");
    long_enough && Digits::of(compact).is_some_and(|d| luhn(d.as_slice()))
}

/// ISO 3779: proven by the check digit that North America and China ask for, plausible without it.
fn vin(compact: &str) -> Verdict {
    let Some(vin) = symbols::<17>(compact).filter(is_vin_layout) else { return Verdict::Invalid };
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum: Option<u32> =
        vin.iter().zip(weights).map(|(byte, weight)| Some(transliterated(*byte)? * weight)).sum();
    let check = if vin[8] == b'X' { Some(10) } else { base_36(vin[8]).filter(|value| *value < 10) };
    if sum.map(|sum| sum % 11) == check { Verdict::Proven } else { Verdict::Plausible }
}

/// No I, O or Q; letters and digits both; no zero as model year.
fn is_vin_layout(vin: &[u8; 17]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !b"IOQ".contains(byte));
    let digits = vin.iter().filter(|byte| byte.is_ascii_digit()).count();
    vin.iter().all(allowed) && (1..17).contains(&digits) && vin[0] != b'0'
}

/// A letter's value in the check sum: A to I count 1 to 9, J to R 1 to 9, S to Z 2 to 9.
fn transliterated(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'I' => Some(u32::from(byte - b'A') + 1),
        b'J'..=b'R' => Some(u32::from(byte - b'J') + 1),
        b'S'..=b'Z' => Some(u32::from(byte - b'S') + 2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imeis() {
        assert!(imei("490154203237518") && imei("356938035643809") && imei("4901542032375181"));
        assert!(!imei("490154203237519") && !imei("000000000000000") && !imei("49015420323751"));
    }

    #[test]
    fn sim_cards() {
        assert!(iccid("8944500102198304826"));
        assert!(!iccid("8944500102198304827") && !iccid("9044500102198304826"));
    }

    #[test]
    fn vins() {
        assert_eq!(vin("1M8GDM9AXKP042788"), Verdict::Proven);
        assert_eq!(vin("5GZCZ43D13S812715"), Verdict::Proven);
        assert_eq!(vin("WVWZZZ1KZAW000001"), Verdict::Plausible);
        assert_eq!(vin("1M8GDM9AXKP04278I"), Verdict::Invalid);
        assert_eq!(vin("ABCDEFGHJKLMNPRST"), Verdict::Invalid);
        assert_eq!(vin("12345678901234567"), Verdict::Invalid);
    }
}
