//! Text that the encoder did not read, or was not validated for: counted, so that policy can decide and nobody is told that
//! all was read.

use annexa_detect::Tagger;

/// Text past the size that the encoder reads.
pub(crate) const NOT_READ: &str = "LANGUAGE_NOT_READ";
/// Text in a language that the encoder was not validated in.
pub(crate) const NOT_VALIDATED: &str = "LANGUAGE_NOT_VALIDATED";
/// Family of both.
pub(crate) const FAMILY: &str = "language";

/// The kind to count for a text whose language the encoder was not validated in.
pub(crate) fn not_validated(tagger: &dyn Tagger, text: &str) -> Option<&'static str> {
    annexa_detect::not_validated(text, tagger.languages()).map(|_| NOT_VALIDATED)
}
