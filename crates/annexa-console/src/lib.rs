//! Web pages and the JSON API over the live stream and the records.
