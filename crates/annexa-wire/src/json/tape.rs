//! The strict reader: one pass over the text, one node a value, each with the bytes it stands in.
//!
//! What readers are known to differ on is refused: duplicate keys, bad escapes, lone surrogates, control
//! characters, a second document, a byte order mark, numbers that no float holds.

use std::borrow::Cow;

use super::text::{self, plain_run};
use crate::error::WireError;
use crate::limits::{DEEPEST, Limits};

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    Key,
    String,
    Number,
    True,
    False,
    Null,
}

/// One value or key: the bytes it stands in, quotes included, and the node behind everything in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) escaped: bool,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) next: u32,
}

/// How strictly a document is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) depth: usize,
    /// Most values and keys.
    pub(crate) nodes: usize,
    /// Refuse an object that names a key twice.
    pub(crate) unique: bool,
}

impl Rules {
    pub(crate) fn strict(limits: &Limits) -> Self {
        Rules { depth: limits.depth.min(DEEPEST), nodes: limits.passages.saturating_mul(4), unique: true }
    }
}

/// Reads a document's nodes into `nodes`, which is emptied first so that its room can be used again.
pub(crate) fn read(text: &str, rules: Rules, nodes: &mut Vec<Node>) -> Result<(), WireError> {
    nodes.clear();
    if u32::try_from(text.len()).is_err() {
        return Err(WireError::TooLong { what: "the document", limit: u32::MAX as usize });
    }
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, depth: 0, rules, nodes };
    if text.starts_with('\u{feff}') {
        return Err(reader.wrong("a byte order mark stands before the document"));
    }
    reader.space();
    reader.value()?;
    reader.space();
    if reader.at < reader.bytes.len() {
        return Err(reader.wrong("something follows the document"));
    }
    Ok(())
}

/// Longest number: more digits than any two readers keep alike.
const NUMBER_BYTES: usize = 64;
/// Objects up to this size are compared key by key, larger ones sorted.
const FEW_KEYS: usize = 16;

struct Reader<'a, 'n> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    rules: Rules,
    nodes: &'n mut Vec<Node>,
}

