//! Exchanges per minute as bars that the server draws: what was allowed, changed, stopped.

use crate::story::{Exchange, Verdict};

/// How many minutes are drawn.
pub(crate) const MINUTES: usize = 30;
/// The height of the drawing.
const HEIGHT: usize = 32;
/// From one bar to the next.
const STEP: usize = 8;
const MINUTE_MS: i64 = 60_000;

/// One part of a minute's bar.
pub(crate) struct Bar {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) height: usize,
    pub(crate) look: &'static str,
}

/// A minute's counts: allowed, changed, stopped.
type Counts = [usize; 3];

const LOOKS: [&str; 3] = ["allow", "mask", "block"];

/// The bars of the minutes up to now.
pub(crate) fn bars(exchanges: &[Exchange], now: i64) -> Vec<Bar> {
    let minutes = count(exchanges, now);
    let most = minutes.iter().map(|m| m.iter().sum::<usize>()).max().unwrap_or(0).max(1);
    minutes.iter().enumerate().flat_map(|(at, counts)| stack(at, counts, most)).collect()
}

/// How many there were in the fullest minute.
pub(crate) fn peak(exchanges: &[Exchange], now: i64) -> usize {
    count(exchanges, now).iter().map(|m| m.iter().sum()).max().unwrap_or(0)
}

fn count(exchanges: &[Exchange], now: i64) -> [Counts; MINUTES] {
    let mut minutes = [[0; 3]; MINUTES];
    for exchange in exchanges {
        let ago = usize::try_from(now / MINUTE_MS - exchange.at / MINUTE_MS).unwrap_or(0);
        let of = match exchange.verdict {
            Verdict::Allow => 0,
            Verdict::Mask | Verdict::Tokenise => 1,
            Verdict::Hold | Verdict::Block | Verdict::Unclear => 2,
        };
        let at = MINUTES.checked_sub(ago + 1);
        if let Some(counter) = at.and_then(|at| minutes.get_mut(at)?.get_mut(of)) {
            *counter += 1;
        }
    }
    minutes
}

fn stack(at: usize, counts: &Counts, most: usize) -> Vec<Bar> {
    let mut y = HEIGHT;
    let mut bars = Vec::new();
    for (count, look) in counts.iter().zip(LOOKS).filter(|(count, _)| **count > 0) {
        // What there is at all is at least seen.
        let height = (count * HEIGHT / most).max(2).min(y);
        y -= height;
        bars.push(Bar { x: at * STEP, y, height, look });
    }
    bars
}
