//! Signed notes: a text and lines of signatures under it, as C2SP `signed-note` has them, with Ed25519.
//!
//! Signatures by keys that nobody asked about, such as witnesses' cosignatures, are kept and passed over.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::hash::sha256;

/// Larger notes, and more signatures than this, are not read.
const LARGEST: usize = 1 << 20;
const MOST_SIGNATURES: usize = 64;
const ED25519_TYPE: u8 = 1;
const MARK: &str = "\u{2014} ";

/// A text and the signatures under it. Nothing in it may be believed before [`Note::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key.
    pub name: String,
    /// The id of the key.
    pub id: u32,
    /// The signature itself.
    pub bytes: Vec<u8>,
}

/// The key that signs a log's checkpoints.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    verifying: VerifyingKey,
}

/// The public half, written as `NAME+ID+KEY`: a name, 8 hex digits, and standard base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey {
    name: String,
    id: u32,
    public: [u8; 32],
}

/// Why a note or a key is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a signed note.
    #[error("not a signed note: a text, an empty line and signature lines are expected")]
    Malformed,
    /// Larger than this reads, or more signatures.
    #[error("the note is larger than 1 MiB or has more than 64 signatures")]
    TooLarge,
    /// Not the text of a verifying key.
    #[error("not a verifying key: `NAME+ID+KEY` is expected, and the id must fit the name and the key")]
    Key,
    /// Empty, or with a space or a plus sign.
    #[error("a key's name must not be empty nor hold spaces, plus signs or control characters")]
    Name,
    /// Not signed by the key that is trusted.
    #[error("the note carries no signature by the trusted key")]
    Unsigned,
    /// Signed by that key, but not this text.
    #[error("the trusted key's signature doesn't fit the text")]
    Forged,
}

impl Note {
    /// A note without signatures yet. The text must end in a newline.
    ///
    /// # Errors
    /// When the text doesn't end in a newline or holds other control characters.
    pub fn new(text: String) -> Result<Self, NoteError> {
        let clean = text.ends_with('\n') && !text.chars().any(|c| c < ' ' && c != '\n');
        if clean { Ok(Self { text, signatures: Vec::new() }) } else { Err(NoteError::Malformed) }
    }

    /// Reads a note.
    ///
    /// # Errors
    /// When it is not a signed note, or too large.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > LARGEST {
            return Err(NoteError::TooLarge);
        }
        let split = note.rfind("\n\n").and_then(|at| note.split_at_checked(at + 1));
        let (text, lines) = split.ok_or(NoteError::Malformed)?;
        let lines =
            lines.strip_prefix('\n').and_then(|l| l.strip_suffix('\n')).ok_or(NoteError::Malformed)?;
        if lines.split('\n').count() > MOST_SIGNATURES {
            return Err(NoteError::TooLarge);
        }
        let signatures = lines.split('\n').map(|line| Signature::parse(line).ok_or(NoteError::Malformed));
        Ok(Self { signatures: signatures.collect::<Result<_, _>>()?, ..Self::new(text.to_owned())? })
    }

    /// The text, its last newline included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, known or not.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature by this key.
    //= iso27001-2022:A.8.24
    pub fn sign(&mut self, key: &SigningKey) {
        let bytes = key.pair.sign(self.text.as_bytes()).as_ref().to_vec();
        let VerifyingKey { name, id, .. } = &key.verifying;
        self.signatures.push(Signature { name: name.clone(), id: *id, bytes });
    }

    /// Checks that the key signed this text. Other keys' signatures are passed over.
    ///
    /// # Errors
    /// When there is no signature by the key, or one that doesn't fit.
    //= iso27001-2022:A.8.24
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), NoteError> {
        let mut by_key = self.signatures.iter().filter(|s| s.name == key.name && s.id == key.id).peekable();
        by_key.peek().ok_or(NoteError::Unsigned)?;
        let public = UnparsedPublicKey::new(&ED25519, key.public);
        by_key.try_for_each(|s| public.verify(self.text.as_bytes(), &s.bytes).map_err(|_| NoteError::Forged))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(MARK)?.split_once(' ')?;
        let decoded = STANDARD.decode(encoded).ok()?;
        let (id, bytes) = decoded.split_first_chunk()?;
        let complete = is_name(name) && !bytes.is_empty();
        complete.then(|| Self { name: name.to_owned(), id: u32::from_be_bytes(*id), bytes: bytes.to_vec() })
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = [&self.id.to_be_bytes(), self.bytes.as_slice()].concat();
        write!(f, "{MARK}{} {}", self.name, STANDARD.encode(whole))
    }
}

impl SigningKey {
    /// The key with this name, the log's origin, made from 32 secret bytes.
    ///
    /// # Errors
    /// When the name can't be one.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoteError::Key)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| NoteError::Key)?;
        Ok(Self { pair, verifying: VerifyingKey::new(name, public)? })
    }

    /// Its public half.
    #[must_use]
    pub fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }
}

impl VerifyingKey {
    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's id: the first four bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ public key).
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    fn new(name: &str, public: [u8; 32]) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::Name);
        }
        let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n", &[ED25519_TYPE], &public]).0;
        Ok(Self { name: name.to_owned(), id: u32::from_be_bytes([a, b, c, d]), public })
    }
}

impl FromStr for VerifyingKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let key = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let Some((&ED25519_TYPE, public)) = key.split_first() else { return Err(NoteError::Key) };
        let key = Self::new(name, public.try_into().map_err(|_| NoteError::Key)?)?;
        // The id, and the spelling of all else, must be what this key would write.
        if key.to_string() == text { Ok(key) } else { Err(NoteError::Key) }
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519_TYPE], self.public.as_slice()].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.id, STANDARD.encode(key))
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

#[cfg(test)]
#[path = "note_tests.rs"]
mod tests;
