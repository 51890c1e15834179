//! A host without a Xen: this program is started again in a lab.

use std::{
    env, fs,
    io::{Write as _, stderr, stdout},
    sync::mpsc::sync_channel,
};

use sarab_lab::{
    agent::Order,
    progress::Progress,
    xen::{self, Event, Job, Lab, Stream},
};
use sarab_monitor::{Error, attach::Devices, command::Command};

use crate::{
    NAME,
    backend::{Disk, card},
    signals,
};

/// Runs the image of `command` in a lab and returns its status.
pub(crate) fn run(command: &Command, devices: &Devices, words: &[&str]) -> Result<i32, Error> {
    let job = job(command, devices, words)?;
    let mut progress = Progress::new(NAME);
    let lab = Lab::prepare(&mut progress).map_err(refuse)?;
    let (to, events) = sync_channel(64);
    let signal = to.clone();
    signals::watch(move |number| signal.send(Event::Signal(number)).is_ok())
        .map_err(|error| Error::unavailable(format_args!("cannot watch for signals: {error}")))?;
    let machine = lab.boot(&job, to, &mut progress).map_err(refuse)?;
    let status = machine.attend(&events, &mut progress, say);
    status.map(i32::from).map_err(refuse)
}

/// Says what an error of the lab is to whoever wants to run a guest.
pub(crate) fn refuse(error: xen::Error) -> Error {
    match error {
        xen::Error::Unavailable(why) => Error::unavailable(format_args!(
            "this host has no Xen, and a lab that emulates one cannot be had: {why}"
        )),
        xen::Error::Broken(why) => Error::unavailable(format_args!("the lab: {why}")),
    }
}

/// Says a piece of what the guest says. Whoever does not listen any more misses it.
pub(crate) fn say(stream: Stream, piece: &[u8]) {
    let _ = match stream {
        Stream::Output => stdout().write_all(piece).and_then(|()| stdout().flush()),
        Stream::Error => stderr().write_all(piece),
    };
}

/// Returns what is to be done in the lab: this program with the same guest, whose image, cards and disks have
/// other names there.
fn job(command: &Command, devices: &Devices, words: &[&str]) -> Result<Job, Error> {
    let own = env::current_exe()
        .map_err(|error| Error::unavailable(format_args!("this program: {error}")))?;
    let name = command.image.file_name().unwrap_or_default().to_string_lossy();
    let image = format!("images/{name}");
    let mut job = Job {
        agent: own,
        memory_bytes: command.memory_bytes,
        step: "starting the domain",
        ..Job::default()
    };
    let mut order = vec!["/agent".into(), "--memory".into(), command.memory_bytes.to_string()];
    for (index, (name, backend)) in devices.cards.iter().enumerate() {
        job.cards.push(card(name, backend)?);
        order.extend(["--net".into(), format!("{name}=bridge:br{index}")]);
    }
    for (index, (name, file)) in devices.disks.iter().enumerate() {
        let disk = Disk::find(name, file)?;
        job.disks.push(xen::Disk { file: disk.path(), is_read_only: !disk.is_writable });
        order.extend(["--disk".into(), format!("{name}={}", device(index)?)]);
    }
    let mut variables = Vec::new();
    for name in &command.variables {
        order.extend(["--env".into(), name.clone()]);
        variables.extend(env::var(name).ok().map(|value| (name.clone(), value)));
    }
    order.push(format!("/{image}"));
    order.extend(words.iter().map(ToString::to_string));
    job.order = Order { words: order, variables };
    job.files.push((image, fs::canonicalize(&command.image).unwrap_or(command.image.clone())));
    Ok(job)
}

/// Returns the name of a disk of the lab.
fn device(index: usize) -> Result<String, Error> {
    let letter = u8::try_from(index).ok().and_then(|it| (b'a'..=b'z').nth(it.into()));
    let letter = letter.ok_or_else(|| Error::usage("a lab has at most 26 disks"))?;
    Ok(format!("/dev/vd{}", char::from(letter)))
}

#[cfg(test)]
mod tests {
    use sarab_monitor::command::Net;

    use super::*;

    #[test]
    fn in_the_lab_everything_has_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("disk");
        fs::write(&file, "").unwrap();
        let line = ["--memory", "32MiB", "--env", "NOT_SET", "x/site", "--port", "80 "];
        let command = Command::read(line.map(Into::into)).unwrap();
        let tap = Net::Tap("tap0".into());
        let devices =
            Devices { cards: vec![("service", &tap)], disks: vec![("data", file.as_path())] };
        let job = job(&command, &devices, &["--port", "80 "]).unwrap();
        let expected = [
            "/agent",
            "--memory",
            "33554432",
            "--net",
            "service=bridge:br0",
            "--disk",
            "data=/dev/vda",
            "--env",
            "NOT_SET",
            "/images/site",
            "--port",
            "80 ",
        ];
        assert_eq!(job.order.words, expected);
        assert_eq!(job.cards, [xen::Card::Tap("tap0".into())]);
        assert!(!job.disks[0].is_read_only);
    }
}
