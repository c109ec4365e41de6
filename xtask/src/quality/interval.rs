//! Bootstrap intervals: a figure over many draws of the same texts, each drawn as often as chance has it.

use crate::score::metrics::Counts;

const DRAWS: usize = 1_000;
const SEED: u64 = 17;

/// A figure with the interval that holds 95 of 100 draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Interval {
    /// Of the texts as they are.
    pub figure: f64,
    /// The lowest but 2.5 % of the draws.
    pub low: f64,
    /// The highest but 2.5 % of the draws.
    pub high: f64,
}

/// The sums of each draw of some texts, made once for all figures.
pub(super) struct Draws {
    all: Counts,
    drawn: Vec<Counts>,
}

impl Draws {
    /// Draws as many texts as there are, a thousand times; the same for the same texts.
    pub(super) fn of(texts: &[Counts]) -> Draws {
        // Labels are summed once for all texts: no interval is given for one of them.
        let light: Vec<Counts> =
            texts.iter().map(|c| Counts { labels: std::collections::BTreeMap::new(), ..c.clone() }).collect();
        let mut dice = Dice(SEED);
        let mut draw = || Counts::sum((0..light.len()).filter_map(|_| light.get(dice.below(light.len()))));
        Draws { all: Counts::sum(texts), drawn: (0..DRAWS).map(|_| draw()).collect() }
    }

    /// The sums of the texts as they are.
    pub(super) fn all(&self) -> &Counts {
        &self.all
    }

    /// A figure with its interval.
    pub(super) fn interval(&self, figure: impl Fn(&Counts) -> f64) -> Interval {
        let mut values: Vec<f64> = self.drawn.iter().map(&figure).collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * (values.len().max(1) - 1) as f64).round() as usize;
            values.get(place).copied().unwrap_or_default()
        };
        Interval { figure: figure(&self.all), low: at(0.025), high: at(0.975) }
    }
}

/// Splitmix64: even numbers from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) % most.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(flagged: usize, of: usize) -> Vec<Counts> {
        (0..of)
            .map(|at| Counts { clean: 1, flagged: usize::from(at < flagged), ..Counts::default() })
            .collect()
    }

    fn share(counts: &Counts) -> f64 {
        counts.flagged as f64 / counts.clean.max(1) as f64
    }

    #[test]
    fn an_interval_is_that_of_a_share() {
        // 30 of 100: about 0.30 ± 0.09.
        let interval = Draws::of(&texts(30, 100)).interval(share);
        assert!((interval.figure - 0.3).abs() < 1e-9);
        assert!((interval.low - 0.21).abs() < 0.02 && (interval.high - 0.39).abs() < 0.02, "{interval:?}");
        assert_eq!(interval, Draws::of(&texts(30, 100)).interval(share), "the seed is fixed");
    }

    #[test]
    fn texts_that_agree_leave_no_doubt() {
        let interval = Draws::of(&texts(5, 5)).interval(share);
        assert_eq!((interval.low, interval.high), (1.0, 1.0));
        assert_eq!(Draws::of(&[]).interval(share).figure, 0.0);
    }
}
