//! A handler that answers with the values of a store.

mod condition;
mod range;

use alloc::{
    borrow::Cow,
    format,
    rc::Rc,
    string::{String, ToString},
};
use core::{fmt, ops::Range};

use sarab_device::{Bytes, KvRead, Metadata, WallTime};
use sarab_runtime::wall_clock;
use xxhash_rust::xxh3::xxh3_128;

use crate::{IntoResponse, Method, Request, Response, Status, date, media_type, target};
use condition::{Validators, Verdict};
use range::Part;

/// The page of a folder.
const INDEX: &str = "index.html";

/// Up to so many bytes a value is read whole; a longer one is sent as it is read.
const WHOLE_BYTES_MAX: u64 = 1024 * 1024;

/// Bytes of a longer value that are read at once.
const PIECE_BYTES: u64 = 256 * 1024;

/// Bytes of an entity tag: 128 bits in hexadecimal digits, in quotes.
const TAG_BYTES: usize = 34;

/// Makes a handler that answers `GET` and `HEAD` with the values of `store`.
///
/// The path is the key, decoded; a folder stands for its `index.html`, and a path that lacks the
/// slash of a folder is sent there (301). A path that could name something outside, or the same
/// thing a second time (`..`, `//`, an encoded slash), is not found. The media type follows from
/// the ending of the name.
///
/// **Conditions.** Every answer has a strong `ETag`: the XXH3-128 of the content, or, for a value of
/// more than 1 MiB in a store that keeps times, its size and time of change. It has a
/// `Last-Modified` if the store keeps times. All conditions of RFC 9110 §13 are evaluated.
///
/// **Ranges.** One range of bytes is respected (206 or 416); several at once are answered with the
/// whole value, which RFC 9110 §14.2 permits.
///
/// **Memory.** A value of up to 1 MiB is held while it is sent; of a longer one 256 KiB are, so long
/// as the store keeps times. If such a value changes while it is sent, the connection is reset:
/// what has arrived is of one state, never a mixture of two.
///
/// An error of the store is logged and answered with 500.
pub fn files<S: KvRead + 'static>(store: S) -> impl AsyncFn(Request<'_>) -> Response + 'static {
    let store = Rc::new(store);
    async move |request: Request<'_>| answer(&store, &request).await.into_response()
}

async fn answer<S: KvRead + 'static>(
    store: &Rc<S>,
    request: &Request<'_>,
) -> Result<Response, S::Error> {
    if !matches!(request.method, Method::Get | Method::Head) {
        return Ok(Response::plain(Status::METHOD_NOT_ALLOWED).field("allow", "GET, HEAD"));
    }
    let Some(key) = target::key_of(request.path()) else { return Ok(not_found()) };
    let page = if key.is_empty() || key.ends_with('/') {
        Cow::Owned(format!("{key}{INDEX}"))
    } else {
        key
    };
    match Found::open(store, &page).await? {
        Some(found) => Ok(found.answer(request)),
        None => missing(store, request, &page).await,
    }
}

fn not_found() -> Response {
    Response::plain(Status::NOT_FOUND)
}

/// Answers for a key without a value: it may be a folder whose slash was left out.
async fn missing<S: KvRead>(
    store: &S,
    request: &Request<'_>,
    key: &str,
) -> Result<Response, S::Error> {
    let is_folder = async || store.metadata(&format!("{key}/{INDEX}")).await;
    if request.path().ends_with('/') || is_folder().await?.is_none() {
        return Ok(not_found());
    }
    let (mark, query) = request.query().map_or(("", ""), |query| ("?", query));
    let location = format!("{}/{mark}{query}", request.path());
    Ok(Response::plain(Status::MOVED_PERMANENTLY).header("location", location))
}

/// A value that was found.
struct Found<'f, S> {
    store: &'f Rc<S>,
    key: &'f str,
    metadata: Metadata,
    tag: [u8; TAG_BYTES],
    /// The content, if it was read already.
    whole: Option<Bytes>,
}

