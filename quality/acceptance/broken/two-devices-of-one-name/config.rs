//! Two folders, both called `pages`.

use sarab_config::*;

fn main() {
    let stack = tcp(&stack("service"));
    let htdocs = files("htdocs").named("pages");
    let drafts = files("drafts").named("pages");
    let start = |pages| job::<fn(Tcp, KvRead, u16)>("start").of((stack.clone(), pages, constant(80)));
    register("broken", [start(htdocs), start(drafts)]);
}
