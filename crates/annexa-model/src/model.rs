//! A loaded model, and what it reads out of a text.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::container::Container;
use crate::decode::{self, Span, Thresholds};
use crate::encoder::Encoder;
use crate::error::ModelError;
use crate::forward::Buffers;
use crate::header::{CLASSES, EMBEDDING, Header};
use crate::kernel::{Kernel, sigmoid};
use crate::tokenize::{Token, Tokenizer, Word};
use crate::window::{self, Window};

/// Changes whenever the same weights may read a text in another way.
const VERSION: &[u8] = b"annexa-model 1";

/// An encoder with its vocabulary, calibration and heads.
pub struct Model {
    header: Header,
    encoder: Encoder,
    tokenizer: Tokenizer,
    thresholds: Thresholds,
    kernel: Kernel,
    digest: [u8; 32],
}

/// Room that is used again from text to text; one for each thread that reads.
#[derive(Default)]
pub struct Scratch {
    buffers: Buffers,
    word: Word,
    tokens: Vec<Token>,
    in_window: Vec<Token>,
    windows: Vec<Window>,
}

/// What a text says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// What was found, in order, none over another.
    pub spans: Vec<Span>,
    /// What each window is about.
    pub windows: Vec<WindowReading>,
}

/// What a window is about.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowReading {
    /// The bytes that it read.
    pub range: Range<usize>,
    /// The bytes that it decided about.
    pub fresh: Range<usize>,
    /// Probabilities in the order of [`Model::classes`].
    pub classes: [f32; CLASSES],
    /// Probability that it tries to give a model orders.
    pub injection: f32,
    /// Direction of its meaning, of length one.
    pub embedding: [f32; EMBEDDING],
}

impl Model {
    /// A model out of a container and its vocabulary, with the fastest kernel of this processor.
    ///
    /// # Errors
    ///
    /// When the container or the vocabulary is damaged or they do not belong together.
    pub fn load(container: &[u8], vocab: &str) -> Result<Model, ModelError> {
        let (encoder, header) = Encoder::take(Container::parse(container)?)?;
        let tokenizer = Tokenizer::new(vocab, header.vocab)?;
        let thresholds = Thresholds(header.tags.iter().map(|t| header.thresholds.get(t).copied()).collect());
        let digest = digest(container, vocab);
        Ok(Model { header, encoder, tokenizer, thresholds, kernel: Kernel::best(), digest })
    }

    /// The same model over another kernel.
    #[must_use]
    pub fn with_kernel(self, kernel: Kernel) -> Model {
        Model { kernel, ..self }
    }

