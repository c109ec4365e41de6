//! `cargo xtask test [--full] [SUITE…]`: every suite in order, each with its own set-up and its time.
//!
//! All suites run even after one failed, so that one run shows everything; the closing lines say what came of each.
//! One target folder serves all of them, and what is slow to build is built once.

mod checks;
mod programs;
mod yard;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

pub(crate) use yard::Yard;

/// What came of a suite that did not fail.
pub(crate) enum Outcome {
    /// It ran.
    Passed,
    /// It ran, but so many of its tests were skipped, for a reason.
    Partly(u32, String),
    /// It did not run, for a reason.
    Skipped(String),
}

/// A suite of tests.
struct Suite {
    name: &'static str,
    what: &'static str,
    run: fn(&Yard) -> Result<Outcome>,
}

/// All suites in the order of a full run: what is quick to fail comes first.
const SUITES: &[Suite] = &[
    Suite { name: "fmt", what: "formatting", run: checks::fmt },
    Suite { name: "tidy", what: "the house rules", run: checks::tidy },
    Suite { name: "controls", what: "each control that claims code has a test", run: checks::controls },
    Suite { name: "deny", what: "licences, sources and advisories of dependencies", run: checks::deny },
    Suite { name: "clippy", what: "lints of all targets", run: checks::clippy },
    Suite { name: "unit", what: "unit, property and integration tests", run: checks::unit },
    Suite { name: "doc", what: "examples in the documentation", run: checks::doc },
    Suite {
        name: "training",
        what: "the generator of training texts and the training",
        run: programs::training,
    },
    Suite { name: "build", what: "the release binary", run: checks::build },
    Suite {
        name: "leak-matrix",
        what: "sensitive values, cut in every way, through every channel",
        run: programs::leaks,
    },
    Suite { name: "cli", what: "the command line as scripts use it", run: programs::cli },
    Suite { name: "score", what: "detection on labelled text", run: programs::score },
    Suite { name: "sdk", what: "the official Python SDKs against the demo", run: programs::sdk },
    Suite { name: "crash", what: "a killed gateway loses nothing it promised", run: programs::crash },
    Suite {
        name: "export-verify",
        what: "an export under a verifier that is not ours",
        run: programs::export_verify,
    },
    Suite { name: "console", what: "the console's pages in a browser", run: programs::console },
];

/// A line of the summary.
struct Line {
    name: &'static str,
    took: Duration,
    result: Result<Outcome>,
}

/// Prints the suites' names.
pub(crate) fn list() {
    SUITES.iter().for_each(|s| println!("{:14} {}", s.name, s.what));
}

/// Runs the suites that are named, or all.
pub(crate) fn run(root: &Path, names: &[&str], full: bool) -> Result<()> {
    if let Some(unknown) = names.iter().find(|n| !SUITES.iter().any(|s| s.name == **n)) {
        bail!("no suite `{unknown}`; `cargo xtask test --list` lists them");
    }
    let yard = Yard::new(root, full);
    let wanted = SUITES.iter().filter(|s| names.is_empty() || names.contains(&s.name));
    let lines: Vec<Line> = wanted.map(|suite| one(suite, &yard)).collect();
    summary(&lines)
}

fn one(suite: &Suite, yard: &Yard) -> Line {
    println!("\n=== {}: {}", suite.name, suite.what);
    let begin = Instant::now();
    let result = (suite.run)(yard);
    if let Err(error) = &result {
        println!("{error:#}");
    }
    Line { name: suite.name, took: begin.elapsed(), result }
}

fn summary(lines: &[Line]) -> Result<()> {
    println!("\n=== summary");
    for line in lines {
        let said = match &line.result {
            Ok(Outcome::Passed) => "passed".to_owned(),
            Ok(Outcome::Partly(tests, why)) => format!("passed, {tests} skipped: {why}"),
            Ok(Outcome::Skipped(why)) => format!("skipped: {why}"),
            Err(error) => format!("FAILED: {error}"),
        };
        println!("{:14} {:5.1} min  {said}", line.name, minutes(line.took));
    }
    let total = lines.iter().map(|l| l.took).sum();
    let failed = lines.iter().filter(|l| l.result.is_err()).count();
    println!("{} suites, {failed} failed, {:.1} min", lines.len(), minutes(total));
    if failed > 0 {
        bail!("{failed} of {} suites failed", lines.len());
    }
    Ok(())
}

fn minutes(took: Duration) -> f64 {
    took.as_secs_f64() / 60.0
}
