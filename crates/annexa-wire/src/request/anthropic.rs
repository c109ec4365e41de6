//! The walk over an Anthropic Messages request.

use super::collect::{Collector, Setting, is_known};
use super::passage::{Editing, Origin, Role};
use crate::json::{Kind, Value};
use crate::opaque::OpaqueKind;

/// Reads the whole body.
pub(super) fn walk<'b>(c: &mut Collector<'b>, body: Value<'b>) {
    let field = Setting::of(Origin::Field);
    let definition = Setting::of(Origin::Definition);
    let system = Setting::in_message(Some(Role::System));
    for (key, value) in body.members() {
        c.member(key, field, |c, name| match name {
            "model" => c.fixed(value, field),
            "system" => content(c, value, system),
            "messages" if value.kind() == Kind::Array => c.items(value, message),
            "tools" => c.items_or_fields(value, definition, tool),
            "tool_choice" => c.fixed(value, field),
            "output_config" | "output_format" => c.fields(value, definition),
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
            "role" => c.fixed(value, field),
            "content" => content(c, value, setting),
            _ => c.fields(value, field),
        });
    }
}

/// Text blocks come first, one after the other as a model reads them; then everything else in the blocks.
fn content<'b>(c: &mut Collector<'b>, content: Value<'b>, setting: Setting) {
    if content.kind() != Kind::Array {
        return match content.kind() {
            Kind::Object => block(c, content, setting),
            _ => c.text(content, setting.plain()),
        };
    }
    let mut joined = false;
    c.items(content, |c, block| {
        let Some((key, text)) = spoken(block) else {
            joined = false;
            return;
        };
        c.member(key, setting, |c, _| joined |= c.joined_text(text, setting.plain(), joined));
    });
    c.items(content, |c, item| match spoken(item) {
        Some(_) => c.rest(item, setting.origin(Origin::Field), &["text"]),
        None => block(c, item, setting),
    });
}

fn spoken<'b>(block: Value<'b>) -> Option<(Value<'b>, Value<'b>)> {
    block.get("type").filter(|t| t.is("text"))?;
    block.members().find(|(key, text)| key.is("text") && text.kind() == Kind::String)
}

fn block<'b>(c: &mut Collector<'b>, block: Value<'b>, setting: Setting) {
    let kind = block.get_string("type").unwrap_or_default();
    let field = setting.origin(Origin::Field);
    let result = setting.origin(Origin::ToolResult);
    match &*kind {
        "image" => c.fields(block, setting.outside()),
        "document" => document(c, block, setting.outside()),
        "search_result" => container(c, block, result),
        "tool_use" | "server_tool_use" | "mcp_tool_use" => tool_use(c, block, setting),
        "thinking" | "redacted_thinking" => thinking(c, block, setting),
        kind if kind.ends_with("tool_result") => container(c, block, result),
        _ => c.fields(block, field),
    }
}

/// A block that holds content again: a tool's result or a search result.
fn container<'b>(c: &mut Collector<'b>, block: Value<'b>, setting: Setting) {
    let field = setting.origin(Origin::Field);
    for (key, value) in block.members() {
        c.member(key, field, |c, name| match name {
            "type" if is_known(value) => {}
            "type" | "tool_use_id" => c.fixed(value, field),
            "content" if value.kind() == Kind::Object => c.fields(value, setting),
            "content" => content(c, value, setting),
            "title" | "source" => c.fields(value, setting),
            _ => c.fields(value, field),
        });
    }
}

fn document<'b>(c: &mut Collector<'b>, block: Value<'b>, setting: Setting) {
    for (key, value) in block.members() {
        c.member(key, setting, |c, name| match name {
            "source" if value.kind() == Kind::Object => source(c, value, setting),
            "type" if is_known(value) => {}
            _ => c.fields(value, setting),
        });
    }
}

fn source<'b>(c: &mut Collector<'b>, source: Value<'b>, setting: Setting) {
    let encoded = source.get("type").is_some_and(|t| t.is("base64"));
    for (key, value) in source.members() {
        c.member(key, setting, |c, name| match name {
            "data" if encoded => c.encoded(value, setting, OpaqueKind::Document),
            "data" => c.text(value, setting.plain()),
            "content" => content(c, value, setting),
            "type" if is_known(value) => {}
            _ => c.fields(value, setting),
        });
    }
}

fn tool_use<'b>(c: &mut Collector<'b>, block: Value<'b>, setting: Setting) {
    let field = setting.origin(Origin::Field);
    for (key, value) in block.members() {
        c.member(key, field, |c, name| match name {
            "type" if is_known(value) => {}
            "id" | "name" | "server_name" | "type" => c.fixed(value, field),
            "input" => c.fields(value, setting.origin(Origin::ToolArgument).plain()),
            _ => c.fields(value, field),
        });
    }
}

/// Signed or encrypted: read, and never edited.
//= iso27001-2022:A.8.12
fn thinking<'b>(c: &mut Collector<'b>, block: Value<'b>, setting: Setting) {
    let sealed = setting.plain().editing(Editing::Sealed);
    for (key, value) in block.members() {
        c.member(key, sealed.origin(Origin::Field), |c, name| match name {
            "type" if is_known(value) => {}
            "thinking" => c.text(value, sealed),
            "signature" | "data" => c.state(value, sealed),
            _ => c.fields(value, sealed.origin(Origin::Field)),
        });
    }
}

fn tool<'b>(c: &mut Collector<'b>, tool: Value<'b>) {
    let definition = Setting::of(Origin::Definition);
    for (key, value) in tool.members() {
        c.member(key, definition, |c, name| match name {
            "type" if is_known(value) => {}
            "name" => c.tool(value, definition),
            "type" => c.fixed(value, definition),
            _ => c.fields(value, definition),
        });
    }
    if tool.kind() != Kind::Object {
        c.fields(tool, definition);
    }
}
