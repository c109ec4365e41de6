//! The practice provider: both dialects, streaming, tool calls, scripted leaks and faults.
