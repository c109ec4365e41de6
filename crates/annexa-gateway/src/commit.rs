//! When an exchange waits for the log, so that many share a write to the kernel or a sync of the disk, and one alone
//! waits for nothing but the disk.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use annexa_store::{Durability, StoreError};
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
/// When it can't be brought to the disk.
pub(crate) async fn meanwhile<T>(
    gateway: &Gateway,
    seq: u64,
    answer: impl Future<Output = T>,
) -> Result<T, StoreError> {
    if gateway.store.durability() == Durability::Interval {
        return Ok(answer.await);
    }
    let mut answer = pin!(answer);
    if let Ok(answered) = tokio::time::timeout(QUICK, &mut answer).await {
        return Ok(answered);
    }
    let (answered, durable) = tokio::join!(answer, gateway.store.wait_durable(seq));
    durable.map(|()| answered)
}

/// Makes an event and all before it durable.
///
/// # Errors
/// When they can't be brought to the disk.
pub(crate) async fn durable(gateway: &Gateway, seq: u64) -> Result<(), StoreError> {
    if gateway.admission.running() <= 1 {
        return at_once(gateway, seq);
    }
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
