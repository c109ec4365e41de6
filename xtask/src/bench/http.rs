//! Just enough HTTP/1.1 for both ends of a benchmark: messages with a length or in chunks.

use std::io::{self, BufRead, ErrorKind, Read};

/// A message.
pub(crate) struct Message {
    /// First line.
    pub start: String,
    /// Body, chunks joined.
    pub body: Vec<u8>,
}

/// Reads a message whole; nothing at the end of the connection.
pub(crate) fn read_message(reader: &mut impl BufRead) -> io::Result<Option<Message>> {
    let Some((start, length)) = read_head(reader)? else { return Ok(None) };
    let mut body = Vec::new();
    match length {
        Length::Known(length) => {
            reader.take(length).read_to_end(&mut body)?;
        }
        Length::Chunked => while read_chunk(reader, &mut body)? {},
    }
    Ok(Some(Message { start, body }))
}

/// How long a body is.
pub(crate) enum Length {
    /// In bytes.
    Known(u64),
    /// In chunks.
    Chunked,
}

/// Reads a head; gives the first line and the body's length.
pub(crate) fn read_head(reader: &mut impl BufRead) -> io::Result<Option<(String, Length)>> {
    let mut start = String::new();
    if reader.read_line(&mut start)? == 0 {
        return Ok(None);
    }
    let mut length = Length::Known(0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end().to_ascii_lowercase();
        match line.split_once(':') {
            Some(("content-length", n)) => {
                length = Length::Known(n.trim().parse().map_err(|_| ErrorKind::InvalidData)?)
            }
            Some(("transfer-encoding", _)) => length = Length::Chunked,
            Some(_) => {}
            None if line.is_empty() => return Ok(Some((start.trim_end().to_owned(), length))),
            None => return Err(ErrorKind::InvalidData.into()),
        }
    }
}

/// Appends one chunk to `body`; false at the last one.
pub(crate) fn read_chunk(reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<bool> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    let size = u64::from_str_radix(line.trim(), 16).map_err(|_| ErrorKind::InvalidData)?;
    reader.by_ref().take(size).read_to_end(body)?;
    let mut end = [0; 2];
    reader.read_exact(&mut end)?;
    Ok(size > 0)
}
