//! The segmenter: windows of a text that arrives in pieces, the same for every way of cutting it.
//!
//! Where a window ends and what is found in it depends on the text alone: on what stands before, and on a fixed
//! stretch after that must have arrived (or never will). Windows end after a sentence or a line, or at the first
//! blank after 160 characters, but never inside something that may be one value. What has no end
//! within [`HELD_BYTES`], such as a key block or an encoded run, is reported whole as a finding up to its end.

use std::sync::Arc;

use crate::boundary::{LOOK_BYTES, Place, safe};
use crate::detector::{Around, Detector, Language};
use crate::error::DetectError;
use crate::finding::Finding;

/// Characters after which a window ends at the next blank.
const WINDOW_CHARS: usize = 160;
/// How far past a character of plain prose the scanner may look before it decides about it, in characters: a window,
/// the word that ends it, and the look past its end. Longer only where a value, a key block or an encoded run goes on.
pub const HORIZON_CHARS: usize = WINDOW_CHARS + 32 + LOOK_BYTES;
/// Most bytes that are held undecided; what goes on for longer is reported as a finding.
pub const HELD_BYTES: usize = 8_192;

const LEAST_CHARS: usize = 48;
const LATE_CHARS: usize = 480;
const CONTEXT_BYTES: usize = 256;
const ENCODED_RUN: &str = "ENCODED_RUN";
const PRIVATE_KEY: &str = "PRIVATE_KEY";
const BLOCK: &str = "-----BEGIN";
const BLOCK_END: &str = "-----END";

/// A stretch of text that is decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Byte after its last, in the channel's whole text; windows abut.
    pub end: usize,
    /// What was found in it, in bytes of the channel's whole text; each lies wholly in this window.
    pub findings: Vec<Finding>,
}

/// What goes on over the end of the last window and so is reported until its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GoesOn {
    Nothing,
    Run,
    Block,
}

/// Cuts a text that arrives in pieces into windows. Holds at most [`HELD_BYTES`], a little context and the look
/// ahead, besides what was pushed and not yet asked for.
#[derive(Debug)]
pub struct Scanner {
    detector: Arc<Detector>,
    /// The tenant for whom the text is read as language, and up to which byte; none for patterns alone.
    language: Option<(Arc<str>, usize)>,
    text: String,
    /// Offset of `text` in the channel's whole text.
    base: usize,
    /// End of the last window, in `text`.
    done: usize,
    /// Up to where ends have been looked for, in `text`, and characters since `done`.
    cursor: usize,
    chars: usize,
    /// An end that waits for the text after it.
    pending: Option<Place>,
    look: usize,
    /// Up to where key blocks have been looked for, and whether one is open there.
    blocks: usize,
    open: bool,
    goes_on: GoesOn,
    finished: bool,
}

impl Scanner {
    /// A scanner at the start of a text.
    #[must_use]
    pub fn new(detector: Arc<Detector>) -> Self {
        Self {
            detector,
            language: None,
            text: String::new(),
            base: 0,
            done: 0,
            cursor: 0,
            chars: 0,
            pending: None,
            look: LOOK_BYTES,
            blocks: 0,
            open: false,
            goes_on: GoesOn::Nothing,
            finished: false,
        }
    }

    /// The text is language, and the encoder reads it as well, for this tenant: the windows that begin before the byte
    /// `upto`.
    #[must_use]
    pub fn with_language(self, scope: Arc<str>, upto: usize) -> Self {
        Self { language: Some((scope, upto)), ..self }
    }

    /// Adds what arrived; nothing after [`Scanner::finish`].
    pub fn push(&mut self, text: &str) {
        if !self.finished {
            self.text.push_str(text);
        }
    }

    /// Says that nothing more will arrive.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// The next window, once the text that decides about it has arrived.
    ///
    /// # Errors
    /// When a detector fails.
    //= iso27001-2022:A.8.12
    pub fn next_window(&mut self) -> Result<Option<Window>, DetectError> {
        if self.goes_on != GoesOn::Nothing {
            return self.rest_of_run();
        }
        while let Some(place) = self.pending.or_else(|| self.next_place()) {
            self.pending = Some(place);
            if !self.arrived(place.at + self.look) {
                return Ok(None);
            }
            self.look_for_blocks(place.at);
            if self.open || (self.look == LOOK_BYTES && !safe(&self.text, place)) {
                self.pending = None;
                continue;
            }
            if let Some(window) = self.decide(place.at)? {
                return Ok(Some(window));
            }
        }
        if self.text.len() - self.done >= HELD_BYTES + LOOK_BYTES {
            return self.cut().map(Some);
        }
        if self.finished && self.done < self.text.len() {
            return self.last();
        }
        Ok(None)
    }

