//! What attention needs beside its input: one head at a time, packed for the tiles.

use super::lanes::{PANEL, ROWS};

/// Room for one head, and the shape of all.
#[derive(Default)]
pub(crate) struct Attention {
    /// Numbers in a head, a multiple of sixteen.
    pub(super) head: usize,
    pub(super) heads: usize,
    pub(super) rows: usize,
    /// Numbers in a row of scores: the rows, up to a multiple of sixteen.
    pub(super) stride: usize,
    /// What scores are multiplied by: one over the root of `head`.
    pub(super) scale: f32,
    pub(super) queries: Vec<[f32; ROWS]>,
    pub(super) keys: Vec<[f32; PANEL]>,
    pub(super) values: Vec<[f32; PANEL]>,
    pub(super) scores: Vec<f32>,
    pub(super) weights: Vec<[f32; ROWS]>,
}

impl Attention {
    /// Makes room for `rows`; allocates only where there were never so many.
    pub(crate) fn reshape(&mut self, rows: usize, head: usize, heads: usize) {
        (self.rows, self.head, self.heads) = (rows, head, heads);
        self.stride = rows.next_multiple_of(PANEL);
        self.scale = 1.0 / (head as f32).sqrt();
        self.queries.resize(rows.div_ceil(ROWS) * head, [0.0; ROWS]);
        self.keys.resize(self.stride / PANEL * head, [0.0; PANEL]);
        self.values.resize(head / PANEL * rows, [0.0; PANEL]);
        self.scores.resize(ROWS * self.stride, 0.0);
        self.weights.resize(rows, [0.0; ROWS]);
    }

    /// Takes head number `head` out of rows of queries, keys and values.
    #[inline(always)]
    pub(super) fn pack(&mut self, projected: &[f32], head: usize) {
        let (width, hidden) = (self.head, self.head * self.heads);
        let start = head * width;
        for (to, rows) in self.queries.chunks_exact_mut(width).zip(projected.chunks(ROWS * 3 * hidden)) {
            across(to, rows.chunks_exact(3 * hidden).map(|row| part(row, start, width)));
        }
        for (to, rows) in self.keys.chunks_exact_mut(width).zip(projected.chunks(PANEL * 3 * hidden)) {
            across(to, rows.chunks_exact(3 * hidden).map(|row| part(row, hidden + start, width)));
        }
        for (at, panel) in self.values.chunks_exact_mut(self.rows).enumerate() {
            for (to, row) in panel.iter_mut().zip(projected.chunks_exact(3 * hidden)) {
                if let Some(values) = part(row, 2 * hidden + start, width).as_chunks::<PANEL>().0.get(at) {
                    *to = *values;
                }
            }
        }
    }
}

#[inline(always)]
fn part(row: &[f32], start: usize, width: usize) -> &[f32] {
    row.get(start..start + width).unwrap_or_default()
}

/// Rows to columns.
#[inline(always)]
fn across<'a, const N: usize>(to: &mut [[f32; N]], rows: impl Iterator<Item = &'a [f32]>) {
    for (at, row) in rows.enumerate() {
        for (to, x) in to.iter_mut().zip(row) {
            if let Some(to) = to.get_mut(at) {
                *to = *x;
            }
        }
    }
}
