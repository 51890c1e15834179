//! Keeps notes over HTTP: what was answered lasts.
#![no_std]
#![forbid(unsafe_code)]

use sarab::{
    device::{EntryKind, Error, ErrorKind},
    prelude::*,
};
use sarab_http::{BodyError, Method, Request, Response, Server, Status};

/// The most bytes of a note.
const NOTE_BYTES_MAX: usize = 1 << 20;

/// What stands before the name of a note.
const PLACE: &str = "/notes/";

/// Serves `GET`, `PUT` and `DELETE` of `/notes/NAME`, and the list of all notes at `/notes/`.
#[sarab::job]
pub async fn start(tcp: impl Tcp, notes: impl Kv, port: u16) -> Result<(), Failure> {
    let listener = tcp.listen(port).await?;
    println!("listening on port {}", listener.port());
    let handler = async move |request: Request<'_>| answer(&notes, request).await;
    Server::new(listener).serve(handler).await;
    Ok(())
}

/// Answers a request. What the store refuses, the client has asked for wrongly.
async fn answer<K: Kv>(notes: &K, request: Request<'_>) -> Result<Response, K::Error> {
    let Some(name) = name(request.path()) else {
        return Ok(Response::plain(Status::NOT_FOUND));
    };
    match respond(notes, &name, request).await {
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            Ok(Response::plain(Status::BAD_REQUEST))
        }
        other => other,
    }
}

async fn respond<K: Kv>(
    notes: &K,
    name: &str,
    mut request: Request<'_>,
) -> Result<Response, K::Error> {
    Ok(match (request.method, name) {
        (Method::Get | Method::Head, "") => Response::text(list(notes).await?),
        (Method::Get | Method::Head, name) => match notes.get(name).await? {
            Some(note) => Response::new(Status::OK).body(note),
            None => Response::plain(Status::NOT_FOUND),
        },
        (_, "") => Response::plain(Status::METHOD_NOT_ALLOWED),
        (Method::Put, name) => match request.body.bytes(NOTE_BYTES_MAX).await {
            Ok(note) => {
                notes.set(name, note).await?;
                notes.sync().await?;
                Response::new(Status::NO_CONTENT)
            }
            Err(BodyError::TooLarge(_)) => Response::plain(Status::CONTENT_TOO_LARGE),
            Err(_) => Response::plain(Status::BAD_REQUEST),
        },
        (Method::Delete, name) => {
            notes.remove(name).await?;
            notes.sync().await?;
            Response::new(Status::NO_CONTENT)
        }
        _ => Response::plain(Status::METHOD_NOT_ALLOWED),
    })
}

/// Returns the name of the note that a path leads to; it is empty for all of them.
fn name(path: &str) -> Option<String> {
    let name = path.strip_prefix(PLACE)?;
    (!name.contains('/')).then(|| name.into())
}

/// Returns the names of all notes, one a line.
async fn list<K: Kv>(notes: &K) -> Result<String, K::Error> {
    let entries = notes.list("").await?;
    let notes = entries.iter().filter(|entry| entry.kind == EntryKind::Value);
    Ok(notes.flat_map(|note| [&note.name, "\n"]).collect())
}