impl Reader<'_, '_> {
    fn value(&mut self) -> Result<(), WireError> {
        if self.nodes.len() >= self.rules.nodes {
            return Err(WireError::TooMany { limit: self.rules.nodes });
        }
        match self.peek() {
            Some(b'"') => self.string(Kind::String),
            Some(b'{') => self.nested(Kind::Object),
            Some(b'[') => self.nested(Kind::Array),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Kind::True),
            Some(b'f') => self.word("false", Kind::False),
            Some(b'n') => self.word("null", Kind::Null),
            Some(_) => Err(self.wrong("a value was expected")),
            None => Err(self.wrong("the document breaks off")),
        }
    }

    fn nested(&mut self, kind: Kind) -> Result<(), WireError> {
        if self.depth >= self.rules.depth {
            return Err(WireError::Depth { at: self.at, limit: self.rules.depth });
        }
        self.depth += 1;
        let (node, start) = (self.nodes.len(), self.at);
        self.push(kind, start, false);
        self.at += 1;
        self.space();
        if kind == Kind::Object {
            self.members(node)?
        } else {
            self.items()?
        }
        self.at += 1;
        self.depth -= 1;
        let (end, next) = (narrow(self.at), narrow(self.nodes.len()));
        if let Some(n) = self.nodes.get_mut(node) {
            (n.end, n.next) = (end, next);
        }
        Ok(())
    }

    fn items(&mut self) -> Result<(), WireError> {
        if self.peek() == Some(b']') {
            return Ok(());
        }
        loop {
            self.space();
            self.value()?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => return Ok(()),
                _ => return Err(self.wrong("`,` or `]` was expected")),
            }
        }
    }

    fn members(&mut self, object: usize) -> Result<(), WireError> {
        if self.peek() == Some(b'}') {
            return Ok(());
        }
        let mut keys = 0;
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("a key was expected"));
            }
            self.string(Kind::Key)?;
            keys += 1;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.wrong("`:` was expected"));
            }
            self.at += 1;
            self.space();
            self.value()?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') if self.rules.unique => return self.unique(object, keys),
                Some(b'}') => return Ok(()),
                _ => return Err(self.wrong("`,` or `}` was expected")),
            }
        }
    }

    /// No key may stand twice, however it is written: readers differ on which value counts.
    fn unique(&self, object: usize, keys: usize) -> Result<(), WireError> {
        let twice =
            if keys <= FEW_KEYS { self.twice_among_few(object) } else { self.twice_among_many(object) };
        twice.map_or(Ok(()), |at| Err(WireError::Json { at, what: "a key stands twice in one object" }))
    }

    fn twice_among_few(&self, object: usize) -> Option<usize> {
        let mut seen: [Option<Node>; FEW_KEYS] = [None; FEW_KEYS];
        for (slot, key) in self.keys(object).enumerate() {
            if seen.iter().take(slot).flatten().any(|s| self.same(s, &key)) {
                return Some(key.start as usize);
            }
            *seen.get_mut(slot)? = Some(key);
        }
        None
    }

    fn twice_among_many(&self, object: usize) -> Option<usize> {
        let mut keys: Vec<(Cow<'_, str>, u32)> =
            self.keys(object).map(|k| (self.decoded(&k), k.start)).collect();
        keys.sort_unstable();
        let twice = keys.array_windows().find(|[a, b]| a.0 == b.0);
        twice.map(|[_, b]| b.1 as usize)
    }

    fn keys(&self, object: usize) -> impl Iterator<Item = Node> {
        let mut at = object + 1;
        std::iter::from_fn(move || {
            let key = *self.nodes.get(at)?;
            at = self.nodes.get(at + 1)?.next as usize;
            Some(key)
        })
    }

    fn same(&self, a: &Node, b: &Node) -> bool {
        if a.escaped || b.escaped {
            self.decoded(a) == self.decoded(b)
        } else {
            self.inner(a) == self.inner(b)
        }
    }

    fn inner(&self, node: &Node) -> &str {
        self.text.get(node.start as usize + 1..(node.end as usize).saturating_sub(1)).unwrap_or_default()
    }

    fn decoded(&self, node: &Node) -> Cow<'_, str> {
        text::unescape(self.inner(node))
    }

    fn string(&mut self, kind: Kind) -> Result<(), WireError> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            self.at += plain_run(self.rest());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.wrong("a control character stands in a string")),
                None => return Err(self.wrong("a string breaks off")),
            }
        }
        self.at += 1;
        self.push(kind, start, escaped);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), WireError> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => match text::unicode(self.rest()) {
                Some((_, length)) => self.at += length,
                None => return Err(self.wrong("a \\u escape is no character")),
            },
            _ => return Err(self.wrong("an escape is unknown")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), WireError> {
        let start = self.at;
        self.skip(|b| b == b'-', 1);
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        let exponent = matches!(self.peek(), Some(b'e' | b'E'));
        if exponent {
            self.at += 1;
            self.skip(|b| matches!(b, b'+' | b'-'), 1);
            self.digits()?;
        }
        self.comparable(start, exponent)?;
        self.push(Kind::Number, start, false);
        Ok(())
    }

    fn comparable(&self, start: usize, exponent: bool) -> Result<(), WireError> {
        let raw = self.text.get(start..self.at).unwrap_or_default();
        let finite = !exponent || raw.parse::<f64>().is_ok_and(f64::is_finite);
        if raw.len() <= NUMBER_BYTES && finite {
            return Ok(());
        }
        Err(WireError::Json { at: start, what: "readers differ on so large a number: send it as a string" })
    }

    fn digits(&mut self) -> Result<(), WireError> {
        match self.skip(|b| b.is_ascii_digit(), usize::MAX) {
            0 => Err(self.wrong("a digit was expected")),
            _ => Ok(()),
        }
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<(), WireError> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(self.wrong("a value was expected"));
        }
        let start = self.at;
        self.at += word.len();
        self.push(kind, start, false);
        Ok(())
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool, most: usize) -> usize {
        let run = self.rest().iter().take(most).take_while(|b| wanted(**b)).count();
        self.at += run;
        run
    }

    fn push(&mut self, kind: Kind, start: usize, escaped: bool) {
        let next = narrow(self.nodes.len() + 1);
        self.nodes.push(Node { kind, escaped, start: narrow(start), end: narrow(self.at), next });
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn wrong(&self, what: &'static str) -> WireError {
        WireError::Json { at: self.at, what }
    }
}

