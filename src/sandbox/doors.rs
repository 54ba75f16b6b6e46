//! The listening socket. It knows each connection by its line, which a fault may cut in the middle of an answer.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::locked;

/// How a connection is to break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// Without a byte of answer.
    AtOnce,
    /// After the head and this many bytes of the body.
    AfterBody(usize),
    /// After so many bytes more.
    After(usize),
}

/// Who is at the other end, and the knife for his line.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    address: IpAddr,
    cut: Option<Arc<Mutex<Option<Cut>>>>,
}

impl Peer {
    /// A caller that came without a socket of ours: his line cannot be cut.
    pub(super) fn without_line(address: IpAddr) -> Peer {
        Peer { address, cut: None }
    }

    pub(super) fn address(&self) -> IpAddr {
        self.address.to_canonical()
    }

    /// Breaks the connection when the next byte is written.
    pub(super) fn cut(&self, how: Cut) {
        if let Some(cut) = &self.cut {
            *locked(cut) = Some(how);
        }
    }
}

pub(super) struct Doors(pub(super) TcpListener);

impl Listener for Doors {
    type Io = Line;
    type Addr = Peer;

    async fn accept(&mut self) -> (Line, Peer) {
        loop {
            match self.0.accept().await {
                Ok((stream, from)) => return answered(stream, from),
                // Out of file descriptors, mostly: wait for somebody to leave.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        self.0.local_addr().map(|address| Peer::without_line(address.ip()))
    }
}

fn answered(stream: TcpStream, from: SocketAddr) -> (Line, Peer) {
    // Without it small answers may wait for an acknowledgement; a socket that refuses it works all the same.
    let _ = stream.set_nodelay(true);
    let cut = Arc::new(Mutex::new(None));
    (Line { stream, cut: cut.clone() }, Peer { address: from.ip(), cut: Some(cut) })
}

impl Connected<IncomingStream<'_, Doors>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Doors>) -> Peer {
        stream.remote_addr().clone()
    }
}

pub(super) struct Line {
    stream: TcpStream,
    cut: Arc<Mutex<Option<Cut>>>,
}

impl Line {
    /// How many of these bytes may still leave; `None` breaks the connection.
    fn allowed(&self, bytes: &[u8]) -> Option<usize> {
        let mut cut = locked(&self.cut);
        if let Some(Cut::AfterBody(count)) = *cut {
            let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |end| end + 4);
            *cut = Some(Cut::After(head + count));
        }
        match *cut {
            Some(Cut::AtOnce | Cut::After(0)) => None,
            Some(Cut::After(count)) => Some(count.min(bytes.len())),
            _ => Some(bytes.len()),
        }
    }

    fn left(&self, count: usize) {
        let mut cut = locked(&self.cut);
        if let Some(Cut::After(rest)) = *cut {
            *cut = Some(Cut::After(rest.saturating_sub(count)));
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.allowed(bytes) {
            Some(count) => {
                let written = Pin::new(&mut self.stream).poll_write(context, &bytes[..count]);
                if let Poll::Ready(Ok(count)) = written {
                    self.left(count);
                }
                written
            }
            None => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}
