//! JSON as every reader reads it, with the place of each value kept.

mod tape;
mod text;
mod value;

use std::borrow::Cow;
use std::ops::Range;

use crate::error::WireError;
use crate::limits::DEEPEST;

pub(crate) use tape::{Kind, Node, Rules, read};
pub(crate) use text::{Places, inner, unescape, write_string};
pub(crate) use value::{Value, digits};

/// A JSON document that stands in a string, e.g. a tool call's arguments.
///
/// A key may stand twice in it: all values are leaves, so whichever a tool reads was read here.
pub struct Document<'a> {
    text: &'a str,
    nodes: Vec<Node>,
}

impl<'a> Document<'a> {
    /// Reads a whole document.
    ///
    /// # Errors
    /// [`WireError::Json`] or [`WireError::Depth`] when it is no JSON document.
    pub fn read(text: &'a str) -> Result<Self, WireError> {
        let mut nodes = Vec::with_capacity(text.len() / 12 + 4);
        read(text, Rules { depth: DEEPEST, nodes: MOST_NODES, unique: false }, &mut nodes)?;
        Ok(Document { text, nodes })
    }

    /// Every string, number and object key, in the order in which they stand.
    pub fn leaves(&self) -> impl Iterator<Item = Leaf<'_>> {
        let mut found = Vec::new();
        if let Some(root) = Value::root(self.text, &self.nodes) {
            collect(root, None, &mut found);
        }
        found.into_iter()
    }
}

/// Longer documents are read as the text that they are.
const MOST_NODES: usize = 500_000;

/// One string, number or key of a [`Document`].
pub struct Leaf<'a> {
    value: Value<'a>,
    key: Option<Cow<'a, str>>,
    text: Cow<'a, str>,
}

impl Leaf<'_> {
    /// Nearest object key above a value; nothing for a key itself.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Decoded text; a number's digits.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Bytes of the document that hold these bytes of the text; the whole value for a number.
    #[must_use]
    pub fn raw_range(&self, range: Range<usize>) -> Range<usize> {
        let span = self.value.inner_span();
        if self.is_number() {
            return span;
        }
        let raw = self.value.text.get(span.clone()).unwrap_or_default();
        let within = Places::new(raw).raw(&range);
        span.start + within.start..span.start + within.end
    }

    /// `with` as it must stand in a raw range: escaped, and with quotes for a number.
    #[must_use]
    pub fn quoted(&self, with: &str) -> String {
        if !self.is_number() {
            return inner(with);
        }
        let mut out = String::with_capacity(with.len() + 2);
        write_string(&mut out, with);
        out
    }

    pub(crate) fn is_number(&self) -> bool {
        self.value.kind() == Kind::Number
    }

    pub(crate) fn is_key(&self) -> bool {
        self.value.kind() == Kind::Key
    }

    /// Bytes of the document that carry the text.
    pub(crate) fn span(&self) -> Range<usize> {
        self.value.inner_span()
    }
}

fn collect<'a>(value: Value<'a>, key: Option<&Cow<'a, str>>, found: &mut Vec<Leaf<'a>>) {
    match value.kind() {
        Kind::String => found.push(leaf(value, key.cloned(), value.string().unwrap_or_default())),
        Kind::Number => found.push(leaf(value, key.cloned(), digits(value.raw()))),
        Kind::Array => value.items().for_each(|item| collect(item, key, found)),
        Kind::Object => {
            for (name, member) in value.members() {
                let text = name.string().unwrap_or_default();
                found.push(leaf(name, None, text.clone()));
                collect(member, Some(&text), found);
            }
        }
        Kind::Key | Kind::True | Kind::False | Kind::Null => {}
    }
}

fn leaf<'a>(value: Value<'a>, key: Option<Cow<'a, str>>, text: Cow<'a, str>) -> Leaf<'a> {
    Leaf { value, key, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_are_strings_numbers_and_keys_with_their_key() {
        let document = Document::read(r#"{"ssn":123456789,"who":["A\u006ena",true],"x":{"y":""}}"#).unwrap();
        let leaves: Vec<(Option<String>, String)> =
            document.leaves().map(|l| (l.key().map(str::to_owned), l.text().to_owned())).collect();
        let expected = [
            (None, "ssn"),
            (Some("ssn"), "123456789"),
            (None, "who"),
            (Some("who"), "Anna"),
            (None, "x"),
            (None, "y"),
            (Some("y"), ""),
        ];
        let expected: Vec<_> = expected.map(|(k, t)| (k.map(str::to_owned), t.to_owned())).into();
        assert_eq!(leaves, expected);
    }

    #[test]
    fn edits_of_leaves_keep_the_document_valid() {
        let text = r#"{"a":4111,"b":"x\ny\"z"}"#;
        let document = Document::read(text).unwrap();
        let edit = |nth: usize, range: Range<usize>, with: &str| {
            let leaf = document.leaves().nth(nth).unwrap();
            let mut edited = text.to_owned();
            edited.replace_range(leaf.raw_range(range), &leaf.quoted(with));
            edited
        };
        assert_eq!(edit(1, 0..2, "[\"]"), r#"{"a":"[\"]","b":"x\ny\"z"}"#);
        assert_eq!(edit(3, 1..4, "-"), r#"{"a":4111,"b":"x-z"}"#);
        assert_eq!(edit(3, 3..4, "\""), r#"{"a":4111,"b":"x\ny\"z"}"#);
    }
}
