//! Authorisations that were made before, within one set of policies. Bounded, and emptied whole when full.
//!
//! The key is everything that an authorisation can depend on, written out in full: two questions share an entry
//! only when no policy can tell them apart.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::authorise::{Case, Settled};
use crate::question::Question;
use crate::reads::Reads;

const ENTRIES: usize = 4096;
/// Names that callers choose can be long; such questions are answered without being remembered.
const KEY_BYTES: usize = 2048;

/// Remembered authorisations.
#[derive(Default)]
pub(crate) struct Cache {
    known: Mutex<HashMap<Vec<u8>, Arc<Settled>>>,
}

impl Cache {
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Settled>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(key.bytes.as_slice()).cloned()
    }

    pub(crate) fn put(&self, key: &Key, settled: Arc<Settled>) {
        if key.bytes.len() > KEY_BYTES {
            return;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ENTRIES {
            known.clear();
        }
        known.insert(key.bytes.clone(), settled);
    }

    #[cfg(test)]
    pub(crate) fn empty(&self) {
        self.known.lock().unwrap().clear();
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.known.lock().unwrap().len()
    }
}

/// A key that is written once for a question and completed for each case.
pub(crate) struct Key {
    bytes: Vec<u8>,
    frame: usize,
}

impl Key {
    /// The part that is the same for all cases of a question.
    pub(crate) fn new(question: &Question, reads: &Reads) -> Self {
        let mut key = Key { bytes: Vec::with_capacity(256), frame: 0 };
        key.bytes.push(question.direction as u8);
        let (caller, to) = (&question.caller, &question.destination);
        for text in
            [&caller.tenant, &caller.application, &caller.system, &to.supplier, &to.provider, &to.model]
        {
            key.text(text);
        }
        key.optional(to.tool.as_deref());
        key.optional(to.domain.as_deref());
        key.facts(question);
        key.optional(caller.purpose.as_deref().filter(|_| reads.reads("purpose")));
        key.optional(caller.end_user.as_deref().filter(|_| reads.reads("end_user")));
        key.bytes.push(u8::from(caller.reason_given && reads.reads("reason_given")));
        if reads.reads("at") {
            key.bytes.extend(question.at.to_le_bytes());
        }
        key.frame = key.bytes.len();
        key
    }

    /// Completes the key for a case.
    pub(crate) fn complete(&mut self, case: &Case<'_>, reads: &Reads) {
        self.bytes.truncate(self.frame);
        for text in [case.kind, case.family, case.category] {
            self.text(text);
        }
        if reads.reads("count") {
            self.bytes.extend(case.count.to_le_bytes());
        }
        if reads.reads("confidence") {
            self.bytes.extend(case.confidence.to_le_bytes());
        }
        if reads.reads("origins") {
            case.origins.iter().for_each(|o| self.text(o));
        }
    }

    fn facts(&mut self, question: &Question) {
        let facts = &question.facts;
        for fact in
            [facts.system_registered, facts.purpose_permitted, facts.dpa_in_force, facts.supplier_terms_ended]
        {
            self.bytes.push(fact.map_or(2, u8::from));
        }
        self.optional(facts.region.as_deref());
        self.length(facts.flags.len());
        facts.flags.iter().for_each(|f| self.text(f));
    }

    fn optional(&mut self, text: Option<&str>) {
        self.bytes.push(u8::from(text.is_some()));
        self.text(text.unwrap_or_default());
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.bytes.extend(text.as_bytes());
    }

    fn length(&mut self, length: usize) {
        self.bytes.extend(length.to_le_bytes());
    }
}
