//! Cryptocurrency addresses: base58check, bech32 and bech32m, Ethereum's twenty bytes.

use sha2::{Digest, Sha256};

use super::{Validator, of};

pub(super) const TABLE: &[(&str, Validator)] = &[
    ("base58check", |c| of(base58check(c.written))),
    ("bech32", |c| of(bech32(c.written))),
    ("ethereum", |c| of(ethereum(c.written))),
];

const BASE_58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BASE_32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// One version byte and twenty of hash in base 58, the last four bytes the head of a double SHA-256.
fn base58check(written: &str) -> bool {
    let Some(bytes) = from_base_58(written.as_bytes()) else { return false };
    let (body, check) = bytes.split_at(21);
    Sha256::digest(Sha256::digest(body)).starts_with(check)
}

/// The twenty-five bytes of an address; None when it holds other symbols or is longer.
fn from_base_58(text: &[u8]) -> Option<[u8; 25]> {
    if !(25..=35).contains(&text.len()) {
        return None;
    }
    let mut bytes = [0_u8; 25];
    for symbol in text {
        let mut carry = BASE_58.iter().position(|known| known == symbol)?;
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = u8::try_from(carry & 0xff).ok()?;
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(bytes)
}

/// BIP 173 and BIP 350: the checksum polynomial leaves 1 or the constant of bech32m.
fn bech32(written: &str) -> bool {
    let lower = written.to_ascii_lowercase();
    let Some((prefix, data)) = lower.rsplit_once('1') else { return false };
    let Some(data) = data.bytes().map(in_base_32).collect::<Option<Vec<u32>>>() else { return false };
    let high = prefix.bytes().map(|byte| u32::from(byte >> 5));
    let low = prefix.bytes().map(|byte| u32::from(byte & 31));
    let rest = high.chain([0]).chain(low).chain(data.iter().copied()).fold(1, polymod);
    !prefix.is_empty() && data.len() > 6 && matches!(rest, 1 | 0x2bc8_30a3)
}

fn in_base_32(byte: u8) -> Option<u32> {
    BASE_32.iter().zip(0..).find(|(known, _)| **known == byte).map(|(_, value)| value)
}

fn polymod(rest: u32, value: u32) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let top = rest >> 25;
    let shifted = ((rest & 0x01ff_ffff) << 5) ^ value;
    GENERATOR
        .iter()
        .zip(0..)
        .filter(|(_, bit)| top >> bit & 1 == 1)
        .fold(shifted, |sum, (term, _)| sum ^ term)
}

/// `0x` and forty hexadecimal digits that aren't few and repeated (the zero address is nobody's).
fn ethereum(written: &str) -> bool {
    let Some(hex) = written.strip_prefix("0x").filter(|hex| hex.len() == 40) else { return false };
    let seen = hex.chars().try_fold(0_u16, |seen, c| Some(seen | 1 << c.to_digit(16)?));
    seen.is_some_and(|seen| seen.count_ones() > 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitcoin_of_both_kinds() {
        for valid in ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"] {
            assert!(base58check(valid), "{valid}");
        }
        for wrong in ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "1A1zP1eP5QGefi2DMPTfTL5SLmv7Divf0a", "1A1z"] {
            assert!(!base58check(wrong), "{wrong}");
        }
    }

    #[test]
    fn segregated_witness_and_taproot() {
        assert!(bech32("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"));
        assert!(bech32("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"));
        assert!(bech32("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"));
        assert!(!bech32("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdx"));
        assert!(!bech32("bc1"));
    }

    #[test]
    fn ethereum_addresses() {
        assert!(ethereum("0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe"));
        assert!(!ethereum("0x0000000000000000000000000000000000000000"));
        assert!(!ethereum("0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAg"));
    }
}
