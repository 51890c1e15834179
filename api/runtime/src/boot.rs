//! What generated code asks while it boots.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display};
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll};

use sarab_key::{Value, Values};

use crate::{Failure, Outcome, Task, spawn};

/// The boot of a program: the values of its keys, and its jobs.
///
/// All values were checked before. Asking for a key that the [`App`](crate::App) does not have, or
/// as another type, is a mistake of the program and panics.
#[derive(Clone, Debug)]
pub struct Boot {
    values: Rc<Values>,
}

impl Boot {
    pub(crate) fn new(values: Values) -> Self {
        Self { values: Rc::new(values) }
    }

    /// Returns the value of a key that is required or has a default.
    #[must_use]
    #[track_caller]
    pub fn get<T: Value>(&self, key: &str) -> T {
        self.values.get(key)
    }

    /// Returns the value of a key that may be missing.
    #[must_use]
    #[track_caller]
    pub fn optional<T: Value>(&self, key: &str) -> Option<T> {
        self.values.optional(key)
    }

    /// Returns the values of a key that is a list.
    #[must_use]
    #[track_caller]
    pub fn list<T: Value>(&self, key: &str) -> Vec<T> {
        self.values.list(key)
    }

    /// Tells whether a flag is on.
    #[must_use]
    #[track_caller]
    pub fn flag(&self, key: &str) -> bool {
        self.values.flag(key)
    }

    /// Adds the name of a device to the error of opening it.
    pub fn opened<D, E>(&self, name: &str, device: Result<D, E>) -> Result<D, Failure>
    where
        E: Display + 'static,
    {
        device
            .map_err(|error| Failure::from_any(error).context(format_args!("cannot open {name:?}")))
    }

    /// Names a job. Awaiting it runs it; [`jobs`](Boot::jobs) runs several.
    pub fn job<F>(&self, name: &str, future: F) -> Job
    where
        F: Future<Output: Outcome> + 'static,
    {
        let name = String::from(name);
        let run = async move {
            future.await.result().map_err(|failure| failure.context(format_args!("job {name}")))
        };
        Job(Box::pin(run))
    }

    /// Runs jobs beside each other, until all have ended or one has failed.
    ///
    /// The first failure is the result; the other jobs are dropped then. Dropping the future drops
    /// all jobs.
    pub async fn jobs(&self, jobs: impl IntoIterator<Item = Job>) -> Result<(), Failure> {
        let mut running = Running(jobs.into_iter().map(spawn).collect());
        poll_fn(|context| running.poll(context)).await
    }
}

/// A job of the program, ready to run.
#[must_use = "a job does nothing until it is awaited"]
pub struct Job(Pin<Box<dyn Future<Output = Result<(), Failure>>>>);

impl Future for Job {
    type Output = Result<(), Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").finish_non_exhaustive()
    }
}

/// Jobs that have not ended; they end with it.
struct Running(Vec<Task<Result<(), Failure>>>);

impl Running {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        let mut failure = None;
        self.0.retain_mut(|task| match Pin::new(task).poll(context) {
            Poll::Pending => true,
            Poll::Ready(Ok(Err(error))) => {
                failure.get_or_insert(error);
                false
            }
            Poll::Ready(_) => false,
        });
        match failure {
            Some(failure) => Poll::Ready(Err(failure)),
            None if self.0.is_empty() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.iter().for_each(Task::cancel);
    }
}

#[cfg(test)]
mod tests;
