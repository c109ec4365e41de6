//! The envelope: AES-256-GCM that commits to its key, and to what it belongs to.
//!
//! ```text
//! offset  length
//! 0       1       version, 1
//! 1       1       algorithm, 1
//! 2       1       purpose
//! 3       24      nonce, random
//! 27      32      commitment
//! 59      n       ciphertext
//! 59 + n  16      tag
//! ```
//!
//! Algorithm 1. Let `context` be the first three bytes of the envelope, then tenant and id, each behind its length
//! as 64 bits, and the sequence number as 64 bits, all big-endian. One HKDF-Expand with SHA-512 from the sealing
//! key, its info the bytes `annexa-seal frame` ‖ nonce ‖ context, gives 64 bytes. The first 32 are the key of AES-256-GCM,
//! used for this one envelope with the nonce 0 and `context` as associated data; the last 32 are the commitment, compared
//! in constant time before anything is decrypted.
//!
//! Why so:
//! - GCM alone commits to nothing: one ciphertext can be made to open under two keys. The 256 bits beside the key come
//!   from the same hash, so an envelope that opened under two sealing keys, or for two contexts, would be a collision
//!   in HMAC-SHA-512.
//! - A random 96-bit GCM nonce wears a key out after 2^32 envelopes, and a counter repeats after a crash, a restore or
//!   a second process. With a key for each envelope out of a 192-bit random nonce there is nothing to count: after
//!   2^64 envelopes under one sealing key the chance that two nonces were ever equal is 2^-65.
//! - It costs one HMAC, with its key schedule kept, and one AES key schedule: about a microsecond.
//!
//! An envelope may hold up to 2^36 − 32 bytes, GCM's own limit.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use zeroize::{Zeroize, Zeroizing};

use crate::derive::{expand, push};
use crate::{Purpose, Random};

/// How many bytes an envelope is longer than what it holds.
pub const OVERHEAD: usize = HEAD + TAG;

const VERSION: u8 = 1;
const ALGORITHM: u8 = 1;
const NONCE: usize = 24;
const COMMITMENT: usize = 32;
const LARGEST: u64 = (1 << 36) - 32;
const HEAD: usize = 3 + NONCE + COMMITMENT;
const TAG: usize = 16;
const FRAME: &[u8] = b"annexa-seal frame";

/// Seals and opens envelopes of one tenant for one purpose, and one scope where there is one. Cheap to use, so keep
/// it; without `Debug` and `Clone` for its key's sake.
pub struct SealingKey {
    key: hmac::Key,
    purpose: Purpose,
    tenant: String,
}

/// What an envelope belongs to, beside tenant and purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The id of what is sealed.
    pub id: &'a str,
    /// Its place in its sequence.
    pub sequence: u64,
}

/// Why an envelope doesn't open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Cut off, or no envelope at all.
    #[error("the envelope is damaged or cut off")]
    Malformed,
    /// Of a version or algorithm that this release doesn't know.
    #[error(
        "the envelope has version {version} with algorithm {algorithm}: use the release that made it or a newer one"
    )]
    Unknown {
        /// The version found.
        version: u8,
        /// The algorithm found.
        algorithm: u8,
    },
    /// Made with another key or for something else, or damaged before its content.
    #[error("the envelope was made with another key, or for another tenant, purpose, id or sequence number")]
    Key,
    /// Its content is damaged.
    #[error("the sealed content is damaged")]
    Damaged,
    /// Too large for one envelope.
    #[error("too large for one envelope: at most 2^36 - 32 bytes")]
    TooLarge,
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Library,
}

