//! Weights, norms and rounded activations, laid out as the stages read them.

use super::lanes::{PANEL, ROWS};

/// Largest rounded activation: thirteen bits with the sign.
pub(crate) const LARGEST: f32 = 4095.0;

/// Most inputs of a linear step: so many products of 4095 and 127 fit into 32 bits.
pub(crate) const MOST_INPUTS: usize = 4096;

/// A linear step: 8-bit weights with a scale for each output.
pub(crate) struct Linear {
    pub(super) inputs: usize,
    /// Panels of sixteen outputs; in each, for each pair of inputs, sixteen pairs of weights.
    pub(super) panels: Vec<[i16; 2 * PANEL]>,
    pub(super) scale: Vec<[f32; PANEL]>,
    pub(super) bias: Vec<[f32; PANEL]>,
}

impl Linear {
    /// From rows of `inputs` weights, one row for each output. `inputs` is even and at most [`MOST_INPUTS`].
    pub(crate) fn new(inputs: usize, weights: &[i8], scale: &[f32], bias: &[f32]) -> Linear {
        let panels = weights.chunks(PANEL * inputs).flat_map(|rows| panel(inputs, rows)).collect();
        Linear { inputs, panels, scale: in_panels(scale), bias: in_panels(bias) }
    }

    /// Several steps with the same inputs as one; each has a multiple of sixteen outputs.
    pub(crate) fn beside(steps: impl IntoIterator<Item = Linear>) -> Option<Linear> {
        steps.into_iter().reduce(|mut all, next| {
            all.panels.extend(next.panels);
            all.scale.extend(next.scale);
            all.bias.extend(next.bias);
            all
        })
    }

    /// Numbers in a row of the result: the outputs, and zeros up to a multiple of sixteen.
    pub(crate) fn stride(&self) -> usize {
        self.scale.len() * PANEL
    }

    /// The same step on unrounded activations.
    pub(super) fn reference(&self, x: &[f32], out: &mut [f32]) {
        let rows = x.chunks_exact(self.inputs).zip(out.chunks_exact_mut(self.stride()));
        for (x, out) in rows {
            let panels = self.panels.chunks_exact(self.inputs / 2).zip(&self.scale).zip(&self.bias);
            for (((panel, scale), bias), out) in panels.zip(out.as_chunks_mut::<PANEL>().0) {
                let sums = float_sums(x, panel);
                for (((out, sum), scale), bias) in out.iter_mut().zip(sums).zip(scale).zip(bias) {
                    *out = sum * scale + bias;
                }
            }
        }
    }
}

fn float_sums(x: &[f32], panel: &[[i16; 2 * PANEL]]) -> [f32; PANEL] {
    let mut sums = [0.0; PANEL];
    for (x, weights) in x.as_chunks::<2>().0.iter().zip(panel) {
        for (sum, weight) in sums.iter_mut().zip(weights.as_chunks::<2>().0) {
            *sum += x[0] * f32::from(weight[0]) + x[1] * f32::from(weight[1]);
        }
    }
    sums
}

fn panel(inputs: usize, rows: &[i8]) -> Vec<[i16; 2 * PANEL]> {
    let mut panel = vec![[0; 2 * PANEL]; inputs / 2];
    for (column, row) in rows.chunks_exact(inputs).enumerate() {
        for (to, weights) in panel.iter_mut().zip(row.as_chunks::<2>().0) {
            if let Some(to) = to.as_chunks_mut::<2>().0.get_mut(column) {
                *to = weights.map(i16::from);
            }
        }
    }
    panel
}

fn in_panels(numbers: &[f32]) -> Vec<[f32; PANEL]> {
    let fill = |numbers: &[f32]| {
        let mut panel = [0.0; PANEL];
        panel.iter_mut().zip(numbers).for_each(|(to, x)| *to = *x);
        panel
    };
    numbers.chunks(PANEL).map(fill).collect()
}

/// Layer normalisation.
pub(crate) struct Norm {
    pub(crate) gain: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    pub(crate) epsilon: f32,
}

/// Rows of activations as 13-bit integers, six rows interleaved; what stands in rows beyond the last is unused.
#[derive(Default)]
pub(crate) struct Quantised {
    /// For each six rows, for each pair of inputs: the pair of each row.
    pub(super) blocks: Vec<[i32; ROWS]>,
    pub(super) scales: Vec<[f32; ROWS]>,
}

impl Quantised {
    pub(super) fn reshape(&mut self, rows: usize, width: usize) {
        let blocks = rows.div_ceil(ROWS);
        self.blocks.resize(blocks * width / 2, [0; ROWS]);
        self.scales.resize(blocks, [0.0; ROWS]);
    }
}
