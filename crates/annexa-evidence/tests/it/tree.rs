//! Roots and proofs for all sizes up to some hundreds against RFC 6962's own recursion and the `tlog_tiles` crate.

use annexa_evidence::{
    Hash, Tree, TreeError, hash_leaf, hash_node, prove_consistency, prove_inclusion, root_of,
    verify_consistency, verify_inclusion,
};

use crate::log::Log;

const MOST: usize = 600;

//= iso27001-2022:A.8.15
#[test]
fn roots_are_those_of_the_naive_tree() {
    let log = Log::of(MOST);
    for size in 0..=MOST {
        let naive = naive(&log.leaves[..size]);
        assert_eq!(log.roots[size], naive, "size {size}");
        assert_eq!(root_of(size as u64, &mut &log).unwrap(), naive, "size {size}");
    }
}

#[test]
fn inclusion_is_proven_for_every_leaf_of_every_size() {
    let log = Log::of(MOST);
    for size in
        (1..=MOST).filter(|size| size % 29 == 0 || size.is_power_of_two() || *size < 40 || *size > 590)
    {
        for index in 0..size {
            let leaf = hash_leaf(&log.leaves[index]);
            let proof = prove_inclusion(size as u64, index as u64, &mut &log).unwrap();
            assert_eq!(proof, naive_inclusion(&log.leaves[..size], index), "{index} of {size}");
            assert!(verify_inclusion(&leaf, index as u64, size as u64, &proof, &log.roots[size]));
            let theirs = proof.iter().map(their).collect();
            let root = their(&log.roots[size]);
            tlog_tiles::check_record(&theirs, size as u64, root, index as u64, their(&leaf)).unwrap();
        }
    }
}

#[test]
fn inclusion_holds_for_nothing_else() {
    let log = Log::of(300);
    for (size, index) in [(1, 0), (2, 1), (255, 254), (256, 3), (257, 256), (300, 100)] {
        let leaf = hash_leaf(&log.leaves[index]);
        let proof = prove_inclusion(size, index as u64, &mut &log).unwrap();
        let root = log.roots[usize::try_from(size).unwrap()];
        for other in (0..size + 2).filter(|other| *other != index as u64) {
            assert!(!verify_inclusion(&leaf, other, size, &proof, &root), "{other} for {index} of {size}");
        }
        for at in 0..proof.len() {
            let mut broken = proof.clone();
            broken[at].0[0] ^= 1;
            assert!(!verify_inclusion(&leaf, index as u64, size, &broken, &root));
            broken.remove(at);
            assert!(!verify_inclusion(&leaf, index as u64, size, &broken, &root));
        }
        let longer: Vec<_> = proof.iter().copied().chain([leaf]).collect();
        assert!(!verify_inclusion(&leaf, index as u64, size, &longer, &root));
    }
}

#[test]
fn consistency_is_proven_between_all_sizes() {
    let log = Log::of(MOST);
    for new in (0..=MOST).filter(|size| size % 13 == 0 || size.is_power_of_two() || *size < 40) {
        for old in 0..=new {
            let proof = prove_consistency(old as u64, new as u64, &mut &log).unwrap();
            let (old_root, new_root) = (&log.roots[old], &log.roots[new]);
            assert!(verify_consistency(old as u64, old_root, new as u64, new_root, &proof), "{old} of {new}");
            if old > 0 {
                let theirs = proof.iter().map(their).collect();
                tlog_tiles::check_tree(&theirs, new as u64, their(new_root), old as u64, their(old_root))
                    .unwrap();
            }
        }
    }
}

#[test]
fn a_rewritten_past_is_not_consistent() {
    let log = Log::of(300);
    for (old, new) in [(1, 2), (3, 7), (4, 8), (255, 256), (256, 300), (299, 300)] {
        let proof = prove_consistency(old as u64, new as u64, &mut &log).unwrap();
        let mut other = log.roots[old];
        other.0[31] ^= 1;
        assert!(!verify_consistency(old as u64, &other, new as u64, &log.roots[new], &proof));
        let mut other = log.roots[new];
        other.0[0] ^= 1;
        assert!(!verify_consistency(old as u64, &log.roots[old], new as u64, &other, &proof));
        for at in 0..proof.len() {
            let mut broken = proof.clone();
            broken[at].0[5] ^= 1;
            assert!(!verify_consistency(old as u64, &log.roots[old], new as u64, &log.roots[new], &broken));
        }
    }
    let (root, other) = (log.roots[5], log.roots[6]);
    assert!(!verify_consistency(5, &root, 5, &other, &[]) && !verify_consistency(6, &other, 5, &root, &[]));
    assert!(!verify_consistency(3, &log.roots[3], 5, &root, &[]));
}

