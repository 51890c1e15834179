//! A device of one's own, misspelt.

use sarab_config::*;

fn quiet(pages: &Impl<KvRead>) -> Impl<KvRead> {
    let quiet = device::<fn(KvRead) -> KvRead>("broken::Quiet::opne").label("quiet folder");
    quiet.of(pages.clone())
}

fn main() {
    let pages = quiet(&files("htdocs"));
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), pages, constant(80)))]);
}
