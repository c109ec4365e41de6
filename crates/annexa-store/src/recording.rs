//! Recording modes: what is kept of an exchange's content.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::StoreError;
use crate::calendar;

/// How an application's exchanges are recorded, as it was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording(RecordingMode);

/// What is kept of an exchange's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingMode {
    /// Nothing.
    Event,
    /// The content with all findings masked, for 30 days.
    Masked,
    /// All of it.
    Full {
        /// The first moment when it isn't full any more, in milliseconds since the Unix epoch.
        until: i64,
        /// Who answers for it.
        owner: String,
        /// What for.
        purpose: String,
    },
}

impl Recording {
    /// Reads `event`, `masked` or `full:YYYY-MM-DD:OWNER:PURPOSE`, the last day included.
    ///
    /// # Errors
    /// When the text is none of these.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        mode(text).map(Self).ok_or_else(|| {
            StoreError::Refused(
                "a recording mode is `event`, `masked` or `full:YYYY-MM-DD:OWNER:PURPOSE`".to_owned(),
            )
        })
    }

    /// The mode at this time: a full mode past its end date is masked.
    #[must_use]
    pub fn at(&self, now_ms: i64) -> RecordingMode {
        match &self.0 {
            RecordingMode::Full { until, .. } if *until <= now_ms => RecordingMode::Masked,
            mode => mode.clone(),
        }
    }
}

impl RecordingMode {
    /// `event`, `masked` or `full`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Masked => "masked",
            Self::Full { .. } => "full",
        }
    }
}

impl Default for Recording {
    fn default() -> Self {
        Self(RecordingMode::Masked)
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            RecordingMode::Full { until, owner, purpose } => {
                write!(f, "full:{}:{owner}:{purpose}", calendar::day(until - 1))
            }
            mode => f.write_str(mode.name()),
        }
    }
}

impl Serialize for Recording {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Recording {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

fn mode(text: &str) -> Option<RecordingMode> {
    match text {
        "event" => Some(RecordingMode::Event),
        "masked" => Some(RecordingMode::Masked),
        _ => {
            let mut parts = text.strip_prefix("full:")?.splitn(3, ':');
            let until = calendar::end_of_day(parts.next()?)?;
            let mut named = || Some(parts.next()?.to_owned()).filter(|part| !part.trim().is_empty());
            Some(RecordingMode::Full { until, owner: named()?, purpose: named()? })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_read_back() {
        for text in ["event", "masked", "full:2026-12-31:Ada Owner:fraud: appeals"] {
            assert_eq!(Recording::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "all", "full", "full:2026-13-01:a:b", "full:2026-12-31:a", "full:2026-12-31: :b"] {
            assert!(Recording::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn full_ends_with_its_day() {
        let recording = Recording::parse("full:1970-01-02:o:p").unwrap();
        assert_eq!(recording.at(2 * 86_400_000 - 1).name(), "full");
        assert_eq!(recording.at(2 * 86_400_000), RecordingMode::Masked);
    }
}
