//! Why a guest cannot be started.

use std::fmt;

use sarab_abi::Status;

/// Why a guest cannot be started: a text for people, and the status.
#[derive(Debug)]
pub struct Error {
    status: Status,
    text: String,
}

impl Error {
    /// The command line, or what is attached, does not fit the image.
    pub fn usage(text: impl fmt::Display) -> Self {
        Self { status: Status::Usage, text: text.to_string() }
    }

    /// The image is not one.
    pub fn image(text: impl fmt::Display) -> Self {
        Self { status: Status::Image, text: text.to_string() }
    }

    /// The host lacks what the tender needs.
    pub fn unavailable(text: impl fmt::Display) -> Self {
        Self { status: Status::Unavailable, text: text.to_string() }
    }

    /// Returns the status of the tender.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Shows it on standard error, as what `tender` says, and returns the status of the process.
    #[must_use]
    pub fn report(&self, tender: &str) -> i32 {
        eprintln!("{tender}: {}", self.text);
        self.status as i32
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}
