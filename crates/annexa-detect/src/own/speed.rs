//! What a list costs: time to build, bytes for a value, lookups in a second. Run by the example `own`.

use std::time::Instant;

use super::build::{Columns, ListBuilder};
use super::error::OwnError;
use super::exact::ExactList;
use super::fingerprints::{Fingerprints, FingerprintsBuilder};
use super::key::OwnKey;
use crate::finding::Finding;

/// Measured on the thread that asked, with values that are numbers of twelve digits.
#[derive(Debug, Clone)]
pub struct Speed {
    /// Values in the list.
    pub values: usize,
    /// Seconds to build it from strings, with its bytes.
    pub build: f64,
    /// Seconds to read its bytes.
    pub read: f64,
    /// Bytes of the file for each value.
    pub bytes_each: f64,
    /// Lookups in a second of numbers that are in the list.
    pub hits: f64,
    /// Lookups in a second of numbers of the same form that are not.
    pub misses: f64,
    /// Of the latter, how many were wrongly found.
    pub wrong: usize,
    /// Megabytes (10^6 bytes) of prose without a number read in a second.
    pub prose: f64,
    /// The same, beside fingerprints of a thousand documents of five hundred words.
    pub documents: f64,
}

/// Builds a list of `values` values and asks it `lookups` times for members and for strangers.
///
/// # Errors
/// When the list can't be built or read.
pub fn measure(values: usize, lookups: usize) -> Result<Speed, OwnError> {
    let key = OwnKey::new(b"a key for measuring, of 32 bytes")?;
    let begin = Instant::now();
    let mut builder = ListBuilder::new("speed", &key, Columns::parse("v", &["v"])?);
    (0..values).for_each(|n| builder.push(&[&number(n, 1)]));
    let bytes = builder.finish()?.0.to_bytes()?;
    let build = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let list = ExactList::read("speed", &bytes, &key)?;
    let read = begin.elapsed().as_secs_f64();
    let bytes_each = bytes.len() as f64 / values as f64;
    let (_, hits) = ask(&list, (0..lookups).map(|n| number(n % values, 1)));
    let (wrong, misses) = ask(&list, (0..lookups).map(|n| number(n, 2)));
    let prose =
        "The committee met on the first floor and agreed that the new process works well. ".repeat(50_000);
    let prints = documents(&key)?;
    let documents = reading(&prose, |text| prints.find(text));
    let prose = reading(&prose, |text| list.find(text));
    Ok(Speed { values, build, read, bytes_each, hits, misses, wrong, prose, documents })
}

/// Megabytes of a text read in a second.
fn reading(text: &str, find: impl Fn(&str) -> Vec<Finding>) -> f64 {
    let begin = Instant::now();
    std::hint::black_box(find(text));
    text.len() as f64 / 1e6 / begin.elapsed().as_secs_f64()
}

fn documents(key: &OwnKey) -> Result<Fingerprints, OwnError> {
    let mut builder = FingerprintsBuilder::new("speed", key, &[]);
    for document in 0..1_000 {
        let words: Vec<String> = (0..500).map(|word| number(document * 500 + word, 3)).collect();
        builder.push(&words.join(" "));
    }
    builder.finish()
}

/// Each `n` another number of twelve digits; the sets of `first` 1 and 2 share none.
fn number(n: usize, first: u8) -> String {
    format!("{first}{:011}", (n * 7_919 + 13) % 100_000_000_000)
}

fn ask(list: &ExactList, values: impl Iterator<Item = String>) -> (usize, f64) {
    // Passages of a hundred numbers; a blank line between two keeps runs to one number.
    let values: Vec<String> = values.collect();
    let texts: Vec<String> = values.chunks(100).map(|hundred| hundred.join("\n\n")).collect();
    let begin = Instant::now();
    let found = texts.iter().map(|text| list.find(text).len()).sum();
    (found, values.len() as f64 / begin.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_hundred_thousand_values_err_less_than_once_in_a_million() {
        let speed = super::measure(100_000, 200_000).unwrap();
        assert_eq!(speed.wrong, 0);
        assert!(speed.bytes_each < 6.0, "{speed:?}");
    }
}
