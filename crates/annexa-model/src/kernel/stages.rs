//! The stages of the forward pass over any [`Lanes`].
//!
//! Sums run in one order that no width of registers changes: products are added one after the other for each
//! output; a row is added up in sixteen partial sums that are folded by halves.
//!
//! [`Lanes`] never pass through a closure here: what is not always inlined is compiled without the instructions of
//! its caller, and then each operation is a call.

use super::lanes::{Lanes, PANEL, ROUNDS, ROWS, Sums};
use super::{Attention, LARGEST, Linear, Norm, Quantised};

/// Below it `exp` is zero.
const EXP_LOW: f32 = -87.3;

/// Above it `exp` grows no further, short of infinity.
const EXP_HIGH: f32 = 88.0;

/// Each row of `x` as 13-bit integers and a scale.
#[inline(always)]
pub(super) fn quantise<L: Lanes>(x: &[f32], width: usize, to: &mut Quantised) {
    to.reshape(x.len() / width, width);
    let pairs = width / 2;
    let rows = x.chunks(ROWS * width);
    for ((rows, block), scales) in rows.zip(to.blocks.chunks_exact_mut(pairs)).zip(&mut to.scales) {
        for (at, row) in rows.chunks_exact(width).enumerate() {
            let largest = largest::<L>(row);
            let inverse = if largest > 0.0 { LARGEST / largest } else { 0.0 };
            if let Some(scale) = scales.get_mut(at) {
                *scale = largest / LARGEST;
            }
            quantise_row::<L>(row, inverse, block, at);
        }
    }
}

#[inline(always)]
fn largest<L: Lanes>(row: &[f32]) -> f32 {
    let [mut low, mut high] = [L::splat(0.0); 2];
    for x in row.as_chunks::<PANEL>().0 {
        let [a, b] = halves::<L>(x);
        low = a.abs().max(low);
        high = b.abs().max(high);
    }
    fold(low.max(high), |a, b| if a > b { a } else { b })
}

#[inline(always)]
fn quantise_row<L: Lanes>(row: &[f32], inverse: f32, block: &mut [[i32; ROWS]], at: usize) {
    let inverse = L::splat(inverse);
    for (x, to) in row.as_chunks::<PANEL>().0.iter().zip(block.as_chunks_mut::<8>().0) {
        let [a, b] = halves::<L>(x);
        let mut pairs = [0; 8];
        L::to_pairs(a.mul(inverse), b.mul(inverse), &mut pairs);
        for (to, pair) in to.iter_mut().zip(pairs) {
            if let Some(to) = to.get_mut(at) {
                *to = pair;
            }
        }
    }
}

/// `x` times the weights, in integers; scaled, with the bias added.
#[inline(always)]
pub(super) fn multiply<S: Sums>(x: &Quantised, linear: &Linear, out: &mut [f32]) {
    let pairs = linear.inputs / 2;
    let stride = linear.stride();
    for (at, panel) in linear.panels.chunks_exact(pairs).enumerate() {
        let (Some(scale), Some(bias)) = (linear.scale.get(at), linear.bias.get(at)) else { return };
        let [scale_low, scale_high] = halves::<S::Floats>(scale);
        let [bias_low, bias_high] = halves::<S::Floats>(bias);
        let blocks = x.blocks.chunks_exact(pairs).zip(&x.scales).zip(out.chunks_mut(ROWS * stride));
        for ((block, scales), out) in blocks {
            let sums = tile_of_integers::<S>(block, panel);
            for ((row, of_row), sums) in out.chunks_exact_mut(stride).zip(scales).zip(sums) {
                let Some(out) = row.as_chunks_mut::<PANEL>().0.get_mut(at) else { return };
                let of_row = S::Floats::splat(*of_row);
                let [low, high] = sums.to_floats();
                let low = low.mul(of_row.mul(scale_low)).add(bias_low);
                let high = high.mul(of_row.mul(scale_high)).add(bias_high);
                store::<S::Floats>([low, high], out);
            }
        }
    }
}

#[inline(always)]
fn tile_of_integers<S: Sums>(rows: &[[i32; ROWS]], panel: &[[i16; 2 * PANEL]]) -> [S; ROWS] {
    let mut sums = [S::zero(); ROWS];
    for (rows, weights) in rows.iter().zip(panel) {
        let weights = S::load(weights);
        for (sum, pair) in sums.iter_mut().zip(rows) {
            *sum = sum.add(*pair, weights);
        }
    }
    sums
}

