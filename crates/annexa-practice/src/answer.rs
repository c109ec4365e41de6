//! The answer, before a dialect gives it its form.

use crate::ask::Ask;
use crate::canned;
use crate::script::{Fault, Script};
use crate::seed::Seed;

/// An answer and how it goes wrong.
pub(crate) struct Answer {
    /// What it is made of, in order.
    pub(crate) parts: Vec<Part>,
    /// How to fail while giving it.
    pub(crate) fault: Option<Fault>,
    /// Whether the message scripted it.
    pub(crate) scripted: bool,
}

/// One part of an answer, in the pieces that it streams in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    /// Reasoning before the answer.
    Thinking(Vec<String>),
    /// Text.
    Text(Vec<String>),
    /// A call of a tool, its arguments as JSON text.
    Tool { name: String, pieces: Vec<String> },
}

/// A dialect's form of a piece that streams: the bytes, and whether the pace waits before it.
pub(crate) struct Frame {
    /// The bytes of one server-sent event.
    pub(crate) bytes: Vec<u8>,
    /// Whether it carries a piece of the answer.
    pub(crate) paced: bool,
}

impl Answer {
    /// What the script says, else a canned answer.
    pub(crate) fn compose(ask: &Ask, tokens: Option<usize>) -> Self {
        let mut seed = ask.seed.clone();
        let script = Script::read(&ask.prompt, &mut seed);
        let scripted = !script.is_empty();
        let mut parts = script.parts;
        if parts.is_empty() {
            parts = unscripted(ask, tokens, &mut seed);
        }
        Self { parts, fault: script.fault, scripted }
    }

    /// How many pieces the answer has, which is what it counts as output tokens.
    pub(crate) fn tokens(&self) -> usize {
        self.parts.iter().map(|p| p.pieces().len()).sum()
    }

    /// All text of one kind, joined; nothing when there is no such part.
    pub(crate) fn joined(&self, wanted: fn(&Part) -> bool) -> Option<String> {
        let texts: Vec<String> = self.parts.iter().filter(|p| wanted(p)).map(Part::join).collect();
        (!texts.is_empty()).then(|| texts.concat())
    }

    /// Whether it calls a tool.
    pub(crate) fn calls(&self) -> bool {
        self.parts.iter().any(|p| matches!(p, Part::Tool { .. }))
    }
}

impl Part {
    /// Text in pieces of a word each.
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(words(text))
    }

    /// The pieces it streams in.
    pub(crate) fn pieces(&self) -> &[String] {
        match self {
            Self::Thinking(pieces) | Self::Text(pieces) | Self::Tool { pieces, .. } => pieces,
        }
    }

    /// The whole.
    pub(crate) fn join(&self) -> String {
        self.pieces().concat()
    }
}

fn unscripted(ask: &Ask, tokens: Option<usize>, seed: &mut Seed) -> Vec<Part> {
    let mut parts = Vec::new();
    if ask.thinking {
        parts.push(Part::Thinking(words(canned::thought(&ask.prompt, seed))));
    }
    match (ask.wanted_tool(), tokens) {
        (Some(tool), _) => {
            let pieces = words(&canned::arguments(&tool.schema));
            parts.push(Part::Tool { name: tool.name.clone(), pieces });
        }
        (None, Some(tokens)) => parts.push(Part::Text(canned::filler(tokens))),
        (None, None) if ask.after_tool => parts.push(Part::text(canned::after_tool(seed))),
        (None, None) => parts.push(Part::text(&canned::reply(&ask.prompt, seed))),
    }
    parts
}

fn words(text: &str) -> Vec<String> {
    text.split_inclusive(' ').map(str::to_owned).collect()
}
