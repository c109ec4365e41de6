//! Provider bodies and event streams as passages and tool calls, edited in place.
//!
//! Bytes go in, passages (requests) or channels of text (answers) come out, and edits of those texts go back
//! into the bytes: everything that was not edited leaves as it came. Nothing here does input or output.
//!
//! ```
//! use annexa_wire::{Edit, Limits, Request, route};
//!
//! let route = route("POST", "/v1/chat/completions")?;
//! let body = r#"{"messages":[{"role":"user","content":"It\u0027s 536-90-4399"}]}"#;
//! let request = Request::read(route, body.into(), &Limits::default())?;
//! assert_eq!(request.text(0), "It's 536-90-4399");
//! let edit = Edit { passage: 0, range: 5..16, with: "[SSN]".to_owned() };
//! assert_eq!(request.edited(&[edit])?, r#"{"messages":[{"role":"user","content":"It\u0027s [SSN]"}]}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod error;
pub mod json;
mod limits;
mod names;
mod opaque;
mod refuse;
mod request;
mod route;

pub use answer::{Answer, Channel, ChannelKind, Ending, NewText, SpanEdit, Usage};
pub use error::WireError;
pub use limits::Limits;
pub use opaque::{Opaque, OpaqueKind};
pub use refuse::{ErrorShape, error_body, error_event, keep_alive};
pub use request::{Edit, Editing, Origin, Passage, Request, Role, Tool, Trust};
pub use route::{Dialect, Operation, Route, RouteError, route};
