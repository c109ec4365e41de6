//! Tests of `leaf`.
