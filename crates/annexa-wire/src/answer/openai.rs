//! The walk over OpenAI chat completions: whole ones and the chunks of streamed ones.

use super::channel::{ChannelKind, Part, Slot};
use super::frame::Rule;
use super::logprobs;
use super::sheet::Sheet;
use crate::json::{Kind, Value};
use crate::names;

/// Reads a body or a chunk.
pub(super) fn walk(s: &mut Sheet<'_>, root: Value<'_>) {
    if root.kind() != Kind::Object {
        return s.fields(root);
    }
    for (key, value) in root.members() {
        match key.string().as_deref().unwrap_or_default() {
            "object" => s.repeated("object", value),
            "id" => s.repeated("id", value),
            "created" => s.repeated("created", value),
            "system_fingerprint" => s.repeated("system_fingerprint", value),
            "service_tier" => s.repeated("service_tier", value),
            "model" => s.model(value),
            "usage" => s.usage(value),
            "error" if value.kind() == Kind::Object => s.named(key, |s, _| s.error(value)),
            "choices" if value.kind() == Kind::Array => {
                value.items().enumerate().for_each(|(at, item)| choice(s, at, item));
            }
            "provider" => s.repeated("provider", value),
            "obfuscation" if value.string().is_some_and(|v| is_padding(&v)) => {}
            _ => s.member(key, value),
        }
    }
}

