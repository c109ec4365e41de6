//! Randomness for tests: a stream that never repeats, from a seed.

use std::sync::Mutex;

use aws_lc_rs::digest::{SHA256, digest};

use crate::Random;

/// Gives SHA-256 of a counter, block after block.
pub(crate) struct Counting(Mutex<u64>);

impl Counting {
    pub(crate) fn from(seed: u64) -> Self {
        Self(Mutex::new(seed << 32))
    }
}

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let mut counter = self.0.lock().unwrap();
        for chunk in bytes.chunks_mut(32) {
            *counter += 1;
            let block = digest(&SHA256, &counter.to_be_bytes());
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
    }
}
