//! The weights in the layout of the forward pass, taken out of a container.

use crate::container::Container;
use crate::error::ModelError;
use crate::header::{CLASSES, EMBEDDING, Header};
use crate::kernel::{Linear, Norm};

/// What is added to a variance, as BERT has it.
const EPSILON: f32 = 1e-12;

/// Rows of the table of shapes.
const SHAPES: usize = 4;

/// All weights.
pub(crate) struct Encoder {
    pub(crate) hidden: usize,
    pub(crate) heads: usize,
    pub(crate) words: Vec<i8>,
    pub(crate) word_scales: Vec<f32>,
    pub(crate) positions: Vec<f32>,
    pub(crate) shapes: Vec<f32>,
    pub(crate) norm: Norm,
    pub(crate) layers: Vec<Layer>,
    pub(crate) tags: Linear,
    pub(crate) classes: Linear,
    pub(crate) embed: Linear,
}

/// The weights of a layer.
pub(crate) struct Layer {
    /// Query, key and value beside each other.
    pub(crate) project: Linear,
    pub(crate) output: Linear,
    pub(crate) after_attention: Norm,
    pub(crate) up: Linear,
    pub(crate) down: Linear,
    pub(crate) after_feed: Norm,
}

impl Encoder {
    /// The weights of a container, and its header.
    pub(crate) fn take(mut from: Container<'_>) -> Result<(Encoder, Header), ModelError> {
        let header = from.header.clone();
        let hidden = header.hidden;
        let encoder = Encoder {
            hidden,
            heads: header.heads,
            words: from.integers("word", &[header.vocab, hidden])?,
            word_scales: from.scales("word.scale", header.vocab)?,
            positions: from.floats("position", &[header.positions, hidden])?,
            shapes: from.floats("shape", &[SHAPES, hidden])?,
            norm: norm(&mut from, "embed.ln", hidden)?,
            layers: (0..header.layers).map(|at| layer(&mut from, at)).collect::<Result<_, _>>()?,
            tags: linear(&mut from, "tags", header.labels(), hidden)?,
            classes: linear(&mut from, "classes", CLASSES + 1, hidden)?,
            embed: linear(&mut from, "embed", EMBEDDING, hidden)?,
        };
        from.finish()?;
        Ok((encoder, header))
    }
}

fn layer(from: &mut Container<'_>, at: usize) -> Result<Layer, ModelError> {
    let (hidden, ffn) = (from.header.hidden, from.header.ffn);
    let parts = ["q", "k", "v"].map(|part| linear(from, &format!("{at}.{part}"), hidden, hidden));
    let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
    let project = Linear::beside(parts).ok_or_else(|| ModelError::container("a layer has no attention"))?;
    Ok(Layer {
        project,
        output: linear(from, &format!("{at}.o"), hidden, hidden)?,
        after_attention: norm(from, &format!("{at}.ln1"), hidden)?,
        up: linear(from, &format!("{at}.up"), ffn, hidden)?,
        down: linear(from, &format!("{at}.down"), hidden, ffn)?,
        after_feed: norm(from, &format!("{at}.ln2"), hidden)?,
    })
}

fn linear(from: &mut Container<'_>, name: &str, outputs: usize, inputs: usize) -> Result<Linear, ModelError> {
    let weights = from.integers(name, &[outputs, inputs])?;
    let scale = from.scales(&format!("{name}.scale"), outputs)?;
    let bias = from.floats(&format!("{name}.bias"), &[outputs])?;
    Ok(Linear::new(inputs, &weights, &scale, &bias))
}

fn norm(from: &mut Container<'_>, name: &str, width: usize) -> Result<Norm, ModelError> {
    let gain = from.floats(&format!("{name}.g"), &[width])?;
    let bias = from.floats(&format!("{name}.b"), &[width])?;
    Ok(Norm { gain, bias, epsilon: EPSILON })
}
