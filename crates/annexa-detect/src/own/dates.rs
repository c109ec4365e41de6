//! Dates in digits, in one form: `1980-03-12`, `12.03.1980` and `3/12/1980` can all be `19800312`.
//!
//! Where day and month can't be told apart both readings count, in lists and in texts. Names of months and years of
//! two digits are not read.

/// The readings of three groups of digits as `YYYYMMDD`; none when they are no date.
pub(super) fn readings(groups: [&str; 3]) -> Vec<String> {
    let [a, b, c] = groups;
    let orders = match groups.map(str::len) {
        [4, 1..=2, 1..=2] => vec![(a, b, c)],
        [1..=2, 1..=2, 4] => vec![(c, b, a), (c, a, b)],
        _ => return Vec::new(),
    };
    let mut readings: Vec<String> = orders.into_iter().filter_map(|(y, m, d)| date(y, m, d)).collect();
    readings.dedup();
    readings
}

fn date(year: &str, month: &str, day: &str) -> Option<String> {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if ![year, month, day].into_iter().all(digits) {
        return None;
    }
    let (y, m, d): (u16, u8, u8) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let fits = (1800..2200).contains(&y) && (1..=12).contains(&m) && (1..=31).contains(&d);
    fits.then(|| format!("{y:04}{m:02}{d:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read() {
        assert_eq!(readings(["1980", "03", "12"]), ["19800312"]);
        assert_eq!(readings(["31", "3", "1980"]), ["19800331"]);
        assert_eq!(readings(["12", "3", "1980"]), ["19800312", "19801203"]);
        assert_eq!(readings(["5", "5", "1980"]), ["19800505"]);
        assert!(readings(["41", "44", "6681"]).is_empty() && readings(["a", "b", "1980"]).is_empty());
    }
}
