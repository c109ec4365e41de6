//! Which dialect a path speaks, and why other paths are refused.

/// A provider's wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// OpenAI Chat Completions.
    OpenAiChat,
    /// Anthropic Messages.
    AnthropicMessages,
}

impl Dialect {
    /// Name in events, policies and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Dialect::OpenAiChat => "openai_chat",
            Dialect::AnthropicMessages => "anthropic_messages",
        }
    }
}

/// What a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// An OpenAI chat completion.
    Chat,
    /// An Anthropic message.
    Messages,
    /// The number of tokens of an Anthropic message that is not sent.
    CountTokens,
}

impl Operation {
    /// Name in events, policies and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Operation::Chat => "chat",
            Operation::Messages => "messages",
            Operation::CountTokens => "count_tokens",
        }
    }
}

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Route {
    /// Wire format of body and answer.
    pub dialect: Dialect,
    /// What is asked for.
    pub operation: Operation,
}

/// Why a path is not served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// No such path.
    #[error(
        "this path is unknown; served are POST /v1/chat/completions, /v1/messages and /v1/messages/count_tokens"
    )]
    Unknown,
    /// The path is served, but not with this method.
    #[error("this path takes POST only")]
    Method,
    /// A path of the provider's that is not served.
    #[error("{what} can't be inspected yet and so is not served: {remedy}")]
    Unsupported {
        /// What the path is for.
        what: &'static str,
        /// What to use instead.
        remedy: &'static str,
    },
}

impl RouteError {
    /// HTTP status: 405 for a wrong method, else 404.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            RouteError::Method => 405,
            RouteError::Unknown | RouteError::Unsupported { .. } => 404,
        }
    }
}

/// Finds what a method and path (without query) ask for.
///
/// # Errors
/// [`RouteError`] for everything that can't be inspected.
//= iso27001-2022:A.8.12
pub fn route(method: &str, path: &str) -> Result<Route, RouteError> {
    let route = match path {
        "/v1/chat/completions" => Route { dialect: Dialect::OpenAiChat, operation: Operation::Chat },
        "/v1/messages" => Route { dialect: Dialect::AnthropicMessages, operation: Operation::Messages },
        "/v1/messages/count_tokens" => {
            Route { dialect: Dialect::AnthropicMessages, operation: Operation::CountTokens }
        }
        other => return Err(unsupported(other)),
    };
    if method == "POST" { Ok(route) } else { Err(RouteError::Method) }
}

const CHAT: &str = "use /v1/chat/completions or /v1/messages";
const OWN: &str = "use the provider's own address for what holds no content";
const UNSUPPORTED: [(&str, &str, &str); 18] = [
    ("/v1/assistants", "the Assistants API", CHAT),
    ("/v1/audio", "audio", CHAT),
    ("/v1/batches", "batches", CHAT),
    ("/v1/chat/completions", "stored completions", OWN),
    ("/v1/complete", "legacy text completions", CHAT),
    ("/v1/completions", "legacy text completions", CHAT),
    ("/v1/embeddings", "embeddings", "mask texts before you embed them"),
    ("/v1/files", "files", "send documents inside a message"),
    ("/v1/fine_tuning", "fine-tuning", OWN),
    ("/v1/images", "images", CHAT),
    ("/v1/messages/batches", "batches", CHAT),
    ("/v1/models", "the list of models", OWN),
    ("/v1/moderations", "moderations", CHAT),
    ("/v1/realtime", "realtime", CHAT),
    ("/v1/responses", "the Responses API", CHAT),
    ("/v1/threads", "the Assistants API", CHAT),
    ("/v1/uploads", "files", "send documents inside a message"),
    ("/v1/vector_stores", "vector stores", OWN),
];

fn unsupported(path: &str) -> RouteError {
    let under =
        |top: &str| path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let known = UNSUPPORTED.iter().find(|(top, ..)| under(top));
    known.map_or(RouteError::Unknown, |&(_, what, remedy)| RouteError::Unsupported { what, remedy })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_routes_are_found() {
        assert_eq!(route("POST", "/v1/chat/completions").unwrap().operation.name(), "chat");
        assert_eq!(route("POST", "/v1/messages").unwrap().dialect.name(), "anthropic_messages");
        assert_eq!(route("POST", "/v1/messages/count_tokens").unwrap().operation, Operation::CountTokens);
        assert_eq!(route("GET", "/v1/messages").unwrap_err().status(), 405);
    }

    //= iso27001-2022:A.8.12
    #[test]
    fn what_can_not_be_inspected_is_refused_with_a_reason() {
        for path in UNSUPPORTED.map(|(path, ..)| path).into_iter().filter(|p| *p != "/v1/chat/completions") {
            let error = route("POST", path).unwrap_err();
            assert!(matches!(error, RouteError::Unsupported { .. }), "{path}");
            assert_eq!(route("GET", &format!("{path}/x")).unwrap_err(), error, "{path}");
        }
        for path in [
            "",
            "/",
            "/v1/message",
            "/v1/messages/",
            "//v1/messages",
            "/V1/messages",
            "/v1/responsesx",
            "/v1/%6dessages",
        ] {
            assert_eq!(route("POST", path).unwrap_err(), RouteError::Unknown, "{path}");
        }
    }
}
