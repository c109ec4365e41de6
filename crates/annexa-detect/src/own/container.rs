//! The files' form: what it is, a version, a digest of all of it, a header in TOML, sections of bytes.
//!
//! `magic 8 | version u32 | SHA-256 32 | header length u32 | header | sections u32 | length u64 and bytes, each`;
//! numbers are little-endian, the digest is of everything else.

use sha2::{Digest, Sha256};

use super::error::OwnError;

const VERSION: u32 = 1;

/// A file that was read.
pub(super) struct Container<'b> {
    /// TOML.
    pub(super) header: &'b str,
    /// In the order in which they were written.
    pub(super) sections: Vec<&'b [u8]>,
    /// Of the whole.
    pub(super) digest: [u8; 32],
}

/// The bytes of a file.
pub(super) fn write(magic: &[u8; 8], header: &str, sections: &[Vec<u8>]) -> Result<Vec<u8>, OwnError> {
    let count = |n: usize| u32::try_from(n).map_err(|_| OwnError::TooLarge("header".into()));
    let mut body = Vec::with_capacity(header.len() + sections.iter().map(|s| s.len() + 8).sum::<usize>() + 8);
    body.extend(count(header.len())?.to_le_bytes());
    body.extend(header.as_bytes());
    body.extend(count(sections.len())?.to_le_bytes());
    for section in sections {
        body.extend(u64::try_from(section.len()).unwrap_or(u64::MAX).to_le_bytes());
        body.extend(section);
    }
    let mut file = Vec::with_capacity(body.len() + 44);
    file.extend(magic);
    file.extend(VERSION.to_le_bytes());
    file.extend(digest(magic, VERSION, &body));
    file.append(&mut body);
    Ok(file)
}

/// Reads a file; `name` stands in errors.
pub(super) fn read<'b>(magic: &[u8; 8], name: &str, bytes: &'b [u8]) -> Result<Container<'b>, OwnError> {
    let form = || OwnError::Form(name.to_owned());
    let damaged = |what| OwnError::Damaged { name: name.to_owned(), what };
    let mut rest = bytes.strip_prefix(magic).ok_or_else(form)?;
    let found = number(&mut rest).ok_or_else(|| damaged("it ends early"))?;
    if found != VERSION {
        return Err(OwnError::Version { name: name.to_owned(), found, known: VERSION });
    }
    let (said, body) = rest.split_first_chunk::<32>().ok_or_else(|| damaged("it ends early"))?;
    if digest(magic, VERSION, body) != *said {
        return Err(damaged("its digest differs"));
    }
    let mut container = content(body).ok_or_else(|| damaged("its sections don't fit"))?;
    container.digest = *said;
    Ok(container)
}

fn content(mut rest: &[u8]) -> Option<Container<'_>> {
    let length = usize::try_from(number(&mut rest)?).ok()?;
    let header = std::str::from_utf8(take(&mut rest, length)?).ok()?;
    let count = number(&mut rest)?;
    let mut sections = Vec::new();
    for _ in 0..count {
        let length = u64::from_le_bytes(*take(&mut rest, 8)?.first_chunk()?);
        sections.push(take(&mut rest, usize::try_from(length).ok()?)?);
    }
    rest.is_empty().then_some(Container { header, sections, digest: [0; 32] })
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(*take(rest, 4)?.first_chunk()?))
}

fn digest(magic: &[u8; 8], version: u32, body: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(magic).chain_update(version.to_le_bytes()).chain_update(body).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAGIC: &[u8; 8] = b"annexTST";

    #[test]
    fn what_is_written_is_read() {
        let file = write(MAGIC, "a = 1", &[vec![1, 2], vec![]]).unwrap();
        let read = read(MAGIC, "f", &file).unwrap();
        assert_eq!((read.header, read.sections), ("a = 1", vec![&[1_u8, 2][..], &[]]));
    }

    #[test]
    fn every_flipped_byte_and_every_cut_is_noticed_by_name() {
        let file = write(MAGIC, "a = 1", &[vec![1, 2], vec![9; 40]]).unwrap();
        for at in 0..file.len() {
            let mut flipped = file.clone();
            flipped[at] ^= 1;
            let error = read(MAGIC, "customers.edm", &flipped).err().unwrap().to_string();
            assert!(error.contains("customers.edm"), "{error}");
            assert!(read(MAGIC, "f", &file[..at]).is_err());
        }
    }
}
