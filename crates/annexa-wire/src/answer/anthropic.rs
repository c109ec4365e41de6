//! The walk over Anthropic messages: whole ones and the events of streamed ones.

use super::channel::{ChannelKind, Slot};
use super::frame::Written;
use super::sheet::{Sheet, channel};
use crate::json::{Kind, Value};
use crate::names;

const SIGNED: ChannelKind = ChannelKind::Thinking { signed: true };

/// Reads a whole body: a message, a count of tokens, or an error.
pub(super) fn walk(s: &mut Sheet<'_>, root: Value<'_>) {
    if root.kind() != Kind::Object {
        return s.fields(root);
    }
    if root.get("type").is_some_and(|t| t.is("error")) {
        return failed(s, root);
    }
    message(s, root);
}

/// Reads an event.
pub(super) fn event(s: &mut Sheet<'_>, root: Value<'_>) {
    let kind = root.get_string("type").unwrap_or_default();
    match &*kind {
        "message_start" => members(s, root, &["message"], |s, _, value| message(s, value)),
        "content_block_start" => in_block(s, root, "content_block", |s, index, value| {
            if begin(s, index, value) {
                s.gates.extend(s.channels.find(index, &Slot::Content));
            }
        }),
        "content_block_delta" => in_block(s, root, "delta", delta),
        "content_block_stop" => {
            in_block(s, root, "", |_, _, _| {});
            if let Some(index) = s.block.as_ref().map(|(index, _)| *index) {
                s.channels.close_slots(index, |_| true);
                s.told.ended = s.told.ended.saturating_add(1);
            }
        }
        "message_delta" => members(s, root, &["delta", "usage"], |s, name, value| match name {
            "usage" => s.usage(value),
            _ => members(s, value, &["stop_reason"], |s, _, reason| {
                s.stop(reason);
            }),
        }),
        "message_stop" => {
            s.told.terminal = true;
            s.fields(root);
        }
        "error" => failed(s, root),
        _ => s.fields(root),
    }
}

/// Hands the members that are named to `each`, and reads all others as fields.
fn members<'d>(
    s: &mut Sheet<'_>,
    object: Value<'d>,
    named: &[&str],
    mut each: impl FnMut(&mut Sheet<'_>, &str, Value<'d>),
) {
    if object.kind() != Kind::Object {
        return s.fields(object);
    }
    for (key, value) in object.members() {
        let name = key.string().unwrap_or_default();
        if named.contains(&&*name) { each(s, &name, value) } else { s.member(key, value) }
    }
}

fn failed(s: &mut Sheet<'_>, root: Value<'_>) {
    members(s, root, &["error"], |s, _, value| s.error(value));
}

fn message(s: &mut Sheet<'_>, message: Value<'_>) {
    let named = ["model", "content", "usage", "stop_reason", "input_tokens"];
    members(s, message, &named, |s, name, value| match name {
        "model" => s.model(value),
        "content" if value.kind() == Kind::Array => {
            for (at, block) in value.items().enumerate() {
                let index = u32::try_from(at).unwrap_or(u32::MAX);
                s.blocks.push(block.span());
                begin(s, index, block);
                s.channels.close_slots(index, |_| true);
            }
        }
        "input_tokens" => {
            s.told.input = value.count().or(s.told.input);
            s.usage(value);
        }
        "usage" => s.usage(value),
        "stop_reason" => {
            s.stop(value);
        }
        _ => s.under(format_args!("content"), |s| s.fields(value)),
    });
}

/// A member of an event that belongs to a block, with the block's number.
fn in_block<'d>(
    s: &mut Sheet<'_>,
    root: Value<'d>,
    name: &str,
    then: impl FnOnce(&mut Sheet<'_>, u32, Value<'d>),
) {
    let index = root.get("index").and_then(|i| Some((s.index(i)?, i.span())));
    let Some((index, span)) = index else {
        return s.fail(crate::error::WireError::Stream("an event does not say which block it belongs to"));
    };
    s.block = Some((index, span));
    let mut found = None;
    for (key, value) in root.members() {
        match key.string().as_deref().unwrap_or_default() {
            "index" => {}
            member if member == name => found = Some(value),
            _ => s.member(key, value),
        }
    }
    if let Some(value) = found {
        then(s, index, value);
    }
}

