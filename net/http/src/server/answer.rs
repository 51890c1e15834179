//! Answers on their way to the client (RFC 9112 §4, §6, §7).

use alloc::boxed::Box;
use core::{
    fmt::Write,
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
};

use sarab_device::{Bytes, BytesMut, Flow};

use crate::{
    Response, Status, Version, date,
    response::{Content, Stream},
    wire::{Trouble, Wire},
};

/// What an answer must know of its request and connection.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    /// Whether the request was `HEAD`: everything but the content.
    pub(super) is_head: bool,
    pub(super) version: Version,
    /// Whether the connection is kept.
    pub(super) keeps: bool,
    pub(super) date: Option<[u8; date::LENGTH]>,
}

/// How the client finds the end of the content.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// There is no content, and no field about it.
    Bare,
    Length(u64),
    Chunks,
    Close,
}

/// Writes `response`, or leaves it with what waits to be written; returns whether the connection is
/// kept.
///
/// Fails also where streamed content fails: then the connection must be reset.
pub(super) async fn write<F: Flow>(
    wire: &mut Wire<F>,
    response: Response,
    manner: Manner,
) -> Result<bool, Trouble> {
    let ending = ending(&response, manner.version);
    let keeps = manner.keeps && !response.closes && ending != Ending::Close;
    write_head(&mut wire.output, &response, ending, Manner { keeps, ..manner });
    match response.content {
        _ if manner.is_head || ending == Ending::Bare => wire.put(&[]).await?,
        Content::Bytes(bytes) => wire.put(&bytes).await?,
        Content::Stream { source, .. } => stream(wire, source, ending).await?,
    }
    Ok(keeps)
}

fn ending(response: &Response, version: Version) -> Ending {
    match &response.content {
        _ if response.status.is_bare() => Ending::Bare,
        Content::Bytes(bytes) => Ending::Length(bytes.len() as u64),
        Content::Stream { length: Some(length), .. } => Ending::Length(*length),
        Content::Stream { length: None, .. } if version == Version::Http11 => Ending::Chunks,
        Content::Stream { length: None, .. } => Ending::Close,
    }
}

fn write_head(output: &mut BytesMut, response: &Response, ending: Ending, manner: Manner) {
    write_status_line(output, response.status);
    if let Some(date) = manner.date {
        put(output, [b"date: ", &date, b"\r\n"]);
    }
    output.extend_from_slice(&response.fields.text);
    match ending {
        Ending::Length(length) => {
            output.extend_from_slice(b"content-length: ");
            put_number(output, format_args!("{length}\r\n"));
        }
        Ending::Chunks => output.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        Ending::Bare | Ending::Close => {}
    }
    match (manner.keeps, manner.version) {
        (false, _) => output.extend_from_slice(b"connection: close\r\n"),
        (true, Version::Http10) => output.extend_from_slice(b"connection: keep-alive\r\n"),
        (true, Version::Http11) => {}
    }
    output.extend_from_slice(b"\r\n");
}

fn write_status_line(output: &mut BytesMut, status: Status) {
    let digit = |place: u16| b"0123456789"[usize::from(status.code() / place % 10)];
    let code = [digit(100), digit(10), digit(1)];
    put(output, [b"HTTP/1.1 ", &code, b" ", status.reason().as_bytes(), b"\r\n"]);
}

fn put<const N: usize>(output: &mut BytesMut, parts: [&[u8]; N]) {
    for part in parts {
        output.extend_from_slice(part);
    }
}

fn put_number(output: &mut BytesMut, number: core::fmt::Arguments<'_>) {
    let _never_fails = output.write_fmt(number);
}

/// Writes streamed content; what waits is sent whenever the next piece is not there yet.
async fn stream<F: Flow>(
    wire: &mut Wire<F>,
    mut source: Box<dyn Stream>,
    ending: Ending,
) -> Result<(), Trouble> {
    let mut left = if let Ending::Length(length) = ending { length } else { u64::MAX };
    while left > 0 {
        let Some(piece) = meanwhile(wire, pin!(source.next())).await?.map_err(failed)? else {
            break;
        };
        let count = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        left -= count as u64;
        write_piece(wire, piece.slice(..count), ending).await?;
    }
    match ending {
        Ending::Length(_) if left > 0 => Err(failed("content of the length that was told")),
        Ending::Chunks => wire.put(b"0\r\n\r\n").await,
        _ => Ok(()),
    }
}

async fn write_piece<F: Flow>(
    wire: &mut Wire<F>,
    piece: Bytes,
    ending: Ending,
) -> Result<(), Trouble> {
    if ending != Ending::Chunks {
        return wire.put(&piece).await;
    }
    if piece.is_empty() {
        return Ok(()); // a chunk without data would be the last one
    }
    put_number(&mut wire.output, format_args!("{:x}\r\n", piece.len()));
    wire.put(&piece).await?;
    wire.put(b"\r\n").await
}

fn failed(why: impl core::fmt::Display) -> Trouble {
    let trouble = Trouble::Broken(alloc::format!("streamed content failed: {why}"));
    log::error!("{trouble}");
    trouble
}

/// Waits for `future`; if it is not ready at once, sends meanwhile what waits to be written.
pub(super) async fn meanwhile<F: Flow, T>(
    wire: &mut Wire<F>,
    mut future: Pin<&mut impl Future<Output = T>>,
) -> Result<T, Trouble> {
    match poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => {
            wire.send().await?;
            Ok(future.await)
        }
    }
}
