//! How a program ends.

use alloc::string::{String, ToString};
use core::any::Any;
use core::convert::Infallible;
use core::fmt::{self, Display};

/// What the host is told when the program has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Status(pub u8);

impl Status {
    /// All is well.
    pub const SUCCESS: Self = Self(0);
    /// A job, or a device that it needs, has failed.
    pub const FAILURE: Self = Self(1);
    /// The boot keys are wrong (`EX_USAGE`).
    pub const USAGE: Self = Self(64);
    /// The machine lacks what no program can do without (`EX_UNAVAILABLE`).
    pub const UNAVAILABLE: Self = Self(69);

    /// Tells whether all is well.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 == Self::SUCCESS.0
    }
}

/// Why a program failed: a text for people, and the status.
///
/// Any error becomes one by `?`; its sources are added to the text.
pub struct Failure {
    text: String,
    status: Status,
}

impl Failure {
    /// Makes a failure of a text: in lower case, without a full stop.
    pub fn new(text: impl Display) -> Self {
        Self { text: text.to_string(), status: Status::FAILURE }
    }

    /// Makes a failure that only has a status.
    #[must_use]
    pub const fn silent(status: Status) -> Self {
        Self { text: String::new(), status }
    }

    /// Changes the status.
    #[must_use]
    pub fn with_status(self, status: Status) -> Self {
        Self { status, ..self }
    }

    /// Returns the status.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Puts what was tried before the text (`cannot open "data"`).
    #[must_use]
    pub fn context(self, tried: impl Display) -> Self {
        let text = match self.text.as_str() {
            "" => String::new(),
            text => alloc::format!("{tried}: {text}"),
        };
        Self { text, ..self }
    }

    /// Makes a failure of any error value; one that is a failure already stays as it is.
    pub(crate) fn from_any(error: impl Display + 'static) -> Self {
        let mut error = Some(error);
        match (&mut error as &mut dyn Any).downcast_mut::<Option<Self>>() {
            Some(failure) => failure.take().unwrap_or(Self::silent(Status::FAILURE)),
            None => Self::new(error.map(|error| error.to_string()).unwrap_or_default()),
        }
    }
}

impl<E: core::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text += ": ";
            text += &cause.to_string();
            source = cause.source();
        }
        Self::new(text)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} (status {})", self.text, self.status.0)
    }
}

/// What a job may return.
#[diagnostic::on_unimplemented(
    message = "a job cannot return `{Self}`",
    label = "returns `{Self}`",
    note = "a job returns nothing, a `Status`, or a `Result<(), E>` whose error can be shown",
    note = "one that never ends returns `core::convert::Infallible`"
)]
pub trait Outcome {
    /// Tells whether it ended well, and if not, why.
    fn result(self) -> Result<(), Failure>;
}

impl Outcome for () {
    fn result(self) -> Result<(), Failure> {
        Ok(())
    }
}

impl Outcome for Status {
    fn result(self) -> Result<(), Failure> {
        if self.is_success() { Ok(()) } else { Err(Failure::silent(self)) }
    }
}

impl Outcome for Infallible {
    fn result(self) -> Result<(), Failure> {
        match self {}
    }
}

impl<T: Outcome, E: Display + 'static> Outcome for Result<T, E> {
    fn result(self) -> Result<(), Failure> {
        self.map_err(Failure::from_any)?.result()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::boxed::Box;

    #[derive(Debug)]
    struct Outer;

    impl Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("outer")
        }
    }

    impl core::error::Error for Outer {
        fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
            Some(&fmt::Error)
        }
    }

    fn text(outcome: impl Outcome) -> String {
        outcome.result().unwrap_err().to_string()
    }

    #[test]
    fn an_error_keeps_its_sources() {
        let failure = Failure::from(Outer);
        assert!(failure.to_string().starts_with("outer: "), "{failure}");
        assert_eq!(failure.status(), Status::FAILURE);
    }

    #[test]
    fn a_failure_that_a_job_returns_keeps_its_status() {
        let result: Result<(), Failure> = Err(Failure::new("full").with_status(Status(3)));
        let failure = result.result().unwrap_err();
        assert_eq!((failure.to_string().as_str(), failure.status()), ("full", Status(3)));
    }

    #[test]
    fn whatever_can_be_shown_is_an_error() {
        assert_eq!(text(Err::<(), _>("a word")), "a word");
        assert_eq!(text(Err::<(), Box<dyn core::error::Error>>(Box::new(Outer))), "outer");
        assert!(().result().is_ok());
        assert!(Ok::<_, String>(Status(0)).result().is_ok());
    }

    #[test]
    fn a_status_fails_without_a_text() {
        let failure = Status(3).result().unwrap_err().context("job x");
        assert_eq!((failure.to_string().as_str(), failure.status()), ("", Status(3)));
    }
}
