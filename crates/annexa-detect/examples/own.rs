//! What exact data match costs: `cargo run --release -p annexa-detect --example own -- [--full]`; full is ten million.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let full = std::env::args().any(|a| a == "--full");
    let speed = annexa_detect::own::measure_speed(if full { 10_000_000 } else { 1_000_000 }, 2_000_000)?;
    println!("{speed:#.2?}");
    Ok(())
}
