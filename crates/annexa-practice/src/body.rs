//! A response body that is fed while it is sent, and can break off.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame};
use tokio::sync::mpsc;

/// A body that is there, or one that comes.
pub(crate) type Given = Either<Full<Bytes>, Fed>;

/// A body that comes through a channel. An error ends it in the middle.
pub(crate) struct Fed(mpsc::Receiver<io::Result<Bytes>>);

/// A body and where to feed it.
pub(crate) fn fed() -> (mpsc::Sender<io::Result<Bytes>>, Given) {
    let (sender, receiver) = mpsc::channel(4);
    (sender, Either::Right(Fed(receiver)))
}

/// A body that is there.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Given {
    Either::Left(Full::new(bytes.into()))
}

impl Body for Fed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(context).map(|next| next.map(|fed| fed.map(Frame::data)))
    }
}
