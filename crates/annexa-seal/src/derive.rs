//! Derivation: HKDF with SHA-512, and how the parts of its info are kept apart.

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::{Purpose, SealError, Secret};

/// The length of a scope's salt in bytes.
pub const SALT_LENGTH: usize = 32;

const INFO: &[u8] = b"annexa-seal key";
const VERSION: u8 = 1;

/// 64 bytes for a purpose and label out of a secret. An empty salt is HKDF's own 64 zero bytes.
///
/// The info is the bytes `annexa-seal key`, version 1 and the purpose as a byte each, then tenant and label, each behind
/// its length as 64 bits big-endian.
pub(crate) fn derive(
    secret: &Secret,
    salt: &[u8],
    purpose: Purpose,
    tenant: &str,
    label: &str,
) -> Result<Zeroizing<[u8; 64]>, SealError> {
    let mut info = INFO.to_vec();
    info.extend_from_slice(&[VERSION, purpose as u8]);
    push(&mut info, tenant.as_bytes());
    push(&mut info, label.as_bytes());
    let extracted = mac(&hmac::Key::new(hmac::HMAC_SHA512, salt), secret.expose())?;
    expand(&hmac::Key::new(hmac::HMAC_SHA512, extracted.as_slice()), &mut info)
}

/// HKDF-Expand of one block, which is one HMAC over the info and the byte 1. The info is as it was afterwards.
pub(crate) fn expand(key: &hmac::Key, info: &mut Vec<u8>) -> Result<Zeroizing<[u8; 64]>, SealError> {
    info.push(1);
    let block = mac(key, info);
    info.pop();
    block
}

fn mac(key: &hmac::Key, message: &[u8]) -> Result<Zeroizing<[u8; 64]>, SealError> {
    let mut block = Zeroizing::new([0; 64]);
    hmac::sign_to_buffer(key, message, block.as_mut_slice()).map_err(|_| SealError::Library)?;
    Ok(block)
}

/// Adds bytes behind their length, so that no two lists of parts run together into the same bytes.
pub(crate) fn push(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}
