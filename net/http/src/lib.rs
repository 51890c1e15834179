//! HTTP/1.1 server and client over any Tcp.
