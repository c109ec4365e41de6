//! A request, as far as the provider reads it.

use serde_json::Value;

use crate::seed::Seed;

/// The wire dialects that are spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// OpenAI Chat Completions.
    OpenAi,
    /// Anthropic Messages.
    Anthropic,
}

/// A request.
pub(crate) struct Ask {
    /// Its dialect.
    pub(crate) dialect: Dialect,
    /// The model's name as it was given.
    pub(crate) model: String,
    /// Whether the answer streams.
    pub(crate) stream: bool,
    /// Whether a stream ends with a usage chunk (OpenAI).
    pub(crate) usage: bool,
    /// How many choices (OpenAI).
    pub(crate) choices: usize,
    /// Whether log probabilities are wanted (OpenAI).
    pub(crate) logprobs: bool,
    /// Whether tools were given as functions, the form before tools (OpenAI).
    pub(crate) functions: bool,
    /// Whether thinking is wanted.
    pub(crate) thinking: bool,
    /// The tools, in order.
    pub(crate) tools: Vec<Tool>,
    /// Whether a tool has to be called, or this one.
    pub(crate) choice: Choice,
    /// The text of the last user message; empty when a tool's result came after it.
    pub(crate) prompt: String,
    /// Whether the last message is a tool's result.
    pub(crate) after_tool: bool,
    /// The size of the question in tokens, roughly.
    pub(crate) input_tokens: usize,
    /// What all that looks random is drawn from.
    pub(crate) seed: Seed,
}

/// A tool that may be called.
pub(crate) struct Tool {
    /// Its name.
    pub(crate) name: String,
    /// The JSON schema of its arguments.
    pub(crate) schema: Value,
}

/// Whether a tool is to be called.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// As the message asks.
    Auto,
    /// Never.
    Never,
    /// Any.
    Any,
    /// This one.
    Named(String),
}

/// Choices of one answer at most.
const MOST_CHOICES: u64 = 8;

impl Ask {
    /// Reads a request's body; or says what is wrong with it.
    pub(crate) fn read(dialect: Dialect, body: &[u8]) -> Result<Self, &'static str> {
        let value: Value = serde_json::from_slice(body).map_err(|_| "the body is not JSON")?;
        let messages = value.get("messages").and_then(Value::as_array).ok_or("`messages` is missing")?;
        if messages.is_empty() {
            return Err("`messages` is empty");
        }
        let model = value.get("model").and_then(Value::as_str).ok_or("`model` is missing")?;
        let last = last_turn(messages);
        let functions = value.get("tools").is_none() && value.get("functions").is_some();
        Ok(Self {
            dialect,
            model: model.to_owned(),
            stream: flag(&value, "/stream"),
            usage: flag(&value, "/stream_options/include_usage"),
            choices: choices(&value),
            logprobs: flag(&value, "/logprobs"),
            functions,
            thinking: thinking(dialect, &value),
            tools: tools(&value),
            choice: choice(&value),
            prompt: last.prompt,
            after_tool: last.after_tool,
            input_tokens: (body.len() / 4).max(1),
            seed: Seed::of(body),
        })
    }

    /// The tool that this request wants to see called.
    pub(crate) fn wanted_tool(&self) -> Option<&Tool> {
        match &self.choice {
            Choice::Named(name) => self.tools.iter().find(|t| t.name == *name),
            Choice::Any => self.tools.first(),
            Choice::Never => None,
            Choice::Auto if asks_for_tool(&self.prompt) => {
                self.tools.iter().find(|t| self.prompt.contains(&t.name)).or(self.tools.first())
            }
            Choice::Auto => None,
        }
    }
}

fn asks_for_tool(prompt: &str) -> bool {
    let prompt = prompt.to_lowercase();
    ["use the tool", "use a tool", "call the tool", "using the tool", "use your tool"]
        .iter()
        .any(|p| prompt.contains(p))
}

struct Last {
    prompt: String,
    after_tool: bool,
}

/// The last user message. A tool's result after it, or in it without text, means that the question was answered
/// with a call already.
fn last_turn(messages: &[Value]) -> Last {
    for message in messages.iter().rev() {
        match message.get("role").and_then(Value::as_str) {
            Some("tool" | "function") => return Last { prompt: String::new(), after_tool: true },
            Some("user") => {
                let content = message.get("content").unwrap_or(&Value::Null);
                let prompt = text_of(content);
                let after_tool = prompt.is_empty() && has_result(content);
                return Last { prompt, after_tool };
            }
            _ => {}
        }
    }
    Last { prompt: String::new(), after_tool: false }
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|p| p.get("text").and_then(Value::as_str)).collect::<Vec<_>>().concat()
        }
        _ => String::new(),
    }
}

