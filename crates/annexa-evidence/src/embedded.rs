//! JSON of another crate's types inside an event: written once as text, read as a value by whoever looks.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// A JSON document inside an event. It is kept as text: events are written far more often than they are read.
#[derive(Debug, Clone)]
pub struct Embedded(Box<RawValue>);

impl Embedded {
    /// The JSON of a value; `null` when it has none.
    pub fn of(value: &impl Serialize) -> Self {
        to_raw_value(value).map_or_else(|_| Self::default(), Self)
    }

    /// The document as a value.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_str(self.0.get()).unwrap_or(Value::Null)
    }

    /// The document's text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.get()
    }
}

impl Default for Embedded {
    fn default() -> Self {
        Self(RawValue::NULL.to_owned())
    }
}

impl From<Value> for Embedded {
    fn from(value: Value) -> Self {
        Self::of(&value)
    }
}

impl PartialEq for Embedded {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Serialize for Embedded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Embedded {
    // By way of a value: what is read inside a tagged event is no longer text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_reads_back_as_it_was_written() {
        let embedded = Embedded::of(&json!({"b": [1, 0.25, "ü\n"], "a": null}));
        let text = serde_json::to_string(&embedded).unwrap();
        assert_eq!(text, embedded.text());
        assert_eq!(serde_json::from_str::<Embedded>(&text).unwrap(), embedded);
        assert_eq!(Embedded::default().value(), Value::Null);
    }
}
