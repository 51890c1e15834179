//! A network card of the monitor.

use alloc::rc::Rc;

use sarab_bare::{Resource, events};
use sarab_virtio::net::{CardPort, RECEIVE_BYTES};

use super::{
    devices::{self, OpenError},
    machine::heap_bytes,
};

/// A network card of the monitor.
pub type Card = sarab_virtio::net::Card;

/// The part of the heap that a card may fill with frames.
const HEAP_PART: usize = 16;

/// Opens the card `name` of the image's manifest.
pub async fn open_card(name: &'static str) -> Result<Card, OpenError> {
    let transport = devices::card(name)?;
    let receive_bytes = RECEIVE_BYTES.min(heap_bytes() / HEAP_PART);
    // SAFETY: memory is mapped one to one; a manifest lists a card once, and a generated program opens it
    // once.
    let port = unsafe { CardPort::open(transport, receive_bytes) };
    let resource = Resource::Network(name);
    let port = port.map_err(|error| OpenError::Unusable { resource, error })?;
    let (card, frames) = port.into_card();
    events::add(Rc::clone(&frames) as _);
    Ok(card)
}
