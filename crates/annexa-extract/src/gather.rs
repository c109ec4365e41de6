//! Where all readers write to: one account of the limits, and the way to the place that is being read.

use std::io::Read;

use crate::error::ExtractError;
use crate::limits::Limits;
use crate::part::{Extracted, Form, Part, Reason, Step, Uninspected};

/// Compressed content may expand to so much whatever its size: small files of one letter are no bombs.
const FREE_BYTES: usize = 1 << 20;

/// Collects parts within the limits.
pub(crate) struct Gather<'l> {
    limits: &'l Limits,
    bytes_in: usize,
    place: Vec<Step>,
    depth: usize,
    text: usize,
    expanded: usize,
    count: usize,
    latin1: bool,
    parts: Vec<Part>,
    uninspected: Vec<Uninspected>,
}

/// A part that is being written.
#[derive(Default)]
pub(crate) struct Draft {
    part: Part,
}

impl Draft {
    /// Whether nothing was written but blanks.
    pub(crate) fn is_blank(&self) -> bool {
        self.part.text.trim().is_empty()
    }

    /// Whether nothing was written since the last line's end.
    pub(crate) fn at_line_start(&self) -> bool {
        self.part.text.is_empty() || self.part.text.ends_with('\n')
    }
}

impl<'l> Gather<'l> {
    /// For a file of so many bytes.
    pub(crate) fn new(bytes: usize, limits: &'l Limits) -> Result<Self, ExtractError> {
        if bytes > limits.bytes_in {
            return Err(ExtractError::BytesIn { bytes, limit: limits.bytes_in });
        }
        Ok(Self {
            limits,
            bytes_in: bytes,
            place: Vec::new(),
            depth: 0,
            text: 0,
            expanded: 0,
            count: 0,
            latin1: false,
            parts: Vec::new(),
            uninspected: Vec::new(),
        })
    }

    pub(crate) fn finish(self, form: Form) -> Extracted {
        Extracted { form, latin1: self.latin1, parts: self.parts, uninspected: self.uninspected }
    }

    pub(crate) fn limits(&self) -> &Limits {
        self.limits
    }

    /// Says that text was no Unicode.
    pub(crate) fn read_as_latin1(&mut self) {
        self.latin1 = true;
    }

    /// Appends text to a draft.
    pub(crate) fn write(&mut self, draft: &mut Draft, text: &str) -> Result<(), ExtractError> {
        self.text = self.text.saturating_add(text.len());
        if self.text > self.limits.bytes_out {
            return Err(ExtractError::BytesOut { limit: self.limits.bytes_out });
        }
        draft.part.text.push_str(text);
        Ok(())
    }

    /// Says where in the file the next text of a draft stands.
    pub(crate) fn mark(&mut self, draft: &mut Draft, step: Step) -> Result<(), ExtractError> {
        self.count()?;
        draft.part.marks.push((draft.part.text.len(), step));
        Ok(())
    }

    /// Adds a part at the present place; a blank one is none.
    pub(crate) fn add(&mut self, draft: Draft) -> Result<(), ExtractError> {
        if !draft.is_blank() {
            self.count()?;
            self.parts.push(Part { place: self.place.clone(), ..draft.part });
        }
        Ok(())
    }

    /// Adds a part of one text.
    pub(crate) fn add_text(&mut self, text: &str) -> Result<(), ExtractError> {
        let mut draft = Draft::default();
        self.write(&mut draft, text)?;
        self.add(draft)
    }

    /// Says that what stands at the present place isn't read.
    pub(crate) fn opaque(&mut self, reason: Reason) {
        self.uninspected.push(Uninspected { place: self.place.clone(), reason });
    }

    /// Does something one step further.
    pub(crate) fn at<T>(
        &mut self,
        step: Step,
        inside: impl FnOnce(&mut Self) -> Result<T, ExtractError>,
    ) -> Result<T, ExtractError> {
        self.count()?;
        self.place.push(step);
        let done = inside(self);
        self.place.pop();
        done
    }

    /// Does something one level deeper.
    pub(crate) fn deeper<T>(
        &mut self,
        inside: impl FnOnce(&mut Self) -> Result<T, ExtractError>,
    ) -> Result<T, ExtractError> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(ExtractError::Depth { limit: self.limits.depth });
        }
        let done = inside(self);
        self.depth -= 1;
        done
    }

    /// Reads compressed content to its end; nothing when it is damaged.
    pub(crate) fn expand(&mut self, from: impl Read) -> Result<Option<Vec<u8>>, ExtractError> {
        let ratio = self.bytes_in.saturating_mul(self.limits.ratio).max(FREE_BYTES);
        let most = ratio.min(self.limits.bytes_out);
        let left = most.saturating_sub(self.expanded);
        let mut bytes = Vec::new();
        let done =
            from.take(u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes);
        self.expanded += bytes.len();
        if self.expanded > most {
            return Err(match ratio < self.limits.bytes_out {
                true => ExtractError::Ratio { limit: self.limits.ratio },
                false => ExtractError::BytesOut { limit: self.limits.bytes_out },
            });
        }
        Ok(done.is_ok().then_some(bytes))
    }

    fn count(&mut self) -> Result<(), ExtractError> {
        self.count += 1;
        if self.count > self.limits.parts {
            return Err(ExtractError::Parts { limit: self.limits.parts });
        }
        Ok(())
    }
}