/// A block's beginning, or a whole block; true when it must be judged before anything of it leaves.
fn begin(s: &mut Sheet<'_>, index: u32, block: Value<'_>) -> bool {
    let kind = block.get_string("type").unwrap_or_default();
    s.told.begun = s.told.begun.saturating_add(1);
    match &*kind {
        "text" => members(s, block, &["text"], |s, _, value| text(s, index, value)),
        "thinking" => {
            let opened = s
                .channels
                .slot(index, Slot::Content, || channel(SIGNED, format!("/content/{index}/thinking"), None));
            if let Some(lane) = opened.ok().and_then(|id| s.channels.lane_mut(id)) {
                lane.block = Some(index);
            }
            members(s, block, &["thinking"], |s, _, value| thinking(s, index, value));
            return true;
        }
        "tool_use" | "server_tool_use" | "mcp_tool_use" => tool_use(s, index, block),
        _ => s.under(format_args!("content/{index}"), |s| s.fields(block)),
    }
    false
}

fn text(s: &mut Sheet<'_>, index: u32, value: Value<'_>) {
    s.stream(index, Slot::Content, ChannelKind::Text, &format!("/content/{index}/text"), value);
}

fn thinking(s: &mut Sheet<'_>, index: u32, value: Value<'_>) {
    s.stream(index, Slot::Content, SIGNED, "", value);
}

fn tool_use(s: &mut Sheet<'_>, index: u32, block: Value<'_>) {
    let name = block.get_string("name");
    let place = || format!("/content/{index}/input");
    members(s, block, &["input"], |s, _, input| {
        let empty = input.kind() == Kind::Object && input.members().next().is_none();
        if empty {
            s.begin_arguments(index, &Slot::Content, name.as_deref(), place);
        } else {
            s.begin_arguments(index, &Slot::Input, name.as_deref(), place);
            let id = s.channels.slot(index, Slot::Input, || channel(ChannelKind::Arguments, place(), None));
            s.put(id, input.span(), Written::Json, input.raw());
            s.channels.close_slots(index, |slot| *slot == Slot::Input);
        }
    });
}

fn delta(s: &mut Sheet<'_>, index: u32, delta: Value<'_>) {
    let kind = delta.get_string("type").unwrap_or_default();
    match &*kind {
        "text_delta" => {
            members(s, delta, &["text"], |s, _, value| known(s, index, ChannelKind::Text, "text", value))
        }
        "thinking_delta" => {
            members(s, delta, &["thinking"], |s, _, value| known(s, index, SIGNED, "thinking", value))
        }
        "input_json_delta" => {
            members(s, delta, &["partial_json"], |s, _, value| {
                known(s, index, ChannelKind::Arguments, "input", value)
            });
        }
        "signature_delta" | "citations_delta" => {
            s.under(format_args!("content/{index}"), |s| s.fields(delta))
        }
        _ => {
            for (key, value) in delta.members() {
                let named = key.is("type") && value.string().is_some_and(|t| names::known(&t).is_some());
                if !named {
                    s.unknown(index, key, value);
                }
            }
        }
    }
    if delta.kind() != Kind::Object {
        s.unknown_value(index, delta);
    }
}

/// A piece of a block's text. A block is of one kind: a piece of another can't be followed.
fn known(s: &mut Sheet<'_>, index: u32, kind: ChannelKind, name: &str, value: Value<'_>) {
    let found = s.channels.find(index, &Slot::Content).and_then(|id| s.channels.lane(id));
    if found.is_some_and(|lane| lane.channel.kind != kind) {
        return s.fail(crate::error::WireError::Stream("a block changes its kind"));
    }
    let place = if found.is_some() { String::new() } else { format!("/content/{index}/{name}") };
    s.stream(index, Slot::Content, kind, &place, value);
}
