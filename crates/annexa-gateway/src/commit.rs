//! When an exchange waits for the log, so that many share a write to the kernel or a sync of the disk, and one alone
//! waits for nothing but the disk.

use std::task::Poll;

use annexa_store::StoreError;

use crate::Gateway;

/// With so many exchanges under way or fewer, each goes on at once.
const FEW: usize = 4;

/// Under load, all that is ready is worked on before anything is written or sent: one write takes many events, and
/// sends in a row wake a sleeping peer once.
pub(crate) async fn gather(gateway: &Gateway) {
    if gateway.admission.running() > FEW {
        give_way().await;
    }
}

/// Makes the intent durable while the provider thinks.
///
/// # Errors
/// When it can't be brought to the disk.
pub(crate) async fn meanwhile(gateway: &Gateway, seq: u64) -> Result<(), StoreError> {
    if !alone(gateway) {
        return gateway.store.wait_durable(seq).await;
    }
    // The request goes out before the disk is waited for.
    give_way().await;
    gateway.store.make_durable(seq)
}

/// Makes the last event of an exchange durable.
///
/// # Errors
/// When it can't be brought to the disk.
pub(crate) async fn last(gateway: &Gateway, seq: u64) -> Result<(), StoreError> {
    if alone(gateway) {
        return gateway.store.make_durable(seq);
    }
    gather(gateway).await;
    gateway.store.wait_durable(seq).await
}

/// Whether this thread may wait for the disk itself: no other exchange is held up, and no thread need be woken.
fn alone(gateway: &Gateway) -> bool {
    gateway.admission.running() <= 1
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
