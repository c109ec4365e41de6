//! Days and months out of milliseconds, in UTC, and back (the proleptic Gregorian calendar by its 400-year cycle).

const DAY_MS: i64 = 86_400_000;

/// `2026-11-24`.
pub(crate) fn day(ms: i64) -> String {
    let (year, month, day) = civil(ms.div_euclid(DAY_MS));
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2026-11`.
pub(crate) fn month(ms: i64) -> String {
    let (year, month, _) = civil(ms.div_euclid(DAY_MS));
    format!("{year:04}-{month:02}")
}

/// The day's number since 1970-01-01.
pub(crate) fn day_number(ms: i64) -> i64 {
    ms.div_euclid(DAY_MS)
}

/// The first millisecond after a day written as `2026-11-24`.
pub(crate) fn end_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let number = |part: Option<&str>| part?.parse::<i64>().ok();
    let (year, month, date) = (number(parts.next())?, number(parts.next())?, number(parts.next())?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let ms = days(year, month, date) * DAY_MS;
    (day(ms) == text).then_some(ms + DAY_MS)
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March put the leap day at their end.
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_era = year.rem_euclid(400) * 365 + year.rem_euclid(400) / 4 - year.rem_euclid(400) / 100 + of_year;
    year.div_euclid(400) * 146_097 + of_era - 719_468
}

fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year + shifted.div_euclid(146_097) * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_days() {
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(-1), "1969-12-31");
        assert_eq!(day(951_782_400_000), "2000-02-29");
        assert_eq!(month(1_764_000_000_000), "2025-11");
        assert_eq!(end_of_day("2000-02-29"), Some(951_868_800_000));
        assert_eq!(end_of_day("2001-02-29"), None);
        assert_eq!(end_of_day("2001-2-3"), None);
        assert_eq!(end_of_day("yesterday"), None);
    }

    proptest! {
        #[test]
        fn days_read_back(number in 0_i64..2_900_000) {
            let text = day(number * DAY_MS);
            prop_assert_eq!(end_of_day(&text), Some((number + 1) * DAY_MS));
        }
    }
}
