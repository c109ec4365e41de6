//! Frames of segments, to the byte as `docs/formats/segment.md` has them.
//!
//! A frame's head and its end are checked against sums that take in the segment and the position, so a frame that was
//! damaged, moved or copied is known without any key, and a torn write is known from damage. What someone changed who
//! makes the sums fit is known by the seal.

use crate::digest::{array, sha256};

/// The length of a segment's header.
pub(crate) const HEADER: u64 = 64;
/// The length of a frame's head.
pub(crate) const HEAD: usize = 16;
const CHECK: usize = 4;
/// Of the segment's header.
const HEADER_CHECK: usize = 16;
/// Longer bodies are no frames.
pub(crate) const LARGEST: u32 = 1 << 28;

const MAGIC: &[u8; 8] = b"annexa-s";
const VERSION: u16 = 1;
pub(crate) const EVENT: &[u8; 4] = b"AXE\x01";
pub(crate) const RECORD: &[u8; 4] = b"AXR\x01";

/// A segment's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The sequence number of its first event.
    pub(crate) first: u64,
    /// Random, so that no frame of another segment fits.
    pub(crate) id: [u8; 24],
}

/// What a frame holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// An event.
    Event(EventBody),
    /// A sealed record, right before the event that names it.
    Record(RecordBody),
}

/// An event's frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventBody {
    /// The outbox row that it came from, 0 for none.
    pub(crate) outbox: u64,
    /// The scope whose salt its key is made with.
    pub(crate) scope: u64,
    /// The first 8 bytes of the hash over tenant and exchange, 0 for none.
    pub(crate) key: u64,
    /// The leaf, in the clear.
    pub(crate) leaf: Vec<u8>,
    /// The envelope of salt and event.
    pub(crate) sealed: Vec<u8>,
}

/// A record's frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordBody {
    /// The scope whose salt its key is made with.
    pub(crate) scope: u64,
    /// The sequence number of its event.
    pub(crate) seq: u64,
    /// The envelope of the record.
    pub(crate) sealed: Vec<u8>,
}

impl Header {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_be_bytes());
        bytes.extend_from_slice(&[0; 6]);
        bytes.extend_from_slice(&self.first.to_be_bytes());
        bytes.extend_from_slice(&self.id);
        let check: [u8; HEADER_CHECK] = array(&sha256(&[&bytes]));
        bytes.extend_from_slice(&check);
        bytes
    }

    /// Reads a header; nothing when it is damaged or of another version.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let header =
            Self { first: u64::from_be_bytes(array(bytes.get(16..24)?)), id: array(bytes.get(24..48)?) };
        (header.to_bytes() == bytes).then_some(header)
    }
}

/// Starts a frame at the end of `out`; [`finish`] ends it.
pub(crate) fn start(out: &mut Vec<u8>, mark: &[u8; 4]) -> usize {
    let start = out.len();
    out.extend_from_slice(mark);
    out.extend_from_slice(&[0; HEAD - 4]);
    start
}

/// Ends the frame that started at `start` of `out` and will lie at `offset` of the segment. False when it is too long.
pub(crate) fn finish(out: &mut Vec<u8>, start: usize, id: &[u8; 24], offset: u64) -> bool {
    let length = u32::try_from(out.len() - start - HEAD).ok().filter(|length| *length <= LARGEST);
    let Some(length) = length else { return false };
    let mark: [u8; 4] = array(out.get(start..).unwrap_or_default());
    let head = head(&mark, length, id, offset);
    if let Some(place) = out.get_mut(start..start + HEAD) {
        place.copy_from_slice(&head);
    }
    let check = check(out.get(start..).unwrap_or_default(), id, offset);
    out.extend_from_slice(&check);
    true
}

/// The head of a frame.
pub(crate) fn head(mark: &[u8; 4], length: u32, id: &[u8; 24], offset: u64) -> [u8; HEAD] {
    let length = length.to_be_bytes();
    let check = sha256(&[id, &offset.to_be_bytes(), mark, &length]);
    let mut head = [0; HEAD];
    let bytes = mark.iter().chain(&length).chain(check.iter());
    head.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    head
}

/// The length of the body that a head announces; nothing when the head is damaged.
pub(crate) fn body_length(bytes: &[u8; HEAD], id: &[u8; 24], offset: u64) -> Option<usize> {
    let mark: [u8; 4] = array(bytes);
    let length = u32::from_be_bytes(array(bytes.get(4..8)?));
    let known = (mark == *EVENT || mark == *RECORD) && length <= LARGEST;
    (known && head(&mark, length, id, offset) == *bytes).then_some(length as usize)
}

/// How long a frame with such a body is.
pub(crate) fn frame_length(body: usize) -> u64 {
    (HEAD + body + CHECK) as u64
}

/// Reads a whole frame; nothing when it is damaged.
pub(crate) fn parse(frame: &[u8], id: &[u8; 24], offset: u64) -> Option<Body> {
    let (content, stored) = frame.split_at_checked(frame.len().checked_sub(CHECK)?)?;
    if check(content, id, offset) != *stored {
        return None;
    }
    let body = content.get(HEAD..)?;
    if content.starts_with(EVENT) { event(body) } else { record(body) }
}

/// CRC-32 of IEEE 802.3.
fn check(content: &[u8], id: &[u8; 24], offset: u64) -> [u8; CHECK] {
    let mut sum = crc32fast::Hasher::new();
    sum.update(id);
    sum.update(&offset.to_be_bytes());
    sum.update(content);
    sum.finalize().to_be_bytes()
}

fn event(body: &[u8]) -> Option<Body> {
    let number = |at: usize| Some(u64::from_be_bytes(array(body.get(at..at + 8)?)));
    let leaf = usize::from(u16::from_be_bytes(array(body.get(24..26)?)));
    Some(Body::Event(EventBody {
        outbox: number(0)?,
        scope: number(8)?,
        key: number(16)?,
        leaf: body.get(26..26 + leaf)?.to_vec(),
        sealed: body.get(26 + leaf..)?.to_vec(),
    }))
}

fn record(body: &[u8]) -> Option<Body> {
    let number = |at: usize| Some(u64::from_be_bytes(array(body.get(at..at + 8)?)));
    Some(Body::Record(RecordBody { scope: number(0)?, seq: number(8)?, sealed: body.get(16..)?.to_vec() }))
}
