//! Caller, findings and destination to a verdict, by Cedar policies.
