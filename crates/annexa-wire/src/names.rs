//! Names that the providers' interfaces use: safe to show, and no passages.
