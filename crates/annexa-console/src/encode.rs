//! Percent-encoding of what goes into a link.

use std::fmt::Write as _;

/// A value for a query or one segment of a path.
pub(crate) fn query(text: &str) -> String {
    text.bytes().fold(String::new(), |mut made, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            made.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(made, "%{byte:02X}");
        }
        made
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(super::query("a-b/ü?&"), "a-b%2F%C3%BC%3F%26");
    }
}
