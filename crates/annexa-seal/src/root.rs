//! The root key file: the root key in use, and during a rotation the one before it.
//!
//! ```text
//! annexa-root-key v1
//! key <16 hex digits: id> <base64: 32 bytes> <16 hex digits: check>
//! ```
//!
//! The check is the first 8 bytes of SHA-256 over `annexa-root-key v1`, the id's digits and the key, so damage is named
//! before a wrong key makes everything look forged. The last line's key is in use; more lines are an unfinished rotation.

use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::derive::derive;
use crate::disk;
use crate::{HolderError, Purpose, Random, SealError, SealingKey, Secret};

const HEAD: &str = "annexa-root-key v1";

/// A root key and its id.
pub(crate) struct RootKey {
    id: String,
    secret: Secret,
}

/// The root keys of a file, the one in use last. Never empty.
pub(crate) struct Ring {
    older: Vec<RootKey>,
    current: RootKey,
}

impl RootKey {
    pub(crate) fn generate(random: &dyn Random) -> Self {
        let mut id = [0; 8];
        random.fill(&mut id);
        Self { id: hex(&id), secret: Secret::generate(random) }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The key that wraps this tenant's object.
    pub(crate) fn sealing(&self, tenant: &str) -> Result<SealingKey, SealError> {
        Ok(SealingKey::new(
            &*derive(&self.secret, &[], Purpose::Wrap, tenant, "root")?,
            Purpose::Wrap,
            tenant,
        ))
    }

    fn line(&self) -> Zeroizing<String> {
        let key = Zeroizing::new(STANDARD.encode(self.secret.expose()));
        Zeroizing::new(format!("key {} {} {}\n", self.id, *key, self.check()))
    }

    fn check(&self) -> String {
        let mut context = Context::new(&SHA256);
        [HEAD.as_bytes(), self.id.as_bytes(), self.secret.expose()]
            .iter()
            .for_each(|part| context.update(part));
        hex(context.finish().as_ref().get(..8).unwrap_or_default())
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_suffix('\n')?.strip_prefix("key ")?.splitn(3, ' ');
        let (id, key) = (words.next()?, words.next()?);
        let key = Zeroizing::new(STANDARD.decode(key).ok()?);
        let mut bytes = Zeroizing::new(<[u8; 32]>::try_from(key.as_slice()).ok()?);
        let root = Self { id: id.to_owned(), secret: Secret::take(&mut bytes) };
        // The id, the check and every spelling must be what this key would write.
        (*root.line() == line).then_some(root)
    }
}

impl Ring {
    pub(crate) fn new(current: RootKey) -> Self {
        Self { older: Vec::new(), current }
    }

    /// Reads the root key file, which nobody else may read.
    pub(crate) fn read(path: &Path) -> Result<Self, HolderError> {
        let text = disk::read(path)?.ok_or_else(|| HolderError::Missing(path.to_owned()))?;
        disk::check_private(path)?;
        let damaged = |line| HolderError::Damaged { path: path.to_owned(), line };
        let mut lines = text.split_inclusive('\n');
        lines.next().filter(|line| line.strip_suffix('\n') == Some(HEAD)).ok_or_else(|| damaged(1))?;
        let keys = lines.zip(2..).map(|(line, number)| RootKey::parse(line).ok_or_else(|| damaged(number)));
        let mut older = keys.collect::<Result<Vec<_>, _>>()?;
        let current = older.pop().ok_or_else(|| damaged(2))?;
        Ok(Self { older, current })
    }

    pub(crate) fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(256));
        text.push_str(HEAD);
        text.push('\n');
        self.older.iter().chain([&self.current]).for_each(|key| text.push_str(&key.line()));
        text
    }

    /// The key in use.
    pub(crate) fn current(&self) -> &RootKey {
        &self.current
    }

    /// The key with this id.
    pub(crate) fn key(&self, id: &str) -> Option<&RootKey> {
        self.older.iter().chain([&self.current]).find(|key| key.id == id)
    }

    /// Whether a rotation is under way.
    pub(crate) fn has_older(&self) -> bool {
        !self.older.is_empty()
    }

    /// Takes a new key into use and keeps the ones before.
    pub(crate) fn push(&mut self, key: RootKey) {
        self.older.push(std::mem::replace(&mut self.current, key));
    }

    /// Drops all keys but the one in use.
    pub(crate) fn drop_older(&mut self) {
        self.older.clear();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
