//! An HTTP client and a server that know nothing of the project: curl, and a few lines of sockets.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    process::Command,
    thread::{self, JoinHandle},
};

use crate::process::succeed;

/// Asks `curl` for `url` and returns the whole answer, headers first.
#[must_use]
pub fn curl(arguments: &[&str], url: &str) -> String {
    let fixed = ["--silent", "--show-error", "--include", "--max-time", "20", "--noproxy", "*"];
    succeed(Command::new("curl").args(fixed).args(arguments).arg(url))
}

/// Answers one connection on `address` with `answer`, and returns what the client asked.
#[must_use]
pub fn answer_once(address: SocketAddr, answer: &'static str) -> JoinHandle<String> {
    let listener = TcpListener::bind(address).expect("the address is free");
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client comes");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("the client sends a whole request");
            request.push(byte[0]);
        }
        stream.write_all(answer.as_bytes()).expect("the client takes the answer");
        String::from_utf8(request).expect("a request is text")
    })
}
