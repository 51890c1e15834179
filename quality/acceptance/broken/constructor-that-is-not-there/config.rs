//! A device of one's own, misspelt.

use sarab_config::*;

fn both(first: &Impl<KvRead>, second: &Impl<KvRead>) -> Impl<KvRead> {
    let both = device::<fn(KvRead, KvRead) -> KvRead>("broken::Both::opne");
    both.label("two folders as one").of((first.clone(), second.clone()))
}

fn main() {
    let pages = both(&files("htdocs"), &files("src"));
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), pages, constant(80)))]);
}
