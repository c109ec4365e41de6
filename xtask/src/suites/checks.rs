//! Suites that are cargo's, and the checks of this crate.

use anyhow::Result;

use super::yard::installed;
use super::{Outcome, Yard};
use crate::{controls, source, tidy};

/// Formatting.
pub(crate) fn fmt(yard: &Yard) -> Result<Outcome> {
    passed(yard.cargo(&["fmt", "--all", "--check"]))
}

/// Lints of all targets.
pub(crate) fn clippy(yard: &Yard) -> Result<Outcome> {
    passed(yard.cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// Unit, property and integration tests.
pub(crate) fn unit(yard: &Yard) -> Result<Outcome> {
    if installed("cargo-nextest", &["nextest", "--version"]) {
        return passed(yard.cargo(&[
            "nextest",
            "run",
            "--workspace",
            "--status-level",
            "fail",
            "--no-fail-fast",
        ]));
    }
    passed(yard.cargo(&["test", "--quiet", "--workspace", "--all-targets", "--no-fail-fast"]))
}

/// Examples in the documentation, of the crates that are libraries.
pub(crate) fn doc(yard: &Yard) -> Result<Outcome> {
    passed(yard.cargo(&["test", "--quiet", "--workspace", "--doc"]))
}

/// The release binary.
pub(crate) fn build(yard: &Yard) -> Result<Outcome> {
    passed(yard.binary().map(drop))
}

/// House rules.
pub(crate) fn tidy(yard: &Yard) -> Result<Outcome> {
    passed(tidy::run(&yard.root))
}

/// Control matrix.
pub(crate) fn controls(yard: &Yard) -> Result<Outcome> {
    passed(controls::run(&yard.root, &source::files(&yard.root)?))
}

/// Licences, sources and advisories of dependencies.
pub(crate) fn deny(yard: &Yard) -> Result<Outcome> {
    if !installed("cargo-deny", &["--version"]) {
        return Ok(Outcome::Skipped("cargo-deny is not installed".into()));
    }
    // Advisories need a database from the network, which a test machine need not have.
    passed(yard.cargo(&["deny", "--workspace", "check", "licenses", "bans", "sources"]))
}

fn passed(result: Result<()>) -> Result<Outcome> {
    result.map(|()| Outcome::Passed)
}
