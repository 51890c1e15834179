//! A disk: a file of the host, or one of its block devices.
//!
//! What the host has in its memory is read and written at once. Whatever would wait for a device goes to
//! a thread, so that the guest does not wait for it; see [`worker`].

mod file;
mod worker;

use std::{sync::Arc, thread::JoinHandle};

use sarab_abi::{
    Completion, DEVICE_DISCARDS, DEVICE_WRITABLE, Device, Kind, Outcome, Request, Submission,
};

use crate::{
    memory::Memory,
    queue::{Queue, Violation},
    tender::DiskFile,
};

pub use file::File;
use worker::{Job, Worker};

/// A disk.
pub(crate) struct Disk {
    pub(crate) name: &'static str,
    queue: Queue,
    worker: Arc<Worker>,
    thread: Option<JoinHandle<()>>,
    /// Requests that the thread has.
    running: u32,
}

impl Disk {
    /// Returns the disk as the guest is told of it.
    pub(crate) fn describe(file: &File) -> Device {
        let flags = if file.is_writable { DEVICE_WRITABLE | DEVICE_DISCARDS } else { 0 };
        Device {
            kind: Kind::Disk as u32,
            flags,
            unit_bytes: file.sector_bytes,
            extent: file.sector_count.to_le_bytes(),
            ..Device::default()
        }
    }

    /// Starts the disk's thread, which rings `bell` when something is done.
    pub(crate) fn start(file: File, queue: Queue, slots: u32, bell: i32) -> std::io::Result<Self> {
        let name = file.name;
        let (worker, thread) = Worker::start(file, slots as usize, bell)?;
        Ok(Self { name, queue, worker, thread: Some(thread), running: 0 })
    }

    /// Returns the file that stands for it.
    pub(crate) fn file(&self) -> DiskFile {
        let file = self.worker.file();
        let size_bytes = file.sector_count * u64::from(file.sector_bytes);
        let (descriptor, is_writable) = (file.descriptor(), file.is_writable);
        DiskFile { descriptor, size_bytes, is_writable }
    }

    /// Does what was submitted; tells whether anything was completed.
    pub(crate) fn serve(&mut self, memory: &Memory) -> Result<bool, Violation> {
        let mut any = self.collect(memory)?;
        let waiting = self.queue.waiting(memory)?;
        for _ in 0..waiting {
            // Each request that runs has room for its completion.
            if self.queue.room(memory)? <= self.running {
                return Err(Violation::Completions);
            }
            let submission = self.queue.peek(memory)?;
            self.queue.take(memory)?;
            if let Some(outcome) = self.begin(memory, &submission)? {
                self.complete(memory, submission.token, outcome)?;
                any = true;
            }
        }
        Ok(any)
    }

    /// Completes what the thread has done; tells whether there was something.
    pub(crate) fn collect(&mut self, memory: &Memory) -> Result<bool, Violation> {
        let mut any = false;
        while let Some((token, outcome)) = self.worker.take_done() {
            self.running -= 1;
            self.complete(memory, token, outcome)?;
            any = true;
        }
        Ok(any)
    }

    /// Does a request, or gives it to the thread; returns the outcome if there is one already.
    fn begin(
        &mut self,
        memory: &Memory,
        submission: &Submission,
    ) -> Result<Option<Outcome>, Violation> {
        let job = match self.job(memory, submission)? {
            Ok(job) => job,
            Err(outcome) => return Ok(Some(outcome)),
        };
        let outcome = self.worker.try_now(&job);
        if outcome.is_none() {
            self.worker.hand_over(job);
            self.running += 1;
        }
        Ok(outcome)
    }

    fn complete(&mut self, memory: &Memory, token: u32, outcome: Outcome) -> Result<(), Violation> {
        let completion = Completion { token, outcome: outcome as u32, ..Completion::default() };
        self.queue.complete(memory, &completion)
    }

    /// Checks a submission: that its data are of the guest's memory, and its sectors of the disk.
    fn job(
        &self,
        memory: &Memory,
        submission: &Submission,
    ) -> Result<Result<Job, Outcome>, Violation> {
        let Submission { address, size_bytes, token, ref header, request } = *submission;
        let Some(request) = Request::new(request) else { return Ok(Err(Outcome::Invalid)) };
        let data = match request {
            Request::Read => memory.writable(address, size_bytes.into()),
            Request::Write | Request::WriteThrough => {
                memory.readable(address, size_bytes.into()).map(<*const u8>::cast_mut)
            }
            Request::Flush | Request::Discard => Some(std::ptr::null_mut()),
        };
        let data = data.ok_or(Violation::Address)?;
        let first = header.first_chunk().map_or(0, |first| u64::from_le_bytes(*first));
        let file = self.worker.file();
        let span = match request {
            Request::Flush => Ok((0, 0)),
            Request::Discard => {
                file.span(first, u128::from(address) * u128::from(file.sector_bytes))
            }
            _ => file.span(first, size_bytes.into()),
        };
        let is_refused = request != Request::Read && !file.is_writable;
        if is_refused && request != Request::Flush {
            return Ok(Err(Outcome::ReadOnly));
        }
        Ok(span.map(|(start, size)| Job { request, data, start, size, token }))
    }
}

/// The thread ends with its disk, so that nobody reaches the guest's memory any more.
impl Drop for Disk {
    fn drop(&mut self) {
        self.worker.end();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
