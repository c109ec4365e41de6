//! Fingerprints of documents: keyed hashes of eight words in a row, thinned by winnowing, found again after light
//! edits.
//!
//! Of every six hashes in a row the least is kept (Schleimer, Wilkerson and Aiken, 2003), so any thirteen words that a
//! text shares with a document share a kept hash. Every hash of a text is looked up, so what was moved, re-cased or
//! re-spaced is found whole; a changed word loses the eight hashes that hold it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::container;
use super::error::OwnError;
use super::key::OwnKey;
use super::sieve::Sieve;
use super::words::Words;
use super::{DOCUMENT_MATCH, finding};
use crate::finding::Finding;

pub(super) const MAGIC: &[u8; 8] = b"annexFPR";
/// Words of a hash.
const SHINGLE: usize = 8;
/// Hashes of which one is kept.
const WINDOW: usize = 6;
/// Words that a stretch must share with documents.
const LEAST_WORDS: usize = 24;
/// Words between shared ones that still belong to the stretch: two changed words.
const HOLE_WORDS: usize = 16;
/// Different words of a hash, at least: rows of zeros or dashes tell nothing.
const LEAST_DIFFERENT: usize = 4;
const CONFIDENCE: f32 = 0.9;
const DETECTOR: &str = "fingerprint";
/// Stands for a hash that isn't looked at.
const DULL: u64 = u64::MAX;

/// Keyed hashes of documents.
#[derive(Debug)]
pub struct Fingerprints {
    name: String,
    key: OwnKey,
    documents: u32,
    sieve: Sieve,
    /// Sorted.
    hashes: Vec<u64>,
    /// Number of the document of each hash, from 1.
    of: Vec<u32>,
    digest: [u8; 32],
}

/// Gathers the hashes of documents.
#[derive(Debug)]
pub struct FingerprintsBuilder {
    name: String,
    key: OwnKey,
    except: HashSet<u64>,
    kept: Vec<(u64, u32)>,
    documents: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    name: String,
    key: String,
    documents: u32,
}

impl FingerprintsBuilder {
    /// No documents yet; `except` are texts whose words may leave: templates, terms, press releases.
    #[must_use]
    pub fn new(name: &str, key: &OwnKey, except: &[&str]) -> Self {
        let excepted = except.iter().flat_map(|text| shingles(key, &Words::of(text)));
        let except = excepted.collect();
        Self { name: name.to_owned(), key: key.clone(), except, kept: Vec::new(), documents: 0 }
    }

    /// Takes a document's text in and gives its number, from 1; nothing when it has too few words to be told again.
    pub fn push(&mut self, text: &str) -> Option<u32> {
        let mut hashes = shingles(&self.key, &Words::of(text));
        hashes.iter_mut().filter(|h| self.except.contains(h)).for_each(|h| *h = DULL);
        let known = hashes.iter().filter(|h| **h != DULL).count();
        if known + SHINGLE <= LEAST_WORDS {
            return None;
        }
        self.documents = self.documents.checked_add(1)?;
        let number = self.documents;
        self.kept.extend(winnowed(&hashes).into_iter().map(|h| (h, number)));
        Some(number)
    }

    /// The fingerprints.
    ///
    /// # Errors
    /// When no document was taken, or more than one file can hold.
    pub fn finish(mut self) -> Result<Fingerprints, OwnError> {
        if self.kept.is_empty() {
            return Err(OwnError::Empty(self.name));
        }
        self.kept.sort_unstable();
        self.kept.dedup_by_key(|(hash, _)| *hash);
        let (hashes, of): (Vec<u64>, Vec<u32>) = self.kept.into_iter().unzip();
        let (name, key, documents) = (self.name, self.key, self.documents);
        let sieve = Sieve::of(&hashes);
        let mut prints = Fingerprints { name, key, documents, sieve, hashes, of, digest: [0; 32] };
        let bytes = prints.to_bytes()?;
        prints.digest = container::read(MAGIC, &prints.name, &bytes)?.digest;
        Ok(prints)
    }
}

impl Fingerprints {
    /// Name that they were built under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of their file's content.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Number of documents, and of hashes kept of them.
    #[must_use]
    pub fn size(&self) -> (u32, usize) {
        (self.documents, self.hashes.len())
    }

