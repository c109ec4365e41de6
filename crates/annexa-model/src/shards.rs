//! Weights in several files, and the manifest that says which.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::ModelError;

/// `manifest.json`: SHA-256 digests in hexadecimal digits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// Of all shards one after the other.
    container: String,
    /// Of the vocabulary.
    vocab: String,
    shards: Vec<Shard>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shard {
    file: String,
    sha256: String,
}

/// The container out of its shards, which are given with their names; all is checked against the manifest.
///
/// # Errors
///
/// When the manifest can't be read, or a file is missing or another one.
pub fn join(manifest: &[u8], shards: &[(&str, &[u8])], vocab: &[u8]) -> Result<Vec<u8>, ModelError> {
    let manifest: Manifest = serde_json::from_slice(manifest).map_err(ModelError::Manifest)?;
    check("vocab.txt", vocab, &manifest.vocab)?;
    let mut container = Vec::with_capacity(shards.iter().map(|(_, bytes)| bytes.len()).sum());
    for shard in &manifest.shards {
        let found = shards.iter().find(|(name, _)| *name == shard.file);
        let (_, bytes) = found
            .ok_or_else(|| ModelError::Checksum { file: shard.file.clone(), what: "it is missing".into() })?;
        check(&shard.file, bytes, &shard.sha256)?;
        container.extend_from_slice(bytes);
    }
    check("all shards together", &container, &manifest.container)?;
    Ok(container)
}

fn check(file: &str, bytes: &[u8], expected: &str) -> Result<(), ModelError> {
    let found = hex(&Sha256::digest(bytes));
    match found.eq_ignore_ascii_case(expected) {
        true => Ok(()),
        false => Err(ModelError::Checksum { file: file.into(), what: format!("its SHA-256 is {found}") }),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(container: &[u8], vocab: &[u8], first: &[u8], second: &[u8]) -> String {
        let [container, vocab, first, second] =
            [container, vocab, first, second].map(|bytes| hex(&Sha256::digest(bytes)));
        format!(
            r#"{{"container":"{container}","vocab":"{vocab}","shards":[
            {{"file":"weights.00","sha256":"{first}"}},{{"file":"weights.01","sha256":"{second}"}}]}}"#
        )
    }

    #[test]
    fn shards_are_joined_in_the_order_of_the_manifest() {
        let manifest = manifest(b"abcd", b"v", b"ab", b"cd");
        let shards: [(&str, &[u8]); 2] = [("weights.01", b"cd"), ("weights.00", b"ab")];
        assert_eq!(join(manifest.as_bytes(), &shards, b"v").unwrap(), b"abcd");
    }

    #[test]
    fn a_changed_or_missing_file_is_named() {
        let manifest = manifest(b"abcd", b"v", b"ab", b"cd");
        let error = |shards: &[(&str, &[u8])], vocab: &[u8]| {
            join(manifest.as_bytes(), shards, vocab).unwrap_err().to_string()
        };
        assert!(error(&[("weights.00", b"ab")], b"v").contains("weights.01"));
        assert!(error(&[("weights.00", b"ab"), ("weights.01", b"cX")], b"v").contains("weights.01"));
        assert!(error(&[("weights.00", b"ab"), ("weights.01", b"cd")], b"w").contains("vocab.txt"));
    }

    #[test]
    fn no_manifest_is_an_error() {
        assert!(matches!(join(b"{", &[], b""), Err(ModelError::Manifest(_))));
    }
}
