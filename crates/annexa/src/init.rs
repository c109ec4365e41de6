//! `annexa init` and `annexa check`.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::system::{SystemRandom, fresh_key};
use crate::{config, live, tls};

const TEMPLATE: &str = include_str!("annexa.toml");

/// Runs `annexa init`: writes a commented configuration and an admin key, and overwrites nothing.
pub(crate) fn init(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
    let (file, key) = (folder.join("annexa.toml"), folder.join("admin.key"));
    if let Some(there) = [&file, &key].into_iter().find(|p| p.exists()) {
        bail!("{} is there already: move it away first", there.display());
    }
    tls::private(&key.display().to_string(), &format!("{}\n", fresh_key("annexa-admin-", &SystemRandom)))?;
    std::fs::write(&file, TEMPLATE).with_context(|| format!("can't write {}", file.display()))?;
    println!("wrote {} and {}", file.display(), key.display());
    println!("next: set the provider's key in the environment, then");
    println!("  annexa check --config {0}\n  annexa serve --config {0}", file.display());
    Ok(())
}

/// Runs `annexa check`: everything that a start would read, without starting.
pub(crate) fn check(path: &Path) -> Result<()> {
    let loaded = config::read(path)?;
    let settings = live::build(&loaded)?;
    if let Some(config::Tls::Own(pair)) = &loaded.config.gateway.tls {
        tls::server(pair, &loaded.beside).context("in `gateway.tls`")?;
    }
    println!("{} is good", path.display());
    println!("  configuration  {}", loaded.hash);
    println!("  policy         {} ({})", settings.policy.name(), settings.policy.version());
    println!("  detectors      {} types ({})", settings.detector.kinds().len(), settings.detectors);
    for provider in &settings.providers {
        let key = if provider.credential.is_some() { "key given" } else { "no key" };
        println!(
            "  provider       {} -> {} ({}, {key})",
            provider.name,
            provider.pool.authority(),
            provider.supplier
        );
    }
    if settings.providers.is_empty() {
        bail!("no `[[provider]]` is configured, so nothing can be forwarded");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_init_writes_passes_the_check_and_nothing_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        init(dir.path()).unwrap();
        let text = std::fs::read_to_string(dir.path().join("annexa.toml")).unwrap();
        // The template names environment variables that a test can't rely on.
        let text = text.lines().filter(|l| !l.starts_with("key = ")).collect::<Vec<_>>().join("\n");
        std::fs::write(dir.path().join("annexa.toml"), text).unwrap();
        check(&dir.path().join("annexa.toml")).unwrap();
        assert!(init(dir.path()).unwrap_err().to_string().contains("already"));
    }
}
