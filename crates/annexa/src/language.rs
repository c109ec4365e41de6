//! The encoder in the gateway: as many windows at once as there are processors, none of them on the reactor, and what was
//! read in the last hour read once.

use std::sync::{Arc, Condvar, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use annexa_model::{Cache, Model, Reader};
use annexa_seal::Random;
use anyhow::{Context, Result};
use tokio::runtime::{Handle, RuntimeFlavor};

/// Windows that are remembered: about 1 KB each.
const WINDOWS: usize = 8192;
/// So long a window is remembered.
const LIVES: Duration = Duration::from_secs(3600);

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Processors that read at the same time.
struct Turns {
    free: Mutex<usize>,
    given_back: Condvar,
}

impl Turns {
    fn take(&self, work: &mut dyn FnMut()) {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free =
            self.given_back.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        drop(free);
        let _turn = Turn(self);
        work();
    }
}

/// A turn that is given back however the work ends.
struct Turn<'a>(&'a Turns);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.given_back.notify_one();
    }
}

/// The encoder for a gateway.
///
/// # Errors
/// When the weights are damaged.
pub(crate) fn shared(random: &dyn Random) -> Result<Reader> {
    let mut secret = [0; 32];
    random.fill(&mut secret);
    let turns = Turns { free: Mutex::new(processors()), given_back: Condvar::new() };
    let turns = Arc::new(turns);
    Ok(alone()?
        .with_cache(Cache::new(secret, WINDOWS, LIVES), || START.elapsed())
        .with_work(Box::new(move |work| off_the_reactor(|| turns.take(work)))))
}

/// The encoder for a command that reads one text after the other.
///
/// # Errors
/// When the weights are damaged.
pub(crate) fn alone() -> Result<Reader> {
    Ok(Reader::new(Model::builtin().context("the weights of the encoder")?))
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

/// Other tasks go on, on another thread, while this one works.
fn off_the_reactor(work: impl FnOnce()) {
    let reactor = Handle::try_current().is_ok_and(|h| h.runtime_flavor() == RuntimeFlavor::MultiThread);
    if reactor { tokio::task::block_in_place(work) } else { work() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn no_more_work_at_once_than_there_are_turns_and_a_panic_gives_its_turn_back() {
        let turns = Arc::new(Turns { free: Mutex::new(2), given_back: Condvar::new() });
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let threads: Vec<_> = (0..8)
            .map(|n| {
                let (turns, now, most) = (turns.clone(), now.clone(), most.clone());
                std::thread::spawn(move || {
                    turns.take(&mut || {
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(20));
                        now.fetch_sub(1, Ordering::SeqCst);
                        assert!(n != 3, "one that fails");
                    });
                })
            })
            .collect();
        let failed = threads.into_iter().filter_map(|t| t.join().err()).count();
        assert_eq!((failed, most.load(Ordering::SeqCst)), (1, 2));
        assert_eq!(*turns.free.lock().unwrap(), 2);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn other_tasks_go_on_while_a_window_is_read() {
        let (told, heard) = tokio::sync::oneshot::channel();
        tokio::spawn(async move { told.send(()) });
        let heard = tokio::spawn(async move {
            off_the_reactor(|| futures_block_on(heard));
        });
        tokio::time::timeout(Duration::from_secs(20), heard).await.unwrap().unwrap();
    }

    fn futures_block_on(heard: tokio::sync::oneshot::Receiver<()>) {
        heard.blocking_recv().unwrap();
    }
}
