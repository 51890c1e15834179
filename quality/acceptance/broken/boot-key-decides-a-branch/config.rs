//! Which pages there are must be known before the image is built.

use sarab_config::*;

fn main() {
    let draft = key::<bool>("draft").doc("Whether to serve drafts.").boot().flag();
    let pages = if_(&draft, files("drafts"), files("htdocs"));
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), pages, constant(80)))]);
}
