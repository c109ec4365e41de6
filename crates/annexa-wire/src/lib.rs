//! Provider bodies and event streams as passages and tool calls, edited in place.
