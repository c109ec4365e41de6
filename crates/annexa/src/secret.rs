//! Secrets by reference: `env:NAME` or `file:PATH`, never written in the configuration itself.

use std::path::Path;

use anyhow::{Context, Result, bail};

/// Reads the secret that `reference` names; relative files are looked for beside the configuration.
pub(crate) fn read(reference: &str, beside: &Path) -> Result<String> {
    let secret = match reference.split_once(':') {
        Some(("env", name)) => std::env::var(name)
            .with_context(|| format!("the environment has no `{name}`: export it before starting"))?,
        Some(("file", path)) => {
            let path = beside.join(path);
            std::fs::read_to_string(&path)
                .with_context(|| format!("can't read the secret in {}", path.display()))?
        }
        _ => bail!("a secret is given by reference: write `env:NAME` or `file:PATH`, not the secret itself"),
    };
    let secret = secret.trim().to_owned();
    if secret.is_empty() {
        bail!("the secret behind `{reference}` is empty");
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_the_open_is_refused_without_repeating_it() {
        let error = read("sk-verysecret", Path::new(".")).unwrap_err().to_string();
        assert!(error.contains("env:NAME") && !error.contains("verysecret"));
    }

    #[test]
    fn files_are_read_beside_the_configuration() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("key"), "abc\n").unwrap();
        assert_eq!(read("file:key", dir.path()).unwrap(), "abc");
        assert!(read("file:none", dir.path()).unwrap_err().to_string().contains("none"));
    }
}
