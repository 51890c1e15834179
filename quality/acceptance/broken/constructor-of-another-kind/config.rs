//! Says that a folder is TCP.

use sarab_config::*;

fn quiet(pages: &Impl<KvRead>) -> Impl<Tcp> {
    let quiet = device::<fn(KvRead) -> Tcp>("broken::Quiet").make().label("quiet folder");
    quiet.of(pages.clone())
}

fn main() {
    let start = job::<fn(Tcp)>("start");
    register("broken", [start.of(quiet(&files("htdocs")))]);
}
