//! Proof files: their form, and that only the right leaf fits.

use proptest::prelude::*;

use super::*;
use crate::{SigningKey, Tree};

#[test]
fn the_form_is_that_of_the_specification() {
    let text = proof(2, 1).to_string();
    let lines: Vec<_> = text.split('\n').collect();
    assert_eq!(lines[0], "c2sp.org/tlog-proof@v1");
    assert_eq!(lines[1], "extra bGVhZiAx");
    assert_eq!(lines[2], "index 1");
    assert_eq!(lines[3], hash_leaf(b"leaf 0").to_string());
    assert_eq!((lines[4], lines[5], lines[6]), ("", "log.example", "2"));
}

#[test]
fn a_log_of_one_leaf_has_a_proof_without_hashes() {
    let text = proof(1, 0).to_string();
    let read: Proof = text.parse().unwrap();
    assert!(read.hashes.is_empty());
    assert_eq!(read.verify(b"leaf 0", key().verifying()).unwrap().size, 1);
}

//= iso27001-2022:A.5.33
#[test]
fn only_the_right_leaf_at_the_right_index_is_proven() {
    let mut proof = proof(700, 300);
    assert!(proof.verify(b"leaf 300", key().verifying()).is_ok());
    assert_eq!(proof.verify(b"leaf 301", key().verifying()), Err(ProofError::Broken));
    proof.index = 301;
    assert_eq!(proof.verify(b"leaf 300", key().verifying()), Err(ProofError::Broken));
}

proptest! {
    #[test]
    fn proofs_read_back(size in 1..600_u64, index: prop::sample::Index, extra: Option<Vec<u8>>) {
        let index = index.index(usize::try_from(size).unwrap()) as u64;
        let proof = Proof { extra, ..proof(size, index) };
        prop_assert_eq!(proof.to_string().parse::<Proof>().unwrap(), proof);
    }

    #[test]
    fn any_flipped_byte_outside_the_extra_data_is_refused(at: prop::sample::Index, flip in 1..=255_u8) {
        let proof = Proof { extra: None, ..proof(300, 77) };
        let mut bytes = proof.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let verified = std::str::from_utf8(&bytes).is_ok_and(|text| {
            text.parse::<Proof>().is_ok_and(|p| p.verify(b"leaf 77", key().verifying()).is_ok())
        });
        prop_assert!(!verified);
    }

    #[test]
    fn arbitrary_text_never_panics(extra in "(extra [A-Za-z0-9=]{0,9}\n)?", index in "(index [0-9]{0,21}\n)?", rest in "(?s).{0,100}") {
        let _ = format!("{HEAD}\n{extra}{index}{rest}").parse::<Proof>();
        let _ = rest.parse::<Proof>();
    }
}

fn proof(size: u64, index: u64) -> Proof {
    let leaf = |seq: u64| format!("leaf {seq}").into_bytes();
    let mut tree = Tree::new();
    let mut full = std::collections::BTreeMap::new();
    for seq in 0..size {
        full.extend(tree.append(&leaf(seq)).into_iter().map(|f| (f.tile, f.bytes)));
    }
    full.extend(tree.partial_tiles());
    let mut source = |tile: crate::Tile| full.get(&tile).cloned().ok_or(std::io::ErrorKind::NotFound.into());
    let hashes = crate::prove_inclusion(size, index, &mut source).unwrap();
    let checkpoint = Checkpoint::new("log.example", size, tree.root()).sign(&key()).unwrap();
    Proof { extra: Some(leaf(index)), index, hashes, checkpoint }
}

fn key() -> SigningKey {
    SigningKey::from_seed("log.example", &[1; 32]).unwrap()
}
