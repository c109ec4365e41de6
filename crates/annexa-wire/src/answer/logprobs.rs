//! Token probabilities repeat the answer's text: they are dropped when that is edited, or when they don't.

use super::channel::ChannelKind;
use super::frame::{Rule, Written};
use super::sheet::Sheet;
use crate::json::{Kind, Value};

/// Reads a choice's `logprobs`; `first` is the first piece of that choice in the frame.
//= iso27001-2022:A.8.12
pub(super) fn read(s: &mut Sheet<'_>, logprobs: Value<'_>, message: Option<Value<'_>>, first: usize) {
    let span = logprobs.span();
    let Some(others) = others(logprobs, message) else {
        return s.rules.push(Rule::Drop { span });
    };
    if !others.is_empty() {
        s.under(format_args!("logprobs"), |s| s.single(ChannelKind::Field, 0..0, Written::Nowhere, &others));
    }
    let pieces = (first..s.pieces.len()).collect();
    s.rules.push(Rule::Repeats { span, pieces });
}

/// What the tokens say beyond the text; none when they don't repeat it.
fn others(logprobs: Value<'_>, message: Option<Value<'_>>) -> Option<String> {
    let mut others = String::new();
    for (key, list) in logprobs.members() {
        let name = key.string()?;
        if !matches!(&*name, "content" | "refusal") {
            return None;
        }
        let said = message.and_then(|m| m.get_string(&name)).unwrap_or_default();
        let mut bytes = Vec::with_capacity(said.len());
        match list.kind() {
            Kind::Null => continue,
            Kind::Array => list.items().try_for_each(|item| token(item, &mut bytes, Some(&mut others)))?,
            _ => return None,
        }
        if bytes != said.as_bytes() {
            return None;
        }
    }
    Some(others)
}

/// Adds a token's bytes to `said`, and the tokens that it was chosen over to `others`.
fn token(item: Value<'_>, said: &mut Vec<u8>, mut others: Option<&mut String>) -> Option<()> {
    for (key, value) in item.members() {
        match &*key.string()? {
            "token" => {
                value.string()?;
            }
            "logprob" => small(value)?,
            "bytes" if matches!(value.kind(), Kind::Array | Kind::Null) => {}
            "top_logprobs" if value.kind() == Kind::Null => {}
            "top_logprobs" => alternatives(value, others.as_deref_mut()?)?,
            _ => return None,
        }
    }
    let text = item.get_string("token")?;
    let Some(bytes) = item.get("bytes").filter(|b| b.kind() == Kind::Array) else {
        said.extend_from_slice(text.as_bytes());
        return Some(());
    };
    let bytes: Vec<u8> =
        bytes.items().map(|b| b.count().and_then(|n| u8::try_from(n).ok())).collect::<Option<_>>()?;
    let same = bytes == text.as_bytes() || (std::str::from_utf8(&bytes).is_err() && spelled(&text) == bytes);
    said.extend_from_slice(&bytes);
    same.then_some(())
}

fn alternatives(list: Value<'_>, others: &mut String) -> Option<()> {
    for item in list.items() {
        let mut bytes = Vec::new();
        token(item, &mut bytes, None)?;
        if !others.is_empty() {
            others.push('\n');
        }
        others.push_str(&String::from_utf8_lossy(&bytes));
    }
    (list.kind() == Kind::Array).then_some(())
}

/// Part of a character is spelled as `bytes:\xf0\x9f`.
fn spelled(text: &str) -> Vec<u8> {
    let parts = text.strip_prefix("bytes:").unwrap_or(text).split("\\x").skip(1);
    parts.filter_map(|hex| u8::from_str_radix(hex, 16).ok()).collect()
}

/// A probability: what stands before the point is too short to be anything else.
fn small(value: Value<'_>) -> Option<()> {
    let whole = value.raw().split('.').next()?;
    (value.kind() == Kind::Number && whole.len() <= 6).then_some(())
}
