//! How fast an answer comes: from the model's name, else from the provider's settings.

use std::time::Duration;

use crate::Practice;

/// The pace of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Before the first byte.
    pub(crate) first: Duration,
    /// Between two pieces.
    pub(crate) between: Duration,
    /// How many pieces an unscripted answer has, where the model's name says so.
    pub(crate) tokens: Option<usize>,
}

/// Pieces of one answer at most.
const MOST_TOKENS: u64 = 100_000;

impl Pace {
    /// What the model's name asks for. A scripted answer without a wish of its own comes at once.
    pub(crate) fn of(model: &str, scripted: bool, practice: &Practice) -> Self {
        let (first, between) =
            if scripted { (Duration::ZERO, Duration::ZERO) } else { (practice.first, practice.between) };
        let mut pace = Self { first, between, tokens: None };
        let name = model.rsplit('/').next().unwrap_or(model);
        let Some(wishes) = name.strip_prefix("practice-").or_else(|| name.strip_prefix("mock-")) else {
            return pace;
        };
        for (letter, number) in wishes.split('-').filter_map(wish) {
            match letter {
                'd' => pace.first = Duration::from_millis(number),
                'i' => pace.between = Duration::from_millis(number),
                't' => pace.tokens = usize::try_from(number.min(MOST_TOKENS)).ok(),
                _ => {}
            }
        }
        pace
    }
}

fn wish(part: &str) -> Option<(char, u64)> {
    let mut letters = part.chars();
    Some((letters.next()?, letters.as_str().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_name_sets_the_pace() {
        let pace = Pace::of("openai/practice-d20-t3-i5", false, &Practice::default());
        assert_eq!(pace, Pace { first: ms(20), between: ms(5), tokens: Some(3) });
    }

    #[test]
    fn another_name_leaves_the_settings() {
        let practice = Practice { first: ms(7), between: ms(9), ..Practice::default() };
        assert_eq!(Pace::of("gpt-t5", false, &practice), Pace { first: ms(7), between: ms(9), tokens: None });
        assert_eq!(Pace::of("gpt-t5", true, &practice), Pace { first: ms(0), between: ms(0), tokens: None });
    }

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }
}
