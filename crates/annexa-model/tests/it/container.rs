//! Damaged containers: each is an error that says what is wrong, and none a panic.

use annexa_model::{Model, ModelError, Scratch, join_shards};
use serde_json::{Value, json};

use crate::random::{Dimensions, SMALL, Writer, vocab};

fn writer() -> Writer {
    Writer::new(Dimensions { layers: 1, ..SMALL }, vocab().lines().count(), 1)
}

fn load(bytes: &[u8]) -> Result<Model, ModelError> {
    Model::load(bytes, &vocab())
}

/// The end of the header and of the data.
fn ends(bytes: &[u8]) -> (usize, usize) {
    let length = u32::from_le_bytes(bytes[8..12].try_into().unwrap());
    (12 + length as usize, bytes.len())
}

#[test]
fn a_sound_container_loads() {
    let model = load(&writer().bytes()).unwrap();
    assert_eq!(model.tags(), ["TAG0", "TAG1", "TAG2"]);
    assert_eq!((model.classes()[0].as_str(), model.classes().len()), ("health", 7));
    assert_eq!((model.languages(), model.trained()), (&["en".to_owned()][..], "2026-01-01"));
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = writer().bytes();
    let (header, end) = ends(&bytes);
    for length in (0..header + 64).chain((header..end).step_by(61)).chain([end - 1]) {
        assert!(load(&bytes[..length]).is_err(), "{length} of {end} bytes");
    }
}

/// A flip in a label or in a figure of the calibration is another sound model; what else there is, is refused.
#[test]
fn every_flipped_bit_of_the_header_is_an_error_or_another_model() {
    let mut bytes = writer().bytes();
    let digest = *load(&bytes).unwrap().digest();
    let (header, _) = ends(&bytes);
    let mut refused = 0;
    for bit in 0..header * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        match load(&bytes) {
            Err(_) => refused += 1,
            Ok(other) => {
                assert_ne!(*other.digest(), digest, "bit {bit}");
                let _ = other.read("Anna was in Paris", &mut Scratch::default());
            }
        }
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(refused > header * 8 * 8 / 10, "{refused} of {}", header * 8);
}

#[test]
fn every_flipped_bit_before_the_header_is_an_error() {
    let mut bytes = writer().bytes();
    for bit in 0..12 * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(load(&bytes).is_err(), "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn every_flipped_bit_of_a_shard_is_refused_by_its_manifest() {
    let (shard, manifest) = (b"weights".to_vec(), manifest());
    assert_eq!(join_shards(&manifest, &[("weights.00", &shard)], b"v").unwrap(), shard);
    for bit in 0..shard.len() * 8 {
        let mut flipped = shard.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(join_shards(&manifest, &[("weights.00", &flipped)], b"v").is_err());
    }
}

/// The digests of `weights` and of `v`.
fn manifest() -> Vec<u8> {
    let weights = "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c";
    let shard = json!({"file": "weights.00", "sha256": weights});
    json!({"container": weights, "vocab": "4c94485e0c21ae6c41ce1dfe7b6bfaceea5ab68e40a2476f50208e526f506080", "shards": [shard]}).to_string().into_bytes()
}

/// The error after the header was changed.
fn error(change: impl Fn(&mut Value)) -> String {
    let mut writer = writer();
    change(&mut writer.header);
    load(&writer.bytes()).unwrap_err().to_string()
}

#[test]
fn figures_out_of_bounds_are_named() {
    let set = |field: &'static str, value: Value| error(move |header| header[field] = value.clone());
    for (field, value) in [
        ("format", json!(2)),
        ("layers", json!(0)),
        ("hidden", json!(1u64 << 40)),
        ("heads", json!(0)),
        ("ffn", json!(8000)),
        ("ffn", json!(65)),
        ("positions", json!(127)),
        ("vocab", json!(1)),
        ("tags", json!([])),
        ("classes", json!(["health"])),
        ("embedding", json!(64)),
        ("temperature", json!({"tags": 0.0, "classes": [1, 1, 1, 1, 1, 1, 1]})),
        ("temperature", json!({"tags": 1.0, "classes": [1, 1, 1, 1, 1, 1, 1e9]})),
        ("temperature", json!({"tags": 1.0, "classes": [1]})),
        ("thresholds", json!({"TAG0": 1.5})),
        ("thresholds", json!({"OTHER": 0.5})),
    ] {
        assert!(set(field, value.clone()).contains(&format!("`{field}`")), "{field} {value}");
    }
    assert!(set("heads", json!(3)).contains("heads"));
    assert!(set("hidden", json!(48)).contains("hidden"));
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    let entry =
        |field: &'static str, value: Value| error(move |header| header["tensors"][2][field] = value.clone());
    assert!(entry("offset", json!(64u64 << 40)).contains("past the end"));
    assert!(entry("offset", json!(u64::MAX - 63)).contains("past the end"));
    assert!(entry("offset", json!(1)).contains("no multiple of 64"));
    assert!(entry("offset", json!(0)).contains("overlaps"));
    assert!(entry("bytes", json!(4)).contains("not what its shape"));
    assert!(entry("shape", json!([u64::MAX, 2])).contains("not what its shape"));
    assert!(entry("shape", json!([64, 64])).contains("is needed"));
    assert!(entry("dtype", json!("f16")).contains("header"));
    assert!(entry("name", json!("word")).contains("listed twice"));
    assert!(entry("name", json!("other")).contains("`position` is missing"));
}

#[test]
fn a_tensor_that_nobody_needs_is_named() {
    let mut writer = writer();
    writer.tensor("extra", "f32", &[1], &[0; 4]);
    assert!(load(&writer.bytes()).unwrap_err().to_string().contains("`extra` is no part"));
}

#[test]
fn impossible_numbers_are_refused() {
    let writer = writer();
    let place = |name: &str| {
        let entries = writer.header["tensors"].as_array().unwrap();
        let offset = entries.iter().find(|entry| entry["name"] == name).unwrap()["offset"].as_u64().unwrap();
        offset as usize + 4
    };
    let with = |name: &str, number: f32| {
        let mut bytes = writer.bytes();
        let at = ends(&bytes).0.next_multiple_of(64) + place(name);
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        load(&bytes).map(drop).map_err(|error| error.to_string())
    };
    for number in [f32::NAN, f32::INFINITY, -f32::INFINITY, 2e4] {
        assert!(with("0.ln1.g", number).unwrap_err().contains("impossible number at place 1"), "{number}");
    }
    assert!(with("0.up.scale", -1e-3).unwrap_err().contains("negative scale at place 1"));
    assert_eq!(with("0.up.bias", -1e-3), Ok(()));
}

#[test]
fn a_vocabulary_of_another_size_is_refused() {
    let error = Model::load(&writer().bytes(), &(vocab() + "more\n")).unwrap_err();
    assert!(error.to_string().contains("vocabulary"), "{error}");
}