    /// The bytes of their file.
    ///
    /// # Errors
    /// When it is too large for one file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, OwnError> {
        let header =
            Header { name: self.name.clone(), key: self.key.id().to_owned(), documents: self.documents };
        let header = toml::to_string(&header).map_err(|_| OwnError::TooLarge(self.name.clone()))?;
        let hashes = self.hashes.iter().flat_map(|h| h.to_le_bytes()).collect();
        let of = self.of.iter().flat_map(|d| d.to_le_bytes()).collect();
        container::write(MAGIC, &header, &[self.sieve.bytes().to_vec(), hashes, of])
    }

    /// From the bytes of their file; `name` is the file's, for errors.
    ///
    /// # Errors
    /// Names the file and what is wrong: no fingerprints, damaged, another key, a newer version.
    pub fn read(name: &str, bytes: &[u8], key: &OwnKey) -> Result<Self, OwnError> {
        let damaged = || OwnError::Damaged { name: name.to_owned(), what: "its content doesn't fit" };
        let file = container::read(MAGIC, name, bytes)?;
        let header: Header = toml::from_str(file.header).map_err(|_| damaged())?;
        if header.key != key.id() {
            let (built, given) = (header.key, key.id().to_owned());
            return Err(OwnError::OtherKey { name: name.to_owned(), built, given });
        }
        let [sieve, hashes, of] = file.sections.as_slice() else { return Err(damaged()) };
        let sieve = Sieve::read(sieve).ok_or_else(damaged)?;
        let hashes: Vec<u64> = hashes.as_chunks::<8>().0.iter().map(|h| u64::from_le_bytes(*h)).collect();
        let of: Vec<u32> = of.as_chunks::<4>().0.iter().map(|d| u32::from_le_bytes(*d)).collect();
        if hashes.len() != of.len() || !hashes.is_sorted() {
            return Err(damaged());
        }
        let (key, documents, digest) = (key.clone(), header.documents, file.digest);
        Ok(Self { name: header.name, key, documents, sieve, hashes, of, digest })
    }

    /// Stretches of a text that stand in the documents: at least 24 words of theirs, more than half of the stretch.
    #[must_use]
    //= iso27001-2022:A.8.12
    pub fn find(&self, text: &str) -> Vec<Finding> {
        self.find_words(&Words::of(text))
    }

    pub(super) fn find_words(&self, words: &Words) -> Vec<Finding> {
        if words.len() < LEAST_WORDS {
            return Vec::new();
        }
        let hashes = shingles(&self.key, words);
        let matches = hashes.iter().enumerate().filter_map(|(at, hash)| Some((at, self.document(*hash)?)));
        let mut stretches: Vec<Stretch> = Vec::new();
        for (at, document) in matches {
            match stretches.last_mut().filter(|s| at <= s.end + HOLE_WORDS) {
                Some(stretch) => stretch.grow(at),
                None => stretches.push(Stretch::at(at, document)),
            }
        }
        stretches.iter().filter(|s| s.tells()).map(|s| self.finding(words, s)).collect()
    }

    fn document(&self, hash: u64) -> Option<u32> {
        if hash == DULL || !self.sieve.passes(hash) {
            return None;
        }
        let at = self.hashes.binary_search(&hash).ok()?;
        self.of.get(at).copied()
    }

    fn finding(&self, words: &Words, stretch: &Stretch) -> Finding {
        let Stretch { start, end, shared, document } = *stretch;
        let why = format!("{shared} of {} words stand in document {document} of {}", end - start, self.name);
        finding(words.span(&(start..end)), DOCUMENT_MATCH, CONFIDENCE, DETECTOR, why)
    }
}

/// Words in a row of which many stand in documents.
struct Stretch {
    start: usize,
    end: usize,
    shared: usize,
    /// The document of its first match.
    document: u32,
}

impl Stretch {
    fn at(at: usize, document: u32) -> Self {
        Self { start: at, end: at + SHINGLE, shared: SHINGLE, document }
    }

    fn grow(&mut self, at: usize) {
        let end = at + SHINGLE;
        self.shared += end - at.max(self.end);
        self.end = end;
    }

    fn tells(&self) -> bool {
        self.shared >= LEAST_WORDS && self.shared * 2 > self.end - self.start
    }
}

/// The keyed hash of each eight words in a row; [`DULL`] where they say too little.
fn shingles(key: &OwnKey, words: &Words) -> Vec<u64> {
    let each: Vec<u64> = (0..words.len()).map(|at| key.quick(words.word(at).as_bytes())).collect();
    each.windows(SHINGLE).map(|eight| shingle(key, eight)).collect()
}

fn shingle(key: &OwnKey, eight: &[u64]) -> u64 {
    let different =
        eight.iter().enumerate().filter(|(at, w)| !eight.iter().take(*at).any(|o| o == *w)).count();
    if different < LEAST_DIFFERENT {
        return DULL;
    }
    let mut bytes = [0; SHINGLE * 8];
    bytes.as_chunks_mut::<8>().0.iter_mut().zip(eight).for_each(|(to, word)| *to = word.to_le_bytes());
    key.quick(&bytes).min(DULL - 1)
}

/// Of each [`WINDOW`] hashes the least; all of fewer than that count as one window.
fn winnowed(hashes: &[u64]) -> Vec<u64> {
    let least = |window: &[u64]| window.iter().copied().min().filter(|h| *h != DULL);
    let mut kept: Vec<u64> = match hashes.len() {
        0..WINDOW => least(hashes).into_iter().collect(),
        _ => hashes.windows(WINDOW).filter_map(least).collect(),
    };
    kept.dedup();
    kept
}

#[cfg(test)]
#[path = "fingerprints_tests.rs"]
mod tests;
