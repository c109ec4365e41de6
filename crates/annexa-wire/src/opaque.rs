//! Content that is not text: media, documents, and state that only the provider can read.

/// A passage that is no text, or text in an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opaque {
    /// It decodes to text: then the passage's text is the decoded one.
    pub readable: bool,
    /// What it is.
    pub kind: OpaqueKind,
}

/// Kinds of opaque content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpaqueKind {
    /// Images and sound.
    Media,
    /// Files.
    Document,
    /// Encrypted reasoning, signatures, encrypted search results.
    ProviderState,
}
