//! Each stage against arithmetic in 64 bits, and each kernel against the plain one, bit by bit.

use proptest::collection::vec;
use proptest::prelude::*;

use super::lanes::{PANEL, ROWS};
use super::*;

/// What a stage does to its input, and the room for it.
fn multiplied(kernel: Kernel, x: &[f32], linear: &Linear) -> Vec<f32> {
    let rows = x.len() / linear.inputs;
    let (mut quantised, mut out) = (Quantised::default(), vec![f32::NAN; rows * linear.stride()]);
    kernel.quantise(x, linear.inputs, &mut quantised);
    kernel.multiply(x, &quantised, linear, &mut out);
    out
}

fn attended(kernel: Kernel, projected: &[f32], rows: usize, head: usize, heads: usize) -> Vec<f32> {
    let (mut attention, mut out) = (Attention::default(), vec![f32::NAN; rows * head * heads]);
    // Room that a longer window left behind must not show.
    attention.reshape(rows + 20, head, heads);
    kernel.attend(
        &mut attention,
        &vec![9.0; (rows + 20) * 3 * head * heads],
        &mut vec![0.0; (rows + 20) * head * heads],
    );
    attention.reshape(rows, head, heads);
    kernel.attend(&mut attention, projected, &mut out);
    out
}

fn normalised(kernel: Kernel, x: &[f32], residual: Option<&[f32]>, norm: &Norm) -> Vec<f32> {
    let mut out = x.to_vec();
    kernel.normalise(&mut out, residual, norm);
    out
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

/// The other exact kernels of this processor.
fn others() -> impl Iterator<Item = Kernel> {
    [Kernel::avx2(), Some(Kernel::best())].into_iter().flatten()
}

/// The pairs of `quantised` as rows of integers.
fn integers(quantised: &Quantised, rows: usize, width: usize) -> Vec<Vec<i16>> {
    let row = |at: usize| {
        let block = &quantised.blocks[at / ROWS * (width / 2)..][..width / 2];
        block.iter().flat_map(|pairs| [pairs[at % ROWS] as i16, (pairs[at % ROWS] >> 16) as i16]).collect()
    };
    (0..rows).map(row).collect()
}

fn quantised(kernel: Kernel, x: &[f32], width: usize) -> (Vec<Vec<i16>>, Vec<f32>) {
    let (mut quantised, rows) = (Quantised::default(), x.len() / width);
    kernel.quantise(x, width, &mut quantised);
    let scales = quantised.scales.iter().flatten().copied().take(rows).collect();
    (integers(&quantised, rows, width), scales)
}

prop_compose! {
    /// Rows, inputs and outputs of all remainders; numbers of many sizes.
    fn step()(rows in 1..=2 * ROWS + 1, inputs in 1..=3usize, outputs in 1..=2 * PANEL + 1)
        (x in vec(number(), rows * inputs * PANEL),
         weights in vec(any::<i8>(), outputs * inputs * PANEL),
         scale in vec(0f32..0.1, outputs),
         bias in vec(-1f32..1.0, outputs),
         inputs in Just(inputs * PANEL))
        -> (Vec<f32>, usize, Vec<i8>, Vec<f32>, Vec<f32>) {
        (x, inputs, weights, scale, bias)
    }
}

fn number() -> impl Strategy<Value = f32> {
    prop_oneof![8 => -4f32..4.0, 1 => -1e-6f32..1e-6, 1 => -300f32..300.0, 1 => Just(0.0)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_linear_step_is_exact_sums_of_products((x, inputs, weights, scale, bias) in step()) {
        let linear = Linear::new(inputs, &weights, &scale, &bias);
        let out = multiplied(Kernel::scalar(), &x, &linear);
        let (rounded, scales) = quantised(Kernel::scalar(), &x, inputs);
        for (at, row) in out.chunks_exact(linear.stride()).enumerate() {
            for (output, weights) in weights.chunks_exact(inputs).enumerate() {
                let sum: i64 = rounded[at].iter().zip(weights).map(|(x, w)| i64::from(*x) * i64::from(*w)).sum();
                let expected = sum as f32 * (scales[at] * scale[output]) + bias[output];
                prop_assert_eq!(row[output].to_bits(), expected.to_bits());
            }
            prop_assert!(row[scale.len()..].iter().all(|x| *x == 0.0), "what fills a panel up is zero");
        }
        for kernel in others() {
            prop_assert_eq!(bits(&multiplied(kernel, &x, &linear)), bits(&out));
        }
    }

    #[test]
    fn rounding_errs_by_half_a_step_at_most(rows in vec(vec(number(), 32), 1..9)) {
        let x = rows.concat();
        let (rounded, scales) = quantised(Kernel::scalar(), &x, 32);
        for ((row, rounded), scale) in rows.iter().zip(&rounded).zip(&scales) {
            let largest = row.iter().fold(0f32, |a, b| a.max(b.abs()));
            prop_assert_eq!(*scale, largest / LARGEST);
            for (x, whole) in row.iter().zip(rounded) {
                let off = (f64::from(*x) - f64::from(*whole) * f64::from(*scale)).abs();
                prop_assert!(off <= 0.5005 * f64::from(*scale), "{} became {}", x, whole);
                prop_assert!(whole.abs() <= 4095);
            }
        }
        for kernel in others() {
            prop_assert_eq!(quantised(kernel, &x, 32), (rounded.clone(), scales.clone()));
        }
    }

    #[test]
    fn layer_normalisation_is_that_of_64_bits(
        x in vec(number(), 96), residual in vec(number(), 96), gain in vec(0.5f32..2.0, 48), bias in vec(-1f32..1.0, 48),
    ) {
        let norm = Norm { gain, bias, epsilon: 1e-12 };
        for residual in [Some(&residual[..]), None] {
            let out = normalised(Kernel::scalar(), &x, residual, &norm);
            for (out, expected) in out.iter().zip(normalised_in_64_bits(&x, residual, &norm)) {
                prop_assert!((f64::from(*out) - expected).abs() <= 1e-5, "{} is not {}", out, expected);
            }
            for kernel in others() {
                prop_assert_eq!(bits(&normalised(kernel, &x, residual, &norm)), bits(&out));
            }
        }
    }

    #[test]
    fn attention_is_that_of_64_bits((rows, projected) in (1..40usize).prop_flat_map(|rows| (Just(rows), vec(-3f32..3.0, rows * 3 * 64)))) {
        let out = attended(Kernel::scalar(), &projected, rows, 32, 2);
        for (out, expected) in out.iter().zip(attended_in_64_bits(&projected, rows, 32, 2)) {
            prop_assert!((f64::from(*out) - expected).abs() <= 2e-5, "{} is not {}", out, expected);
        }
        for kernel in others() {
            prop_assert_eq!(bits(&attended(kernel, &projected, rows, 32, 2)), bits(&out));
        }
    }

    #[test]
    fn softened_rows_are_shares(x in vec(-200f32..200.0, 48), scale in 0.01f32..2.0) {
        let mut out = x.clone();
        let sum = Kernel::scalar().soften(&mut out, scale);
        let top = x.iter().fold(f32::MIN, |a, b| a.max(*b));
        for (x, out) in x.iter().zip(&out) {
            let expected = f64::from((x - top) * scale).exp();
            prop_assert!((f64::from(*out) - expected).abs() <= 2e-7 * expected + 1.3e-38);
        }
        let expected: f64 = out.iter().map(|x| f64::from(*x)).sum();
        prop_assert!((f64::from(sum) - expected).abs() <= 2e-6 * expected);
        for kernel in others() {
            let mut other = x.clone();
            prop_assert_eq!(kernel.soften(&mut other, scale).to_bits(), sum.to_bits());
            prop_assert_eq!(bits(&other), bits(&out));
        }
    }
}

fn normalised_in_64_bits(x: &[f32], residual: Option<&[f32]>, norm: &Norm) -> Vec<f64> {
    // The sum with the residual is one operation in 32 bits, which the test takes as given.
    let summed =
        x.iter().enumerate().map(|(at, x)| f64::from(x + residual.map_or(0.0, |residual| residual[at])));
    let width = norm.gain.len();
    let row = |row: &[f64]| -> Vec<f64> {
        let mean = row.iter().sum::<f64>() / width as f64;
        let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64;
        let scaled = row.iter().map(|x| (x - mean) / (variance + f64::from(norm.epsilon)).sqrt());
        scaled.enumerate().map(|(at, x)| x * f64::from(norm.gain[at]) + f64::from(norm.bias[at])).collect()
    };
    summed.collect::<Vec<_>>().chunks_exact(width).flat_map(row).collect()
}

fn attended_in_64_bits(projected: &[f32], rows: usize, head: usize, heads: usize) -> Vec<f64> {
    let hidden = head * heads;
    let number =
        |row: usize, part: usize, at: usize| f64::from(projected[row * 3 * hidden + part * hidden + at]);
    let one = |row: usize, at: usize| {
        let start = at / head * head;
        let score =
            |other| (start..start + head).map(|at| number(row, 0, at) * number(other, 1, at)).sum::<f64>();
        let weights: Vec<f64> = (0..rows).map(|other| (score(other) / (head as f64).sqrt()).exp()).collect();
        let mixed: f64 =
            weights.iter().enumerate().map(|(other, weight)| weight * number(other, 2, at)).sum();
        mixed / weights.iter().sum::<f64>()
    };
    (0..rows).flat_map(|row| (0..hidden).map(move |at| (row, at))).map(|(row, at)| one(row, at)).collect()
}

#[test]
fn halves_are_rounded_to_even() {
    let mut x = [0.0; 16];
    x[..10].copy_from_slice(&[4095.0, 0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5, 0.499_999_97, 2046.5]);
    for kernel in others().chain([Kernel::scalar()]) {
        let (rounded, scales) = quantised(kernel, &x, 16);
        assert_eq!(rounded[0][..10], [4095, 0, 2, 2, 4, 0, -2, -2, 0, 2046]);
        assert_eq!(scales, [1.0]);
    }
}

#[test]
fn a_row_of_zeros_stays_zero() {
    for kernel in others().chain([Kernel::scalar()]) {
        assert_eq!(quantised(kernel, &[0.0; 16], 16), (vec![vec![0; 16]], vec![0.0]));
    }
}

#[test]
fn a_row_of_equal_numbers_becomes_its_bias() {
    let norm = Norm { gain: vec![2.0; 16], bias: vec![0.25; 16], epsilon: 1e-12 };
    for kernel in others().chain([Kernel::scalar()]) {
        assert_eq!(normalised(kernel, &[0.5; 16], None, &norm), [0.25; 16]);
    }
}

#[test]
fn the_largest_sum_fits() {
    let linear = Linear::new(MOST_INPUTS, &[-128; MOST_INPUTS], &[1.0], &[0.0]);
    for kernel in others().chain([Kernel::scalar()]) {
        for sign in [1.0, -1.0] {
            let out = multiplied(kernel, &[sign * LARGEST; MOST_INPUTS], &linear);
            assert_eq!(out[0], -sign * (4096i64 * 4095 * 128) as f32);
        }
    }
}

#[test]
fn the_reference_kernel_does_not_round() {
    let linear = Linear::new(16, &[1; 16], &[2.0], &[0.5]);
    let mut x = [0.0; 16];
    (x[0], x[1]) = (1e4, 0.25);
    assert_eq!(multiplied(Kernel::reference(), &x, &linear)[0], 20_001.0);
    assert_eq!(multiplied(Kernel::scalar(), &x, &linear)[0], 20_000.5);
}

#[test]
fn steps_beside_each_other_are_the_steps() {
    let step = |weight| Linear::new(16, &[weight; 256], &[0.5; 16], &[0.0; 16]);
    let x = [1.0; 16];
    let beside = multiplied(Kernel::best(), &x, &Linear::beside([step(1), step(-2)]).unwrap());
    assert_eq!(
        beside,
        [multiplied(Kernel::best(), &x, &step(1)), multiplied(Kernel::best(), &x, &step(-2))].concat()
    );
}

#[test]
fn gelu_and_exp_are_those_of_64_bits() {
    let x: Vec<f32> = (-80_000..80_000).map(|at| at as f32 / 4000.0).collect();
    let mut out = x.clone();
    Kernel::scalar().gelu(&mut out);
    for (x, out) in x.iter().zip(&out) {
        let wide = f64::from(*x);
        let tanh = ((2.0 / std::f64::consts::PI).sqrt() * (wide + 0.044715 * wide.powi(3))).tanh();
        let expected = wide / 2.0 * (1.0 + tanh);
        assert!((f64::from(*out) - expected).abs() <= 3e-7 * wide.abs().max(1.0), "gelu({x}) = {out}");
    }
    for kernel in others() {
        let mut other = x.clone();
        kernel.gelu(&mut other);
        assert_eq!(bits(&other), bits(&out));
    }
    for at in -8730..=8800 {
        let x = at as f32 / 100.0;
        let mut out = [0.0; 8];
        stages::exp(Plain::splat(x)).store(&mut out);
        let expected = f64::from(x).exp();
        assert!((f64::from(out[0]) - expected).abs() <= 2e-7 * expected, "exp({x}) = {}", out[0]);
    }
}

#[test]
fn probabilities_have_bounds() {
    assert_eq!(sigmoid(0.0), 0.5);
    assert!((sigmoid(1.0) - 0.731_058_6).abs() < 1e-6);
    assert_eq!((sigmoid(1000.0), sigmoid(f32::MAX)), (1.0, 1.0));
    assert!((0.0..1e-37).contains(&sigmoid(-1000.0)));
    let mut far = [f32::MIN; 16];
    far[0] = 0.0;
    assert_eq!(Kernel::best().soften(&mut far, 3.0), 1.0);
    assert_eq!(far[1], 0.0);
}
