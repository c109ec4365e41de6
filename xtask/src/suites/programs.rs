//! Suites that run the release binary from outside, as its users do.

use anyhow::Result;

use super::yard::debian;
use super::{Outcome, Yard};

/// The leak probe.
pub(crate) fn leaks(yard: &Yard) -> Result<Outcome> {
    crate::leak_matrix(yard.full).map(|()| Outcome::Passed)
}

/// The generator of training texts and the training; with Python's own library alone, what needs torch is skipped.
pub(crate) fn training(yard: &Yard) -> Result<Outcome> {
    let tests = ["-m", "unittest", "discover", "-q", "-s", "training/tests", "-t", "."];
    let said = yard.heard("python3".as_ref(), &tests, &[("PYTHONDONTWRITEBYTECODE", "1".as_ref())])?;
    Ok(match skipped(&said) {
        0 => Outcome::Passed,
        tests => {
            Outcome::Partly(tests, "numpy and torch are needed; a module of tests counts as one".to_owned())
        }
    })
}

/// How many tests unittest skipped, as its last line tells: `OK (skipped=3)`.
fn skipped(said: &str) -> u32 {
    let closing = said.lines().rev().find(|line| line.starts_with("OK")).unwrap_or_default();
    let count = closing.split(['(', ',', ')']).find_map(|part| part.trim().strip_prefix("skipped="));
    count.and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// The command line as scripts use it.
pub(crate) fn cli(yard: &Yard) -> Result<Outcome> {
    script(yard, "cli.py")
}

/// The official SDKs.
pub(crate) fn sdk(yard: &Yard) -> Result<Outcome> {
    script(yard, "sdk.py")
}

/// A killed gateway.
pub(crate) fn crash(yard: &Yard) -> Result<Outcome> {
    script(yard, "crash.py")
}

/// An export under a verifier that is not ours.
pub(crate) fn export_verify(yard: &Yard) -> Result<Outcome> {
    script(yard, "export.py")
}

/// Detection on labelled text that the repository makes itself.
pub(crate) fn score(yard: &Yard) -> Result<Outcome> {
    crate::score::run(&yard.root, None).map(|()| Outcome::Passed)
}

/// The console in a browser.
pub(crate) fn console(yard: &Yard) -> Result<Outcome> {
    debian("chromium", "chromium")?;
    debian("node", "nodejs")?;
    debian("npm", "npm")?;
    let folder = yard.target.join("browser");
    std::fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(yard.root.join("tests/browser").join(file), folder.join(file))?;
    }
    let at = ["--prefix".as_ref(), folder.as_os_str()];
    let npm =
        [&["ci".as_ref(), "--silent".as_ref(), "--no-audit".as_ref(), "--no-fund".as_ref()], at.as_slice()]
            .concat();
    yard.program("npm".as_ref(), &npm, &[])?;
    let binary = yard.binary()?;
    let screens = yard.target.join("screens");
    let env = [
        ("ANNEXA", binary.as_os_str()),
        ("PLAYWRIGHT_CORE", folder.as_os_str()),
        ("SCREENS", screens.as_os_str()),
    ];
    yard.program("node".as_ref(), &["tests/browser/console.mjs"], &env)?;
    Ok(Outcome::Passed)
}

fn script(yard: &Yard, name: &str) -> Result<Outcome> {
    yard.python(name, &[]).map(|()| Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_tests_are_counted() {
        assert_eq!(skipped("Ran 9 tests in 0.1s\n\nOK (skipped=3)\n"), 3);
        assert_eq!(skipped("OK (expected failures=1, skipped=12)\nlate words\n"), 12);
        assert_eq!(skipped("skipped=4\nOK\n"), 0);
    }
}
