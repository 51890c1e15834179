//! A watched byte stream.

use core::net::SocketAddr;

use embedded_io::ErrorType;

use super::{
    Harm, NOTHING, Observer, Operation, Subject, Verb, Watched, WatchedError, flip, flipped,
};
use crate::{Flow, Read, Write};

impl<D: ErrorType, O> ErrorType for Watched<D, O> {
    type Error = WatchedError<D::Error>;
}

impl<D: Read, O: Observer> Read for Watched<D, O> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        let operation = self.operation(Verb::Read, Subject::All, buffer.len() as u64);
        let harm = self.permit(&operation)?;
        let result = self.device.read(buffer).await;
        let filled = &mut buffer[..*result.as_ref().unwrap_or(&0)];
        if let Some(Harm::Corrupt { bit }) = harm {
            flip(filled, bit);
        }
        self.report(&operation, result.as_ref().map(|_| &*filled));
        result.map_err(WatchedError::Device)
    }
}

impl<D: Write, O: Observer> Write for Watched<D, O> {
    async fn write(&mut self, data: &[u8]) -> Result<usize, Self::Error> {
        let size = data.len() as u64;
        let operation = Operation { data, ..self.operation(Verb::Write, Subject::All, size) };
        let result = match self.permit(&operation)? {
            Some(Harm::Lose) => return Ok(data.len()),
            Some(Harm::Corrupt { bit }) => self.device.write(&flipped(data, bit)).await,
            _ => self.device.write(data).await,
        };
        self.report(&operation, result.as_ref().map(|_| NOTHING));
        result.map_err(WatchedError::Device)
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        let operation = self.operation(Verb::Flush, Subject::All, 0);
        self.permit(&operation)?;
        let result = self.device.flush().await;
        self.report(&operation, result.as_ref().map(|()| NOTHING));
        result.map_err(WatchedError::Device)
    }
}

impl<D: Flow, O: Observer> Flow for Watched<D, O> {
    fn peer(&self) -> SocketAddr {
        self.device.peer()
    }

    async fn readable(&mut self) -> Result<(), Self::Error> {
        let operation = self.operation(Verb::Readable, Subject::All, 0);
        self.permit(&operation)?;
        let result = self.device.readable().await;
        self.report(&operation, result.as_ref().map(|()| NOTHING));
        result.map_err(WatchedError::Device)
    }

    async fn finish(&mut self) -> Result<(), Self::Error> {
        let operation = self.operation(Verb::Finish, Subject::All, 0);
        self.permit(&operation)?;
        let result = self.device.finish().await;
        self.report(&operation, result.as_ref().map(|()| NOTHING));
        result.map_err(WatchedError::Device)
    }
}