/// Offsets fit: [`read`] refuses longer documents.
fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(text: &str) -> Result<usize, WireError> {
        let mut nodes = Vec::new();
        read(text, Rules::strict(&Limits { depth: 8, passages: 1000, ..Limits::default() }), &mut nodes)
            .map(|()| nodes.len())
    }

    #[test]
    fn documents_are_read() {
        for (text, nodes) in [
            ("{}", 1),
            (" [ ] ", 1),
            (r#"{"a":1,"b":[true,null,"x"]}"#, 8),
            (r#""\ud83d\ude00 \u00e9 \/""#, 1),
            ("-0.5e-3", 1),
            ("[[[[[[[[1]]]]]]]]", 9),
        ] {
            assert_eq!(outcome(text), Ok(nodes), "{text}");
        }
    }

    //= iso27001-2022:A.8.12
    #[test]
    fn what_readers_differ_on_is_refused() {
        let what = |text: &str| match outcome(text) {
            Err(WireError::Json { what, .. }) => what,
            Err(WireError::Depth { .. }) => "depth",
            other => panic!("{text}: {other:?}"),
        };
        for (text, expected) in [
            (r#"{"a":1,"a":2}"#, "a key stands twice in one object"),
            (r#"{"a":1,"\u0061":2}"#, "a key stands twice in one object"),
            ("\u{feff}{}", "a byte order mark stands before the document"),
            ("{} {}", "something follows the document"),
            ("{}x", "something follows the document"),
            ("[1,]", "a value was expected"),
            (r#"{"a":1,}"#, "a key was expected"),
            (r#"{"a" 1}"#, "`:` was expected"),
            (r#"{a:1}"#, "a key was expected"),
            ("[1 2]", "`,` or `]` was expected"),
            ("\"a\nb\"", "a control character stands in a string"),
            (r#""\ud800""#, "a \\u escape is no character"),
            (r#""\ud800\u0041""#, "a \\u escape is no character"),
            (r#""\udc00""#, "a \\u escape is no character"),
            (r#""\u12g4""#, "a \\u escape is no character"),
            (r#""\x41""#, "an escape is unknown"),
            (r#""abc"#, "a string breaks off"),
            ("", "the document breaks off"),
            ("[", "the document breaks off"),
            ("01", "something follows the document"),
            ("1.", "a digit was expected"),
            ("+1", "a value was expected"),
            (".5", "a value was expected"),
            ("NaN", "a value was expected"),
            ("nul", "a value was expected"),
            ("1e999", "readers differ on so large a number: send it as a string"),
            ("[[[[[[[[[1]]]]]]]]]", "depth"),
            ("/**/1", "a value was expected"),
        ] {
            assert_eq!(what(text), expected, "{text}");
        }
        assert!(outcome(&"1".repeat(65)).is_err());
        assert!(outcome(&"[".repeat(1 << 20)).is_err());
        assert_eq!(outcome(&format!("[{}1]", "1,".repeat(5000))), Err(WireError::TooMany { limit: 4000 }));
    }

    #[test]
    fn a_key_that_stands_twice_among_many_is_found() {
        let mut members: Vec<String> = (0..100).map(|i| format!("\"k{i}\":{i}")).collect();
        assert!(outcome(&format!("{{{}}}", members.join(","))).is_ok());
        members.push(r#""\u006b50":0"#.to_owned());
        assert!(outcome(&format!("{{{}}}", members.join(","))).is_err());
    }
}