#[inline(always)]
fn tile_of_floats<L: Lanes>(rows: &[[f32; ROWS]], panel: &[[f32; PANEL]]) -> [[L; 2]; ROWS] {
    let mut sums = [[L::splat(0.0); 2]; ROWS];
    for (rows, weights) in rows.iter().zip(panel) {
        let [low, high] = halves::<L>(weights);
        for (sums, x) in sums.iter_mut().zip(rows) {
            let x = L::splat(*x);
            *sums = [sums[0].add(x.mul(low)), sums[1].add(x.mul(high))];
        }
    }
    sums
}

/// Attention of all heads: `projected` holds query, key and value of each row beside each other.
#[inline(always)]
pub(super) fn attend<L: Lanes>(attention: &mut Attention, projected: &[f32], out: &mut [f32]) {
    let hidden = attention.head * attention.heads;
    for head in 0..attention.heads {
        attention.pack(projected, head);
        let Attention { head: width, rows, stride, scale, queries, keys, values, scores, weights, .. } =
            attention;
        let first = head * (*width / PANEL);
        for (queries, out) in queries.chunks_exact(*width).zip(out.chunks_mut(ROWS * hidden)) {
            score::<L>(queries, keys, *width, scores, *stride);
            let inverses = weigh::<L>(scores, *stride, *rows, *scale, weights);
            for (at, panel) in values.chunks_exact(*rows).enumerate() {
                let mixed = tile_of_floats::<L>(weights, panel);
                for ((row, mixed), inverse) in out.chunks_exact_mut(hidden).zip(mixed).zip(inverses) {
                    let Some(out) = row.as_chunks_mut::<PANEL>().0.get_mut(first + at) else { return };
                    let inverse = L::splat(inverse);
                    store::<L>([mixed[0].mul(inverse), mixed[1].mul(inverse)], out);
                }
            }
        }
    }
}

#[inline(always)]
fn score<L: Lanes>(
    queries: &[[f32; ROWS]],
    keys: &[[f32; PANEL]],
    head: usize,
    scores: &mut [f32],
    stride: usize,
) {
    for (at, panel) in keys.chunks_exact(head).enumerate() {
        let sums = tile_of_floats::<L>(queries, panel);
        for (row, sums) in scores.chunks_exact_mut(stride).zip(sums) {
            let Some(to) = row.as_chunks_mut::<PANEL>().0.get_mut(at) else { return };
            store::<L>(sums, to);
        }
    }
}

/// Scores made to weights, which lie across in `weights`; gives what each row has to be multiplied by.
#[inline(always)]
fn weigh<L: Lanes>(
    scores: &mut [f32],
    stride: usize,
    rows: usize,
    scale: f32,
    weights: &mut [[f32; ROWS]],
) -> [f32; ROWS] {
    let mut inverses = [0.0; ROWS];
    for (at, (row, inverse)) in scores.chunks_exact_mut(stride).zip(&mut inverses).enumerate() {
        row.get_mut(rows..).unwrap_or_default().fill(f32::MIN);
        *inverse = 1.0 / soften::<L>(row, scale);
        for (to, weight) in weights.iter_mut().zip(row.iter()) {
            if let Some(to) = to.get_mut(at) {
                *to = *weight;
            }
        }
    }
    inverses
}

/// `exp(scale * (x - the largest))` of each number of a row whose length is a multiple of sixteen; gives the sum.
#[inline(always)]
pub(super) fn soften<L: Lanes>(row: &mut [f32], scale: f32) -> f32 {
    let row = row.as_chunks_mut::<PANEL>().0;
    let mut top = L::splat(f32::MIN);
    for x in row.iter() {
        let [a, b] = halves::<L>(x);
        top = a.max(top).max(b);
    }
    let top = L::splat(fold(top, |a, b| if a > b { a } else { b }));
    let scale = L::splat(scale);
    let [mut low, mut high] = [L::splat(0.0); 2];
    for x in row {
        let [a, b] = halves::<L>(x);
        let (a, b) = (exp(a.sub(top).mul(scale)), exp(b.sub(top).mul(scale)));
        (low, high) = (low.add(a), high.add(b));
        store::<L>([a, b], x);
    }
    fold(low.add(high), |a, b| a + b)
}

