//! Request methods.

use core::fmt;

/// What a request asks to be done (RFC 9110 §9.3, RFC 5789 for `PATCH`).
///
/// A server answers any other method with 501 (RFC 9110 §9.1) and no handler sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Transfer the resource.
    Get,
    /// The same as `GET`, but without the content.
    Head,
    /// Do what the resource does with the content.
    Post,
    /// Replace the resource by the content.
    Put,
    /// Remove the resource.
    Delete,
    /// Tell what may be asked of the resource.
    Options,
    /// Send the request back.
    Trace,
    /// Change a part of the resource.
    Patch,
}

impl Method {
    const ALL: [Self; 8] = [
        Self::Get,
        Self::Head,
        Self::Post,
        Self::Put,
        Self::Delete,
        Self::Options,
        Self::Trace,
        Self::Patch,
    ];

    /// Returns the method's name, in capitals.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Trace => "TRACE",
            Self::Patch => "PATCH",
        }
    }

    /// Finds the method of that name; upper and lower case differ (RFC 9110 §9.1).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