/// Random letters that even out the sizes of chunks; nothing that a detector looks for is as short and plain.
fn is_padding(text: &str) -> bool {
    let digits = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
    text.len() <= 15 && digits <= Some(4) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn choice(s: &mut Sheet<'_>, at: usize, choice: Value<'_>) {
    let position = u32::try_from(at).unwrap_or(u32::MAX);
    let index = choice.get("index").map_or(Some(position), |i| s.index(i)).unwrap_or(position);
    s.told.begun = s.told.begun.max(index.saturating_add(1));
    let first = s.pieces.len();
    let mut finished = false;
    let mut later = None;
    for (key, value) in choice.members() {
        match key.string().as_deref().unwrap_or_default() {
            "index" => {}
            "delta" | "message" if value.kind() == Kind::Object => said(s, index, value),
            "logprobs" if value.kind() == Kind::Object => later = Some(value),
            "finish_reason" => finished = s.stop(value),
            "text" if value.kind() == Kind::String => {
                let place = format!("/choices/{index}/text");
                s.stream(index, Slot::Other("text".to_owned()), ChannelKind::Text, &place, value);
            }
            // No SDK joins these, so each is read by itself and holds nothing up.
            _ => s.member(key, value),
        }
    }
    if choice.kind() != Kind::Object {
        s.unknown_value(index, choice);
    }
    if let Some(value) = later {
        let message = choice.get("delta").or_else(|| choice.get("message"));
        logprobs::read(s, value, message, first);
    }
    if finished {
        s.told.ended = s.told.ended.saturating_add(1);
        s.channels.close_slots(index, |_| true);
    }
}

fn said(s: &mut Sheet<'_>, index: u32, message: Value<'_>) {
    use ChannelKind::{Refusal, Text};
    let thinking = ChannelKind::Thinking { signed: false };
    let mut later = None;
    for (key, value) in message.members() {
        let string = matches!(value.kind(), Kind::String | Kind::Null);
        let list = value.kind() == Kind::Array;
        match key.string().as_deref().unwrap_or_default() {
            "role" if value.string().is_some_and(|r| names::known(&r).is_some()) => {}
            "content" if string => text(s, index, Slot::Content, Text, "content", value),
            "refusal" if string => text(s, index, Slot::Refusal, Refusal, "refusal", value),
            "reasoning_content" if string => {
                text(s, index, Slot::ReasoningContent, thinking, "reasoning_content", value);
            }
            "reasoning" if string => text(s, index, Slot::Reasoning, thinking, "reasoning", value),
            "tool_calls" if list => {
                value.items().enumerate().for_each(|(at, call)| tool_call(s, index, at, call))
            }
            "function_call" if value.kind() == Kind::Object => {
                let slots = [Slot::FunctionName, Slot::FunctionArguments];
                called(s, index, key, value, slots, "function_call");
            }
            "annotations" if list => later = Some((key, value)),
            "audio" if value.kind() == Kind::Object => audio(s, index, key, value),
            _ => s.unknown(index, key, value),
        }
    }
    // They refer to the text, which may stand behind them.
    if let Some((key, value)) = later {
        annotations(s, index, key, value);
    }
}

fn text(s: &mut Sheet<'_>, index: u32, slot: Slot, kind: ChannelKind, name: &str, value: Value<'_>) {
    if value.string().is_some_and(|t| !t.is_empty()) {
        let place = place_of(s, index, &slot, name);
        s.stream(index, slot, kind, &place, value);
    }
}

/// A place is only written out for a channel that is new.
fn place_of(s: &Sheet<'_>, index: u32, slot: &Slot, name: &str) -> String {
    if s.channels.has(index, slot) { String::new() } else { format!("/choices/{index}/{name}") }
}

fn tool_call(s: &mut Sheet<'_>, index: u32, at: usize, call: Value<'_>) {
    let position = u32::try_from(at).unwrap_or(u32::MAX);
    let tool = call.get("index").map_or(Some(position), |i| s.index(i)).unwrap_or(position);
    s.channels.close_slots(index, |slot| matches!(slot, Slot::Tool(other, _) if *other != tool));
    for (key, value) in call.members() {
        let string = value.kind() == Kind::String;
        match key.string().as_deref().unwrap_or_default() {
            "index" => {}
            "type" if value.string().is_some_and(|t| names::known(&t).is_some()) => {}
            "id" if string => text(
                s,
                index,
                Slot::Tool(tool, Part::Id),
                ChannelKind::Field,
                &format!("tool_calls/{tool}/id"),
                value,
            ),
            "function" | "custom" if value.kind() == Kind::Object => {
                let slots = [Slot::Tool(tool, Part::Name), Slot::Tool(tool, Part::Arguments)];
                s.item(tool as usize, |s| called(s, index, key, value, slots, &format!("tool_calls/{tool}")));
            }
            _ => s.item(tool as usize, |s| s.unknown(index, key, value)),
        }
    }
    if call.kind() != Kind::Object {
        s.item(at, |s| s.unknown_value(index, call));
    }
}

/// A call's name is read before its arguments, whatever their order, since it says what they are for.
fn called(s: &mut Sheet<'_>, index: u32, key: Value<'_>, call: Value<'_>, slots: [Slot; 2], place: &str) {
    let [name_slot, arguments_slot] = slots;
    let tool = call.get_string("name").map(std::borrow::Cow::into_owned).filter(|n| !n.is_empty());
    if let Some(value) = call.get("name") {
        text(s, index, name_slot, ChannelKind::Field, &format!("{place}/name"), value);
    }
    s.named(key, |s, _| {
        for (key, value) in call.members() {
            match key.string().as_deref().unwrap_or_default() {
                "name" if value.kind() == Kind::String => {}
                "arguments" | "input" if value.kind() == Kind::String => {
                    let place = || format!("/choices/{index}/{place}/arguments");
                    s.begin_arguments(index, &arguments_slot, tool.as_deref(), place);
                    s.stream(index, arguments_slot.clone(), ChannelKind::Arguments, "", value);
                }
                _ => s.unknown(index, key, value),
            }
        }
    });
}

/// Offsets of annotations count characters of the text, and move when it is edited.
fn annotations(s: &mut Sheet<'_>, index: u32, key: Value<'_>, list: Value<'_>) {
    let content = s.channels.find(index, &Slot::Content);
    s.named(key, |s, _| {
        for (at, annotation) in list.items().enumerate() {
            s.under(format_args!("{at}"), |s| annotation_fields(s, annotation, content));
        }
    });
}

fn annotation_fields(s: &mut Sheet<'_>, annotation: Value<'_>, content: Option<u32>) {
    if annotation.kind() != Kind::Object {
        return s.fields(annotation);
    }
    for (key, value) in annotation.members() {
        let offset = key.is("start_index") || key.is("end_index");
        match (offset, value.count().filter(|_| value.raw().len() <= 8), content) {
            (true, Some(count), Some(channel)) => {
                let value_at = usize::try_from(count).unwrap_or(usize::MAX);
                s.rules.push(Rule::Offset { span: value.span(), channel, value: value_at });
            }
            (false, _, _) if value.kind() == Kind::Object => {
                s.named(key, |s, _| annotation_fields(s, value, content))
            }
            _ => s.member(key, value),
        }
    }
}

/// Spoken answers: the transcript is text that comes in pieces, and the sound says the same.
fn audio(s: &mut Sheet<'_>, index: u32, key: Value<'_>, audio: Value<'_>) {
    let first = s.pieces.len();
    s.named(key, |s, _| {
        for (key, value) in audio.members() {
            match key.string().as_deref().unwrap_or_default() {
                "transcript" if value.kind() == Kind::String => {
                    text(s, index, Slot::Transcript, ChannelKind::Text, "audio/transcript", value);
                }
                "data" | "id" | "expires_at" => s.member(key, value),
                _ => s.unknown(index, key, value),
            }
        }
    });
    if let Some(data) = audio.get("data") {
        let pieces = (first..s.pieces.len()).collect();
        s.rules.push(Rule::Repeats { span: data.span(), pieces });
    }
}
