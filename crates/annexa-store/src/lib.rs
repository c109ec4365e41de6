//! One store: SQLite for state, append-only segments for events and sealed records.
