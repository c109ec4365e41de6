//! Checkpoints against the independent `tlog_tiles` crate, and the ways they are refused.

use proptest::prelude::*;

use super::*;

#[test]
fn an_independent_reader_reads_our_checkpoints() {
    let note = Checkpoint::new("log.example", 20_852_163, Hash([9; 32])).sign(&key()).unwrap();
    let theirs = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
    let theirs = tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!((theirs.origin(), theirs.size(), theirs.hash().0), ("log.example", 20_852_163, [9; 32]));
}

//= iso27001-2022:A.5.33
#[test]
fn only_the_own_logs_own_checkpoint_opens() {
    let checkpoint = Checkpoint::new("log.example", 3, Hash([9; 32]));
    let note = checkpoint.sign(&key()).unwrap();
    assert_eq!(Checkpoint::open(&note, key().verifying()), Ok(checkpoint.clone()));
    let other = SigningKey::from_seed("log.example", &[2; 32]).unwrap();
    assert_eq!(Checkpoint::open(&note, other.verifying()), Err(NoteError::Unsigned.into()));
    let foreign = SigningKey::from_seed("other.example", &[1; 32]).unwrap();
    assert_eq!(checkpoint.sign(&foreign), Err(CheckpointError::Origin));
    let mut foreign_note = Note::new(checkpoint.to_string()).unwrap();
    foreign_note.sign(&foreign);
    let opened = Checkpoint::open(&foreign_note.to_string(), foreign.verifying());
    assert_eq!(opened, Err(CheckpointError::Origin));
}

#[test]
fn extension_lines_and_cosignatures_are_passed_over() {
    let root = Hash([9; 32]);
    let mut note = Note::new(format!("log.example\n3\n{root}\nmore\n")).unwrap();
    note.sign(&SigningKey::from_seed("witness.example", &[2; 32]).unwrap());
    note.sign(&key());
    let opened = Checkpoint::open(&note.to_string(), key().verifying()).unwrap();
    assert_eq!((opened.size, opened.extensions), (3, vec!["more".to_owned()]));
}

#[test]
fn other_spellings_are_refused() {
    let root = Hash([9; 32]).to_string();
    let reads = |text: String| text.parse::<Checkpoint>().is_ok();
    assert!(reads(format!("o\n0\n{root}\n")));
    for size in ["00", "01", "+1", "-1", " 1", "", "18446744073709551616"] {
        assert!(!reads(format!("o\n{size}\n{root}\n")), "{size}");
    }
    for text in [
        format!("\n1\n{root}\n"),
        format!("o\n1\n{root}"),
        format!("o\n1\n{root}\n\nx\n"),
        "o\n1\n".to_owned(),
    ] {
        assert!(!reads(text.clone()), "{text}");
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "(?s).{0,100}", size in "[0-9+]{0,21}", root in "[A-Za-z0-9+/=]{40,46}") {
        let _ = text.parse::<Checkpoint>();
        let _ = format!("{text}\n{size}\n{root}\n").parse::<Checkpoint>();
        let _ = Checkpoint::open(&text, key().verifying());
    }
}

fn key() -> SigningKey {
    SigningKey::from_seed("log.example", &[1; 32]).unwrap()
}
