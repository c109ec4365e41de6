//! The script in a user message: directives that say what to answer, or how to fail.

use crate::answer::Part;
use crate::identifiers;
use crate::seed::Seed;

/// What a message asks the provider to play.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Script {
    /// The parts of the answer; none when nothing but a fault was asked for.
    pub(crate) parts: Vec<Part>,
    /// How to fail.
    pub(crate) fault: Option<Fault>,
}

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is reset in the middle.
    Reset,
    /// Nothing more comes after the first piece.
    Stall,
    /// The answer ends in the middle, cleanly.
    Truncate,
    /// Something that isn't JSON.
    Garbage,
    /// One byte at a time.
    Slow,
    /// Compressed, whether or not that was accepted.
    Gzip,
    /// Compressed, and very much larger inside.
    Bomb,
    /// A long wait before the first byte.
    LongWait,
    /// An error of the provider.
    Status(u16),
}

const NAMES: [&str; 5] = ["ECHO:", "THINK:", "TOOL:", "LEAK:", "FAULT:"];

impl Script {
    /// Reads the directives of a message; empty when it has none. The first stands anywhere, the others at the
    /// start of a line; `ECHO:` takes everything up to the end.
    pub(crate) fn read(message: &str, seed: &mut Seed) -> Self {
        let mut script = Self::default();
        let mut rest = first(message);
        while let Some((name, tail)) = rest {
            let (argument, next) = if name == "ECHO:" { (tail, None) } else { until_next(tail) };
            script.perform(name, argument, seed);
            rest = next;
        }
        script
    }

    /// Whether the message has no directive that makes an answer or a fault.
    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.fault.is_none()
    }

    fn perform(&mut self, name: &str, argument: &str, seed: &mut Seed) {
        match name {
            "ECHO:" => self.parts.push(Part::Text(pieces(argument))),
            "THINK:" => self.parts.push(Part::Thinking(pieces(argument))),
            "TOOL:" => self.parts.extend(tool(argument)),
            "LEAK:" => {
                self.parts.extend(identifiers::slip(argument.trim(), seed).map(|text| Part::text(&text)))
            }
            _ => self.fault = Fault::named(argument.trim()).or(self.fault),
        }
    }
}

impl Fault {
    fn named(name: &str) -> Option<Self> {
        // A word may follow, as people write sentences.
        match name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default() {
            "reset" => Some(Self::Reset),
            "stall" => Some(Self::Stall),
            "truncate" => Some(Self::Truncate),
            "garbage" => Some(Self::Garbage),
            "slow" => Some(Self::Slow),
            "gzip" => Some(Self::Gzip),
            "bomb" => Some(Self::Bomb),
            "longwait" => Some(Self::LongWait),
            status => status.parse().ok().filter(|s| (400..600).contains(s)).map(Self::Status),
        }
    }
}

/// The first directive, with what follows it.
fn first(text: &str) -> Option<(&'static str, &str)> {
    let found = NAMES.iter().filter_map(|name| Some((text.find(name)?, *name))).min()?;
    Some((found.1, text.split_once(found.1)?.1))
}

/// What stands before the next directive at the start of a line, and that directive.
fn until_next(text: &str) -> (&str, Option<(&'static str, &str)>) {
    for (at, _) in text.match_indices('\n') {
        let (before, after) = text.split_at(at);
        let line = after.strip_prefix('\n').unwrap_or(after);
        if let Some((name, tail)) = NAMES.iter().find_map(|name| Some((*name, line.strip_prefix(name)?))) {
            return (before, Some((name, tail)));
        }
    }
    (text, None)
}

fn pieces(argument: &str) -> Vec<String> {
    argument.split('|').map(str::to_owned).collect()
}

fn tool(argument: &str) -> Option<Part> {
    let end = argument
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .unwrap_or(argument.len());
    let (name, rest) = argument.split_at(end);
    let given = rest.strip_prefix(':').unwrap_or(rest).trim_matches(' ');
    let arguments = if given.is_empty() { "{}" } else { given };
    (!name.is_empty()).then(|| Part::Tool { name: name.to_owned(), pieces: pieces(arguments) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str) -> Script {
        Script::read(message, &mut Seed::of(b""))
    }

    fn owned(pieces: &[&str]) -> Vec<String> {
        pieces.iter().map(|p| (*p).to_owned()).collect()
    }

    #[test]
    fn echo_takes_all_to_the_end() {
        let script = read("please ECHO:a|b\nTOOL:x:{}|\n");
        assert_eq!(script.parts, [Part::Text(owned(&["a", "b\nTOOL:x:{}", "\n"]))]);
    }

    #[test]
    fn directives_follow_one_another() {
        let script = read("THINK:hm\nwell|so\nTOOL:send_mail:{\"to\"|:1}\nFAULT:slow\nECHO:x");
        let tool = Part::Tool { name: "send_mail".into(), pieces: owned(&["{\"to\"", ":1}"]) };
        let expected = [Part::Thinking(owned(&["hm\nwell", "so"])), tool, Part::Text(owned(&["x"]))];
        assert_eq!(script.parts, expected);
        assert_eq!(script.fault, Some(Fault::Slow));
    }

    #[test]
    fn a_tool_line_may_use_a_space_or_nothing() {
        for (line, pieces) in [("TOOL:look_up {\"id\":7}", "{\"id\":7}"), ("TOOL:look_up", "{}")] {
            let expected = [Part::Tool { name: "look_up".into(), pieces: owned(&[pieces]) }];
            assert_eq!(read(line).parts, expected, "{line}");
        }
    }

    #[test]
    fn faults_have_names() {
        assert_eq!(read("FAULT:529").fault, Some(Fault::Status(529)));
        assert_eq!(read("FAULT:reset now").fault, Some(Fault::Reset));
        assert!(read("FAULT:200").is_empty());
        assert!(read("no directive here").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn an_echo_is_its_text_without_bars(text in "\\PC*") {
            let parts = read(&format!("ECHO:{text}")).parts;
            proptest::prop_assert_eq!(parts, vec![Part::Text(pieces(&text))]);
        }
    }
}