#[test]
fn a_tree_resumes_from_its_tiles_at_every_size() {
    let log = Log::of(MOST);
    for size in (0..MOST).filter(|size| size % 31 == 0 || (250..260).contains(size) || *size > 590) {
        let mut tree = Tree::resume(size as u64, &mut &log).unwrap();
        assert_eq!(tree.root(), log.roots[size], "size {size}");
        let full: Vec<_> = log.leaves[size..].iter().flat_map(|leaf| tree.append(leaf)).collect();
        assert_eq!((tree.size(), tree.root()), (MOST as u64, log.tree.root()));
        assert_eq!(tree.partial_tiles(), log.tree.partial_tiles());
        assert!(full.iter().all(|full| log.tiles.get(&full.tile) == Some(&full.bytes)));
    }
}

#[test]
fn tiles_above_the_first_level_are_made_and_read() {
    let mut tree = Tree::new();
    let mut log = Log::default();
    for seq in 0..66_000_u32 {
        let hash = Hash([seq.to_le_bytes(); 8].concat().try_into().unwrap());
        log.tiles.extend(tree.append_hash(hash).into_iter().map(|full| (full.tile, full.bytes)));
    }
    log.tree = tree;
    assert_eq!(log.tiles.len(), 258, "257 full tiles of leaves and one above");
    assert_eq!(log.tree.partial_tiles().len(), 3);
    assert_eq!(root_of(66_000, &mut &log).unwrap(), log.tree.root());
    for index in [0, 255, 65_535, 65_536, 65_999] {
        let leaf = Hash([u32::to_le_bytes(index); 8].concat().try_into().unwrap());
        let proof = prove_inclusion(66_000, u64::from(index), &mut &log).unwrap();
        assert!(verify_inclusion(&leaf, u64::from(index), 66_000, &proof, &log.tree.root()));
    }
    let old = root_of(65_700, &mut &log).unwrap();
    let proof = prove_consistency(65_700, 66_000, &mut &log).unwrap();
    assert!(verify_consistency(65_700, &old, 66_000, &log.tree.root(), &proof));
}

#[test]
fn what_cannot_be_proven_is_an_error_that_names_it() {
    let log = Log::of(300);
    assert!(matches!(
        prove_inclusion(300, 300, &mut &log),
        Err(TreeError::Outside { asked: 300, size: 300 })
    ));
    assert!(matches!(
        prove_consistency(301, 300, &mut &log),
        Err(TreeError::Outside { asked: 301, size: 300 })
    ));
    let mut nothing = |_| Ok(vec![0; 31]);
    let error = prove_inclusion(300, 0, &mut nothing).unwrap_err();
    assert_eq!(error.to_string(), "`tile/0/001.p/44` is shorter than the tree's size says");
    let mut gone = |_| Err(std::io::ErrorKind::NotFound.into());
    assert_eq!(Tree::resume(300, &mut gone).unwrap_err().to_string(), "`tile/0/001.p/44` can't be read");
}

fn naive(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => Log::default().tree.root(),
        [leaf] => hash_leaf(leaf),
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            hash_node(&naive(left), &naive(right))
        }
    }
}

fn naive_inclusion(leaves: &[Vec<u8>], index: usize) -> Vec<Hash> {
    let mut path = Vec::new();
    let (mut low, mut high) = (0, leaves.len());
    while high - low > 1 {
        let middle = low + (high - low).next_power_of_two() / 2;
        let left = index < middle;
        path.push((low, middle, high, left));
        (low, high) = if left { (low, middle) } else { (middle, high) };
    }
    let sibling = |(low, middle, high, left): (usize, usize, usize, bool)| {
        if left { subtree(leaves, middle, high) } else { subtree(leaves, low, middle) }
    };
    path.into_iter().rev().map(sibling).collect()
}

/// The naive hash of a range. Kept by range, since all indexes ask for the same few.
fn subtree(leaves: &[Vec<u8>], low: usize, high: usize) -> Hash {
    use std::cell::RefCell;
    use std::collections::HashMap;
    thread_local!(static SEEN: RefCell<HashMap<(usize, usize), Hash>> = RefCell::default());
    let seen = SEEN.with_borrow(|seen| seen.get(&(low, high)).copied());
    seen.unwrap_or_else(|| {
        let hash = naive(&leaves[low..high]);
        SEEN.with_borrow_mut(|seen| seen.insert((low, high), hash));
        hash
    })
}

fn their(hash: &Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(hash.0)
}
