//! The conversation with the debugger while the guest runs.

use super::{
    guest::{Guest, Stop},
    wire::Wire,
};
use crate::Error;
use gdbstub::{
    conn::ConnectionExt,
    stub::run_blocking::{BlockingEventLoop, Event, WaitForStopReasonError},
};
use std::{io, marker::PhantomData};

/// Runs the guest and listens.
pub(super) struct Session<'a>(PhantomData<&'a ()>);

impl<'a> BlockingEventLoop for Session<'a> {
    type Target = Guest<'a>;
    type Connection = Wire;
    type StopReason = Stop;

    fn wait_for_stop_reason(
        guest: &mut Guest<'a>,
        connection: &mut Wire,
    ) -> Result<Event<Stop>, WaitForStopReasonError<Error, io::Error>> {
        loop {
            if let Some(stop) = guest.run().map_err(WaitForStopReasonError::Target)? {
                return Ok(Event::TargetStopped(stop));
            }
            if guest.is_in_guest() && has_input(connection)? {
                let byte = ConnectionExt::read(connection);
                return byte.map(Event::IncomingData).map_err(WaitForStopReasonError::Connection);
            }
        }
    }

    fn on_interrupt(guest: &mut Guest<'a>) -> Result<Option<Stop>, Error> {
        guest.interrupt().map(Some)
    }
}

/// Does not wait.
fn has_input(connection: &mut Wire) -> Result<bool, WaitForStopReasonError<Error, io::Error>> {
    let byte = ConnectionExt::peek(connection).map_err(WaitForStopReasonError::Connection)?;
    Ok(byte.is_some())
}
