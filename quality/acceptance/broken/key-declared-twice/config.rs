//! One name for two different keys.

use sarab_config::*;

fn main() {
    let stack = tcp(&stack("service"));
    let start = |port| {
        job::<fn(Tcp, KvRead, u16)>("start").of((stack.clone(), files("htdocs"), port))
    };
    let port = key::<u16>("port").doc("TCP port to listen on.").default(80);
    let other = key::<u16>("port").doc("TCP port to listen on.").default(81);
    register("broken", [start(port), start(other)]);
}
