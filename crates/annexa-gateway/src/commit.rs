//! When an exchange waits for the log, so that many share a write to the kernel or a sync of the disk, and one alone
//! waits for nothing but the disk.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use annexa_store::{Durability, Store, StoreError};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::Gateway;

/// With so many exchanges under way or fewer, each goes on at once.
const FEW: usize = 4;
/// An answer whose head and body each come within this time waits for one sync of the disk instead of two.
const QUICK: Duration = Duration::from_millis(1);

/// Under load, all that is ready is worked on before anything is written or sent: one write takes many events, and
/// sends in a row wake a sleeping peer once.
pub(crate) async fn gather(gateway: &Gateway) {
    if gateway.admission.running() > FEW {
        give_way().await;
    }
}

/// Waits for the provider, and makes the intent durable meanwhile if it thinks for long. If it is quick, whoever
/// answers makes it durable: a whole answer with its outcome, in one go.
///
/// # Errors
/// When it can't be brought to the disk. The provider is not waited for any more then, for nobody will get its answer.
pub(crate) async fn meanwhile<T>(
    store: &Store,
    seq: u64,
    answer: impl Future<Output = T>,
) -> Result<T, StoreError> {
    if store.durability() == Durability::Interval {
        return Ok(answer.await);
    }
    let mut answer = pin!(answer);
    if let Ok(answered) = tokio::time::timeout(QUICK, &mut answer).await {
        return Ok(answered);
    }
    let answered = async { Ok(answer.await) };
    tokio::try_join!(answered, store.wait_durable(seq)).map(|(answered, ())| answered)
}

/// Makes an event and all before it durable.
///
/// # Errors
/// When they can't be brought to the disk.
pub(crate) async fn durable(gateway: &Gateway, seq: u64) -> Result<(), StoreError> {
    if gateway.admission.running() <= 1 {
        return at_once(gateway, seq);
    }
    in_turn(gateway, seq).await
}

/// The same without ever holding up the task: at the end of a stream its connection still has pieces to send, which it
/// sends only while the stream waits.
///
/// # Errors
/// When they can't be brought to the disk.
pub(crate) async fn in_turn(gateway: &Gateway, seq: u64) -> Result<(), StoreError> {
    gather(gateway).await;
    gateway.store.wait_durable(seq).await
}

/// Alone, an exchange waits for the disk on its own thread, for waking another takes as long as the disk does. The
/// runtime is told, so that other tasks, such as probes of health, go on if the disk is slow.
fn at_once(gateway: &Gateway, seq: u64) -> Result<(), StoreError> {
    let sync = || gateway.store.make_durable(seq);
    let waits = gateway.store.durability() == Durability::Commit;
    if waits && Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
        tokio::task::block_in_place(sync)
    } else {
        sync()
    }
}

/// Lets run what is ready, without a look for more: tokio's own `yield_now` comes back only after the next look at
/// the sockets, which twice as many rounds would need.
async fn give_way() {
    let mut gave = false;
    std::future::poll_fn(|cx| {
        if gave {
            return Poll::Ready(());
        }
        gave = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Instant;

    use annexa_evidence::{EVENT_VERSION, Event, What};
    use annexa_store::{Clock, Draft, Options, Random, SYSTEM_TENANT};

    use super::*;

    struct Fixed;

    impl Clock for Fixed {
        fn now_ms(&self) -> i64 {
            1_764_000_000_000
        }
    }

    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
            let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            bytes.iter_mut().zip(number.to_le_bytes().into_iter().cycle()).for_each(|(to, from)| *to = from);
        }
    }

    fn store(dir: &Path) -> Store {
        let options = Options {
            durability: Durability::Commit,
            origin: "annexa.invalid/test".to_owned(),
            clock: Arc::new(Fixed),
            random: Arc::new(Fixed),
        };
        Store::open(dir, options).unwrap().store
    }

    fn enqueue(store: &Store) -> u64 {
        let what = What::DamageFound { place: "a".to_owned(), problem: "b".to_owned() };
        let event = Event {
            v: EVENT_VERSION,
            id: "e".to_owned(),
            at: 0,
            tenant: SYSTEM_TENANT.to_owned(),
            exchange: None,
            actor: "test".to_owned(),
            what,
        };
        store.enqueue(Draft { event, record: None }).unwrap().seq
    }

    #[tokio::test]
    async fn a_slow_answer_is_waited_for_with_the_disk_and_a_quick_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        // Once in a second the store syncs by itself: of two tries that follow each other, it leaves one alone.
        let quick = async || {
            let seq = enqueue(&store);
            meanwhile(&store, seq, async {}).await.unwrap();
            store.position().durable <= seq
        };
        assert!(quick().await || quick().await);
        let seq = enqueue(&store);
        meanwhile(&store, seq, tokio::time::sleep(Duration::from_millis(20))).await.unwrap();
        assert!(store.position().durable > seq);
    }

    #[tokio::test]
    async fn a_failed_disk_ends_the_wait_for_the_provider() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let seq = enqueue(&store) + 1;
        // A store that was closed brings nothing to the disk any more.
        store.close().unwrap();
        let begin = Instant::now();
        let answer = tokio::time::sleep(Duration::from_secs(60));
        assert!(matches!(meanwhile(&store, seq, answer).await, Err(StoreError::Stopped)));
        assert!(begin.elapsed() < Duration::from_secs(30));
    }
}
