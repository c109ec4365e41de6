//! Event streams: where an event ends, whatever its line ends and wherever it is cut, and what its lines say.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

use crate::error::WireError;

/// Cuts a byte stream into events; every byte belongs to one.
pub(super) struct Cutter {
    pending: BytesMut,
    limit: usize,
    /// Nothing of the present line has come.
    blank: bool,
    /// The present event has a line that is not blank.
    content: bool,
    /// The last byte was a carriage return.
    after_return: bool,
    /// The event ended with a carriage return; a line feed behind it is part of it.
    ended: bool,
}

impl Cutter {
    pub(super) fn new(limit: usize) -> Self {
        let pending = BytesMut::new();
        Cutter { pending, limit, blank: true, content: false, after_return: false, ended: false }
    }

    /// Bytes of an event that is not complete.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// The next event that is complete, taken from the front of `bytes`; none when all of them are used up.
    ///
    /// # Errors
    /// When an event is longer than allowed.
    pub(super) fn next(&mut self, bytes: &mut Bytes) -> Result<Option<Bytes>, WireError> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let found = self.scan(bytes);
        let head = bytes.split_to(found.unwrap_or(bytes.len()).min(bytes.len()));
        if self.pending.len() + head.len() > self.limit {
            return Err(WireError::TooLong { what: "an event of the stream", limit: self.limit });
        }
        if found.is_some() && self.pending.is_empty() {
            return Ok(Some(head));
        }
        self.pending.extend_from_slice(&head);
        Ok(found.map(|_| self.pending.split().freeze()))
    }

    /// What is left when the stream has ended.
    pub(super) fn rest(&mut self) -> Bytes {
        self.pending.split().freeze()
    }

    fn scan(&mut self, bytes: &[u8]) -> Option<usize> {
        if std::mem::take(&mut self.ended) {
            self.content = false;
            return Some(usize::from(bytes.first() == Some(&b'\n')));
        }
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if std::mem::take(&mut self.after_return) && *byte == b'\n' {
                at += 1;
                continue;
            }
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(run) = memchr::memchr2(b'\n', b'\r', rest) else {
                (self.blank, self.content) = (false, true);
                return None;
            };
            self.content |= run > 0;
            let ends = self.content && self.blank && run == 0;
            self.blank = true;
            let returned = rest.get(run) == Some(&b'\r');
            at += run + 1;
            if !ends {
                self.after_return = returned;
            } else if !returned {
                self.content = false;
                return Some(at);
            } else if let Some(next) = bytes.get(at) {
                self.content = false;
                return Some(at + usize::from(*next == b'\n'));
            } else {
                self.ended = true;
            }
        }
        None
    }
}

/// What the lines of one event say.
pub(super) struct Event {
    pub(super) data: Data,
    /// Bytes of what stands on other lines and is not the interface's own.
    pub(super) plain: Vec<Range<usize>>,
}

/// The data of an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Data {
    None,
    /// Bytes of the event.
    Line(Range<usize>),
    /// Several data lines, joined.
    Joined(String),
}

/// Names of events that the interfaces use.
const EVENTS: [&str; 11] = [
    "message",
    "error",
    "ping",
    "completion",
    "message_start",
    "message_delta",
    "message_stop",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "done",
];
/// Comments that say nothing.
const COMMENTS: [&str; 5] = ["", "ping", "keep-alive", "keepalive", "OPENROUTER PROCESSING"];

/// Reads the lines of an event.
pub(super) fn read(text: &str) -> Event {
    let mut event = Event { data: Data::None, plain: Vec::new() };
    for line in lines(text) {
        let whole = text.get(line.clone()).unwrap_or_default();
        let colon = memchr::memchr(b':', whole.as_bytes());
        let name = whole.get(..colon.unwrap_or(whole.len())).unwrap_or_default();
        let value = colon.map_or(line.end, |c| line.start + c + 1);
        let value = value + usize::from(text.as_bytes().get(value) == Some(&b' ') && value < line.end);
        let said = text.get(value..line.end).unwrap_or_default();
        match name {
            "data" => event.data = std::mem::replace(&mut event.data, Data::None).and(text, value..line.end),
            "event" if EVENTS.contains(&said) => {}
            "" if COMMENTS.contains(&said) => {}
            "retry" if said.len() <= 8 && said.bytes().all(|b| b.is_ascii_digit()) => {}
            "event" | "id" | "retry" | "" => event.plain.push(value..line.end),
            _ => event.plain.push(line),
        }
    }
    event.plain.retain(|span| !span.is_empty());
    event
}

