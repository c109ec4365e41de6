//! What a whole model gives: damaged files are refused, windows cover the text, all kernels agree.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod container;
mod random;
mod reading;
mod tagging;
