//! The thread that waits for the host's disk in the guest's place.
//!
//! It takes all jobs that wait, does what moves data, and then flushes once for all who have asked: so
//! flushes that come together cost one, and each covers the writes that were completed before it.
//!
//! Jobs go there and back through rings of a fixed size, since nothing may allocate.

use std::{
    io,
    sync::{
        Arc, Barrier, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle, Thread},
};

use crossbeam_queue::ArrayQueue;
use sarab_abi::{Outcome, Request};

use super::File;
use crate::signal;

/// Bytes of the thread's stack: it calls the kernel and little else.
const STACK_BYTES: usize = 64 << 10;

/// A request, checked.
pub(super) struct Job {
    pub(super) request: Request,
    /// Where the data are, in the tender's memory.
    pub(super) data: *mut u8,
    /// Where in the file, in bytes.
    pub(super) start: u64,
    /// How many bytes.
    pub(super) size: u64,
    pub(super) token: u32,
}

// SAFETY: `data` points to guest memory, which is mapped until the tender ends, and is never borrowed.
unsafe impl Send for Job {}

/// The thread of one disk.
pub(super) struct Worker {
    file: File,
    jobs: ArrayQueue<Job>,
    done: ArrayQueue<(u32, Outcome)>,
    /// What the event loop waits for.
    bell: i32,
    /// A flush has failed, and what it was for may be lost.
    has_failed: AtomicBool,
    /// The host does not read, or write, this file at once or not at all.
    reads_wait: AtomicBool,
    writes_wait: AtomicBool,
    /// There will be no more jobs.
    is_over: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Worker {
    /// Starts the thread, and returns what it shares with the event loop, and its handle.
    pub(super) fn start(
        file: File,
        slots: usize,
        bell: i32,
    ) -> io::Result<(Arc<Self>, JoinHandle<()>)> {
        let worker = Arc::new(Self {
            file,
            jobs: ArrayQueue::new(slots),
            done: ArrayQueue::new(slots),
            bell,
            has_failed: AtomicBool::new(false),
            reads_wait: AtomicBool::new(false),
            writes_wait: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            thread: OnceLock::new(),
        });
        let of_thread = Arc::clone(&worker);
        let started = Arc::new(Barrier::new(2));
        let of_start = Arc::clone(&started);
        let builder = thread::Builder::new().name("disk".into()).stack_size(STACK_BYTES);
        let body = move || {
            of_start.wait();
            of_thread.run();
        };
        // Handlers are written for the thread that the guest runs on.
        let handle = signal::without(|| builder.spawn(body))?;
        // What a thread needs to start is not allowed behind the fence.
        started.wait();
        // It was just made, so it is empty.
        let _ = worker.thread.set(handle.thread().clone());
        Ok((worker, handle))
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Does a job if the host does not wait for it.
    pub(super) fn try_now(&self, job: &Job) -> Option<Outcome> {
        let waits = match job.request {
            Request::Read => &self.reads_wait,
            Request::Write => &self.writes_wait,
            _ => return None,
        };
        if waits.load(Ordering::Relaxed) {
            return None;
        }
        match self.transfer(job, libc::RWF_NOWAIT) {
            Ok(()) => Some(Outcome::Done),
            Err(libc::EOPNOTSUPP | libc::ENOSYS | libc::EINVAL) => {
                waits.store(true, Ordering::Relaxed);
                None
            }
            // It would wait, or half of it was moved: all of it is moved again by who can wait.
            Err(_) => None,
        }
    }

    /// Gives a job to the thread. There is room for as many as the queue has slots.
    pub(super) fn hand_over(&self, job: Job) {
        let token = job.token;
        if self.jobs.push(job).is_err() {
            // More run than the queue has slots, which the queue has refused before.
            let _ = self.done.push((token, Outcome::Refused));
        }
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// Takes what is done.
    pub(super) fn take_done(&self) -> Option<(u32, Outcome)> {
        self.done.pop()
    }

    /// Lets the thread end once it has done the jobs that it has.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    fn run(&self) {
        // There is room for as many as there can be, since nothing may allocate.
        let mut flushes = Vec::with_capacity(self.jobs.capacity());
        loop {
            flushes.clear();
            // What comes meanwhile is for the next round, so that a flush comes to its end.
            for _ in 0..self.jobs.len() {
                let Some(job) = self.jobs.pop() else { break };
                match job.request {
                    Request::Flush => flushes.push(job.token),
                    Request::WriteThrough => match self.work(&job) {
                        Outcome::Done => flushes.push(job.token),
                        outcome => self.finish(job.token, outcome),
                    },
                    _ => self.finish(job.token, self.work(&job)),
                }
            }
            if !flushes.is_empty() {
                let outcome = self.flush();
                for token in &flushes {
                    self.finish(*token, outcome);
                }
            } else if self.jobs.is_empty() {
                if self.is_over.load(Ordering::Acquire) {
                    return;
                }
                thread::park();
            }
        }
    }

    fn finish(&self, token: u32, outcome: Outcome) {
        let _ = self.done.push((token, outcome));
        let one = 1_u64.to_ne_bytes();
        // SAFETY: the kernel reads eight bytes of our own.
        unsafe { libc::write(self.bell, one.as_ptr().cast(), one.len()) };
    }

    fn work(&self, job: &Job) -> Outcome {
        let result = match job.request {
            Request::Discard => self.discard(job),
            _ => self.transfer(job, 0),
        };
        match result {
            Ok(()) => Outcome::Done,
            Err(libc::ENOSPC | libc::EDQUOT) => Outcome::NoRoom,
            Err(_) => Outcome::Refused,
        }
    }

    /// Flushes, and remembers a failure: the host reports lost data once.
    fn flush(&self) -> Outcome {
        if self.has_failed.load(Ordering::Acquire) {
            return Outcome::Refused;
        }
        // SAFETY: the descriptor is open.
        if self.file.is_writable && unsafe { libc::fdatasync(self.file.descriptor()) } != 0 {
            self.has_failed.store(true, Ordering::Release);
            return Outcome::Refused;
        }
        Outcome::Done
    }

    fn discard(&self, job: &Job) -> Result<(), i32> {
        let (start, size) = (offset(job.start)?, offset(job.size)?);
        let hole = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
        // SAFETY: the descriptor is open.
        let punched = unsafe { libc::fallocate(self.file.descriptor(), hole, start, size) };
        match (punched, errno()) {
            // It was a hint.
            (0, _) | (_, libc::EOPNOTSUPP | libc::ENOSYS) => Ok(()),
            (_, error) => Err(error),
        }
    }

    /// Reads or writes all of a job's data.
    fn transfer(&self, job: &Job, flags: i32) -> Result<(), i32> {
        let (mut done, size) = (0, usize::try_from(job.size).map_err(|_| libc::EINVAL)?);
        while done < size {
            // SAFETY: the data of a job are `size` bytes of guest memory.
            let base = unsafe { job.data.add(done) };
            let part = libc::iovec { iov_base: base.cast(), iov_len: size - done };
            let (file, at) = (self.file.descriptor(), offset(job.start + done as u64)?);
            let moved = match job.request {
                // SAFETY: the kernel writes to that part of guest memory.
                Request::Read => unsafe { libc::preadv2(file, &raw const part, 1, at, flags) },
                // SAFETY: the kernel reads from that part of guest memory.
                _ => unsafe { libc::pwritev2(file, &raw const part, 1, at, flags) },
            };
            match (usize::try_from(moved), errno()) {
                // The file was shortened.
                (Ok(0), _) => return Err(libc::EIO),
                (Ok(count), _) => done += count,
                (Err(_), libc::EINTR) => {}
                (Err(_), error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn offset(bytes: u64) -> Result<i64, i32> {
    i64::try_from(bytes).map_err(|_| libc::EINVAL)
}

fn errno() -> i32 {
    io::Error::last_os_error().raw_os_error().unwrap_or_default()
}
