//! Errors as the providers' SDKs raise them, and the sign of life while a stream is held.

use bytes::Bytes;

use crate::json::write_string;
use crate::route::Dialect;

/// What a caller is told instead of an answer.
#[derive(Debug, Clone, Copy)]
pub struct ErrorShape<'a> {
    /// HTTP status; the error's type follows from it.
    pub status: u16,
    /// Stable code.
    pub code: &'a str,
    /// One sentence.
    pub message: &'a str,
    /// Id to look the exchange up by.
    pub id: &'a str,
}

/// The body of an error response in the provider's own form.
#[must_use]
pub fn error_body(dialect: Dialect, error: &ErrorShape<'_>) -> Bytes {
    let mut out = String::with_capacity(192 + error.message.len());
    match dialect {
        Dialect::OpenAiChat => write_openai(&mut out, error),
        Dialect::AnthropicMessages => write_anthropic(&mut out, error),
    }
    out.into()
}

/// The event that ends a stream with an error.
#[must_use]
pub fn error_event(dialect: Dialect, error: &ErrorShape<'_>) -> Bytes {
    let mut out = String::with_capacity(224 + error.message.len());
    match dialect {
        Dialect::OpenAiChat => {
            out.push_str("data: ");
            write_openai(&mut out, error);
        }
        Dialect::AnthropicMessages => {
            out.push_str("event: error\ndata: ");
            write_anthropic(&mut out, error);
        }
    }
    out.push_str("\n\n");
    out.into()
}

/// What is sent while a stream is held, so that nobody gives up on it.
#[must_use]
pub fn keep_alive(dialect: Dialect) -> &'static [u8] {
    match dialect {
        Dialect::OpenAiChat => b": keep-alive\n\n",
        Dialect::AnthropicMessages => b"event: ping\ndata: {\"type\": \"ping\"}\n\n",
    }
}

fn write_openai(out: &mut String, error: &ErrorShape<'_>) {
    out.push_str("{\"error\":{\"message\":");
    write_string(out, &message(error));
    out.push_str(",\"type\":");
    write_string(out, openai_type(error.status));
    out.push_str(",\"param\":null,\"code\":");
    write_string(out, error.code);
    out.push_str("}}");
}

fn write_anthropic(out: &mut String, error: &ErrorShape<'_>) {
    out.push_str("{\"type\":\"error\",\"error\":{\"type\":");
    write_string(out, anthropic_type(error.status));
    out.push_str(",\"message\":");
    write_string(out, &message(error));
    out.push_str("},\"request_id\":");
    write_string(out, error.id);
    out.push('}');
}

/// The sentence with code and id, which SDKs would otherwise not show.
fn message(error: &ErrorShape<'_>) -> String {
    format!("{} [{}; id {}]", error.message, error.code, error.id)
}

fn openai_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

fn anthropic_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 | 529 => "overloaded_error",
        504 => "timeout_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const SHAPE: ErrorShape<'_> =
        ErrorShape { status: 403, code: "annexa_blocked", message: "a \"quoted\"\nsentence", id: "ex-1" };

    fn parse(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn bodies_are_the_providers_own_errors() {
        let openai = parse(&error_body(Dialect::OpenAiChat, &SHAPE));
        let message = "a \"quoted\"\nsentence [annexa_blocked; id ex-1]";
        let expected = json!({"error": {"message": message, "type": "permission_error", "param": null, "code": "annexa_blocked"}});
        assert_eq!(openai, expected);
        let anthropic = parse(&error_body(Dialect::AnthropicMessages, &SHAPE));
        let expected = json!({"type": "error", "error": {"type": "permission_error", "message": message}, "request_id": "ex-1"});
        assert_eq!(anthropic, expected);
    }

    #[test]
    fn events_are_one_frame_whatever_the_message_holds() {
        for (dialect, head) in
            [(Dialect::OpenAiChat, "data: "), (Dialect::AnthropicMessages, "event: error\ndata: ")]
        {
            let event = String::from_utf8(error_event(dialect, &SHAPE).to_vec()).unwrap();
            let data = event.strip_prefix(head).unwrap().strip_suffix("\n\n").unwrap();
            assert!(!data.contains('\n'));
            assert!(
                parse(data.as_bytes())
                    .get("error")
                    .unwrap()
                    .get("message")
                    .unwrap()
                    .as_str()
                    .unwrap()
                    .contains("ex-1")
            );
        }
    }

    #[test]
    fn the_type_follows_from_the_status() {
        let table = [
            (400, "invalid_request_error", "invalid_request_error"),
            (401, "authentication_error", "authentication_error"),
            (413, "invalid_request_error", "request_too_large"),
            (429, "rate_limit_error", "rate_limit_error"),
            (502, "server_error", "api_error"),
            (503, "server_error", "overloaded_error"),
            (504, "server_error", "timeout_error"),
        ];
        for (status, openai, anthropic) in table {
            assert_eq!((openai_type(status), anthropic_type(status)), (openai, anthropic), "{status}");
        }
    }
}
