//! Each stage against arithmetic in 64 bits, and each kernel against the plain one, bit by bit.
