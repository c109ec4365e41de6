//! A cursor over what was read: values, members and items with their text and their bytes.

use std::borrow::Cow;
use std::ops::Range;

use super::tape::{Kind, Node};
use super::text::unescape;

/// One value (or key) of a document.
#[derive(Clone, Copy)]
pub(crate) struct Value<'d> {
    pub(crate) text: &'d str,
    nodes: &'d [Node],
    at: usize,
    node: Node,
}

impl<'d> Value<'d> {
    /// The outermost value; none when nothing was read.
    pub(crate) fn root(text: &'d str, nodes: &'d [Node]) -> Option<Self> {
        Some(Value { text, nodes, at: 0, node: *nodes.first()? })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.node.kind
    }

    /// Bytes of the whole value, quotes included.
    pub(crate) fn span(&self) -> Range<usize> {
        self.node.start as usize..self.node.end as usize
    }

    pub(crate) fn raw(&self) -> &'d str {
        self.text.get(self.span()).unwrap_or_default()
    }

    /// Bytes of what carries the text: between the quotes of a string or key, else the whole value.
    pub(crate) fn inner_span(&self) -> Range<usize> {
        match self.node.kind {
            Kind::String | Kind::Key => {
                self.node.start as usize + 1..(self.node.end as usize).saturating_sub(1)
            }
            _ => self.span(),
        }
    }

    /// Decoded text of a string or key.
    pub(crate) fn string(&self) -> Option<Cow<'d, str>> {
        if !matches!(self.node.kind, Kind::String | Kind::Key) {
            return None;
        }
        let inner = self.text.get(self.inner_span())?;
        Some(if self.node.escaped { unescape(inner) } else { Cow::Borrowed(inner) })
    }

    /// Keys and values of an object; nothing for other values.
    pub(crate) fn members(&self) -> impl Iterator<Item = (Value<'d>, Value<'d>)> + use<'d> {
        let object = self.node.kind == Kind::Object;
        let (this, end) = (*self, self.node.next as usize);
        let mut at = if object { self.at + 1 } else { end };
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let (key, value) = (this.sibling(at)?, this.sibling(at + 1)?);
            at = value.node.next as usize;
            Some((key, value))
        })
    }

    /// Values of an array; nothing for other values.
    pub(crate) fn items(&self) -> impl Iterator<Item = Value<'d>> + use<'d> {
        let array = self.node.kind == Kind::Array;
        let (this, end) = (*self, self.node.next as usize);
        let mut at = if array { self.at + 1 } else { end };
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let value = this.sibling(at)?;
            at = value.node.next as usize;
            Some(value)
        })
    }

    /// The value under a key.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'d>> {
        self.members().find(|(key, _)| key.is(name)).map(|(_, value)| value)
    }

    /// The text under a key that holds a string.
    pub(crate) fn get_string(&self, name: &str) -> Option<Cow<'d, str>> {
        self.get(name)?.string()
    }

    /// Whether it is this string or key.
    pub(crate) fn is(&self, name: &str) -> bool {
        if self.node.escaped {
            return self.string().is_some_and(|s| s == name);
        }
        matches!(self.node.kind, Kind::String | Kind::Key) && self.text.get(self.inner_span()) == Some(name)
    }

    /// A whole number that is not negative.
    pub(crate) fn count(&self) -> Option<u64> {
        if self.node.kind != Kind::Number {
            return None;
        }
        self.raw().parse().ok()
    }

    fn sibling(&self, at: usize) -> Option<Value<'d>> {
        Some(Value { at, node: *self.nodes.get(at)?, ..*self })
    }
}

/// A number's digits as a reader may print them: without exponent and without a fraction of zeros.
pub(crate) fn digits(raw: &str) -> Cow<'_, str> {
    let Some((mantissa, exponent)) = raw.split_once(['e', 'E']) else {
        return Cow::Borrowed(without_zeros(raw));
    };
    let Some(shift) = exponent.parse::<i32>().ok().filter(|e| (-MOST_SHIFT..=MOST_SHIFT).contains(e)) else {
        return Cow::Borrowed(raw);
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |w| ("-", w));
    let all = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).unwrap_or(0) + shift;
    let shown = match usize::try_from(point) {
        Ok(point) if point >= all.len() => format!("{sign}{all:0<point$}"),
        Ok(point) if point > 0 => {
            let (a, b) = all.split_at_checked(point).unwrap_or((&all, ""));
            format!("{sign}{a}.{b}")
        }
        _ => format!("{sign}0.{}{all}", "0".repeat(point.unsigned_abs() as usize)),
    };
    let short = without_zeros(&shown);
    let bare = short.strip_prefix('-').unwrap_or(short).trim_start_matches('0');
    if bare.is_empty() || bare.starts_with('.') {
        Cow::Owned(short.to_owned())
    } else {
        Cow::Owned(format!("{sign}{bare}"))
    }
}

const MOST_SHIFT: i32 = 64;

fn without_zeros(raw: &str) -> &str {
    match raw.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|b| b == b'0') => whole,
        _ => raw,
    }
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn a_number_is_read_as_it_may_be_printed() {
        for (raw, text) in [
            ("12", "12"),
            ("0.70", "0.70"),
            ("4111111111111111.0", "4111111111111111"),
            ("4.111111111111111e15", "4111111111111111"),
            ("4111111111111111E0", "4111111111111111"),
            ("41111111111111110e-1", "4111111111111111"),
            ("-1.5e+2", "-150"),
            ("12.5e-1", "1.25"),
            ("0.0004111e4", "4.111"),
            ("5e-3", "0.005"),
            ("0e5", "000000"),
            ("1e300", "1e300"),
        ] {
            assert_eq!(digits(raw), text, "{raw}");
        }
    }
}
