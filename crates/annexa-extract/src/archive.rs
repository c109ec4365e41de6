//! ZIP archives and gzip: members read one by one, each as a file of its own.

use std::io::Cursor;

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::ExtractError;
use crate::gather::Gather;
use crate::part::{Reason, Step};

/// An open ZIP archive.
pub(crate) struct Archive<'b> {
    zip: ZipArchive<Cursor<&'b [u8]>>,
}

/// A member's content.
pub(crate) enum Content {
    Bytes(Vec<u8>),
    Closed(Reason),
}

impl<'b> Archive<'b> {
    /// Opens an archive; nothing when it is damaged.
    pub(crate) fn open(bytes: &'b [u8], gather: &mut Gather<'_>) -> Result<Option<Self>, ExtractError> {
        let Ok(zip) = ZipArchive::new(Cursor::new(bytes)) else { return Ok(None) };
        let limit = gather.limits().parts;
        if zip.len() > limit {
            return Err(ExtractError::Parts { limit });
        }
        // Of two members with one name only the last is seen here; another program may show the first.
        if listed(bytes).is_some_and(|listed| listed != zip.len()) {
            gather.opaque(Reason::Damaged);
        }
        Ok(Some(Self { zip }))
    }

    /// Its members: number and name, folders left out.
    pub(crate) fn members(&self) -> Vec<(usize, String)> {
        let names = self.zip.file_names().map(|name| name.map(|n| n.to_string()));
        let named =
            names.enumerate().map(|(at, name)| (at, name.unwrap_or_else(|_| format!("member {}", at + 1))));
        named.filter(|(_, name)| !name.ends_with('/')).collect()
    }

    /// Content of a member.
    pub(crate) fn content(&mut self, at: usize, gather: &mut Gather<'_>) -> Result<Content, ExtractError> {
        let member = match self.zip.by_index(at) {
            Ok(member) if member.encrypted() => return Ok(Content::Closed(Reason::Encrypted)),
            Ok(member) => member,
            Err(error) => return Ok(Content::Closed(closed(&error))),
        };
        Ok(gather.expand(member)?.map_or(Content::Closed(Reason::Damaged), Content::Bytes))
    }
}

/// How many members the end of the directory says there are; nothing where it stands elsewhere (ZIP64).
fn listed(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).rposition(|w| w == b"PK\x05\x06")?;
    let count = u16::from_le_bytes(*bytes.get(end + 10..)?.first_chunk()?);
    (count != u16::MAX).then_some(usize::from(count))
}

fn closed(error: &ZipError) -> Reason {
    match error {
        ZipError::InvalidPassword => Reason::Encrypted,
        ZipError::UnsupportedArchive(why) if *why == ZipError::PASSWORD_REQUIRED => Reason::Encrypted,
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => Reason::Compression,
        _ => Reason::Damaged,
    }
}

/// Reads an archive whose members are files.
pub(crate) fn read(bytes: &[u8], gather: &mut Gather<'_>) -> Result<(), ExtractError> {
    let Some(mut archive) = Archive::open(bytes, gather)? else {
        gather.opaque(Reason::Damaged);
        return Ok(());
    };
    for (at, name) in archive.members() {
        gather.at(Step::Member(name.clone()), |gather| match archive.content(at, gather)? {
            Content::Bytes(bytes) => nested(&bytes, &name, gather),
            Content::Closed(reason) => {
                gather.opaque(reason);
                Ok(())
            }
        })?;
    }
    Ok(())
}

/// Reads one compressed file.
pub(crate) fn read_gzip(bytes: &[u8], name: &str, gather: &mut Gather<'_>) -> Result<(), ExtractError> {
    let Some(inside) = gather.expand(MultiGzDecoder::new(bytes))? else {
        gather.opaque(Reason::Damaged);
        return Ok(());
    };
    nested(&inside, name.strip_suffix(".gz").unwrap_or(name), gather)
}

/// Reads a file within a file.
pub(crate) fn nested(bytes: &[u8], name: &str, gather: &mut Gather<'_>) -> Result<(), ExtractError> {
    gather.deeper(|gather| crate::read(bytes, name, gather).map(drop))
}
