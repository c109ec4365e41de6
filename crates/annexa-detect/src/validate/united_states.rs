//! Numbers of the Social Security Administration and the Internal Revenue Service: allocated ranges, no check digit.

use super::digits::{all_same, digits, number};
use super::{Validator, Verdict, of};

pub(super) const TABLE: &[(&str, Validator)] = &[
    ("us_ssn", |c| us_ssn(c.compact)),
    ("us_itin", |c| of(us_itin(c.compact))),
    ("us_ein", |c| of(us_ein(c.compact))),
];

/// Area not 000, 666 or 900 and above; group and serial not zero. Numbers that advertisements made famous want a cue.
fn us_ssn(compact: &str) -> Verdict {
    let Some(d) = digits::<9>(compact).filter(|d| !all_same(d)) else { return Verdict::Invalid };
    let (area, group, serial) = (number(&d[..3]), number(&d[3..5]), number(&d[5..]));
    let allocated = (1..900).contains(&area) && area != 666 && group > 0 && serial > 0;
    match compact {
        _ if !allocated => Verdict::Invalid,
        "123456789" | "078051120" | "219099999" => Verdict::Plausible,
        _ => Verdict::Proven,
    }
}

/// Individual taxpayer number: begins with 9, its fourth and fifth digit in the ranges that the IRS gives out.
fn us_itin(compact: &str) -> bool {
    digits::<9>(compact).is_some_and(|d| {
        let group = number(&d[3..5]);
        d[0] == 9 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99)
    })
}

/// Employer number: a campus prefix that the IRS has given out.
fn us_ein(compact: &str) -> bool {
    digits::<9>(compact).is_some_and(|d| {
        let campus = number(&d[..2]);
        let unused = matches!(campus, 0 | 7..=9 | 17..=19 | 28 | 29 | 49 | 69 | 70 | 78 | 79 | 89 | 96 | 97);
        !unused && !all_same(&d)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn social_security_numbers() {
        for valid in ["536220726", "805011754", "899123456", "001010001"] {
            assert_eq!(us_ssn(valid), Verdict::Proven, "{valid}");
        }
        for wrong in
            ["000123456", "666123456", "900123456", "123004567", "123450000", "111111111", "12345678"]
        {
            assert_eq!(us_ssn(wrong), Verdict::Invalid, "{wrong}");
        }
        assert_eq!(us_ssn("078051120"), Verdict::Plausible);
    }

    #[test]
    fn taxpayers() {
        assert!(us_itin("912903456") && us_itin("900700000") && us_itin("999990000"));
        assert!(!us_itin("912934567") && !us_itin("812903456") && !us_itin("912493456"));
        assert!(us_ein("371263845") && us_ein("042103594") && us_ein("911144442"));
        assert!(!us_ein("071144442") && !us_ein("961144442") && !us_ein("9111444421"));
    }
}
