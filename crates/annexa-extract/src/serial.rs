//! Dates as sheets hold them: days since the end of 1899, told from numbers by the cell's format.

/// Days from 1899-12-30 to 1970-01-01.
const EPOCH: i64 = 25_569;
/// The largest day that is read: 9999-12-31.
const LAST: f64 = 2_958_465.0;

/// A serial number as `YYYY-MM-DD`; the time of day is left out.
pub(crate) fn date(serial: f64, since_1904: bool) -> Option<String> {
    if !(1.0..=LAST).contains(&serial) {
        return None;
    }
    // Within the range above, so the cast keeps the number.
    let days = serial.floor() as i64 + if since_1904 { 1_462 } else { 0 };
    let (year, month, day) = civil(days - EPOCH);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// Year, month and day of a number of days since 1970 (Howard Hinnant's algorithm).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Whether a format shows a date: one of Excel's own, or a code with a year or a day outside quotes and brackets.
pub(crate) fn is_date(id: u32, code: Option<&str>) -> bool {
    match code {
        None => matches!(id, 14..=17 | 22 | 27..=31 | 36 | 50..=58),
        Some(code) => {
            let mut outside = (false, false);
            code.chars().any(|c| {
                match c {
                    '"' => outside.0 = !outside.0,
                    '[' => outside.1 = true,
                    ']' => outside.1 = false,
                    _ => {}
                }
                outside == (false, false) && matches!(c, 'y' | 'Y' | 'd' | 'D')
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_are_dates() {
        assert_eq!(date(29_292.0, false).as_deref(), Some("1980-03-12"));
        assert_eq!(date(45_351.75, false).as_deref(), Some("2024-02-29"));
        assert_eq!(date(27_830.0, true).as_deref(), Some("1980-03-12"));
        assert_eq!(date(-4.0, false), None);
        assert_eq!(date(f64::NAN, false), None);
    }

    #[test]
    fn formats_tell_dates() {
        assert!(is_date(14, None) && is_date(170, Some("dd\\.mm\\.yyyy")));
        assert!(
            !is_date(2, None) && !is_date(170, Some("#,##0.00 \"day\"")) && !is_date(170, Some("[Red]0.0"))
        );
    }
}