    fn arrived(&self, upto: usize) -> bool {
        self.finished || self.text.len() >= upto
    }

    /// The next place after the cursor where a window might end.
    fn next_place(&mut self) -> Option<Place> {
        let most = self.done + HELD_BYTES;
        let mut before = self.text.get(..self.cursor)?.chars().next_back().unwrap_or(' ');
        let mut found = None;
        for (at, c) in self.text.get(self.cursor..)?.char_indices() {
            let here = self.cursor + at;
            if here > most {
                break;
            }
            let inside = before.is_ascii_alphanumeric() && c.is_ascii_alphanumeric();
            if !inside && here > self.done && self.ends(before, c, here) {
                found = Some(Place { at: here, late: self.chars >= LATE_CHARS });
            }
            before = c;
            self.chars += 1;
            if found.is_some() {
                self.cursor = here + c.len_utf8();
                return found;
            }
        }
        self.cursor = self.text.len().min(self.text.floor_char_boundary(most + 1)).max(self.cursor);
        None
    }

    /// May a window end between these two characters?
    fn ends(&self, before: char, c: char, here: usize) -> bool {
        if before.is_whitespace() && !c.is_whitespace() {
            return self.chars >= WINDOW_CHARS || (self.chars >= LEAST_CHARS && self.sentence_ended(here));
        }
        let wide = |c: char| c >= '\u{2E80}';
        let stop = "。！？；".contains(before) && self.chars >= LEAST_CHARS;
        let long = self.chars >= WINDOW_CHARS && wide(before) && wide(c);
        let structure = self.chars >= WINDOW_CHARS + 80 && ",;{}()|>".contains(before) && !c.is_whitespace();
        stop || long || structure
    }

    fn sentence_ended(&self, here: usize) -> bool {
        let before = self.text.get(..here).unwrap_or_default();
        let words = before.trim_end();
        let line = before.get(words.len()..).is_some_and(|gap| gap.contains('\n'));
        line || words
            .trim_end_matches(['"', '\'', ')', '”', '’', '*'])
            .ends_with(['.', '!', '?', '…', '।', '؟'])
    }

    /// Notes whether a key block is open at a place.
    fn look_for_blocks(&mut self, at: usize) {
        let from = self.text.floor_char_boundary(self.blocks.saturating_sub(BLOCK.len()).max(self.done));
        let part = self.text.get(from..at).unwrap_or_default();
        let (begin, end) = (part.rfind(BLOCK), part.rfind(BLOCK_END));
        self.open = match (begin, end) {
            (None, None) => self.open,
            (begin, end) => begin > end,
        };
        self.blocks = at;
    }

    /// What stands from the context to `end` is scanned; the findings of the window that ends at `at`, or later if
    /// one goes over it. Nothing if more text must arrive first.
    fn decide(&mut self, at: usize) -> Result<Option<Window>, DetectError> {
        let mut look = self.look;
        loop {
            let end = self.text.floor_char_boundary((at + look).min(self.text.len()));
            let found = self.scan_to(end)?;
            let over = found.iter().find(|f| f.start < at && f.end > at).map(|f| f.end);
            let whole = over.is_none_or(|over| over + 8 < end) || (self.finished && end == self.text.len());
            if whole || look >= HELD_BYTES {
                self.look = LOOK_BYTES;
                return Ok(Some(self.window(over.unwrap_or(at), found)));
            }
            look = (look * 2).min(HELD_BYTES);
            if !self.arrived(at + look) {
                self.look = look;
                return Ok(None);
            }
        }
    }

    /// Findings from the end of the last window on, in bytes of the held text.
    fn scan_to(&self, end: usize) -> Result<Vec<Finding>, DetectError> {
        let from = self.text.ceil_char_boundary(self.done.saturating_sub(CONTEXT_BYTES));
        let region = self.text.get(from..end).unwrap_or_default();
        let near = self.language.as_ref().filter(|(_, upto)| self.base + self.done < *upto);
        let language = near.map(|(scope, _)| Language { scope, whole: false });
        let found = self.detector.scan(region, &Around { language, ..Around::default() })?;
        let absolute = found.into_iter().map(|f| Finding { start: f.start + from, end: f.end + from, ..f });
        let own = absolute.filter(|f| f.end > self.done);
        Ok(own.map(|f| Finding { start: f.start.max(self.done), ..f }).collect())
    }

