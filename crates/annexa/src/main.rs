//! The gateway with its management system: one binary.

fn main() {}
