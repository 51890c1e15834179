//! The target `xen` on a Xen.
//!
//! The lab is the one that `sarab-xl` boots where there is no Xen. Here `sarab-xl` runs in its dom0, where there is one, and
//! every check is a line of the shell there.

use std::{path::Path, sync::mpsc::sync_channel, time::Duration};

use sarab_lab::{
    agent::Order,
    progress::Progress,
    xen::{self, Job, Lab, PROGRAMS, Stream},
};

use super::{Error, Tally, build, programs::PROJECTS, target_folder, transcript::Transcript};
use crate::{fetch, report};

mod checks;

/// Images beside those of every lab. In dom0 all are in the root folder.
const OTHERS: [(&str, &str); 3] = [
    ("crowd", "quality/acceptance/crowd"),
    ("fetch", "example/fetch"),
    ("two-nets", "example/two-nets"),
];

/// How long the checks may take together. It bounds a lab that has gone wrong.
const LIMIT: Duration = Duration::from_mins(10);
/// Memory for the guests that run at a time.
const GUESTS_BYTES: u64 = 128 << 20;

pub(super) fn run(root: &Path) -> Result<Tally, Error> {
    fetch::programs(&PROGRAMS).map_err(Error::Unavailable)?;
    let target = target_folder(root).map_err(Error::Broken)?;
    let mut progress = Progress::new("lab");
    let lab = Lab::prepare(&mut progress)?;
    report::step("building what runs in the lab");
    let build = ["build", "--bin", "sarab-xl"];
    let tender = build::program(root, &target, "sarab-xl", &build, "sarab-xl");
    let images =
        build::images(root, "xen", &[&PROJECTS[..], &OTHERS].concat()).map_err(Error::Broken)?;
    let checks = checks::all();
    let job = Job {
        agent: tender.map_err(Error::Broken)?,
        order: Order { words: vec!["sh".into(), "/checks".into()], variables: Vec::new() },
        files: images.into_iter().map(|(name, file)| (name.to_owned(), file)).collect(),
        texts: vec![("checks".into(), checks::script(&checks))],
        memory_bytes: GUESTS_BYTES,
        step: "checking",
        limit: Some(LIMIT),
        ..Job::default()
    };
    report::step("xen in QEMU");
    let mut transcript = Transcript::new(&checks);
    let ended = examine(&lab, &job, &mut progress, |line| transcript.take(line));
    let tally = transcript.end();
    ended.map(|()| tally)
}

/// Boots a machine and gives `take` each line that is said there.
fn examine(
    lab: &Lab,
    job: &Job,
    progress: &mut Progress,
    mut take: impl FnMut(&str),
) -> Result<(), Error> {
    let (to, events) = sync_channel(64);
    let machine = lab.boot(job, to, progress)?;
    let mut said = Vec::new();
    let hear = |_: Stream, piece: &[u8]| {
        said.extend_from_slice(piece);
        while let Some(end) = said.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = said.drain(..=end).collect();
            take(String::from_utf8_lossy(&line[..end]).trim_end_matches('\r'));
        }
    };
    machine.attend(&events, progress, hear)?;
    Ok(())
}

impl From<xen::Error> for Error {
    fn from(error: xen::Error) -> Self {
        match error {
            xen::Error::Unavailable(why) => Self::Unavailable(why),
            xen::Error::Broken(why) => Self::Broken(why),
        }
    }
}
