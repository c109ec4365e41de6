//! The log against a naive tree, against independent crates, and against damage.

#[cfg(test)]
mod export;
#[cfg(test)]
mod log;
#[cfg(test)]
mod tile;
#[cfg(test)]
mod tree;
