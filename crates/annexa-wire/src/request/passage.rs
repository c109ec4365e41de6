//! What a passage is: one string or number of a request, with its place, its origin and so its trust.

use std::borrow::Cow;
use std::ops::Range;

use crate::opaque::Opaque;

/// One stretch of text in a request.
#[derive(Debug, Clone)]
pub struct Passage {
    /// JSON pointer; names that a caller chose stand as `*`.
    pub place: String,
    /// Role of the message it stands in.
    pub role: Option<Role>,
    /// Where it comes from.
    pub origin: Origin,
    /// Whose word it is.
    pub trust: Trust,
    /// Nearest object key: context for detectors.
    pub key: Option<Cow<'static, str>>,
    /// A model reads it joined to the passage before.
    pub continues: bool,
    /// Set when it is no plain text.
    pub opaque: Option<Opaque>,
    /// Whether and how it may be edited.
    pub editing: Editing,
    pub(crate) source: Source,
}

/// Role of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// System prompt.
    System,
    /// OpenAI's newer name for a system prompt.
    Developer,
    /// The user's turn.
    User,
    /// The model's turn.
    Assistant,
    /// A tool's result.
    Tool,
    /// A function's result (legacy).
    Function,
}

/// Where a passage comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// System prompts.
    System,
    /// The user's words and attachments.
    User,
    /// What a model said before.
    Assistant,
    /// What a model handed to a tool.
    ToolArgument,
    /// What a tool, a search or a file gave back.
    ToolResult,
    /// Definitions of tools and formats.
    Definition,
    /// Any other string or number.
    Field,
}

/// Whose word a passage is, from most to least trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// The application's operator: system prompts and definitions.
    Operator,
    /// The application's user.
    Caller,
    /// A model.
    Model,
    /// Anyone: tool results, documents, unknown fields.
    Outside,
}

impl Role {
    /// The role of that name.
    pub(crate) fn named(name: &str) -> Option<Role> {
        Some(match name {
            "system" => Role::System,
            "developer" => Role::Developer,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" => Role::Tool,
            "function" => Role::Function,
            _ => return None,
        })
    }

    /// Where its messages come from.
    pub(crate) fn origin(self) -> Origin {
        match self {
            Role::System | Role::Developer => Origin::System,
            Role::User => Origin::User,
            Role::Assistant => Origin::Assistant,
            Role::Tool | Role::Function => Origin::ToolResult,
        }
    }
}

impl Origin {
    /// Whose word it is.
    #[must_use]
    pub fn trust(self) -> Trust {
        match self {
            Origin::System | Origin::Definition => Trust::Operator,
            Origin::User => Trust::Caller,
            Origin::Assistant | Origin::ToolArgument => Trust::Model,
            Origin::ToolResult | Origin::Field => Trust::Outside,
        }
    }
}

/// How a passage may be edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Editing {
    /// Any span of it.
    Free,
    /// Any span of its text, but the whole value is written anew: a number becomes a string, an encoded run is
    /// encoded again.
    Whole,
    /// Never: it is signed or encrypted.
    Sealed,
    /// Never: the body's structure hangs on it.
    Fixed,
}

/// A tool that a request defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Name.
    pub name: String,
    /// JSON pointer.
    pub place: String,
}

/// A change of one span of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Index of the passage.
    pub passage: usize,
    /// Bytes of the passage's text.
    pub range: Range<usize>,
    /// What stands there instead.
    pub with: String,
}

/// Where in the body a passage's text stands, and how it is written there.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Bytes of the body: between the quotes of a string, or a whole number.
    pub(crate) host: (u32, u32),
    /// Bytes of the decoded host, when the passage is a leaf of a document in it.
    pub(crate) nested: Option<(u32, u32)>,
    pub(crate) form: Form,
    pub(crate) text: Stored,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    String,
    Number,
    /// Base64 behind a head of so many bytes.
    Encoded(u32),
}

/// A passage's decoded text.
#[derive(Debug, Clone)]
pub(crate) enum Stored {
    /// As it stands in the body.
    Body(u32, u32),
    Own(Box<str>),
}
