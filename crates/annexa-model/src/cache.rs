//! Windows that were read before: chat clients send the whole conversation again with every turn.
//!
//! An entry is found by a keyed hash over who asks, the model and the bytes that the window read, so it holds no text, says
//! nothing without the key, and is never another tenant's. Two generations stand in for a list by age: what is asked for
//! moves into the young one, and when that is full the old one is dropped.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::decode::Span;
use crate::model::{Model, WindowReading};
use crate::window::Window;

const SHARDS: usize = 16;

type Key = [u8; 32];

/// Readings of windows, found again by the bytes that were read.
pub struct Cache {
    secret: [u8; 32],
    of_a_generation: usize,
    lives: Duration,
    shards: [Mutex<Generations>; SHARDS],
}

#[derive(Default)]
struct Generations {
    young: HashMap<Key, Entry>,
    old: HashMap<Key, Entry>,
}

#[derive(Clone)]
struct Entry {
    /// Spans relative to the window's first byte.
    spans: Vec<Span>,
    reading: WindowReading,
    /// When it ends, on the caller's clock.
    until: Duration,
}

impl Cache {
    /// Room for `windows` readings, each of about 1 KB, which are forgotten after `lives`. The `secret` is drawn anew for
    /// every process.
    #[must_use]
    pub fn new(secret: [u8; 32], windows: usize, lives: Duration) -> Self {
        let of_a_generation = (windows / (2 * SHARDS)).max(1);
        Cache { secret, of_a_generation, lives, shards: Default::default() }
    }

    /// What [`Model::read_window`] gives, read or remembered. `scope` is the tenant, `now` the time on any clock that never
    /// goes back. `read` runs what has to be read, e.g. on another thread's time.
    pub fn read_window(
        &self,
        model: &Model,
        text: &str,
        window: &Window,
        (scope, now): (&str, Duration),
        read: impl FnOnce() -> (Vec<Span>, WindowReading),
    ) -> (Vec<Span>, WindowReading) {
        let key = self.key(model, text, window, scope);
        if let Some(entry) = self.find(&key, now) {
            return entry.at(window);
        }
        let (spans, reading) = read();
        self.keep(key, Entry::of(&spans, &reading, window, now + self.lives));
        (spans, reading)
    }

    /// Each part has its length before it, so that no two questions are the same bytes.
    fn key(&self, model: &Model, text: &str, window: &Window, scope: &str) -> Key {
        let bytes = text.get(window.range.clone()).unwrap_or_default();
        let mut hash = Sha256::new();
        hash.update(self.secret);
        hash.update(model.digest());
        for number in [
            scope.len(),
            bytes.len(),
            window.fresh.start.saturating_sub(window.range.start),
            window.fresh.end.saturating_sub(window.range.start),
        ] {
            hash.update((number as u64).to_le_bytes());
        }
        hash.update(scope);
        hash.update(bytes);
        hash.finalize().into()
    }

    fn shard(&self, key: &Key) -> &Mutex<Generations> {
        let [first, ..] = key;
        let [zeroth, ..] = &self.shards;
        self.shards.get(usize::from(*first) % SHARDS).unwrap_or(zeroth)
    }

    fn find(&self, key: &Key, now: Duration) -> Option<Entry> {
        let mut shard = self.shard(key).lock().unwrap_or_else(PoisonError::into_inner);
        let alive = |entry: &&Entry| now < entry.until;
        if let Some(entry) = shard.young.get(key) {
            return Some(entry).filter(alive).cloned();
        }
        let entry = shard.old.remove(key).filter(|entry| alive(&entry))?;
        shard.keep(*key, entry.clone(), self.of_a_generation);
        Some(entry)
    }

    fn keep(&self, key: Key, entry: Entry) {
        let mut shard = self.shard(&key).lock().unwrap_or_else(PoisonError::into_inner);
        shard.keep(key, entry, self.of_a_generation);
    }
}

impl Generations {
    fn keep(&mut self, key: Key, entry: Entry, room: usize) {
        if self.young.len() >= room && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, entry);
    }
}

impl Entry {
    fn of(spans: &[Span], reading: &WindowReading, window: &Window, until: Duration) -> Entry {
        let mut spans = spans.to_vec();
        spans.iter_mut().for_each(|span| span.shift_back(window.range.start));
        Entry { spans, reading: reading.clone(), until }
    }

    /// The entry where the same bytes stand again.
    fn at(mut self, window: &Window) -> (Vec<Span>, WindowReading) {
        self.spans.iter_mut().for_each(|span| span.shift(window.range.start));
        self.reading.range = window.range.clone();
        self.reading.fresh = window.fresh.clone();
        (self.spans, self.reading)
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("of_a_generation", &self.of_a_generation).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scratch;
    use crate::model::golden_tests::committed;
    use proptest::prelude::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn cache(windows: usize) -> Cache {
        Cache::new([7; 32], windows, MINUTE)
    }

    /// The readings of all windows of a text, and how many were read rather than remembered.
    fn read(cache: &Cache, model: &Model, text: &str, scope: &str, now: Duration) -> (Vec<Span>, usize) {
        let mut scratch = Scratch::default();
        let mut count = 0;
        let windows = model.windows(text, &mut scratch);
        let readings: Vec<_> = windows
            .iter()
            .map(|window| {
                cache.read_window(model, text, window, (scope, now), || {
                    count += 1;
                    model.read_window(text, window, &mut scratch)
                })
            })
            .collect();
        (Model::join(readings).spans, count)
    }

    const TURN: &str =
        "Please write to Maria Schneider in Hamburg. She was born on 3 May 1961 and works as a nurse.";

    #[test]
    fn a_second_turn_reads_only_what_is_new() {
        let (model, cache) = (committed(), cache(64));
        let (first, count) = read(&cache, &model, TURN, "bank", MINUTE);
        assert!(count > 0 && !first.is_empty());
        assert_eq!(read(&cache, &model, TURN, "bank", MINUTE), (first, 0));
    }

    #[test]
    fn entries_are_the_tenants_own_and_end() {
        let (model, cache) = (committed(), cache(64));
        read(&cache, &model, TURN, "bank", Duration::ZERO);
        assert!(
            read(&cache, &model, TURN, "hospital", Duration::ZERO).1 > 0,
            "another tenant's entry was used"
        );
        assert_eq!(read(&cache, &model, TURN, "bank", MINUTE - Duration::from_millis(1)).1, 0);
        assert!(read(&cache, &model, TURN, "bank", MINUTE).1 > 0, "an entry outlived its time");
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let (model, cache) = (committed(), cache(64));
        for n in 0..400 {
            read(&cache, &model, &format!("Call number {n} came from Peter."), "bank", Duration::ZERO);
        }
        let kept: usize =
            cache.shards.iter().map(|s| s.lock().unwrap()).map(|s| s.young.len() + s.old.len()).sum();
        assert!((16..=64).contains(&kept), "{kept}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn the_cache_changes_nothing(parts in prop::collection::vec(0usize..6, 1..8), again in 0usize..3) {
            const PARTS: [&str; 6] = ["Dear Mr Okafor,\n", TURN, " ", "The invoice of 4 June is unpaid. ", "é漢字 ", "Ana López "];
            let text: String = parts.iter().filter_map(|p| PARTS.get(*p)).copied().collect();
            let (model, cache) = (committed(), cache(32));
            let plain = model.read(&text, &mut Scratch::default());
            for _ in 0..=again {
                let (spans, _) = read(&cache, &model, &text, "t", Duration::ZERO);
                prop_assert_eq!(&spans, &plain.spans);
            }
        }
    }
}
