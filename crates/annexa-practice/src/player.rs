//! Plays sample traffic through a gateway: a bank and a hospital at work, in an order that is the same every time.

use std::time::Duration;

use tokio::sync::watch;

use crate::client;
use crate::listen::end;
use crate::scenes::{SCENES, Scene, Tenant, Wire};
use crate::seed::Seed;

/// Where to play, and as whom.
pub struct Player {
    /// Base URL for OpenAI's SDK, `http://…/v1`.
    pub openai_base: String,
    /// Base URL for Anthropic's SDK, without `/v1`.
    pub anthropic_base: String,
    /// The bank's gateway key.
    pub bank_key: String,
    /// The hospital's gateway key.
    pub hospital_key: String,
    /// The time between two scenes, on average.
    pub pace: Duration,
}

/// Plays scene after scene until `stopped` holds `true`. A scene that fails is no reason to stop: refusals are part
/// of the play.
pub async fn play(player: Player, mut stopped: watch::Receiver<bool>) {
    let mut seed = Seed::of(b"the practice player");
    loop {
        for at in order(&mut seed) {
            let Some(scene) = SCENES.get(at) else { continue };
            let wait = varied(player.pace, &mut seed);
            tokio::select! {
                () = end(&mut stopped) => return,
                () = player.perform(scene, &mut seed) => {}
            }
            tokio::select! {
                () = end(&mut stopped) => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

impl Player {
    async fn perform(&self, scene: &Scene, seed: &mut Seed) {
        let key = match scene.tenant {
            Tenant::Bank => &self.bank_key,
            Tenant::Hospital => &self.hospital_key,
        };
        let url = match scene.wire {
            Wire::OpenAi => format!("{}/chat/completions", self.openai_base.trim_end_matches('/')),
            Wire::Anthropic => format!("{}/v1/messages", self.anthropic_base.trim_end_matches('/')),
        };
        // What came of it is in the gateway's log; the player needs no answer.
        let _ = client::post(&url, key, &scene.body(seed)).await;
    }
}

/// All scenes as often as their weights say, shuffled.
fn order(seed: &mut Seed) -> Vec<usize> {
    let mut order: Vec<usize> =
        SCENES.iter().enumerate().flat_map(|(at, scene)| std::iter::repeat_n(at, scene.weight)).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, seed.below(at + 1));
    }
    order
}

/// Between half and one and a half of the pace.
fn varied(pace: Duration, seed: &mut Seed) -> Duration {
    let thousandths = u32::try_from(500 + seed.below(1001)).unwrap_or(1000);
    pace * thousandths / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_varies_and_repeats_with_its_seed() {
        let mut seed = Seed::of(b"a");
        let (first, second) = (order(&mut seed), order(&mut seed));
        assert_ne!(first, second);
        assert_eq!(first, order(&mut Seed::of(b"a")));
        assert!((0..SCENES.len()).all(|at| first.contains(&at)));
    }
}
