//! The forward pass: the tokens of one window to logits.
//!
//! The buffers belong to the caller and keep their size, so a window allocates nothing once they have grown.

use crate::encoder::{Encoder, Layer};
use crate::header::{CLASSES, EMBEDDING};
use crate::kernel::{Attention, Kernel, Linear, Quantised};
use crate::tokenize::{Shape, Token};

/// Room for a window.
#[derive(Default)]
pub(crate) struct Buffers {
    x: Vec<f32>,
    y: Vec<f32>,
    projected: Vec<f32>,
    context: Vec<f32>,
    feed: Vec<f32>,
    pooled: Vec<f32>,
    quantised: Quantised,
    attention: Attention,
    /// Logits of the labels, one row of [`Encoder::tags`]' stride for each token.
    pub(crate) tags: Vec<f32>,
    /// Logits of the window's classes and of injection.
    pub(crate) classes: Vec<f32>,
    embed: Vec<f32>,
}

impl Buffers {
    /// The embedding of the window, of length one.
    pub(crate) fn embedding(&self) -> [f32; EMBEDDING] {
        let mut out = [0.0; EMBEDDING];
        let square: f32 = self.embed.iter().take(EMBEDDING).map(|x| x * x).sum();
        let length = if square > 0.0 { square.sqrt() } else { 1.0 };
        out.iter_mut().zip(&self.embed).for_each(|(to, x)| *to = *x / length);
        out
    }

    /// The logits of classes and injection.
    pub(crate) fn class_logits(&self) -> [f32; CLASSES + 1] {
        let mut out = [0.0; CLASSES + 1];
        out.iter_mut().zip(&self.classes).for_each(|(to, x)| *to = *x);
        out
    }
}

impl Encoder {
    /// Reads `tokens`, which begin and end with the special ones, into `buffers`.
    pub(crate) fn forward(&self, tokens: &[Token], kernel: Kernel, buffers: &mut Buffers) {
        let rows = tokens.len();
        buffers.attention.reshape(rows, self.hidden / self.heads, self.heads);
        buffers.x.resize(rows * self.hidden, 0.0);
        self.embed(tokens, &mut buffers.x);
        kernel.normalise(&mut buffers.x, None, &self.norm);
        for layer in &self.layers {
            self.layer(layer, rows, kernel, buffers);
        }
        self.pool(rows, buffers);
        let Buffers { x, pooled, quantised, tags, classes, embed, .. } = buffers;
        run(&self.tags, kernel, x, rows, quantised, tags);
        run(&self.classes, kernel, pooled, 1, quantised, classes);
        run(&self.embed, kernel, pooled, 1, quantised, embed);
    }

    fn embed(&self, tokens: &[Token], x: &mut [f32]) {
        let rows = x.chunks_exact_mut(self.hidden).zip(tokens).zip(self.positions.chunks_exact(self.hidden));
        for ((x, token), position) in rows {
            let id = token.id as usize;
            let word = self.words.get(id * self.hidden..).unwrap_or_default();
            let scale = self.word_scales.get(id).copied().unwrap_or(0.0);
            let shape = self.shapes.get(token.shape as usize * self.hidden..).unwrap_or_default();
            for (((x, word), position), shape) in x.iter_mut().zip(word).zip(position).zip(shape) {
                *x = f32::from(*word) * scale + position + shape;
            }
        }
    }

    fn layer(&self, layer: &Layer, rows: usize, kernel: Kernel, buffers: &mut Buffers) {
        let Buffers { x, y, projected, context, feed, quantised, attention, .. } = buffers;
        run(&layer.project, kernel, x, rows, quantised, projected);
        context.resize(rows * self.hidden, 0.0);
        kernel.attend(attention, projected, context);
        run(&layer.output, kernel, context, rows, quantised, y);
        kernel.normalise(y, Some(x), &layer.after_attention);
        run(&layer.up, kernel, y, rows, quantised, feed);
        kernel.gelu(feed);
        run(&layer.down, kernel, feed, rows, quantised, x);
        kernel.normalise(x, Some(y), &layer.after_feed);
    }

    /// The mean of all rows.
    fn pool(&self, rows: usize, buffers: &mut Buffers) {
        let Buffers { x, pooled, .. } = buffers;
        pooled.clear();
        pooled.resize(self.hidden, 0.0);
        for row in x.chunks_exact(self.hidden) {
            pooled.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        pooled.iter_mut().for_each(|sum| *sum /= rows as f32);
    }

    /// The special token `id`, which is at no place.
    pub(crate) fn special(id: u32) -> Token {
        Token { id, start: 0, end: 0, first: false, shape: Shape::Special }
    }
}

fn run(
    linear: &Linear,
    kernel: Kernel,
    x: &[f32],
    rows: usize,
    quantised: &mut Quantised,
    out: &mut Vec<f32>,
) {
    out.resize(rows * linear.stride(), 0.0);
    let width = x.len() / rows.max(1);
    kernel.quantise(x, width, quantised);
    kernel.multiply(x, quantised, linear, out);
}
