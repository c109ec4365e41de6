//! The binary as its users meet it: started as a process, spoken to over sockets, asked on the command line.

mod adversary;
mod client;
mod evidence;
mod faults;
mod operations;
mod process;
mod provider;
mod refusals;
mod values;
