//! The arithmetic of the forward pass, chosen for the processor at run time.
//!
//! Every exact kernel gives the same bits: integers are added exactly, and the floating-point stages do the same
//! operations in the same order (`stages`) in whatever registers there are (`lanes`, `avx2`). The reference kernel
//! keeps the activations as they are and shows what rounding them costs.

mod attention;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod lanes;
mod linear;
mod stages;

#[cfg(test)]
mod tests;

pub(crate) use attention::Attention;
pub(crate) use lanes::PANEL;
use lanes::{Lanes, Plain, PlainSums};
pub(crate) use linear::{LARGEST, Linear, MOST_INPUTS, Norm, Quantised};

/// A way to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel(Way);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Reference,
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

/// Calls a stage as AVX2 code or as plain code over the type that is named.
macro_rules! run {
    ($kernel:expr, $stage:ident::<$plain:ty>($($argument:expr),*)) => {
        match $kernel.0 {
            Way::Reference | Way::Scalar => stages::$stage::<$plain>($($argument),*),
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "the functions of `avx2` need a processor that has it")]
            // SAFETY: `Way::Avx2` is made in `Kernel::avx2` alone, after it asked the processor.
            Way::Avx2 => unsafe { avx2::$stage($($argument),*) },
        }
    };
}

impl Kernel {
    /// The fastest exact kernel that this processor has.
    #[must_use]
    pub fn best() -> Kernel {
        Kernel::avx2().unwrap_or(Kernel::scalar())
    }

    /// The exact kernel of any processor.
    #[must_use]
    pub const fn scalar() -> Kernel {
        Kernel(Way::Scalar)
    }

    /// The exact kernel over AVX2, where the processor has it.
    #[must_use]
    pub fn avx2() -> Option<Kernel> {
        #[cfg(target_arch = "x86_64")]
        if avx2::present() {
            return Some(Kernel(Way::Avx2));
        }
        None
    }

    /// Plain loops that leave the activations unrounded: slow, for comparisons alone.
    #[must_use]
    pub const fn reference() -> Kernel {
        Kernel(Way::Reference)
    }

    /// Makes `quantised` of `x`, unless this kernel has no use for it.
    pub(crate) fn quantise(self, x: &[f32], width: usize, quantised: &mut Quantised) {
        if self.0 != Way::Reference {
            run!(self, quantise::<Plain>(x, width, quantised));
        }
    }

    /// `out = linear(x)`; `quantised` was made of `x`.
    pub(crate) fn multiply(self, x: &[f32], quantised: &Quantised, linear: &Linear, out: &mut [f32]) {
        if self.0 == Way::Reference {
            return linear.reference(x, out);
        }
        run!(self, multiply::<PlainSums>(quantised, linear, out));
    }

    /// What each row takes from all rows; `projected` holds query, key and value of each row.
    pub(crate) fn attend(self, attention: &mut Attention, projected: &[f32], out: &mut [f32]) {
        run!(self, attend::<Plain>(attention, projected, out));
    }

    /// Layer normalisation of `x` plus `residual`, in place.
    pub(crate) fn normalise(self, x: &mut [f32], residual: Option<&[f32]>, norm: &Norm) {
        run!(self, normalise::<Plain>(x, residual, norm));
    }

    /// The activation between the two linear steps of a layer, in place.
    pub(crate) fn gelu(self, x: &mut [f32]) {
        run!(self, gelu::<Plain>(x));
    }

    /// A row of a multiple of sixteen logits, in place, to shares of the sum that is given back.
    pub(crate) fn soften(self, row: &mut [f32], scale: f32) -> f32 {
        run!(self, soften::<Plain>(row, scale))
    }
}

/// `1 / (1 + exp(-x))`.
pub(crate) fn sigmoid(x: f32) -> f32 {
    let mut all = [0.0; 8];
    stages::exp(Plain::splat(-x)).store(&mut all);
    1.0 / (1.0 + all[0])
}
