//! Text with its findings marked, for the eyes of whoever runs the command: only here a value is shown, and only on request.

use std::io::Write;

use annexa_detect::{Detector, Finding};
use annexa_extract::{Part, place};
use anyhow::Result;

use crate::files::Walked;
use crate::scan::WHOLE;

const BOLD: &str = "\x1b[1m";
const MARK: &str = "\x1b[7m";
const FAINT: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// Writes a file's parts that hold findings; gives the bytes of text that were read.
pub(crate) fn write(detector: &Detector, walked: &Walked, out: &mut impl Write) -> Result<usize> {
    let name = walked.path.display();
    let extracted = match &walked.outcome {
        Ok(extracted) => extracted,
        Err(error) => {
            writeln!(out, "{BOLD}{name}{PLAIN}  not read: {error:#}\n")?;
            return Ok(0);
        }
    };
    let mut bytes = 0;
    writeln!(out, "{BOLD}{name}{PLAIN}")?;
    for part in &extracted.parts {
        bytes += part.text.len();
        let found = detector.scan(&part.text, &WHOLE)?;
        if !found.is_empty() {
            self::part(part, &found, out)?;
        }
    }
    for unread in &extracted.uninspected {
        writeln!(out, "  {FAINT}not read: {} {}{PLAIN}", place(&unread.place), unread.reason)?;
    }
    writeln!(out)?;
    Ok(bytes)
}

/// The lines of a part in which something was found.
fn part(part: &Part, found: &[Finding], out: &mut impl Write) -> Result<()> {
    let mut start = 0;
    for (number, line) in part.text.split_inclusive('\n').enumerate() {
        let end = start + line.len();
        let mut here = found.iter().filter(|f| f.start < end && f.end > start).peekable();
        if let Some(first) = here.peek() {
            let way = || place(&part.place_of(first.start));
            let at = if part.has_lines() { format!("{}", number + 1) } else { way() };
            write!(out, "  {FAINT}{at:>5}{PLAIN}  ")?;
            marked(line, start, here, out)?;
            writeln!(out)?;
        }
        start = end;
    }
    Ok(())
}

/// One line, each finding in reverse with its type behind it. What could steer a terminal is left out.
fn marked<'f>(
    line: &str,
    start: usize,
    found: impl Iterator<Item = &'f Finding>,
    out: &mut impl Write,
) -> Result<()> {
    let shown = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
    let mut at = 0;
    for f in found {
        let (from, to) = (f.start.saturating_sub(start), (f.end - start).min(line.len()));
        let (before, value) =
            (line.get(at..from).unwrap_or_default(), line.get(from..to).unwrap_or_default());
        write!(out, "{}{MARK}{}{PLAIN}{FAINT}[{}]{PLAIN}", shown(before), shown(value), f.kind)?;
        at = to;
    }
    Ok(write!(out, "{}", shown(line.get(at..).unwrap_or_default()))?)
}

#[cfg(test)]
mod tests {
    use annexa_extract::{Limits, extract};

    use super::*;

    fn shown(bytes: &[u8]) -> String {
        let extracted = extract(bytes, Some("a.txt"), &Limits::default()).unwrap();
        let mut out = Vec::new();
        let walked = Walked { path: "a.txt".into(), outcome: Ok(extracted) };
        assert_eq!(write(&Detector::builtin().unwrap(), &walked, &mut out).unwrap(), bytes.len());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_with_findings_are_shown_with_their_number_and_marks() {
        let text = shown("nothing here\nü mail anna@x.org, bob@x.org now\n".as_bytes());
        assert!(text.contains(&format!("2{PLAIN}  ü mail {MARK}anna@x.org{PLAIN}{FAINT}[EMAIL]")), "{text}");
        assert!(text.contains("bob@x.org") && text.contains(" now") && !text.contains("nothing"), "{text}");
    }

    #[test]
    fn nothing_in_a_text_steers_the_terminal() {
        let text =
            shown(b"please write to this mail anna@x.org \x1b]0;owned\x07 and all is done for the day");
        assert!(!text.contains('\x07') && !text.contains("\x1b]"), "{text:?}");
    }
}