    /// SHA-256 over weights, vocabulary and the version of the arithmetic: what a reading depends on beside the text.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Names of the tags that spans have.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.header.tags
    }

    /// Names of the window classes.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.header.classes
    }

    /// Languages that the model was validated in, as two letters each.
    #[must_use]
    pub fn languages(&self) -> &[String] {
        &self.header.languages
    }

    /// The day it was trained.
    #[must_use]
    pub fn trained(&self) -> &str {
        &self.header.trained
    }

    /// Reads a whole text.
    #[must_use]
    pub fn read(&self, text: &str, scratch: &mut Scratch) -> Reading {
        let windows = self.windows(text, scratch);
        self.read_windows(text, &windows, scratch)
    }

    /// Reads what ends after the byte `from`; the text before it is seen, text after the end is not waited for.
    #[must_use]
    pub fn read_from(&self, text: &str, from: usize, scratch: &mut Scratch) -> Reading {
        let windows = self.windows_from(text, from, scratch);
        self.read_windows(text, &windows, scratch)
    }

    /// The windows in which [`Model::read`] reads a text.
    #[must_use]
    pub fn windows(&self, text: &str, scratch: &mut Scratch) -> Vec<Window> {
        self.cut(text, 0, window::WHOLE, scratch)
    }

    /// The windows in which [`Model::read_from`] reads a text.
    #[must_use]
    pub fn windows_from(&self, text: &str, from: usize, scratch: &mut Scratch) -> Vec<Window> {
        self.cut(text, from, window::ARRIVING, scratch)
    }

    /// Reads one window. What it gives depends only on the bytes in the window's range, on where in them the fresh
    /// part lies, and on the model: so it may be kept and moved to where the same bytes stand again.
    #[must_use]
    pub fn read_window(
        &self,
        text: &str,
        window: &Window,
        scratch: &mut Scratch,
    ) -> (Vec<Span>, WindowReading) {
        let Scratch { buffers, word, in_window: tokens, .. } = scratch;
        let offset = window.range.start;
        let fresh = window.fresh.start.saturating_sub(offset)..window.fresh.end.saturating_sub(offset);
        tokens.clear();
        tokens.push(Encoder::special(self.tokenizer.begin));
        self.tokenizer.tokenize(text.get(window.range.clone()).unwrap_or_default(), word, tokens);
        // A window of ours always fits; one that a caller made is cut, since positions end here.
        tokens.truncate(self.header.positions - 1);
        tokens.push(Encoder::special(self.tokenizer.end));
        self.encoder.forward(tokens, self.kernel, buffers);
        let mut spans = self.decode(tokens, &fresh, buffers);
        spans.iter_mut().for_each(|span| span.shift(offset));
        (spans, self.window_reading(window, buffers))
    }

    /// The spans of consecutive windows, which are given in order, as spans of the text.
    #[must_use]
    pub fn join(windows: impl IntoIterator<Item = (Vec<Span>, WindowReading)>) -> Reading {
        let mut reading = Reading::default();
        for (spans, window) in windows {
            let border = reading.windows.last().map_or(0, |before: &WindowReading| before.fresh.end);
            for span in spans {
                let joined = reading.spans.last_mut().is_some_and(|last| last.join(&span, border));
                if !joined {
                    reading.spans.push(span);
                }
            }
            reading.windows.push(window);
        }
        reading
    }

    fn cut(&self, text: &str, from: usize, sight: window::Sight, scratch: &mut Scratch) -> Vec<Window> {
        let Scratch { word, tokens, windows, .. } = scratch;
        tokens.clear();
        windows.clear();
        self.tokenizer.tokenize(text, word, tokens);
        window::cut(text, tokens, from, sight, windows);
        std::mem::take(windows)
    }

    fn read_windows(&self, text: &str, windows: &[Window], scratch: &mut Scratch) -> Reading {
        Model::join(windows.iter().map(|window| self.read_window(text, window, scratch)))
    }

    fn decode(&self, tokens: &[Token], fresh: &Range<usize>, buffers: &mut Buffers) -> Vec<Span> {
        let stride = self.encoder.tags.stride();
        for (row, token) in buffers.tags.chunks_exact_mut(stride).zip(tokens) {
            if token.first {
                self.to_probabilities(row);
            }
        }
        let mut spans = Vec::new();
        let labels = self.header.labels();
        let row = |at: usize| buffers.tags.get(at * stride..at * stride + labels).unwrap_or_default();
        decode::spans(tokens, fresh, &self.thresholds, row, &mut spans);
        spans
    }

    fn to_probabilities(&self, row: &mut [f32]) {
        row.get_mut(self.header.labels()..).unwrap_or_default().fill(f32::MIN);
        let sum = self.kernel.soften(row, 1.0 / self.header.temperature.tags);
        row.iter_mut().for_each(|x| *x /= sum);
    }

    fn window_reading(&self, window: &Window, buffers: &Buffers) -> WindowReading {
        let mut logits = buffers.class_logits();
        for (logit, temperature) in logits.iter_mut().zip(&self.header.temperature.classes) {
            *logit /= temperature;
        }
        let [a, b, c, d, e, f, g, injection] = logits.map(sigmoid);
        WindowReading {
            range: window.range.clone(),
            fresh: window.fresh.clone(),
            classes: [a, b, c, d, e, f, g],
            injection,
            embedding: buffers.embedding(),
        }
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("trained", &self.header.trained).finish_non_exhaustive()
    }
}

fn digest(container: &[u8], vocab: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(VERSION);
    hash.update((container.len() as u64).to_le_bytes());
    hash.update(container);
    hash.update(vocab);
    hash.finalize().into()
}

#[cfg(test)]
#[path = "golden_tests.rs"]
pub(crate) mod golden_tests;
