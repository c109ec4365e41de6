//! The walk over an OpenAI Chat Completions request.

use super::collect::{Collector, Setting, is_known};
use super::passage::{Editing, Origin, Role};
use crate::json::{Kind, Value};
use crate::opaque::OpaqueKind;

/// Reads the whole body.
pub(super) fn walk<'b>(c: &mut Collector<'b>, body: Value<'b>) {
    let field = Setting::of(Origin::Field);
    let definition = Setting::of(Origin::Definition);
    for (key, value) in body.members() {
        c.member(key, field, |c, name| match name {
            "model" => c.fixed(value, field),
            "messages" if value.kind() == Kind::Array => c.items(value, message),
            "tools" => c.items_or_fields(value, definition, tool),
            "functions" => c.items_or_fields(value, definition, function),
            "tool_choice" | "function_call" => c.fixed(value, field),
            "response_format" => c.fields(value, definition),
            "prediction" => prediction(c, value),
            _ => c.fields(value, field),
        });
    }
}

fn message<'b>(c: &mut Collector<'b>, message: Value<'b>) {
    let role = message.get_string("role").and_then(|r| Role::named(&r));
    let setting = Setting::in_message(role);
    let field = setting.origin(Origin::Field);
    if message.kind() != Kind::Object {
        return c.fields(message, field);
    }
    for (key, value) in message.members() {
        c.member(key, field, |c, name| match name {
            "role" if is_known(value) => {}
            "role" | "tool_call_id" => c.fixed(value, field),
            "name" if matches!(role, Some(Role::Tool | Role::Function)) => c.fixed(value, field),
            "content" => content(c, value, setting),
            "tool_calls" => c.items_or_fields(value, field, |c, call| tool_call(c, call, setting)),
            "function_call" => called(c, value, setting),
            "refusal" | "reasoning_content" | "reasoning" => c.text(value, setting.plain()),
            _ => c.fields(value, field),
        });
    }
}

/// Text parts come first, one after the other as a model reads them; then everything else in the parts.
fn content<'b>(c: &mut Collector<'b>, content: Value<'b>, setting: Setting) {
    if content.kind() != Kind::Array {
        return c.text(content, setting.plain());
    }
    let mut joined = false;
    c.items(content, |c, part| {
        let Some((key, text)) = spoken(part) else {
            joined = false;
            return;
        };
        c.member(key, setting, |c, _| joined |= c.joined_text(text, setting.plain(), joined));
    });
    c.items(content, |c, part| match spoken(part) {
        Some((key, _)) => {
            c.rest(part, setting.origin(Origin::Field), &[key.string().as_deref().unwrap_or_default()])
        }
        None => attachment(c, part, setting),
    });
}

/// The text of a text part.
fn spoken<'b>(part: Value<'b>) -> Option<(Value<'b>, Value<'b>)> {
    let kind = part.get_string("type")?;
    let name = match &*kind {
        "text" | "input_text" | "output_text" => "text",
        "refusal" => "refusal",
        _ => return None,
    };
    part.members().find(|(key, text)| key.is(name) && text.kind() == Kind::String)
}

fn attachment<'b>(c: &mut Collector<'b>, part: Value<'b>, setting: Setting) {
    let kind = part.get_string("type").unwrap_or_default();
    let outside = setting.outside();
    match &*kind {
        "input_audio" | "file" => nested(c, part, outside, |c, name, value| match name {
            "data" => c.encoded(value, outside, OpaqueKind::Media),
            "file_data" => c.encoded(value, outside, OpaqueKind::Document),
            _ => c.fields(value, outside),
        }),
        "image_url" => c.fields(part, outside),
        _ => c.fields(part, setting.origin(Origin::Field)),
    }
}

/// Steps into the object that a part has under its type's name.
fn nested<'b>(
    c: &mut Collector<'b>,
    part: Value<'b>,
    setting: Setting,
    mut each: impl FnMut(&mut Collector<'b>, &str, Value<'b>),
) {
    for (key, value) in part.members() {
        c.member(key, setting, |c, name| match (name, value.kind()) {
            ("type", _) if is_known(value) => {}
            (_, Kind::Object) => {
                for (key, value) in value.members() {
                    c.member(key, setting, |c, name| each(c, name, value));
                }
            }
            _ => c.fields(value, setting),
        });
    }
}

fn tool_call<'b>(c: &mut Collector<'b>, call: Value<'b>, setting: Setting) {
    let field = setting.origin(Origin::Field);
    for (key, value) in call.members() {
        c.member(key, field, |c, name| match name {
            "type" if is_known(value) => {}
            "id" | "type" => c.fixed(value, field),
            "function" | "custom" => called(c, value, setting),
            _ => c.fields(value, field),
        });
    }
    if call.kind() != Kind::Object {
        c.fields(call, field);
    }
}

/// A call of a function or custom tool: its arguments are a document of their own.
fn called<'b>(c: &mut Collector<'b>, call: Value<'b>, setting: Setting) {
    let field = setting.origin(Origin::Field);
    let argument = setting.origin(Origin::ToolArgument).plain();
    if call.kind() != Kind::Object {
        return c.fields(call, field);
    }
    for (key, value) in call.members() {
        c.member(key, field, |c, name| match name {
            "name" => c.fixed(value, field),
            "arguments" | "input" => c.document(value, argument),
            _ => c.fields(value, field),
        });
    }
}

fn tool<'b>(c: &mut Collector<'b>, tool: Value<'b>) {
    let definition = Setting::of(Origin::Definition);
    for (key, value) in tool.members() {
        c.member(key, definition, |c, name| match name {
            "type" if is_known(value) => {}
            "type" => c.fixed(value, definition),
            "function" | "custom" => function(c, value),
            _ => c.fields(value, definition),
        });
    }
    if tool.kind() != Kind::Object {
        c.fields(tool, definition);
    }
}

fn function<'b>(c: &mut Collector<'b>, function: Value<'b>) {
    let definition = Setting::of(Origin::Definition);
    for (key, value) in function.members() {
        c.member(key, definition, |c, name| match name {
            "name" => c.tool(value, definition),
            _ => c.fields(value, definition),
        });
    }
    if function.kind() != Kind::Object {
        c.fields(function, definition);
    }
}

/// What the answer is expected to say: text of the assistant's that only this request holds.
fn prediction<'b>(c: &mut Collector<'b>, prediction: Value<'b>) {
    let setting = Setting::in_message(Some(Role::Assistant)).editing(Editing::Free);
    let field = Setting::of(Origin::Field);
    if prediction.kind() != Kind::Object {
        return c.fields(prediction, field);
    }
    for (key, value) in prediction.members() {
        c.member(key, field, |c, name| match name {
            "content" => content(c, value, setting),
            "type" if is_known(value) => {}
            _ => c.fields(value, field),
        });
    }
}
