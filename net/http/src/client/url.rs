//! Where a request goes: `http://ADDRESS[:PORT]/PATH` (RFC 3986 §3, RFC 9110 §4.2.1).

use alloc::string::{String, ToString};
use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// The port of `http` where none is given.
const PORT: u16 = 80;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// The host to connect to.
    pub(super) remote: SocketAddr,
    /// Host and port as they were given, for the field `Host`.
    pub(super) host: String,
    /// Path and query.
    pub(super) target: String,
}

/// Why a text is no URL that can be asked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// It does not begin with `http://`.
    Scheme(String),
    /// Its host is a name.
    Name(String),
    /// Its host is neither an address nor a name.
    Host(String),
    /// Its port is no number from 1 to 65535.
    Port(String),
    /// Its path or query has a byte that must be percent-encoded.
    Target(String),
}

impl Url {
    pub(super) fn parse(url: &str) -> Result<Self, UrlError> {
        let rest = match url.split_at_checked("http://".len()) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http://") => rest,
            _ => return Err(UrlError::Scheme(url.to_string())),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let (host, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if !target.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(UrlError::Target(target.to_string()));
        }
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self {
            remote: remote(host)?,
            host: host.to_string(),
            target: alloc::format!("{slash}{target}"),
        })
    }
}

/// Reads `ADDRESS[:PORT]`; an address of version 6 stands in brackets.
fn remote(host: &str) -> Result<SocketAddr, UrlError> {
    let wrong = || UrlError::Host(host.to_string());
    if let Some(rest) = host.strip_prefix('[') {
        let (address, port) = rest.split_once(']').ok_or_else(wrong)?;
        let address = address.parse::<Ipv6Addr>().map_err(|_| wrong())?;
        return Ok(SocketAddr::new(IpAddr::V6(address), port_of(port)?));
    }
    let (address, port) = host.split_at(host.find(':').unwrap_or(host.len()));
    match address.parse::<Ipv4Addr>() {
        Ok(address) => Ok(SocketAddr::new(IpAddr::V4(address), port_of(port)?)),
        Err(_) if is_name(address) => Err(UrlError::Name(address.into())),
        Err(_) => Err(wrong()),
    }
}

/// Reads what follows the address: nothing, or `:PORT`.
fn port_of(text: &str) -> Result<u16, UrlError> {
    let wrong = || UrlError::Port(text.to_string());
    match text.strip_prefix(':') {
        Some("") => Ok(PORT),
        None if text.is_empty() => Ok(PORT),
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            port.parse().ok().filter(|&port| port > 0).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

fn is_name(host: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !host.is_empty() && host.bytes().all(is_part) && host.bytes().any(|b| b.is_ascii_alphabetic())
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme(url) if url.starts_with("https:") => {
                write!(f, "`{url}` needs TLS, which this client does not speak; use http://")
            }
            Self::Scheme(url) => write!(f, "`{url}` does not begin with http://"),
            Self::Name(name) => {
                write!(f, "host `{name}` is a name and there is no resolver; give its IP address")
            }
            Self::Host(host) => write!(
                f,
                "host `{host}` is no IP address such as 192.0.2.1 or, in brackets, [2001:db8::1]"
            ),
            Self::Port(port) => write!(f, "port `{port}` is no number from 1 to 65535"),
            Self::Target(target) => {
                write!(
                    f,
                    "path `{}` has a byte that must be percent-encoded",
                    target.escape_debug()
                )
            }
        }
    }
}

impl core::error::Error for UrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_an_address_and_a_target() {
        for (url, remote, host, target) in [
            ("http://192.0.2.1", "192.0.2.1:80", "192.0.2.1", "/"),
            ("http://192.0.2.1:8080/a?b=c#d", "192.0.2.1:8080", "192.0.2.1:8080", "/a?b=c"),
            ("HTTP://192.0.2.1:?q", "192.0.2.1:80", "192.0.2.1:", "/?q"),
            ("http://[2001:db8::1]/", "[2001:db8::1]:80", "[2001:db8::1]", "/"),
            ("http://[::1]:81/", "[::1]:81", "[::1]:81", "/"),
        ] {
            let expect = Url {
                remote: remote.parse().expect("an address"),
                host: host.into(),
                target: target.into(),
            };
            assert_eq!(Url::parse(url), Ok(expect), "{url}");
        }
    }

    #[test]
    fn what_cannot_be_asked_says_what_is_missing() {
        for (url, text) in [
            ("", "`` does not begin with http://"),
            ("192.0.2.1", "`192.0.2.1` does not begin with http://"),
            (
                "https://192.0.2.1/",
                "`https://192.0.2.1/` needs TLS, which this client does not speak; use http://",
            ),
            (
                "http://example.org/",
                "host `example.org` is a name and there is no resolver; give its IP address",
            ),
            (
                "http://1.2.3/",
                "host `1.2.3` is no IP address such as 192.0.2.1 or, in brackets, [2001:db8::1]",
            ),
            (
                "http://[::1/",
                "host `[::1` is no IP address such as 192.0.2.1 or, in brackets, [2001:db8::1]",
            ),
            ("http://1.2.3.4:0/", "port `:0` is no number from 1 to 65535"),
            ("http://1.2.3.4:65536/", "port `:65536` is no number from 1 to 65535"),
            ("http://1.2.3.4:+1/", "port `:+1` is no number from 1 to 65535"),
            ("http://[::1]80/", "port `80` is no number from 1 to 65535"),
            ("http://1.2.3.4/a b", "path `/a b` has a byte that must be percent-encoded"),
            (
                "http://1.2.3.4/\r\nA: b",
                "path `/\\r\\nA: b` has a byte that must be percent-encoded",
            ),
        ] {
            assert_eq!(
                Url::parse(url).map_err(|error| error.to_string()),
                Err(text.into()),
                "{url}"
            );
        }
    }
}
