//! The segment reader on good, moved, cut and arbitrary bytes.

use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::frame::{EVENT, RECORD};

const ID: [u8; 24] = [5; 24];

fn segment(bodies: &[(bool, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Header { first: 3, id: ID }.to_bytes();
    for (event, body) in bodies {
        let start = frame::start(&mut bytes, if *event { EVENT } else { RECORD });
        let numbers = [1_u64, 2, 3].map(u64::to_be_bytes).concat();
        bytes.extend_from_slice(&numbers[..if *event { 24 } else { 16 }]);
        if *event {
            bytes.extend_from_slice(&[0, 2, b'l', b'f']);
        }
        bytes.extend_from_slice(body);
        assert!(frame::finish(&mut bytes, start, &ID, start as u64));
    }
    bytes
}

/// Reads all of it: frames, damaged places, torn places.
fn read(bytes: &[u8]) -> Option<(Vec<Body>, usize, usize)> {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join(name(3));
    fs::write(&path, bytes).unwrap();
    let mut reader = Reader::open(&path).unwrap().ok()?;
    let (mut frames, mut damaged, mut torn) = (Vec::new(), 0, 0);
    loop {
        match reader.next().unwrap() {
            Step::Frame { body, .. } => frames.push(body),
            Step::Damaged { .. } => {
                damaged += 1;
                if !reader.resync().unwrap() {
                    break;
                }
            }
            Step::Torn { .. } => {
                torn += 1;
                break;
            }
            Step::End => break,
        }
    }
    Some((frames, damaged, torn))
}

fn bodies() -> impl Strategy<Value = Vec<(bool, Vec<u8>)>> {
    proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..60)), 1..6)
}

proptest! {
    #[test]
    fn frames_read_back(bodies in bodies()) {
        let (frames, damaged, torn) = read(&segment(&bodies)).unwrap();
        prop_assert_eq!((frames.len(), damaged, torn), (bodies.len(), 0, 0));
        for (frame, (event, body)) in frames.iter().zip(&bodies) {
            match frame {
                Body::Event(frame) => prop_assert!(*event && frame.sealed == *body && frame.leaf == b"lf" && (frame.outbox, frame.scope, frame.key) == (1, 2, 3)),
                Body::Record(frame) => prop_assert!(!*event && frame.sealed == *body && (frame.scope, frame.seq) == (1, 2)),
            }
        }
    }

    #[test]
    fn a_cut_is_torn_and_the_frames_before_it_stay(bodies in bodies(), cut in any::<prop::sample::Index>()) {
        let whole = segment(&bodies);
        let cut = 64 + cut.index(whole.len() - 64);
        let (frames, damaged, torn) = read(&whole[..cut]).unwrap();
        let all = read(&whole).unwrap().0;
        prop_assert_eq!(&frames[..], &all[..frames.len()]);
        let ends: usize = segment(&bodies[..frames.len()]).len();
        prop_assert_eq!((damaged, torn), (0, usize::from(cut > ends)));
    }

    #[test]
    fn a_changed_byte_costs_one_frame_and_is_noticed(bodies in bodies(), at in any::<prop::sample::Index>(), bit in 0..8) {
        let mut bytes = segment(&bodies);
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        match read(&bytes) {
            None => prop_assert!(at < 64),
            Some((frames, damaged, torn)) => prop_assert_eq!((frames.len(), damaged + torn), (bodies.len() - 1, 1)),
        }
    }

    #[test]
    fn a_frame_elsewhere_is_damage(bodies in bodies(), shift in 1_usize..40) {
        let good = segment(&bodies);
        let mut moved = good[..64].to_vec();
        moved.resize(64 + shift, 0);
        moved.extend_from_slice(&good[64..]);
        prop_assert_eq!(read(&moved).unwrap().0.len(), 0);
    }

    #[test]
    fn arbitrary_bytes_give_no_frames_and_no_panic(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut bytes = segment(&[]);
        bytes.extend_from_slice(&noise);
        prop_assert_eq!(read(&bytes).unwrap().0.len(), 0);
        let _ = read(&noise);
        let _ = crate::index::parse(&noise);
        let _ = crate::wal::Wal::parse(&noise);
    }
}
