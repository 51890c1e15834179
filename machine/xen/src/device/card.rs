//! A network card that another domain serves.

use alloc::rc::Rc;

use sarab_bare::{Resource, events};
use sarab_xen::net;

use super::{
    devices::{OpenError, handle, on_resume},
    host::store,
};

/// A network card that another domain serves.
pub type Card = net::Card;

/// Opens the card `name` of the image's manifest; waits until it is served.
pub async fn open_card(name: &'static str) -> Result<Card, OpenError> {
    let resource = Resource::Network(name);
    let opened = net::open(store(), handle(resource)?);
    let (card, frames) = opened.map_err(|error| OpenError::Unserved { resource, error })?;
    events::add(Rc::clone(&frames) as _);
    on_resume(move || frames.port().resume());
    Ok(card)
}
