//! The binary as its users meet it: started as a process, spoken to over sockets, asked on the command line.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test ends where something is not as it should be"
)]

mod adversary;
mod client;
mod durability;
mod evidence;
mod faults;
mod language;
mod operations;
mod process;
mod provider;
mod refusals;
mod values;