/// Each row, with its `residual` added, to mean 0 and variance 1; then gain and bias.
#[inline(always)]
pub(super) fn normalise<L: Lanes>(x: &mut [f32], residual: Option<&[f32]>, norm: &Norm) {
    let width = norm.gain.len();
    if let Some(residual) = residual {
        for (x, residual) in x.iter_mut().zip(residual) {
            *x += *residual;
        }
    }
    for row in x.chunks_exact_mut(width) {
        let row = row.as_chunks_mut::<PANEL>().0;
        let centre = L::splat(sum::<L>(row) / width as f32);
        let variance = sum_of_squares::<L>(row, centre) / width as f32;
        let inverse = L::splat(1.0 / (variance + norm.epsilon).sqrt());
        let [gain, bias] = [&norm.gain, &norm.bias].map(|x| x.as_chunks::<PANEL>().0);
        for ((x, gain), bias) in row.iter_mut().zip(gain).zip(bias) {
            let [a, b] = halves::<L>(x);
            let (a, b) = (a.sub(centre).mul(inverse), b.sub(centre).mul(inverse));
            let [gain_a, gain_b] = halves::<L>(gain);
            let [bias_a, bias_b] = halves::<L>(bias);
            store::<L>([a.mul(gain_a).add(bias_a), b.mul(gain_b).add(bias_b)], x);
        }
    }
}

#[inline(always)]
fn sum<L: Lanes>(row: &[[f32; PANEL]]) -> f32 {
    let [mut low, mut high] = [L::splat(0.0); 2];
    for x in row {
        let [a, b] = halves::<L>(x);
        (low, high) = (low.add(a), high.add(b));
    }
    fold(low.add(high), |a, b| a + b)
}

/// The squares of how far each number is from `centre`, added up.
#[inline(always)]
fn sum_of_squares<L: Lanes>(row: &[[f32; PANEL]], centre: L) -> f32 {
    let [mut low, mut high] = [L::splat(0.0); 2];
    for x in row {
        let [a, b] = halves::<L>(x);
        let (a, b) = (a.sub(centre), b.sub(centre));
        (low, high) = (low.add(a.mul(a)), high.add(b.mul(b)));
    }
    fold(low.add(high), |a, b| a + b)
}

/// `x / 2 * (1 + tanh(u))`, which is `x / (1 + exp(-2 u))`, with `u = sqrt(2 / pi) (x + 0.044715 x³)`.
#[inline(always)]
pub(super) fn gelu<L: Lanes>(x: &mut [f32]) {
    let (one, cubic, factor) = (L::splat(1.0), L::splat(0.044_715), L::splat(-1.595_769));
    for eight in x.as_chunks_mut::<8>().0 {
        let x = L::load(eight);
        let u = x.add(x.mul(x).mul(x).mul(cubic));
        x.div(one.add(exp(u.mul(factor)))).store(eight);
    }
}

/// `exp` to about one part in ten million: a power of two times a polynomial on half an octave to each side.
#[inline(always)]
pub(super) fn exp<L: Lanes>(x: L) -> L {
    let low = L::splat(EXP_LOW);
    let held = x.max(low).min(L::splat(EXP_HIGH));
    let rounds = L::splat(ROUNDS);
    let octaves = held.mul(L::splat(std::f32::consts::LOG2_E)).add(rounds).sub(rounds);
    // The logarithm of two in two parts: the first has few bits, so that its products are exact.
    let rest = held.sub(octaves.mul(L::splat(0.693_359_4))).sub(octaves.mul(L::splat(-2.121_944_4e-4)));
    let mut sum = L::splat(TAYLOR_LIKE[0]);
    for coefficient in &TAYLOR_LIKE[1..] {
        sum = sum.mul(rest).add(L::splat(*coefficient));
    }
    let sum = sum.mul(rest.mul(rest)).add(rest).add(L::splat(1.0));
    sum.mul(octaves.power_of_two()).zero_where_less(x, low)
}

/// `(exp(x) - 1 - x) / x²`, highest power first, with the smallest largest error on half an octave to each side.
const TAYLOR_LIKE: [f32; 6] =
    [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];

#[inline(always)]
fn halves<L: Lanes>(x: &[f32; PANEL]) -> [L; 2] {
    match x.as_chunks::<8>().0 {
        [low, high] => [L::load(low), L::load(high)],
        _ => [L::splat(0.0); 2],
    }
}

#[inline(always)]
fn store<L: Lanes>(x: [L; 2], to: &mut [f32; PANEL]) {
    if let [low, high] = to.as_chunks_mut::<8>().0 {
        x[0].store(low);
        x[1].store(high);
    }
}

/// Eight numbers to one, by halves.
#[inline(always)]
fn fold<L: Lanes>(x: L, f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut all = [0.0; 8];
    x.store(&mut all);
    let [a, b, c, d, e, g, h, i] = all;
    f(f(f(a, e), f(c, h)), f(f(b, g), f(d, i)))
}
