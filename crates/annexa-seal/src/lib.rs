//! Envelopes, tenant keys and their holder: AES-256-GCM with key commitment.