impl<'f, S: KvRead + 'static> Found<'f, S> {
    async fn open(store: &'f Rc<S>, key: &'f str) -> Result<Option<Self>, S::Error> {
        let Some(mut metadata) = store.metadata(key).await? else { return Ok(None) };
        let (state, whole) = match metadata.modified {
            Some(modified) if metadata.size_bytes > WHOLE_BYTES_MAX => {
                let nanoseconds = modified.since_epoch().as_nanos();
                (u128::from(metadata.size_bytes) << 64 ^ nanoseconds, None)
            }
            _ => {
                let Some(value) = store.get(key).await? else { return Ok(None) };
                metadata.size_bytes = value.len() as u64;
                (xxh3_128(&value), Some(value))
            }
        };
        Ok(Some(Self { store, key, metadata, tag: tag(state), whole }))
    }

    fn answer(self, request: &Request<'_>) -> Response {
        let now = wall_clock();
        match condition::verdict(request.method, &request.headers, &self.validators(), now) {
            Verdict::Failed => return Response::plain(Status::PRECONDITION_FAILED),
            Verdict::NotModified => {
                return self.describe(Response::new(Status::NOT_MODIFIED), now);
            }
            Verdict::Proceed => {}
        }
        let headers = &request.headers;
        let is_partial = request.method == Method::Get
            && condition::range_holds(headers, &self.validators(), now);
        match if is_partial { range::part(headers, self.metadata.size_bytes) } else { Part::Whole }
        {
            Part::Whole => self.full(now),
            Part::Bytes(bytes) => self.partial(bytes, now),
            Part::Missing => Response::plain(Status::RANGE_NOT_SATISFIABLE)
                .field("content-range", format!("bytes */{}", self.metadata.size_bytes)),
        }
    }

    fn full(self, now: Option<WallTime>) -> Response {
        let response = self.describe(Response::new(Status::OK), now);
        let bytes = 0..self.metadata.size_bytes;
        self.content(response.field("accept-ranges", "bytes"), bytes)
    }

    fn partial(self, bytes: Range<u64>, now: Option<WallTime>) -> Response {
        let range = format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, self.metadata.size_bytes);
        let response = self.describe(Response::new(Status::PARTIAL_CONTENT), now);
        self.content(response.field("content-range", range), bytes)
    }

    /// Adds what 200, 206 and 304 all say (RFC 9110 §15.4.5). A time of change that is still to
    /// come is not told (§8.8.2.1).
    fn describe(&self, response: Response, now: Option<WallTime>) -> Response {
        let response =
            response.field("content-type", media_type::of_name(self.key)).field("etag", self.tag);
        match self.metadata.modified {
            Some(modified) if now.is_none_or(|now| modified <= now) => {
                response.field("last-modified", date::write(modified))
            }
            _ => response,
        }
    }

    fn content(self, response: Response, bytes: Range<u64>) -> Response {
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        match self.whole {
            Some(whole) => response.body(whole.slice(place(bytes.start)..place(bytes.end))),
            None => pieces(response, Rc::clone(self.store), self.key.into(), self.metadata, bytes),
        }
    }

    fn validators(&self) -> Validators<'_> {
        Validators { tag: &self.tag, modified: self.metadata.modified }
    }
}

/// Writes the entity tag of the state of a value that a number stands for.
fn tag(state: u128) -> [u8; TAG_BYTES] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'"'; TAG_BYTES];
    for (place, byte) in text[1..].chunks_exact_mut(2).zip(state.to_be_bytes()) {
        place.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    text
}

/// Sets content that is read from the store while it is sent, so long as it does not change.
fn pieces<S: KvRead + 'static>(
    response: Response,
    store: Rc<S>,
    key: String,
    metadata: Metadata,
    mut bytes: Range<u64>,
) -> Response {
    let length = bytes.end - bytes.start;
    response.content(Some(length), async move || {
        let end = bytes.end.min(bytes.start + PIECE_BYTES);
        let piece = store.get_range(&key, bytes.start..end).await.map_err(text)?;
        // Looked at after the piece was read: one that is not of this state is not sent.
        if store.metadata(&key).await.map_err(text)? != Some(metadata) {
            return Err(format!("`{key}` has changed while it was sent"));
        }
        bytes.start = end;
        Ok(piece.filter(|piece| !piece.is_empty()))
    })
}

fn text(error: impl fmt::Display) -> String {
    error.to_string()
}
