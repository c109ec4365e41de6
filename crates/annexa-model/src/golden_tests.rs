//! The committed weights against what the training side computed from them: pieces, shapes, labels, classes, meaning.

use serde::Deserialize;

use super::*;
use crate::shards;

#[derive(Deserialize)]
struct Golden {
    text: String,
    ids: Vec<u32>,
    shapes: Vec<u8>,
    /// From the training side's emulation of the integer arithmetic.
    integers: Expected,
}

#[derive(Deserialize)]
struct Expected {
    tags: Vec<usize>,
    classes: Vec<f32>,
    embedding: Vec<f32>,
}

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("weights")
}

pub(crate) fn committed() -> Model {
    let file = |name: &str| std::fs::read(folder().join(name)).unwrap();
    let (manifest, vocab) = (file("manifest.json"), file("vocab.txt"));
    let names = std::fs::read_dir(folder()).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    let shards: Vec<_> = names.filter(|n| n.starts_with("weights.")).map(|n| (file(&n), n)).collect();
    let shards: Vec<_> = shards.iter().map(|(bytes, name)| (name.as_str(), bytes.as_slice())).collect();
    let container = shards::join(&manifest, &shards, &vocab).unwrap();
    Model::load(&container, std::str::from_utf8(&vocab).unwrap()).unwrap()
}

fn best(row: &[f32]) -> usize {
    (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap()
}

fn far(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn the_committed_weights_read_as_where_they_were_trained() {
    let model = committed();
    let golden = std::fs::read_to_string(folder().join("golden.jsonl")).unwrap();
    let (labels, stride) = (model.header.labels(), model.encoder.tags.stride());
    let mut seen = 0;
    for line in golden.lines() {
        let golden: Golden = serde_json::from_str(line).unwrap();
        let mut tokens = vec![Encoder::special(model.tokenizer.begin)];
        model.tokenizer.tokenize(&golden.text, &mut Word::default(), &mut tokens);
        tokens.push(Encoder::special(model.tokenizer.end));
        assert_eq!(tokens.iter().map(|t| t.id).collect::<Vec<_>>(), golden.ids, "{}", golden.text);
        assert_eq!(
            tokens.iter().map(|t| t.shape as u8).collect::<Vec<_>>(),
            golden.shapes,
            "{}",
            golden.text
        );
        for kernel in [Kernel::best(), Kernel::scalar()] {
            let mut buffers = Buffers::default();
            model.encoder.forward(&tokens, kernel, &mut buffers);
            let rows = buffers.tags.chunks_exact(stride).take(tokens.len());
            let tags: Vec<usize> = rows.map(|row| best(&row[..labels])).collect();
            assert_eq!(tags, golden.integers.tags, "{}", golden.text);
            assert!(far(&buffers.class_logits(), &golden.integers.classes) < 2e-3, "{}", golden.text);
            assert!(far(&buffers.embedding(), &golden.integers.embedding) < 2e-3, "{}", golden.text);
        }
        seen += tokens.len();
    }
    assert!(seen > 300, "{seen}");
}