    /// Ends a window and forgets what is no longer needed.
    fn window(&mut self, at: usize, found: Vec<Finding>) -> Window {
        let base = self.base;
        let inside = found.into_iter().filter(|f| f.start < at);
        let findings =
            inside.map(|f| Finding { start: f.start + base, end: f.end.min(at) + base, ..f }).collect();
        self.done = at;
        self.cursor = self.cursor.max(at);
        self.chars = self.text.get(at..self.cursor).map_or(0, |t| t.chars().count());
        (self.pending, self.blocks) = (None, self.blocks.max(at));
        let drop = self.text.floor_char_boundary(at.saturating_sub(CONTEXT_BYTES + 64));
        // Only once half of the text can go, so that a long text in one piece is moved a few times, not per window.
        if drop >= 1_024 && drop * 2 >= self.text.len() {
            self.text.drain(..drop);
            self.base += drop;
            self.done -= drop;
            self.cursor -= drop;
            self.blocks -= drop;
        }
        Window { end: self.base + self.done, findings }
    }

    /// The window at the end of the text.
    fn last(&mut self) -> Result<Option<Window>, DetectError> {
        let end = self.text.len();
        let found = self.scan_to(end)?;
        self.cursor = end;
        Ok(Some(self.window(end, found)))
    }

    /// No end was found within the cap: the window ends there, and what goes on is reported until its end.
    fn cut(&mut self) -> Result<Window, DetectError> {
        let at = self.text.floor_char_boundary(self.done + HELD_BYTES);
        self.look_for_blocks(at);
        let mut found = self.scan_to(at)?;
        let held = self.text.get(self.done..at).unwrap_or_default();
        let from = if self.open {
            self.done + held.rfind(BLOCK).unwrap_or(0)
        } else {
            let stops = |c: char| c.is_whitespace();
            self.done
                + held
                    .rfind(stops)
                    .and_then(|i| held.get(i..)?.chars().next().map(|c| i + c.len_utf8()))
                    .unwrap_or(0)
        };
        self.goes_on = if self.open { GoesOn::Block } else { GoesOn::Run };
        found.retain(|f| f.start < from);
        found.iter_mut().for_each(|f| f.end = f.end.min(from));
        found.extend(self.going_on(from, at));
        self.cursor = self.cursor.max(at);
        Ok(self.window(at, found))
    }

    /// The finding that stands for what goes on.
    fn going_on(&self, start: usize, end: usize) -> Option<Finding> {
        let id = if self.goes_on == GoesOn::Block { PRIVATE_KEY } else { ENCODED_RUN };
        let kind = self.detector.kind(id).or_else(|| self.detector.kind(ENCODED_RUN))?;
        (start < end).then(|| Finding {
            start,
            end,
            kind: kind.id.clone(),
            category: kind.category,
            confidence: 0.9,
            detector: "scanner",
            why: "goes on for longer than is held".into(),
        })
    }

    /// The rest of what goes on, up to its end or the cap.
    fn rest_of_run(&mut self) -> Result<Option<Window>, DetectError> {
        let rest = self.text.get(self.done..).unwrap_or_default();
        let near = rest.get(..rest.floor_char_boundary(HELD_BYTES + LOOK_BYTES)).unwrap_or_default();
        let ended = self.run_end(near).filter(|e| *e <= HELD_BYTES);
        let end = match ended {
            Some(end) => self.done + end,
            None if rest.len() >= HELD_BYTES + LOOK_BYTES => {
                self.text.floor_char_boundary(self.done + HELD_BYTES)
            }
            None if self.finished => self.text.len(),
            None => return Ok(None),
        };
        let found = self.going_on(self.done, end).into_iter().collect::<Vec<_>>();
        if ended.is_some() {
            (self.goes_on, self.open) = (GoesOn::Nothing, false);
        }
        if end > self.done {
            return Ok(Some(self.window(end, found)));
        }
        if self.goes_on == GoesOn::Nothing { self.next_window() } else { Ok(None) }
    }

    /// Length of what goes on, once its end has arrived.
    fn run_end(&self, rest: &str) -> Option<usize> {
        if self.goes_on == GoesOn::Run {
            return rest.find(char::is_whitespace);
        }
        let end = rest.find(BLOCK_END)? + BLOCK_END.len();
        let line = rest.get(end..)?;
        let last = line.get(..line.floor_char_boundary(64))?;
        let close = last.find("-----").map(|c| c + 5).or_else(|| (line.len() > 64).then_some(0))?;
        Some(end + close)
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "offsets of the test's own texts")]
#[path = "scanner_tests.rs"]
mod tests;
