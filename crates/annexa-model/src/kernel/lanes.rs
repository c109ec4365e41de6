//! Eight numbers at a time: the few operations that every stage is made of.
//!
//! A stage is written once, over [`Lanes`]; so all processors do the same operations in the same order. Each
//! operation is exact or rounded once as IEEE 754 has it, and none multiplies and adds in one step.

/// Width of a panel of weights, and of the partial sums of a row: two times eight.
pub(crate) const PANEL: usize = 16;

/// Rows that are multiplied together; six rows by two registers fill the sixteen registers of AVX2.
pub(crate) const ROWS: usize = 6;

/// Added and taken away again, it rounds numbers below four million to integers, halves to the even one; plain
/// addition is the one way of rounding that every processor has.
pub(super) const ROUNDS: f32 = 12_582_912.0;

/// Eight floating-point numbers.
pub(super) trait Lanes: Copy {
    fn splat(x: f32) -> Self;
    fn load(from: &[f32; 8]) -> Self;
    fn store(self, to: &mut [f32; 8]);
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    /// The larger; `other` where they don't compare.
    fn max(self, other: Self) -> Self;
    /// The smaller; `other` where they don't compare.
    fn min(self, other: Self) -> Self;
    fn abs(self) -> Self;
    /// Two to the power of integers from -126 to 127.
    fn power_of_two(self) -> Self;
    /// Zero where `x` is less than `limit`.
    fn zero_where_less(self, x: Self, limit: Self) -> Self;

    /// Rounds sixteen numbers, halves to the even one, to 16-bit integers in pairs.
    fn to_pairs(low: Self, high: Self, to: &mut [i32; 8]);
}

/// Sums of the sixteen outputs of a panel, as 32-bit integers.
pub(super) trait Sums: Copy {
    /// What they become as floating-point numbers.
    type Floats: Lanes;
    /// The sixteen pairs of weights of a pair of inputs.
    type Weights: Copy;

    fn zero() -> Self;
    fn load(weights: &[i16; 2 * PANEL]) -> Self::Weights;
    /// Adds, for each pair of weights, the sum of the products of both with those of `pair`.
    fn add(self, pair: i32, weights: Self::Weights) -> Self;
    fn to_floats(self) -> [Self::Floats; 2];
}

/// Two 16-bit integers in one 32-bit integer, the first one low.
pub(crate) fn join(low: i16, high: i16) -> i32 {
    i32::from(low) & 0xffff | i32::from(high) << 16
}

/// Plain Rust, for every processor.
#[derive(Clone, Copy)]
pub(super) struct Plain([f32; 8]);

impl Plain {
    #[inline(always)]
    fn with(self, other: Plain, f: impl Fn(f32, f32) -> f32) -> Plain {
        let mut out = self.0;
        for (a, b) in out.iter_mut().zip(other.0) {
            *a = f(*a, b);
        }
        Plain(out)
    }
}

impl Lanes for Plain {
    #[inline(always)]
    fn splat(x: f32) -> Plain {
        Plain([x; 8])
    }

    #[inline(always)]
    fn load(from: &[f32; 8]) -> Plain {
        Plain(*from)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; 8]) {
        *to = self.0;
    }

    #[inline(always)]
    fn add(self, other: Plain) -> Plain {
        self.with(other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Plain) -> Plain {
        self.with(other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Plain) -> Plain {
        self.with(other, |a, b| a * b)
    }

    #[inline(always)]
    fn div(self, other: Plain) -> Plain {
        self.with(other, |a, b| a / b)
    }

    #[inline(always)]
    fn max(self, other: Plain) -> Plain {
        self.with(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn min(self, other: Plain) -> Plain {
        self.with(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn abs(self) -> Plain {
        Plain(self.0.map(f32::abs))
    }

    #[inline(always)]
    fn power_of_two(self) -> Plain {
        Plain(self.0.map(|x| f32::from_bits(((x as i32 + 127) as u32) << 23)))
    }

    #[inline(always)]
    fn zero_where_less(self, x: Plain, limit: Plain) -> Plain {
        let less = x.with(limit, |a, b| if a < b { 1.0 } else { 0.0 });
        self.with(less, |a, less| if less == 1.0 { 0.0 } else { a })
    }

    #[inline(always)]
    fn to_pairs(low: Plain, high: Plain, to: &mut [i32; 8]) {
        let mut all = [0i16; 16];
        for (to, x) in all.iter_mut().zip(low.0.iter().chain(&high.0)) {
            *to = ((x + ROUNDS) - ROUNDS) as i16;
        }
        for (to, pair) in to.iter_mut().zip(all.as_chunks::<2>().0) {
            *to = join(pair[0], pair[1]);
        }
    }
}

/// The sums in plain Rust.
#[derive(Clone, Copy)]
pub(super) struct PlainSums([i32; PANEL]);

impl Sums for PlainSums {
    type Floats = Plain;
    type Weights = [i16; 2 * PANEL];

    #[inline(always)]
    fn zero() -> PlainSums {
        PlainSums([0; PANEL])
    }

    #[inline(always)]
    fn load(weights: &[i16; 2 * PANEL]) -> [i16; 2 * PANEL] {
        *weights
    }

    #[inline(always)]
    fn add(self, pair: i32, weights: [i16; 2 * PANEL]) -> PlainSums {
        let mut out = self.0;
        let (first, second) = (i32::from(pair as i16), pair >> 16);
        for (sum, [a, b]) in out.iter_mut().zip(weights.as_chunks::<2>().0) {
            *sum = sum.wrapping_add(first * i32::from(*a) + second * i32::from(*b));
        }
        PlainSums(out)
    }

    #[inline(always)]
    fn to_floats(self) -> [Plain; 2] {
        let mut floats = [0.0; PANEL];
        for (to, sum) in floats.iter_mut().zip(self.0) {
            *to = sum as f32;
        }
        match floats.as_chunks::<8>().0 {
            [low, high] => [Plain(*low), Plain(*high)],
            _ => [Plain([0.0; 8]); 2],
        }
    }
}
