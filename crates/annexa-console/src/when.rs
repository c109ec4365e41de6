//! Times, durations and numbers as people read them.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcDateTime};

/// RFC 3339 in UTC, to the millisecond.
pub(crate) fn full(ms: i64) -> String {
    at(ms).and_then(|t| OffsetDateTime::from(t).format(&Rfc3339).ok()).unwrap_or_default()
}

/// The time of day in UTC.
pub(crate) fn clock(ms: i64) -> String {
    at(ms).and_then(|t| t.format(format_description!("[hour]:[minute]:[second]")).ok()).unwrap_or_default()
}

/// Day and time of day in UTC.
pub(crate) fn day(ms: i64) -> String {
    let form =
        format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]:[second] UTC");
    at(ms).and_then(|t| t.format(form).ok()).unwrap_or_default()
}

fn at(ms: i64) -> Option<UtcDateTime> {
    UtcDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).ok()
}

/// A duration.
pub(crate) fn duration(ms: u32) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{:.2} s", f64::from(ms) / 1000.0),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// A number with its thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let apart = digits.chars().enumerate().flat_map(|(at, c)| {
        let here = at > 0 && (digits.len() - at).is_multiple_of(3);
        here.then_some('\u{202f}').into_iter().chain([c])
    });
    apart.collect()
}

/// A size in bytes.
pub(crate) fn bytes(number: u64) -> String {
    match number {
        0..1024 => format!("{number} B"),
        1024..1_048_576 => format!("{}.{} KB", number / 1024, number % 1024 * 10 / 1024),
        _ => format!("{}.{} MB", number >> 20, ((number & 0xf_ffff) * 10) >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_utc() {
        assert_eq!(full(1_790_000_000_123), "2026-09-21T14:13:20.123Z");
        assert_eq!(clock(1_790_000_000_123), "14:13:20");
        assert_eq!(day(1_790_000_000_123), "21 Sep 2026, 14:13:20 UTC");
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(
            (grouped(7), grouped(1234), grouped(1_234_567)),
            ("7".into(), "1\u{202f}234".into(), "1\u{202f}234\u{202f}567".into())
        );
        assert_eq!(
            (duration(999), duration(1500), duration(61_000)),
            ("999 ms".into(), "1.50 s".into(), "1 min 1 s".into())
        );
        assert_eq!(
            (bytes(1023), bytes(1536), bytes(5 << 20)),
            ("1023 B".into(), "1.5 KB".into(), "5.0 MB".into())
        );
    }
}
