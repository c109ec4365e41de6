//! Reads segments frame by frame, and tells a torn tail from damage.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::digest::array;
use crate::frame::{self, Body, HEAD, HEADER, Header};
use crate::{StoreError, error, layout};

/// A segment's file name.
pub(crate) fn name(first: u64) -> String {
    format!("{first:020}.seg")
}

/// The segments of a folder in order, with the sequence number that their name tells.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let number = |path: &PathBuf| {
        let first = path.file_name()?.to_str()?.strip_suffix(".seg")?.parse().ok()?;
        (path.file_name()?.to_str()? == name(first)).then_some(first)
    };
    let files = layout::files(folder)?;
    Ok(files.into_iter().filter_map(|path| Some((number(&path)?, path))).collect())
}

/// Refuses segments that a build with another format wrote; it has to come before anything is changed.
pub(crate) fn refuse_foreign(folder: &Path) -> Result<(), StoreError> {
    for (_, path) in list(folder).map_err(error::io(folder))? {
        if let Some(version) = Reader::foreign(&path).map_err(error::io(&path))? {
            return Err(StoreError::Version { path, version });
        }
    }
    Ok(())
}

/// What comes next in a segment.
pub(crate) enum Step {
    /// A frame, and where it ends.
    Frame {
        /// Where it begins.
        at: u64,
        /// What it holds.
        body: Body,
    },
    /// A write that didn't come to its end, up to the end of the file.
    Torn {
        /// Where it begins.
        at: u64,
    },
    /// Bytes that nobody wrote so.
    Damaged {
        /// Where they begin.
        at: u64,
    },
    /// The end of the file.
    End,
}

/// Reads one segment from some position on.
pub(crate) struct Reader {
    file: BufReader<File>,
    header: Header,
    at: u64,
    end: u64,
}

impl Reader {
    /// Opens a segment; no reader when its header is damaged.
    pub(crate) fn open(path: &Path) -> io::Result<Result<Self, u64>> {
        let file = File::open(path)?;
        let end = file.metadata()?.len();
        let mut file = BufReader::with_capacity(1 << 16, file);
        let mut bytes = Vec::new();
        file.by_ref().take(HEADER).read_to_end(&mut bytes)?;
        Ok(Header::parse(&bytes).map(|header| Self { file, header, at: HEADER, end }).ok_or(end))
    }

    /// The version of a segment that was written by a build whose format is not read here.
    fn foreign(path: &Path) -> io::Result<Option<u16>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(HEADER).read_to_end(&mut bytes)?;
        Ok(frame::foreign_version(&bytes))
    }

    pub(crate) fn header(&self) -> Header {
        self.header
    }

    /// Where the next frame begins.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// Goes on at a position where a frame begins.
    pub(crate) fn seek(&mut self, at: u64) -> io::Result<()> {
        self.at = at;
        self.file.seek(SeekFrom::Start(at)).map(|_| ())
    }

    /// Reads the next frame. After damage, call [`Reader::resync`].
    pub(crate) fn next(&mut self) -> io::Result<Step> {
        let at = self.at;
        let left = self.end.saturating_sub(at);
        if left == 0 {
            return Ok(Step::End);
        }
        let mut head = [0; HEAD];
        if left < HEAD as u64 {
            return Ok(Step::Torn { at });
        }
        self.file.read_exact(&mut head)?;
        let Some(body) = frame::body_length(&head, &self.header.id, at) else {
            return Ok(Step::Damaged { at });
        };
        let length = frame::frame_length(body);
        if length > left {
            return Ok(Step::Torn { at });
        }
        let mut bytes = head.to_vec();
        self.file.by_ref().take(length - HEAD as u64).read_to_end(&mut bytes)?;
        match frame::parse(&bytes, &self.header.id, at) {
            Some(body) => {
                self.at = at + length;
                Ok(Step::Frame { at, body })
            }
            None => Ok(Step::Damaged { at }),
        }
    }

    /// Looks for the next whole frame behind damage. False when there is none: then the reader is at the end.
    pub(crate) fn resync(&mut self) -> io::Result<bool> {
        let from = self.at + 1;
        self.seek(from)?;
        let mut rest = Vec::new();
        self.file.read_to_end(&mut rest)?;
        let whole = |start: &usize| self.whole(&rest, *start, from);
        match (0..rest.len()).find(whole) {
            Some(start) => self.seek(from + start as u64).map(|()| true),
            None => self.seek(self.end).map(|()| false),
        }
    }

    fn whole(&self, rest: &[u8], start: usize, from: u64) -> bool {
        let bytes = rest.get(start..).unwrap_or_default();
        if !(bytes.starts_with(frame::EVENT) || bytes.starts_with(frame::RECORD)) || bytes.len() < HEAD {
            return false;
        }
        let at = from + start as u64;
        let Some(body) = frame::body_length(&array(bytes), &self.header.id, at) else { return false };
        let length = usize::try_from(frame::frame_length(body)).unwrap_or(usize::MAX);
        bytes.get(..length).is_some_and(|bytes| frame::parse(bytes, &self.header.id, at).is_some())
    }
}

#[cfg(test)]
#[path = "segment_tests.rs"]
mod tests;
