//! The proof that one leaf is in a log: a text file that needs no network, as C2SP `tlog-proof` has it.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::decimal;
use crate::{Checkpoint, CheckpointError, Hash, VerifyingKey, hash_leaf, verify_inclusion};

const HEAD: &str = "c2sp.org/tlog-proof@v1";
const LARGEST: usize = 1 << 21;

/// A proof of inclusion with the checkpoint that it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Bytes that are not proven by themselves. Ours are the leaf's, so that the file stands alone.
    pub extra: Option<Vec<u8>>,
    /// The leaf's index.
    pub index: u64,
    /// From the leaf's sibling up to the root's child.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint as the log gave it, cosignatures included.
    pub checkpoint: String,
}

/// Why a proof doesn't hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not the text of a proof.
    #[error("not a tlog-proof: see c2sp.org/tlog-proof for its form")]
    Malformed,
    /// Its checkpoint is not accepted.
    #[error("the proof's checkpoint is not accepted")]
    Checkpoint(#[from] CheckpointError),
    /// It doesn't lead from the leaf to the checkpoint's root.
    #[error("the hashes don't lead from the leaf to the checkpoint's root")]
    Broken,
}

impl Proof {
    /// Checks that the leaf with these bytes is in the log whose key this is, and gives the log's state.
    ///
    /// # Errors
    /// When the checkpoint isn't the log's or the hashes don't lead to its root.
    //= iso27001-2022:A.5.33
    pub fn verify(&self, leaf: &[u8], key: &VerifyingKey) -> Result<Checkpoint, ProofError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let leaf = hash_leaf(leaf);
        let holds = verify_inclusion(&leaf, self.index, checkpoint.size, &self.hashes, &checkpoint.root);
        if holds { Ok(checkpoint) } else { Err(ProofError::Broken) }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for Proof {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        read(text).ok_or(ProofError::Malformed)
    }
}

fn read(text: &str) -> Option<Proof> {
    if text.len() > LARGEST {
        return None;
    }
    let (head, checkpoint) = text.split_once("\n\n")?;
    let mut lines = head.split('\n').peekable();
    lines.next().filter(|line| *line == HEAD)?;
    let extra = lines.next_if(|line| line.starts_with("extra "));
    let extra = match extra.and_then(|line| line.strip_prefix("extra ")) {
        Some(encoded) => Some(STANDARD.decode(encoded).ok()?),
        None => None,
    };
    let index = decimal(lines.next()?.strip_prefix("index ")?)?;
    let hashes = lines.map(Hash::parse).collect::<Option<Vec<_>>>()?;
    // No tree of up to 2^64 leaves needs more.
    (hashes.len() <= 64).then(|| Proof { extra, index, hashes, checkpoint: checkpoint.to_owned() })
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
