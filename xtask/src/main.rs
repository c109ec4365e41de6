//! Automation of the house: `cargo xtask COMMAND`.

mod bench;
mod controls;
mod functions;
mod leaks;
mod quality;
mod score;
mod source;
mod suites;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

const USAGE: &str = "\
cargo xtask COMMAND

  test [--full] [SUITE…]   run all suites, or those that are named; `test --list` lists them
  tidy                     check the house rules
  controls                 print control, code and tests, and fail on a control without a test
  leak-matrix [--full]     sensitive values, cut in every way, through every channel
  bench [NAME] [--full]    what the gateway costs beside nginx
  score [--data DIR]       detection on labelled text
  quality --gold FILE… [--out PAGE] [--binary PATH]
                           the figures of docs/detection.md, by layer, type and language
";

/// Values of the leak probe, each kind some times.
const VALUES: usize = 250;
const VALUES_FULL: usize = 1250;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let root = source::root();
    let (command, rest) = args.split_first().context(USAGE)?;
    let full = rest.iter().any(|a| a == "--full");
    let names: Vec<&str> = rest.iter().map(String::as_str).filter(|a| !a.starts_with("--")).collect();
    match command.as_str() {
        "test" if rest.iter().any(|a| a == "--list") => suites::list(),
        "test" => return suites::run(&root, &names, full),
        "tidy" => return tidy::run(&root),
        "controls" => return controls::run(&root, &source::files(&root)?),
        "leak-matrix" => return leak_matrix(full),
        "bench" => return benchmarks(&root, args, names.first().copied(), full),
        "score" => return score::run(&root, value_of(rest, "--data").map(PathBuf::from).as_deref()),
        "quality" => return quality::run(&root, rest),
        "help" | "--help" | "-h" => print!("{USAGE}"),
        unknown => bail!("no command `{unknown}`\n\n{USAGE}"),
    }
    Ok(())
}

fn leak_matrix(full: bool) -> Result<()> {
    leaks::run(if full { VALUES_FULL } else { VALUES }, full)
}

/// Benchmarks, by an optimised build of this program: detection is measured within it, and the load comes from it.
fn benchmarks(root: &Path, args: &[String], name: Option<&str>, full: bool) -> Result<()> {
    if !cfg!(debug_assertions) {
        return bench::run(name, full);
    }
    let again = ["run", "--release", "--quiet", "--package", "xtask", "--"].into_iter();
    let all: Vec<&str> = again.chain(args.iter().map(String::as_str)).collect();
    suites::Yard::new(root, full).cargo(&all)
}

/// What follows an option.
fn value_of<'a>(args: &'a [String], option: &str) -> Option<&'a str> {
    let at = args.iter().position(|a| a == option)?;
    args.get(at + 1).map(String::as_str)
}
