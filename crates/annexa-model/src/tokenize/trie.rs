//! The pieces of a vocabulary as a tree of bytes in one hash table, for the longest piece at a place.

use crate::error::ModelError;

/// What marks pieces that continue a word.
const CONTINUES: &str = "##";

const BEGINNINGS: u32 = 0;
const CONTINUATIONS: u32 = 1;

const NONE: u32 = u32::MAX;

/// A way from a node by a byte.
#[derive(Debug, Clone, Copy)]
struct Edge {
    /// Node in the upper 24 bits, byte in the lower 8.
    from: u32,
    to: u32,
    /// The piece that ends here.
    piece: u32,
}

const EMPTY: Edge = Edge { from: NONE, to: NONE, piece: NONE };

#[derive(Debug)]
pub(super) struct Trie {
    /// As many places as a power of two, at most half of them taken.
    edges: Vec<Edge>,
    nodes: u32,
}

impl Trie {
    pub(super) fn new(pieces: &[&str]) -> Result<Trie, ModelError> {
        let bytes: usize = pieces.iter().map(|piece| piece.len()).sum();
        if bytes >= 1 << 23 {
            return Err(ModelError::Vocabulary { what: "has more than 8 MB".into() });
        }
        let places = (2 * bytes).next_power_of_two().max(2);
        let mut trie = Trie { edges: vec![EMPTY; places], nodes: 2 };
        for (id, piece) in pieces.iter().enumerate() {
            trie.insert(piece, u32::try_from(id).unwrap_or(NONE))?;
        }
        Ok(trie)
    }

    /// The longest piece that `bytes` begin with: its length and its number.
    #[inline]
    pub(super) fn longest(&self, bytes: &[u8], continues: bool) -> Option<(usize, u32)> {
        let mut node = if continues { CONTINUATIONS } else { BEGINNINGS };
        let mut longest = None;
        for (at, byte) in bytes.iter().enumerate() {
            let Some(edge) = self.edge(node << 8 | u32::from(*byte)) else { break };
            node = edge.to;
            if edge.piece != NONE {
                longest = Some((at + 1, edge.piece));
            }
        }
        longest
    }

    #[inline]
    fn edge(&self, from: u32) -> Option<&Edge> {
        let mut place = self.place(from);
        loop {
            let edge = self.edges.get(place)?;
            if edge.from == from {
                return Some(edge);
            }
            if edge.from == NONE {
                return None;
            }
            place = (place + 1) & (self.edges.len() - 1);
        }
    }

    #[inline]
    fn place(&self, from: u32) -> usize {
        // Fibonacci hashing: the upper bits of the product are well mixed.
        (u64::from(from).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (self.edges.len() - 1)
    }

    fn insert(&mut self, piece: &str, id: u32) -> Result<(), ModelError> {
        let rest = piece.strip_prefix(CONTINUES).filter(|rest| !rest.is_empty());
        let mut node = if rest.is_some() { CONTINUATIONS } else { BEGINNINGS };
        let bytes = rest.unwrap_or(piece).as_bytes();
        let Some((last, before)) = bytes.split_last() else {
            return Err(ModelError::Vocabulary { what: format!("has an empty piece at line {}", id + 1) });
        };
        for byte in before {
            node = self.step(node << 8 | u32::from(*byte), NONE).unwrap_or(NONE);
        }
        match self.step(node << 8 | u32::from(*last), id) {
            Some(_) => Ok(()),
            None => Err(ModelError::Vocabulary { what: format!("has `{piece}` twice") }),
        }
    }

    /// The node after `from`, which is made where there is none; `None` where it ends another piece than `piece`.
    fn step(&mut self, from: u32, piece: u32) -> Option<u32> {
        let mut place = self.place(from);
        let mask = self.edges.len() - 1;
        while self.edges.get(place).is_some_and(|edge| edge.from != NONE && edge.from != from) {
            place = (place + 1) & mask;
        }
        let edge = self.edges.get_mut(place)?;
        if edge.from == NONE {
            *edge = Edge { from, to: self.nodes, piece };
            self.nodes += 1;
        } else if piece != NONE {
            if edge.piece != NONE {
                return None;
            }
            edge.piece = piece;
        }
        Some(edge.to)
    }
}
