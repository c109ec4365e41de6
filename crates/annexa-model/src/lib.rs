//! A small encoder that reads natural language: tags of words, classes of passages, an injection score and an
//! embedding from one pass, with the same result on every processor.
//!
//! [`Model::load`] checks a container of weights; [`Model::read`] takes a text through these steps: `tokenize`
//! (word pieces with the way back to the text's bytes), `window` (pieces of at most 128 tokens that end at
//! sentences), `forward` (8-bit weights, 13-bit activations, exact integer sums, in a `kernel` chosen at run time)
//! and `decode` (labels to spans). No clock, no randomness, no input or output; what a window says depends on its
//! bytes and the model's [`Model::digest`] alone.

mod cache;
mod container;
mod decode;
mod encoder;
mod error;
mod forward;
mod header;
mod kernel;
mod model;
mod reader;
mod shards;
mod tokenize;
mod window;

pub use cache::Cache;
pub use decode::Span;
pub use error::ModelError;
pub use header::{CLASSES, EMBEDDING};
pub use kernel::Kernel;
pub use model::{Model, Reading, Scratch, WindowReading};
pub use reader::{Reader, Work};
pub use shards::join as join_shards;
pub use window::Window;