impl Data {
    fn and(self, text: &str, line: Range<usize>) -> Data {
        let next = text.get(line.clone()).unwrap_or_default();
        match self {
            Data::None => Data::Line(line),
            Data::Line(first) => Data::Joined(format!("{}\n{next}", text.get(first).unwrap_or_default())),
            Data::Joined(all) => Data::Joined(format!("{all}\n{next}")),
        }
    }
}

/// The lines that are not blank, without their ends and without a byte order mark before the first.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    std::iter::from_fn(move || {
        loop {
            let rest = text.as_bytes().get(at..).filter(|r| !r.is_empty())?;
            let run = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            let line = at..at + run;
            at += run + 1;
            if !line.is_empty() {
                return Some(line);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(pieces: &[&[u8]]) -> Vec<String> {
        let mut cutter = Cutter::new(1 << 10);
        let mut events = Vec::new();
        for piece in pieces {
            let mut bytes = Bytes::copy_from_slice(piece);
            loop {
                let Some(event) = cutter.next(&mut bytes).unwrap() else {
                    if bytes.is_empty() {
                        break;
                    }
                    continue;
                };
                events.push(String::from_utf8(event.to_vec()).unwrap());
            }
        }
        let rest = cutter.rest();
        if !rest.is_empty() {
            events.push(String::from_utf8(rest.to_vec()).unwrap());
        }
        events
    }

    #[test]
    fn all_line_ends_end_events() {
        for (stream, events) in [
            ("data: a\n\ndata: b\n\n", vec!["data: a\n\n", "data: b\n\n"]),
            ("data: a\r\n\r\ndata: b\r\n\r\n", vec!["data: a\r\n\r\n", "data: b\r\n\r\n"]),
            ("data: a\r\rdata: b\r\r", vec!["data: a\r\r", "data: b\r\r"]),
            ("\n\ndata: a\n\n\n: c\n\n", vec!["\n\ndata: a\n\n", "\n: c\n\n"]),
            ("data: a\ndata: b\n\nrest", vec!["data: a\ndata: b\n\n", "rest"]),
        ] {
            assert_eq!(cut(&[stream.as_bytes()]), events);
        }
    }

    #[test]
    fn lines_are_told_apart() {
        let text = ": hi there\nevent: ping\ndata: {\"a\":\ndata:1}\nid: 7\nfoo: bar\nretry: 10\n\n";
        let event = read(text);
        assert_eq!(event.data, Data::Joined("{\"a\":\n1}".to_owned()));
        let plain: Vec<&str> = event.plain.iter().filter_map(|r| text.get(r.clone())).collect();
        assert_eq!(plain, ["hi there", "7", "foo: bar"]);
    }

    #[test]
    fn an_event_past_the_limit_is_refused() {
        let mut cutter = Cutter::new(8);
        assert!(cutter.next(&mut Bytes::from_static(b"data: x")).is_ok());
        assert!(cutter.next(&mut Bytes::from_static(b"yz")).is_err());
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter(stream in "(data: [ab]{0,3}|: c|)((\r\n|\n|\r)(data: [ab]{0,3}|: c|)){0,12}", at in any::<prop::sample::Index>(), each in any::<bool>()) {
            let whole = cut(&[stream.as_bytes()]);
            prop_assert_eq!(whole.concat(), &*stream);
            let bytes = stream.as_bytes();
            if each {
                let pieces: Vec<&[u8]> = bytes.chunks(1).collect();
                prop_assert_eq!(cut(&pieces), whole);
            } else {
                let (a, b) = bytes.split_at(at.index(bytes.len() + 1));
                prop_assert_eq!(cut(&[a, b]), whole);
            }
        }
    }
}