impl SealingKey {
    pub(crate) fn new(key: &[u8; 64], purpose: Purpose, tenant: &str) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA512, key), purpose, tenant: tenant.to_owned() }
    }

    /// Seals bytes into a new envelope.
    ///
    /// # Errors
    /// When they are too large.
    pub fn seal(&self, of: Binding<'_>, plain: &[u8], random: &dyn Random) -> Result<Vec<u8>, SealError> {
        let mut envelope = Vec::with_capacity(plain.len() + OVERHEAD);
        self.seal_into(of, plain, random, &mut envelope)?;
        Ok(envelope)
    }

    /// Seals bytes and adds the envelope at the end of `out`, which is left as it was on an error.
    ///
    /// # Errors
    /// When the bytes are too large.
    //= iso27001-2022:A.8.24
    pub fn seal_into(
        &self,
        of: Binding<'_>,
        plain: &[u8],
        random: &dyn Random,
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        if plain.len() as u64 > LARGEST {
            return Err(SealError::TooLarge);
        }
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce);
        let frame = self.frame(of, &nonce)?;
        let start = out.len();
        out.reserve(plain.len() + OVERHEAD);
        out.extend_from_slice(&[VERSION, ALGORITHM, self.purpose as u8]);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(frame.commitment());
        out.extend_from_slice(plain);
        let tag = frame.encrypt(out.get_mut(start + HEAD..).unwrap_or_default());
        if let Ok(tag) = &tag {
            out.extend_from_slice(tag.as_ref());
        } else {
            out.get_mut(start..).unwrap_or_default().zeroize();
            out.truncate(start);
        }
        tag.map(|_| ())
    }

    /// Opens an envelope. What it gives is wiped when dropped.
    ///
    /// # Errors
    /// When it was not made by this key for this very thing, or has changed since.
    //= iso27001-2022:A.8.24
    pub fn open(&self, of: Binding<'_>, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let parts = Parts::read(envelope)?;
        let frame = self.frame(of, parts.nonce)?;
        let purpose_fits = parts.purpose == self.purpose as u8;
        let key_fits = verify_slices_are_equal(frame.commitment(), parts.commitment).is_ok();
        if purpose_fits && key_fits { frame.decrypt(parts.sealed) } else { Err(SealError::Key) }
    }

    fn frame(&self, of: Binding<'_>, nonce: &[u8; NONCE]) -> Result<Frame, SealError> {
        let mut info = Vec::with_capacity(FRAME.len() + NONCE + 20 + self.tenant.len() + of.id.len());
        info.extend_from_slice(FRAME);
        info.extend_from_slice(nonce);
        info.extend_from_slice(&[VERSION, ALGORITHM, self.purpose as u8]);
        push(&mut info, self.tenant.as_bytes());
        push(&mut info, of.id.as_bytes());
        info.extend_from_slice(&of.sequence.to_be_bytes());
        Ok(Frame { block: expand(&self.key, &mut info)?, info })
    }
}

/// The key of one envelope, its commitment, and what they were made from.
struct Frame {
    block: Zeroizing<[u8; 64]>,
    info: Vec<u8>,
}

impl Frame {
    fn key(&self) -> &[u8] {
        self.block.split_at(32).0
    }

    fn commitment(&self) -> &[u8] {
        self.block.split_at(32).1
    }

    fn context(&self) -> Aad<&[u8]> {
        Aad::from(self.info.get(FRAME.len() + NONCE..).unwrap_or_default())
    }

    fn encrypt(&self, content: &mut [u8]) -> Result<impl AsRef<[u8]> + use<>, SealError> {
        let cipher = self.cipher()?;
        cipher.seal_in_place_separate_tag(nonce(), self.context(), content).map_err(|_| SealError::Library)
    }

    fn decrypt(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let mut content = Zeroizing::new(sealed.to_vec());
        let opened = self.cipher()?.open_in_place(nonce(), self.context(), &mut content);
        let length = opened.map_err(|_| SealError::Damaged)?.len();
        content.truncate(length);
        Ok(content)
    }

    fn cipher(&self) -> Result<LessSafeKey, SealError> {
        UnboundKey::new(&AES_256_GCM, self.key()).map(LessSafeKey::new).map_err(|_| SealError::Library)
    }
}

/// An envelope taken apart; nothing is checked yet.
struct Parts<'a> {
    purpose: u8,
    nonce: &'a [u8; NONCE],
    commitment: &'a [u8; COMMITMENT],
    /// Ciphertext and tag.
    sealed: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(envelope: &'a [u8]) -> Result<Self, SealError> {
        let ([version, algorithm, purpose], rest) =
            envelope.split_first_chunk().ok_or(SealError::Malformed)?;
        if (*version, *algorithm) != (VERSION, ALGORITHM) {
            return Err(SealError::Unknown { version: *version, algorithm: *algorithm });
        }
        let (nonce, rest) = rest.split_first_chunk().ok_or(SealError::Malformed)?;
        let (commitment, sealed) = rest.split_first_chunk().ok_or(SealError::Malformed)?;
        Ok(Self { purpose: *purpose, nonce, commitment, sealed })
    }
}

/// Each key seals one envelope, so its nonce needn't differ.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
