//! The key: HMAC-SHA-256 for what is stored, SipHash for what is only asked quickly, both from one secret.

use std::hash::Hasher;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use siphasher::sip::SipHasher13;

use super::error::OwnError;

const LEAST_BYTES: usize = 32;
const ID_BYTES: usize = 8;

/// The secret that hashes of an organisation's values are keyed with. It is never written to a file.
#[derive(Clone)]
pub struct OwnKey {
    values: Hmac<Sha256>,
    quick: SipHasher13,
    id: String,
}

impl std::fmt::Debug for OwnKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OwnKey").field(&self.id).finish()
    }
}

impl OwnKey {
    /// A key from its secret.
    ///
    /// # Errors
    /// When the secret has fewer than 32 bytes.
    pub fn new(secret: &[u8]) -> Result<Self, OwnError> {
        let short = || OwnError::ShortKey(secret.len());
        if secret.len() < LEAST_BYTES {
            return Err(short());
        }
        let root = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| short())?;
        let derive =
            |label: &[u8]| -> [u8; 32] { root.clone().chain_update(label).finalize().into_bytes().into() };
        let values = Hmac::new_from_slice(&derive(b"annexa own values 1")).map_err(|_| short())?;
        let mut quick = [0; 16];
        quick.iter_mut().zip(derive(b"annexa own quick 1")).for_each(|(to, from)| *to = from);
        let id = derive(b"annexa own id 1").iter().take(ID_BYTES).map(|b| format!("{b:02x}")).collect();
        Ok(Self { values, quick: SipHasher13::new_with_key(&quick), id })
    }

    /// Tells keys apart and says nothing of the secret: 16 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What is stored of a value: the first 64 bits of its HMAC-SHA-256.
    pub(super) fn hash(&self, value: &[u8]) -> u64 {
        let whole: [u8; 32] = self.values.clone().chain_update(value).finalize().into_bytes().into();
        whole.first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
    }

    /// A hash that is ten times quicker, of 64 bits.
    pub(super) fn quick(&self, value: &[u8]) -> u64 {
        let mut hasher = self.quick;
        hasher.write(value);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_depend_on_the_key() {
        let (one, two) = (OwnKey::new(&[1; 32]).unwrap(), OwnKey::new(&[2; 32]).unwrap());
        assert_ne!(one.hash(b"value"), two.hash(b"value"));
        assert_ne!(one.quick(b"value"), two.quick(b"value"));
        assert_ne!(one.id(), two.id());
        assert_eq!(one.hash(b"value"), OwnKey::new(&[1; 32]).unwrap().hash(b"value"));
    }

    #[test]
    fn a_short_key_is_refused_and_debug_keeps_it() {
        assert_eq!(OwnKey::new(b"secret").unwrap_err(), OwnError::ShortKey(6));
        let key = OwnKey::new(b"0123456789abcdef0123456789abcdef").unwrap();
        assert!(!format!("{key:?}").contains("0123456789"));
    }
}
