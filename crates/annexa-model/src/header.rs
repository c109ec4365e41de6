//! The container's header: dimensions, labels, calibration and the list of tensors.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::ModelError;
use crate::kernel::PANEL;

/// Window classes; the injection score follows them in the same head.
pub const CLASSES: usize = 7;

/// Numbers of an embedding.
pub const EMBEDDING: usize = 128;

/// Most tokens of a window, with the two at its ends.
pub(crate) const WINDOW: usize = 128;

/// The header of a container.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Header {
    pub format: u32,
    pub layers: usize,
    pub hidden: usize,
    pub heads: usize,
    pub ffn: usize,
    pub positions: usize,
    pub vocab: usize,
    pub tags: Vec<String>,
    pub classes: Vec<String>,
    pub embedding: usize,
    pub temperature: Temperature,
    #[serde(default)]
    pub thresholds: BTreeMap<String, f32>,
    #[serde(default)]
    pub languages: Vec<String>,
    #[serde(default)]
    pub trained: String,
    pub tensors: Vec<Entry>,
}

/// What logits are divided by, so that scores are probabilities.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Temperature {
    pub tags: f32,
    pub classes: Vec<f32>,
}

/// Where a tensor lies.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Entry {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    pub offset: usize,
    pub bytes: usize,
}

/// The type of a tensor's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Dtype {
    I8,
    F32,
}

impl Dtype {
    pub(crate) fn size(self) -> usize {
        match self {
            Dtype::I8 => 1,
            Dtype::F32 => 4,
        }
    }
}

impl Header {
    pub(crate) fn parse(json: &[u8]) -> Result<Header, ModelError> {
        let header: Header = serde_json::from_slice(json).map_err(ModelError::Header)?;
        header.check()?;
        Ok(header)
    }

    /// Outputs of the head that tags words: `O`, and begin and inside of each tag.
    pub(crate) fn labels(&self) -> usize {
        2 * self.tags.len() + 1
    }

    fn check(&self) -> Result<(), ModelError> {
        within("format", self.format as usize, 1, 1)?;
        within("layers", self.layers, 1, 24)?;
        within("hidden", self.hidden, PANEL, 1024)?;
        within("heads", self.heads, 1, self.hidden / PANEL)?;
        within("ffn", self.ffn, PANEL, crate::kernel::MOST_INPUTS)?;
        within("positions", self.positions, WINDOW, 4096)?;
        within("vocab", self.vocab, 4, 1 << 20)?;
        within("tags", self.tags.len(), 1, 1000)?;
        within("classes", self.classes.len(), CLASSES, CLASSES)?;
        within("embedding", self.embedding, EMBEDDING, EMBEDDING)?;
        within("temperature", self.temperature.classes.len(), CLASSES, CLASSES + 1)?;
        self.check_multiples()?;
        self.check_calibration()
    }

    fn check_multiples(&self) -> Result<(), ModelError> {
        let multiple = |field, value: usize, of: usize| match value.is_multiple_of(of) {
            true => Ok(()),
            false => Err(ModelError::Field { field, what: format!("is {value}, no multiple of {of}") }),
        };
        multiple("ffn", self.ffn, PANEL)?;
        multiple("hidden", self.hidden, self.heads)?;
        multiple("hidden", self.hidden / self.heads, PANEL)
    }

    fn check_calibration(&self) -> Result<(), ModelError> {
        let mut temperatures = self.temperature.classes.iter().chain([&self.temperature.tags]);
        if let Some(value) = temperatures.find(|value| !(0.001..=1000.0).contains(*value)) {
            let what = format!("holds {value}, which is not between 0.001 and 1000");
            return Err(ModelError::Field { field: "temperature", what });
        }
        for (tag, value) in &self.thresholds {
            if !(0.0..=1.0).contains(value) || !self.tags.contains(tag) {
                let what = format!("gives {value} for `{tag}`: no probability, or no tag of this model");
                return Err(ModelError::Field { field: "thresholds", what });
            }
        }
        Ok(())
    }
}

fn within(field: &'static str, value: usize, least: usize, most: usize) -> Result<(), ModelError> {
    match (least..=most).contains(&value) {
        true => Ok(()),
        false => Err(ModelError::Field { field, what: format!("is {value}, not within {least} to {most}") }),
    }
}
