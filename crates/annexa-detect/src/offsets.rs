//! A text that was rewritten, and the way back to where each of its bytes came from.

/// Where the bytes of a rewritten text came from.
#[derive(Debug, Default)]
pub(crate) struct Offsets {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    at: usize,
    from: usize,
    to: usize,
    verbatim: bool,
}

impl Offsets {
    /// The span of the text before for a span of the rewritten one; a replaced piece is taken whole.
    pub(crate) fn back(&self, start: usize, end: usize) -> (usize, usize) {
        let from =
            self.piece(start).map_or(start, |p| if p.verbatim { p.from + (start - p.at) } else { p.from });
        let last = end.saturating_sub(1);
        let to = self.piece(last).map_or(end, |p| if p.verbatim { p.from + (end - p.at) } else { p.to });
        (from, to)
    }

    fn piece(&self, at: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|p| p.at <= at);
        self.pieces.get(after.checked_sub(1)?)
    }
}

/// Rewrites a text from left to right.
pub(crate) struct Rewriter<'t> {
    text: &'t str,
    out: String,
    pieces: Vec<Piece>,
    copied: usize,
}

impl<'t> Rewriter<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, out: String::with_capacity(text.len()), pieces: Vec::new(), copied: 0 }
    }

    /// Puts `with` in place of `from..to`; what lies before and was not replaced is copied. A span that begins
    /// before the end of the last one is left as it is.
    pub(crate) fn replace(&mut self, from: usize, to: usize, with: &str) {
        if from < self.copied || to < from {
            return;
        }
        self.copy_to(from);
        if !with.is_empty() {
            self.pieces.push(Piece { at: self.out.len(), from, to, verbatim: false });
            self.out.push_str(with);
        }
        self.copied = to;
    }

    fn copy_to(&mut self, to: usize) {
        if to > self.copied {
            self.pieces.push(Piece { at: self.out.len(), from: self.copied, to, verbatim: true });
            self.out.push_str(self.text.get(self.copied..to).unwrap_or_default());
            self.copied = to;
        }
    }

    /// The rewritten text, or nothing if nothing was replaced.
    pub(crate) fn finish(mut self) -> Option<(String, Offsets)> {
        if self.copied == 0 && self.pieces.is_empty() {
            return None;
        }
        self.copy_to(self.text.len());
        Some((self.out, Offsets { pieces: self.pieces }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_come_back_to_where_they_were() {
        let mut rewriter = Rewriter::new("ab XX cd ZZ ef");
        rewriter.replace(3, 5, "longer");
        rewriter.replace(9, 11, "");
        let (text, offsets) = rewriter.finish().unwrap();
        assert_eq!(text, "ab longer cd  ef");
        assert_eq!(offsets.back(0, 2), (0, 2));
        assert_eq!(offsets.back(5, 7), (3, 5), "a replaced piece is taken whole");
        assert_eq!(offsets.back(10, 16), (6, 14));
        assert!(Rewriter::new("same").finish().is_none());
    }
}
