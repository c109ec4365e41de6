//! Containers of random weights, for tests and benchmarks.

use serde_json::{Value, json};

/// Dimensions of a model.
#[derive(Clone, Copy)]
pub(crate) struct Dimensions {
    pub(crate) layers: usize,
    pub(crate) hidden: usize,
    pub(crate) heads: usize,
    pub(crate) ffn: usize,
    pub(crate) tags: usize,
}

/// As small as a model may be and still have all parts.
pub(crate) const SMALL: Dimensions = Dimensions { layers: 2, hidden: 32, heads: 2, ffn: 64, tags: 3 };

/// Numbers without a pattern, the same from each seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From -1 to 1.
    pub(crate) fn signed(&mut self) -> f32 {
        (self.next() % 20_001) as f32 / 10_000.0 - 1.0
    }
}

/// Pieces enough for any text of a few letters, and some words.
pub(crate) fn vocab() -> String {
    let mut pieces: Vec<String> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(String::from).into();
    let single: Vec<char> = ('a'..='z').chain('0'..='9').chain("ßøł.,:;-@/!?'\"()#&%+_山".chars()).collect();
    pieces.extend(single.iter().map(char::to_string));
    pieces.extend(single.iter().map(|c| format!("##{c}")));
    let words =
        ["the", "and", "of", "in", "was", "an", "anna", "berg", "muller", "paris", "##er", "##ing", "##anna"];
    pieces.extend(words.map(String::from));
    pieces.join("\n") + "\n"
}

/// A container being written.
pub(crate) struct Writer {
    pub(crate) header: Value,
    data: Vec<u8>,
    dice: Dice,
}

impl Writer {
    pub(crate) fn new(of: Dimensions, vocab: usize, seed: u64) -> Writer {
        let tags: Vec<String> = (0..of.tags).map(|at| format!("TAG{at}")).collect();
        let header = json!({
            "format": 1, "layers": of.layers, "hidden": of.hidden, "heads": of.heads, "ffn": of.ffn,
            "positions": 128, "vocab": vocab, "tags": tags,
            "classes": ["health", "financial_account", "inside_information", "legal_privilege", "source_code",
                "human_resources", "security_sensitive"],
            "embedding": 128, "temperature": { "tags": 0.8, "classes": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0] },
            "thresholds": {}, "languages": ["en"], "trained": "2026-01-01", "tensors": [],
        });
        let mut writer = Writer { header, data: Vec::new(), dice: Dice::new(seed) };
        writer.tensors(of, vocab);
        writer
    }

    /// Its bytes, with the header as it now is.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let header = self.header.to_string();
        let mut bytes = b"ANXMODL1".to_vec();
        bytes.extend((header.len() as u32).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(64), 0);
        bytes.extend(&self.data);
        bytes
    }

    /// Adds a tensor.
    pub(crate) fn tensor(&mut self, name: &str, dtype: &str, shape: &[usize], bytes: &[u8]) {
        self.data.resize(self.data.len().next_multiple_of(64), 0);
        let entry = json!({"name": name, "dtype": dtype, "shape": shape, "offset": self.data.len(), "bytes": bytes.len()});
        self.header["tensors"].as_array_mut().unwrap().push(entry);
        self.data.extend(bytes);
    }

    fn tensors(&mut self, of: Dimensions, vocab: usize) {
        self.integers("word", &[vocab, of.hidden], 0.05);
        self.floats("position", &[128, of.hidden], 0.0, 1.0);
        self.floats("shape", &[4, of.hidden], 0.0, 1.0);
        self.norm("embed.ln", of.hidden);
        for layer in 0..of.layers {
            for part in ["q", "k", "v", "o"] {
                self.linear(&format!("{layer}.{part}"), of.hidden, of.hidden);
            }
            self.norm(&format!("{layer}.ln1"), of.hidden);
            self.linear(&format!("{layer}.up"), of.ffn, of.hidden);
            self.linear(&format!("{layer}.down"), of.hidden, of.ffn);
            self.norm(&format!("{layer}.ln2"), of.hidden);
        }
        self.linear("tags", 2 * of.tags + 1, of.hidden);
        self.linear("classes", 8, of.hidden);
        self.linear("embed", 128, of.hidden);
    }

    fn linear(&mut self, name: &str, outputs: usize, inputs: usize) {
        self.integers(name, &[outputs, inputs], 2.0 / 127.0 / (inputs as f32).sqrt());
        self.floats(&format!("{name}.bias"), &[outputs], 0.0, 0.2);
    }

    fn norm(&mut self, name: &str, width: usize) {
        self.floats(&format!("{name}.g"), &[width], 1.0, 0.2);
        self.floats(&format!("{name}.b"), &[width], 0.0, 0.2);
    }

    fn integers(&mut self, name: &str, shape: &[usize], scale: f32) {
        let bytes: Vec<u8> =
            (0..shape[0] * shape[1]).map(|_| (self.dice.signed() * 127.0) as i8 as u8).collect();
        self.tensor(name, "i8", shape, &bytes);
        self.floats(&format!("{name}.scale"), &shape[..1], scale, scale / 4.0);
    }

    fn floats(&mut self, name: &str, shape: &[usize], middle: f32, spread: f32) {
        let count = shape.iter().product();
        let bytes: Vec<u8> =
            (0..count).flat_map(|_: usize| (middle + spread * self.dice.signed()).to_le_bytes()).collect();
        self.tensor(name, "f32", shape, &bytes);
    }
}
