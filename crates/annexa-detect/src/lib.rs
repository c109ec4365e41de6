//! Text to findings: normalisation, validated patterns, the streaming segmenter.
