//! Whole texts: windows cover them, and a reading is the same however it is put together.

use annexa_model::{Kernel, Model, Scratch};

use crate::random::{SMALL, Writer, vocab};

fn model() -> Model {
    let vocab = vocab();
    Model::load(&Writer::new(SMALL, vocab.lines().count(), 1).bytes(), &vocab).unwrap()
}

#[test]
fn kernels_read_the_same() {
    let text = "Anna Müller was in Paris. The berg and the sea! ".repeat(20);
    let scalar = model().with_kernel(Kernel::scalar()).read(&text, &mut Scratch::default());
    assert!(!scalar.spans.is_empty());
    assert_eq!(model().read(&text, &mut Scratch::default()), scalar);
}
