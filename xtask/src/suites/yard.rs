//! Where suites work: folders, cargo, the release binary, and a Python of the tests' own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// Where suites work.
pub(crate) struct Yard {
    /// The repository's root.
    pub root: PathBuf,
    /// cargo's target folder; what suites install lies there too.
    pub target: PathBuf,
    /// Whether the large counts are wanted.
    pub full: bool,
}

impl Yard {
    /// The yard of a repository.
    pub(crate) fn new(root: &Path, full: bool) -> Yard {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Yard { root: root.to_owned(), target, full }
    }

    /// Runs cargo; fails when it does.
    pub(crate) fn cargo(&self, args: &[&str]) -> Result<()> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        self.program(&cargo, args, &[])
    }

    /// The release binary, built when it is not up to date.
    pub(crate) fn binary(&self) -> Result<PathBuf> {
        self.cargo(&["build", "--release", "--quiet", "--package", "annexa"])?;
        Ok(self.target.join("release/annexa"))
    }

    /// Runs a script of `tests/python` under the tests' own Python, which knows the binary and the scale.
    pub(crate) fn python(&self, script: &str, args: &[&str]) -> Result<()> {
        let python = self.venv()?;
        let binary = self.binary()?;
        let script = self.root.join("tests/python").join(script);
        let mut all = vec![script.as_os_str()];
        all.extend(args.iter().map(OsStr::new));
        let scale = if self.full { "full" } else { "smoke" };
        self.program(
            python.as_os_str(),
            &all,
            &[
                ("ANNEXA", binary.as_os_str()),
                ("ANNEXA_SCALE", scale.as_ref()),
                ("PYTHONDONTWRITEBYTECODE", "1".as_ref()),
            ],
        )
    }

    /// Runs a program in the repository's root; fails when it does.
    pub(crate) fn program<A: AsRef<OsStr>>(
        &self,
        program: &OsStr,
        args: &[A],
        env: &[(&str, &OsStr)],
    ) -> Result<()> {
        let mut command = Command::new(program);
        command.current_dir(&self.root).args(args).envs(env.iter().copied());
        let status = command.status().with_context(|| format!("can't start {}", program.display()))?;
        ensure!(status.success(), "{} {} failed", program.display(), shown(args));
        Ok(())
    }

    /// The same, and gives what the program said on standard error, which is shown as it comes.
    pub(crate) fn heard(&self, program: &OsStr, args: &[&str], env: &[(&str, &OsStr)]) -> Result<String> {
        let mut command = Command::new(program);
        command.current_dir(&self.root).args(args).envs(env.iter().copied()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("can't start {}", program.display()))?;
        let mut said = String::new();
        for line in child.stderr.take().into_iter().flat_map(|err| BufReader::new(err).split(b'\n')) {
            let line = String::from_utf8_lossy(&line?).into_owned();
            eprintln!("{line}");
            said.push_str(&line);
            said.push('\n');
        }
        ensure!(child.wait()?.success(), "{} {} failed", program.display(), shown(args));
        Ok(said)
    }

    /// A Python with what `requirements.txt` pins.
    fn venv(&self) -> Result<PathBuf> {
        self.environment("venv", "tests/python/requirements.txt")
    }

    /// A Python with Presidio, the baseline of what reads language.
    pub(crate) fn presidio(&self) -> Result<PathBuf> {
        self.environment("venv-presidio", "tests/python/presidio.txt")
    }

    /// A Python with what a file pins; made once, and anew when the file changes.
    fn environment(&self, name: &str, pins: &str) -> Result<PathBuf> {
        let folder = self.target.join(name);
        let python = folder.join("bin/python");
        let wanted = std::fs::read_to_string(self.root.join(pins))?;
        let stamp = folder.join("installed.txt");
        if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(python);
        }
        self.program("python3".as_ref(), &["-m".as_ref(), "venv".as_ref(), folder.as_os_str()], &[])?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", pins];
        self.program(python.as_os_str(), &pip, &[])?;
        std::fs::write(stamp, wanted)?;
        Ok(python)
    }
}

/// Whether a program answers when it is asked for its version.
pub(crate) fn installed(program: &str, args: &[&str]) -> bool {
    let asked = Command::new(program).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Installs a Debian package for a program that is missing.
pub(crate) fn debian(program: &str, package: &str) -> Result<()> {
    if installed(program, &["--version"]) {
        return Ok(());
    }
    println!("installing {package}");
    for args in [["update", "-qq", "-y"].as_slice(), &["install", "-qq", "-y", package]] {
        let status = Command::new("apt-get").args(args).stdout(Stdio::null()).status();
        if !status.is_ok_and(|s| s.success()) {
            bail!("`{program}` is missing and apt-get can't install `{package}`; install it by hand");
        }
    }
    Ok(())
}

fn shown<A: AsRef<OsStr>>(args: &[A]) -> String {
    args.iter().map(|a| a.as_ref().to_string_lossy()).collect::<Vec<_>>().join(" ")
}
