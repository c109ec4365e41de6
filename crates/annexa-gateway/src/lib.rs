//! The way of an exchange: listen, authenticate, decode, inspect, decide, forward, stream, deliver, record.
