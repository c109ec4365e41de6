//! What becomes of words, marks and letters of several scripts, and that each piece leads back to its bytes.
