//! Sarab and Linux as domains of the same Xen, which QEMU emulates without KVM, with the load in dom0.
//!
//! All of it has one core, so a figure has in it what dom0 and Xen do; what a domain does itself, Xen tells. Time passes
//! by instructions, so that figures are the same whatever else the host does. This program takes the load into dom0
//! itself: it is there once more, as the [agent](sarab_lab::agent)'s program.

use std::{
    io::{Write as _, stdout},
    sync::mpsc::sync_channel,
    time::Duration,
};

use sarab_lab::{
    agent::Order,
    progress::Progress,
    xen::{Error, Job, Lab},
};

use super::{
    Bench,
    image::{Need, chores, image, tender},
};
use crate::Done;

mod domain;
mod inside;
pub(super) mod linux;
mod memory;
mod pages;

pub(super) use inside::inside;

/// What has to be built.
pub(super) const NEEDS: &[Need] = &[
    Need::Image("hello-xen"),
    Need::Image("site-xen"),
    Need::Image("stream-xen"),
    Need::Tender("xl"),
    Need::Chores,
    Need::StaticHyper,
    Need::Process("stream"),
    Need::XenLinux,
];

/// Set where this program is in dom0.
pub(super) const INSIDE: &str = "SARAB_BENCH_DOM0";

/// How long it may take besides the load. It bounds a lab that has gone wrong.
const LIMIT: Duration = Duration::from_mins(30);
/// Memory of each domain, and how many there are at a time.
const DOMAIN_MIB: u64 = 192;
const DOMAINS: u64 = 3;

/// Boots a lab, and measures in it.
pub(super) fn measure(bench: &Bench<'_>) -> Done {
    run(bench).map_err(|error| error.to_string())
}

fn run(bench: &Bench<'_>) -> Result<(), Error> {
    let mut progress = Progress::new("bench");
    let lab = Lab::prepare(&mut progress)?;
    let words = ["/xtask", "bench", "xen", "--seconds", &bench.seconds.to_string()];
    let images = ["hello-xen", "site-xen", "stream-xen"];
    let images = images.map(|name| (name, image(bench.root, name).with_extension("stripped")));
    let linux = [linux::KERNEL, linux::DISK].map(|name| (name, image(bench.root, name)));
    let chores = [("xtask", chores(bench.root))];
    let files = chores.into_iter().chain(images).chain(linux);
    let job = Job {
        agent: tender(bench.root, "xl"),
        order: Order {
            words: words.map(Into::into).to_vec(),
            variables: vec![(INSIDE.into(), "yes".into())],
        },
        files: files.map(|(name, file)| (name.to_owned(), file)).collect(),
        memory_bytes: (DOMAINS * DOMAIN_MIB) << 20,
        counts_instructions: true,
        step: "measuring",
        limit: Some(LIMIT + LOADS * Duration::from_secs(bench.seconds.into())),
        ..Job::default()
    };
    let (to, events) = sync_channel(64);
    let machine = lab.boot(&job, to, &mut progress)?;
    let status = machine.attend(&events, &mut progress, |_, piece| {
        // Who does not listen any more misses it.
        let _ = stdout().write_all(piece).and_then(|()| stdout().flush());
    })?;
    let is_done = status == 0;
    is_done.then_some(()).ok_or_else(|| Error::Broken("the measurement in dom0 failed".into()))
}

/// How many loads there are.
const LOADS: u32 = 10;
