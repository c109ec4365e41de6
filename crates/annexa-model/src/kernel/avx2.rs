//! [`Lanes`] in the registers of AVX2, and the stages compiled for it.
//!
//! The intrinsics are called from functions that are always inlined, at last into the functions at the bottom of
//! this file, which are compiled with AVX2 and are called only where the processor has it.
#![expect(unsafe_code, reason = "vector instructions; each is tested against the plain path, bit by bit")]

use std::arch::x86_64::{
    __m256, __m256i, _CMP_LT_OQ, _mm256_add_epi32, _mm256_add_ps, _mm256_andnot_ps, _mm256_castsi256_ps,
    _mm256_cmp_ps, _mm256_cvtepi32_ps, _mm256_cvtps_epi32, _mm256_div_ps, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps, _mm256_packs_epi32,
    _mm256_permute4x64_epi64, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_si256, _mm256_slli_epi32,
    _mm256_storeu_ps, _mm256_storeu_si256, _mm256_sub_ps,
};

use super::lanes::{Lanes, PANEL, Sums};
use super::stages;
use super::{Attention, Linear, Norm, Quantised};

#[derive(Clone, Copy)]
struct Avx2(__m256);

/// Sums of a panel in two registers.
#[derive(Clone, Copy)]
struct Avx2Sums([__m256i; 2]);

// In the blocks below, an intrinsic needs AVX2, which the callers at the bottom of this file have; loads and
// stores stay within the array that is borrowed and need no alignment.
impl Lanes for Avx2 {
    #[inline(always)]
    fn splat(x: f32) -> Avx2 {
        // SAFETY: AVX2, see above.
        Avx2(unsafe { _mm256_set1_ps(x) })
    }

    #[inline(always)]
    fn load(from: &[f32; 8]) -> Avx2 {
        // SAFETY: AVX2, and eight numbers are borrowed.
        Avx2(unsafe { _mm256_loadu_ps(from.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; 8]) {
        // SAFETY: AVX2, and eight numbers are borrowed.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn add(self, other: Avx2) -> Avx2 {
        // SAFETY: AVX2, see above.
        Avx2(unsafe { _mm256_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn sub(self, other: Avx2) -> Avx2 {
        // SAFETY: AVX2, see above.
        Avx2(unsafe { _mm256_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn mul(self, other: Avx2) -> Avx2 {
        // SAFETY: AVX2, see above.
        Avx2(unsafe { _mm256_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn div(self, other: Avx2) -> Avx2 {
        // SAFETY: AVX2, see above.
        Avx2(unsafe { _mm256_div_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn max(self, other: Avx2) -> Avx2 {
        // SAFETY: AVX2, see above.
        Avx2(unsafe { _mm256_max_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn min(self, other: Avx2) -> Avx2 {
        // SAFETY: AVX2, see above.
        Avx2(unsafe { _mm256_min_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn abs(self) -> Avx2 {
        // SAFETY: AVX2, see above.
        Avx2(unsafe { _mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0) })
    }

    #[inline(always)]
    fn power_of_two(self) -> Avx2 {
        // SAFETY: AVX2, see above.
        Avx2(unsafe {
            let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(self.0), _mm256_set1_epi32(127));
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
        })
    }

    #[inline(always)]
    fn zero_where_less(self, x: Avx2, limit: Avx2) -> Avx2 {
        // SAFETY: AVX2, see above.
        Avx2(unsafe { _mm256_andnot_ps(_mm256_cmp_ps::<_CMP_LT_OQ>(x.0, limit.0), self.0) })
    }

    #[inline(always)]
    fn to_pairs(low: Avx2, high: Avx2, to: &mut [i32; 8]) {
        // SAFETY: AVX2, and eight 32-bit numbers are borrowed. Packing works in halves: the permutation undoes it.
        unsafe {
            let packed = _mm256_packs_epi32(_mm256_cvtps_epi32(low.0), _mm256_cvtps_epi32(high.0));
            _mm256_storeu_si256(to.as_mut_ptr().cast(), _mm256_permute4x64_epi64::<0b11_01_10_00>(packed));
        }
    }
}

impl Sums for Avx2Sums {
    type Floats = Avx2;
    type Weights = [__m256i; 2];

    #[inline(always)]
    fn zero() -> Avx2Sums {
        // SAFETY: AVX2, see above.
        Avx2Sums(unsafe { [_mm256_setzero_si256(); 2] })
    }

    #[inline(always)]
    fn load(weights: &[i16; 2 * PANEL]) -> [__m256i; 2] {
        let from = weights.as_ptr().cast::<__m256i>();
        // SAFETY: AVX2, and thirty-two 16-bit numbers, which is two registers, are borrowed.
        unsafe { [_mm256_loadu_si256(from), _mm256_loadu_si256(from.add(1))] }
    }

    #[inline(always)]
    fn add(self, pair: i32, weights: [__m256i; 2]) -> Avx2Sums {
        // SAFETY: AVX2, see above.
        Avx2Sums(unsafe {
            let pair = _mm256_set1_epi32(pair);
            let products = [_mm256_madd_epi16(pair, weights[0]), _mm256_madd_epi16(pair, weights[1])];
            [_mm256_add_epi32(self.0[0], products[0]), _mm256_add_epi32(self.0[1], products[1])]
        })
    }

    #[inline(always)]
    fn to_floats(self) -> [Avx2; 2] {
        // SAFETY: AVX2, see above.
        unsafe { [Avx2(_mm256_cvtepi32_ps(self.0[0])), Avx2(_mm256_cvtepi32_ps(self.0[1]))] }
    }
}

/// Whether this processor can run what stands below.
pub(super) fn present() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

#[target_feature(enable = "avx2")]
pub(super) fn quantise(x: &[f32], width: usize, to: &mut Quantised) {
    stages::quantise::<Avx2>(x, width, to);
}

#[target_feature(enable = "avx2")]
pub(super) fn multiply(x: &Quantised, linear: &Linear, out: &mut [f32]) {
    stages::multiply::<Avx2Sums>(x, linear, out);
}

#[target_feature(enable = "avx2")]
pub(super) fn attend(attention: &mut Attention, projected: &[f32], out: &mut [f32]) {
    stages::attend::<Avx2>(attention, projected, out);
}

#[target_feature(enable = "avx2")]
pub(super) fn normalise(x: &mut [f32], residual: Option<&[f32]>, norm: &Norm) {
    stages::normalise::<Avx2>(x, residual, norm);
}

#[target_feature(enable = "avx2")]
pub(super) fn gelu(x: &mut [f32]) {
    stages::gelu::<Avx2>(x);
}

#[target_feature(enable = "avx2")]
pub(super) fn soften(row: &mut [f32], scale: f32) -> f32 {
    stages::soften::<Avx2>(row, scale)
}
