//! Automation of the house: tidy, control matrix, tests, benchmarks.

fn main() {}
