//! Where a set comes from, by `sources.toml`, and whether it is the very file.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};
use toml::{Table, Value};

use super::generated::GENERATED;

/// What `sources.toml` says.
pub(super) struct Origins(Table);

impl Origins {
    /// Reads `sources.toml` in the repository's root.
    pub(super) fn read(root: &Path) -> Result<Origins> {
        let text = std::fs::read_to_string(root.join("sources.toml")).context("no sources.toml")?;
        Ok(Origins(text.parse().context("sources.toml is no TOML")?))
    }

    /// The origin of a set, for the table.
    pub(super) fn of(&self, set: &Path) -> Result<&str> {
        let name = set.file_stem().unwrap_or_default().to_string_lossy();
        let sets = self.0.get("set").and_then(Value::as_array).context("sources.toml has no sets")?;
        let named = |s: &&Value| s.get("name").and_then(Value::as_str) == Some(&*name);
        if name == GENERATED {
            return Ok("made here");
        }
        let Some(listed) = sets.iter().find(named) else { return Ok("not listed") };
        let field = |key: &str| {
            listed.get(key).and_then(Value::as_str).context("a set of sources.toml lacks a field")
        };
        let same = sha256(&std::fs::read(set)?) == field("sha256")?;
        Ok(if same { field("origin")? } else { "another file than listed" })
    }
}

/// SHA-256 in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_told_from_another_of_its_name() {
        let folder = std::env::temp_dir().join(format!("annexa-origins-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let set = folder.join("wikigold.jsonl");
        std::fs::write(&set, "abc").unwrap();
        let text = "[[set]]\nname = \"wikigold\"\norigin = \"o\"\nsha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"";
        let origins = Origins(text.parse().unwrap());
        assert_eq!(origins.of(&set).unwrap(), "o");
        std::fs::write(&set, "abd").unwrap();
        assert_eq!(origins.of(&set).unwrap(), "another file than listed");
        assert_eq!(origins.of(&folder.join("x.jsonl")).unwrap(), "not listed");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
