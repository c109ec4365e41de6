//! JSON: every key and every scalar, as `key: value` lines with the JSON pointer of each. Keys that occur twice and
//! numbers of any length are kept as they stand.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::ExtractError;
use crate::gather::{Draft, Gather};
use crate::part::Step;

/// Reads one value; false when it isn't JSON.
pub(crate) fn read(text: &str, gather: &mut Gather<'_>) -> Result<bool, ExtractError> {
    let Ok(value) = serde_json::from_str::<&RawValue>(text) else { return Ok(false) };
    let mut draft = Draft::default();
    walk(value, "", "", &mut draft, gather)?;
    gather.add(draft)?;
    Ok(true)
}

/// Reads a value a line; a line that isn't JSON is text.
pub(crate) fn read_lines(text: &str, gather: &mut Gather<'_>) -> Result<bool, ExtractError> {
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        gather.at(Step::Line(at + 1), |gather| {
            if !read(line, gather)? {
                gather.add_text(line)?;
            }
            Ok(())
        })?;
    }
    Ok(true)
}

/// The members of an object in their order, doubled keys too.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(Collect)
    }
}

fn walk(
    value: &RawValue,
    key: &str,
    pointer: &str,
    draft: &mut Draft,
    gather: &mut Gather<'_>,
) -> Result<(), ExtractError> {
    let raw = value.get();
    gather.deeper(|gather| match raw.as_bytes().first() {
        Some(b'{') => {
            let members = serde_json::from_str::<Members<'_>>(raw).map(|m| m.0).unwrap_or_default();
            members.iter().try_for_each(|(key, value)| {
                walk(value, key, &format!("{pointer}/{}", escaped(key)), draft, gather)
            })
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(raw).unwrap_or_default();
            let mut items = items.into_iter().enumerate();
            items.try_for_each(|(at, item)| walk(item, key, &format!("{pointer}/{at}"), draft, gather))
        }
        Some(b'"') => {
            let text: String = serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned());
            line(key, &text, pointer, draft, gather)
        }
        _ => line(key, raw, pointer, draft, gather),
    })
}

fn line(
    key: &str,
    value: &str,
    pointer: &str,
    draft: &mut Draft,
    gather: &mut Gather<'_>,
) -> Result<(), ExtractError> {
    gather.mark(draft, Step::Pointer(pointer.to_owned()))?;
    if !key.is_empty() {
        gather.write(draft, key)?;
        gather.write(draft, ": ")?;
    }
    gather.write(draft, value)?;
    gather.write(draft, "\n")
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