fn has_result(content: &Value) -> bool {
    content
        .as_array()
        .is_some_and(|parts| parts.iter().any(|p| p.get("type").is_some_and(|t| t == "tool_result")))
}

fn flag(value: &Value, place: &str) -> bool {
    value.pointer(place).and_then(Value::as_bool).unwrap_or(false)
}

fn choices(value: &Value) -> usize {
    let wanted = value.get("n").and_then(Value::as_u64).unwrap_or(1).clamp(1, MOST_CHOICES);
    usize::try_from(wanted).unwrap_or(1)
}

fn thinking(dialect: Dialect, value: &Value) -> bool {
    let text = |place| value.pointer(place).and_then(Value::as_str);
    match dialect {
        Dialect::Anthropic => matches!(text("/thinking/type"), Some("enabled" | "adaptive")),
        Dialect::OpenAi => text("/reasoning_effort").is_some_and(|effort| effort != "none"),
    }
}

/// Tools in any of the three forms: OpenAI's, its older functions, Anthropic's.
fn tools(value: &Value) -> Vec<Tool> {
    let listed = value.get("tools").or(value.get("functions")).and_then(Value::as_array);
    listed
        .into_iter()
        .flatten()
        .filter_map(|tool| {
            let inner = tool.get("function").unwrap_or(tool);
            let schema =
                inner.get("parameters").or(inner.get("input_schema")).cloned().unwrap_or(Value::Null);
            Some(Tool { name: inner.get("name")?.as_str()?.to_owned(), schema })
        })
        .collect()
}

fn choice(value: &Value) -> Choice {
    let Some(chosen) = value.get("tool_choice").or(value.get("function_call")) else { return Choice::Auto };
    let name = ["/function/name", "/name"].iter().find_map(|place| chosen.pointer(place)?.as_str());
    if let Some(name) = name {
        return Choice::Named(name.to_owned());
    }
    match chosen.as_str().or(chosen.get("type").and_then(Value::as_str)) {
        Some("none") => Choice::Never,
        Some("required" | "any") => Choice::Any,
        _ => Choice::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(dialect: Dialect, body: &Value) -> Ask {
        Ask::read(dialect, body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_last_user_message_is_the_prompt() {
        let body = json!({"model": "m", "messages": [
            {"role": "user", "content": "first"}, {"role": "assistant", "content": "no"},
            {"role": "user", "content": [{"type": "text", "text": "sec"}, {"type": "text", "text": "ond"}]}]});
        assert_eq!(read(Dialect::OpenAi, &body).prompt, "second");
    }

    #[test]
    fn a_tools_result_ends_the_script() {
        for last in [
            json!({"role": "tool", "tool_call_id": "c", "content": "ECHO:x"}),
            json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": "ECHO:x"}]}),
        ] {
            let body = json!({"model": "m", "messages": [{"role": "user", "content": "TOOL:a:{}"}, last]});
            let ask = read(Dialect::Anthropic, &body);
            assert!(ask.after_tool && ask.prompt.is_empty());
        }
    }

    #[test]
    fn a_tool_is_wanted_by_choice_or_by_words() {
        let body = |prompt: &str, choice: Value| {
            json!({"model": "m", "messages": [{"role": "user", "content": prompt}], "tool_choice": choice,
                "tools": [{"type": "function", "function": {"name": "a"}}, {"name": "b", "input_schema": {}}]})
        };
        let wanted = |prompt, choice| {
            read(Dialect::OpenAi, &body(prompt, choice)).wanted_tool().map(|t| t.name.clone())
        };
        assert_eq!(wanted("hello", json!("auto")), None);
        assert_eq!(wanted("use the tool b", json!("auto")).as_deref(), Some("b"));
        assert_eq!(wanted("Use the tool", json!("none")), None);
        assert_eq!(wanted("hello", json!({"type": "any"})).as_deref(), Some("a"));
        assert_eq!(wanted("hello", json!({"type": "tool", "name": "b"})).as_deref(), Some("b"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for body in ["[", "{}", "{\"messages\":[]}", "{\"messages\":[{}]}"] {
            assert!(Ask::read(Dialect::OpenAi, body.as_bytes()).is_err(), "{body}");
        }
    }
}
