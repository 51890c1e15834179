//! Status codes.

use core::fmt;

/// The outcome of a request as a number of three digits (RFC 9110 §15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status(u16);

/// Declares the codes that have a name here.
macro_rules! codes {
    ($($code:literal $name:ident $reason:literal $section:literal;)*) => {
        impl Status {
            $(
                #[doc = concat!($code, " ", $reason, " (", $section, ").")]
                pub const $name: Self = Self($code);
            )*

            /// Returns the phrase that goes with the code; empty for a code without one.
            #[must_use]
            pub const fn reason(self) -> &'static str {
                match self.0 {
                    $($code => $reason,)*
                    _ => "",
                }
            }
        }
    };
}

codes! {
    100 CONTINUE "Continue" "RFC 9110 §15.2.1";
    101 SWITCHING_PROTOCOLS "Switching Protocols" "RFC 9110 §15.2.2";
    200 OK "OK" "RFC 9110 §15.3.1";
    201 CREATED "Created" "RFC 9110 §15.3.2";
    202 ACCEPTED "Accepted" "RFC 9110 §15.3.3";
    204 NO_CONTENT "No Content" "RFC 9110 §15.3.5";
    206 PARTIAL_CONTENT "Partial Content" "RFC 9110 §15.3.7";
    301 MOVED_PERMANENTLY "Moved Permanently" "RFC 9110 §15.4.2";
    302 FOUND "Found" "RFC 9110 §15.4.3";
    303 SEE_OTHER "See Other" "RFC 9110 §15.4.4";
    304 NOT_MODIFIED "Not Modified" "RFC 9110 §15.4.5";
    307 TEMPORARY_REDIRECT "Temporary Redirect" "RFC 9110 §15.4.8";
    308 PERMANENT_REDIRECT "Permanent Redirect" "RFC 9110 §15.4.9";
    400 BAD_REQUEST "Bad Request" "RFC 9110 §15.5.1";
    401 UNAUTHORIZED "Unauthorized" "RFC 9110 §15.5.2";
    403 FORBIDDEN "Forbidden" "RFC 9110 §15.5.4";
    404 NOT_FOUND "Not Found" "RFC 9110 §15.5.5";
    405 METHOD_NOT_ALLOWED "Method Not Allowed" "RFC 9110 §15.5.6";
    406 NOT_ACCEPTABLE "Not Acceptable" "RFC 9110 §15.5.7";
    408 REQUEST_TIMEOUT "Request Timeout" "RFC 9110 §15.5.9";
    409 CONFLICT "Conflict" "RFC 9110 §15.5.10";
    410 GONE "Gone" "RFC 9110 §15.5.11";
    411 LENGTH_REQUIRED "Length Required" "RFC 9110 §15.5.12";
    412 PRECONDITION_FAILED "Precondition Failed" "RFC 9110 §15.5.13";
    413 CONTENT_TOO_LARGE "Content Too Large" "RFC 9110 §15.5.14";
    414 URI_TOO_LONG "URI Too Long" "RFC 9110 §15.5.15";
    415 UNSUPPORTED_MEDIA_TYPE "Unsupported Media Type" "RFC 9110 §15.5.16";
    416 RANGE_NOT_SATISFIABLE "Range Not Satisfiable" "RFC 9110 §15.5.17";
    417 EXPECTATION_FAILED "Expectation Failed" "RFC 9110 §15.5.18";
    422 UNPROCESSABLE_CONTENT "Unprocessable Content" "RFC 9110 §15.5.21";
    429 TOO_MANY_REQUESTS "Too Many Requests" "RFC 6585 §4";
    431 HEADERS_TOO_LARGE "Request Header Fields Too Large" "RFC 6585 §5";
    500 INTERNAL_SERVER_ERROR "Internal Server Error" "RFC 9110 §15.6.1";
    501 NOT_IMPLEMENTED "Not Implemented" "RFC 9110 §15.6.2";
    502 BAD_GATEWAY "Bad Gateway" "RFC 9110 §15.6.3";
    503 SERVICE_UNAVAILABLE "Service Unavailable" "RFC 9110 §15.6.4";
    504 GATEWAY_TIMEOUT "Gateway Timeout" "RFC 9110 §15.6.5";
    505 VERSION_NOT_SUPPORTED "HTTP Version Not Supported" "RFC 9110 §15.6.6";
}

impl Status {
    /// Returns the status of that number, from 100 to 999.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            100..=999 => Some(Self(code)),
            _ => None,
        }
    }

    /// Returns the number.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    /// Returns whether the request was done: 200 to 299.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self.0, 200..=299)
    }

    /// Returns whether it only announces another answer: 100 to 199.
    #[must_use]
    pub const fn is_informational(self) -> bool {
        matches!(self.0, 100..=199)
    }

    /// Returns whether an answer of this status never has content (RFC 9110 §6.4.1).
    #[must_use]
    pub const fn is_bare(self) -> bool {
        matches!(self.0, 100..=199 | 204 | 304)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.reason())
    }
}
