//! Overlaps: the surer finding wins, then the longer one; none is cut.

use crate::find::Raw;

/// Least confidence that is reported.
pub(crate) const REPORTED: f32 = 0.5;
/// Confidence of what is certainly found but says little of anybody, such as a private network's address.
pub(crate) const LEAST: f32 = 0.4;

/// Sorted by start, without overlaps.
pub(crate) fn settle(mut found: Vec<Raw>) -> Vec<Raw> {
    found.retain(|f| f.confidence >= LEAST && f.start < f.end);
    if found.len() > 1 {
        found.sort_by(|a, b| {
            let length = |f: &Raw| f.end - f.start;
            b.confidence.total_cmp(&a.confidence).then(length(b).cmp(&length(a))).then(a.start.cmp(&b.start))
        });
        let mut kept = std::collections::BTreeMap::new();
        for raw in found {
            let before = kept.range(..raw.end).next_back();
            if before.is_none_or(|(_, other): (_, &Raw)| other.end <= raw.start) {
                kept.insert(raw.start, raw);
            }
        }
        return kept.into_values().collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(start: usize, end: usize, confidence: f32) -> Raw {
        Raw { start, end, rule: 0, confidence, detector: "pattern", why: "test".into() }
    }

    #[test]
    fn the_surer_then_the_longer_wins() {
        let settled =
            settle(vec![raw(5, 9, 0.9), raw(0, 6, 0.8), raw(0, 4, 0.6), raw(10, 12, 0.4), raw(5, 12, 0.9)]);
        let spans: Vec<_> = settled.iter().map(|r| (r.start, r.end)).collect();
        assert_eq!(spans, [(0, 4), (5, 12)]);
    }
}
