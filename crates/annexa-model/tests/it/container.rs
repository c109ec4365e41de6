//! Damaged containers: each is an error that says what is wrong.

use annexa_model::Model;

use crate::random::{SMALL, Writer, vocab};

#[test]
fn a_sound_container_loads() {
    let vocab = vocab();
    let model = Model::load(&Writer::new(SMALL, vocab.lines().count(), 1).bytes(), &vocab).unwrap();
    assert_eq!(model.tags(), ["TAG0", "TAG1", "TAG2"]);
}
