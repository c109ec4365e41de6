//! Event types, the Merkle log, checkpoints, proofs and offline verification.
