//! What a caller does with findings: offsets in code points, and a text with them masked.

use std::ops::Range;

use crate::finding::Finding;

/// The findings' spans as Unicode code point offsets, in the findings' order (sorted by start).
#[must_use]
pub fn code_points(text: &str, findings: &[Finding]) -> Vec<Range<usize>> {
    let mut at = (0, 0);
    findings
        .iter()
        .map(|f| {
            let start = advance(text, &mut at, f.start);
            let mut after = at;
            start..advance(text, &mut after, f.end)
        })
        .collect()
}

/// Moves `(byte, code point)` forward to a byte offset and returns the code point there.
fn advance(text: &str, at: &mut (usize, usize), byte: usize) -> usize {
    if byte < at.0 {
        *at = (0, 0);
    }
    at.1 += text.get(at.0..byte).map_or(0, |t| t.chars().count());
    at.0 = byte;
    at.1
}

/// The text with `[KIND]` in place of each finding; findings are sorted and don't overlap.
#[must_use]
pub fn redact(text: &str, findings: &[Finding]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for f in findings.iter().filter(|f| *f.kind != *"TOKEN") {
        out.push_str(text.get(at..f.start).unwrap_or_default());
        out.push('[');
        out.push_str(&f.kind);
        out.push(']');
        at = f.end.max(at);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
