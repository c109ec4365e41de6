//! The house's automation: leak probe and benchmarks.

mod bench;
mod leaks;

use anyhow::{Result, bail};

const VALUES: usize = 208;
const VALUES_FULL: usize = 1040;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let full = args.iter().any(|a| a == "--full");
    let names: Vec<&str> = args.iter().map(String::as_str).filter(|a| !a.starts_with("--")).collect();
    match names.as_slice() {
        ["leak-matrix"] => leaks::run(if full { VALUES_FULL } else { VALUES }),
        ["bench"] => bench::run(None, full),
        ["bench", name] => bench::run(Some(name), full),
        _ => bail!("usage: cargo xtask leak-matrix | bench [NAME], with --full for the large counts"),
    }
}
