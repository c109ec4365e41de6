//! Findings counted by kind, as policies and events see them: no values, no positions.

use std::collections::BTreeMap;

use annexa_detect::{Category, Finding};
use annexa_policy::Seen;

/// Counts per kind.
#[derive(Default, Clone)]
pub(crate) struct Tally {
    kinds: BTreeMap<String, Seen>,
}

impl Tally {
    /// Counts one finding of the given origin.
    pub(crate) fn add(&mut self, finding: &Finding, family: &str, origin: &str) {
        self.add_kind(&finding.kind, family, finding.category, finding.confidence, origin);
    }

    /// Counts one occurrence of a kind.
    pub(crate) fn add_kind(
        &mut self,
        kind: &str,
        family: &str,
        category: Category,
        confidence: f32,
        origin: &str,
    ) {
        if !self.kinds.contains_key(kind) {
            self.kinds.insert(kind.to_owned(), fresh(kind, family, category));
        }
        let Some(seen) = self.kinds.get_mut(kind) else { return };
        seen.count = seen.count.saturating_add(1);
        seen.confidence = seen.confidence.max(confidence);
        if !seen.origins.iter().any(|o| o == origin) {
            seen.origins.push(origin.to_owned());
        }
    }

    /// Whether nothing was counted.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// The counts in order of kind.
    #[must_use]
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.kinds.values().cloned().collect()
    }
}

fn fresh(kind: &str, family: &str, category: Category) -> Seen {
    Seen {
        kind: kind.to_owned(),
        family: family.to_owned(),
        category,
        count: 0,
        confidence: 0.0,
        origins: Vec::new(),
    }
}
