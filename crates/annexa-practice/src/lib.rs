//! The practice provider: both dialects, streaming, tool calls, scripted leaks and faults; and a player of sample
//! traffic. For the demo and for tests: it answers from a script or from a hash of the question, never from a model.
//!
//! A request is read into an `Ask`, a `Script` in its last user message (or else a canned answer) makes the parts of
//! an `Answer`, the dialect's module gives that answer its wire form, and `deliver` sends it at its pace, or breaks it.
//!
//! # Directives in the last user message
//!
//! | directive | what it does |
//! |---|---|
//! | `ECHO:a\|b\|c` | answers with what follows, to the message's end, in the pieces that `\|` separates |
//! | `THINK:a\|b` | the same, into thinking; ends at the next line that starts with a directive |
//! | `TOOL:name:{"a"\|:1}` | calls that tool with these pieces of arguments (`TOOL:name {…}` as well) |
//! | `LEAK:iban` | lets slip a made-up value: `iban`, `card`, `nhs`, `mrn`, `email`, `phone`, `key`, `passport` |
//! | `FAULT:…` | `reset`, `stall`, `truncate`, `garbage`, `slow`, `gzip`, `bomb`, `longwait`, `429`, `500`, `529` |
//!
//! A model named `practice-d<ms>-t<tokens>-i<ms>` sets the pace of one request: the wait before the first piece, the
//! number of pieces of an unscripted answer, the wait between pieces.

mod answer;
mod anthropic;
mod ask;
mod body;
mod canned;
mod client;
mod deliver;
mod identifiers;
mod listen;
mod openai;
mod pace;
mod player;
mod scenes;
mod script;
mod seed;

pub use listen::{Practice, serve};
pub use player::{Player, play};
