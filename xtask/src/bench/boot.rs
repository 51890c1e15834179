//! What a guest of QEMU executes from its entry point to its first line, and how little it needs.
//!
//! QEMU emulates the processor and counts its instructions, so the figures are the same on every host.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anstyle::Style;

use super::image::{Need, image, tender};
use crate::Done;

/// What has to be built.
pub(super) const NEEDS: &[Need] = &[
    Need::Image("hello-virtio"),
    Need::Image("card-virtio"),
    Need::Image("site-virtio"),
    Need::Tender("qemu"),
];

/// The function that a program's first line goes through, as its symbol ends but for a hash.
const PRINT: &str = "machine..Pc$u20$as$u20$sarab_runtime..machine..Machine$GT$5print17h";

/// Machines that QEMU has.
const MACHINES: [&str; 2] = ["microvm", "q35"];

/// Programs, the images that they are kept under, and what is attached.
const PROGRAMS: [(&str, &str, &[&str]); 3] = [
    ("hello", "hello-virtio", &[]),
    ("hello, a card open", "card-virtio", &["--net", "card=user"]),
    ("site, listening", "site-virtio", &["--net", "service=user"]),
];

/// Seconds after which a guest is ended that goes on, as a server does.
const LIMIT: &str = "5";

/// Measures and prints all.
pub(super) fn measure(root: &Path) -> Done {
    let plugin = plugin(root)?;
    let bold = Style::new().bold();
    anstream::println!(
        "\n{bold}{:<20} {:>10} {:>10} {:>10} {:>8}{bold:#}",
        "entry to first line",
        "microvm",
        "q35",
        "image KiB",
        "memory",
    );
    for (name, file, attached) in PROGRAMS {
        let file = image(root, file);
        let counts = MACHINES.map(|machine| count(root, &plugin, &file, machine, attached));
        let [microvm, q35] = counts.map(|count| count.unwrap_or_else(|| "-".into()));
        let size = fs::metadata(file.with_extension("stripped")).map_or(0, |data| data.len());
        let memory = memory(root, &file, attached).unwrap_or_else(|| "-".into());
        anstream::println!("{name:<20} {microvm:>10} {q35:>10} {:>10} {memory:>8}", size / 1024);
    }
    anstream::println!("{NOTES}");
    Ok(())
}

/// Compiles the plugin that counts.
fn plugin(root: &Path) -> Result<PathBuf, String> {
    let plugin = image(root, "libcount.so");
    let status = Command::new("cc")
        .args(["-O2", "-shared", "-fPIC", "-o"])
        .arg(&plugin)
        .arg(root.join("quality/measure/instructions/count.c"))
        .status();
    let built = status.is_ok_and(|status| status.success());
    built.then_some(plugin).ok_or_else(|| "cannot compile the plugin that counts".into())
}

/// Counts the instructions from the entry point to the first line.
fn count(
    root: &Path,
    plugin: &Path,
    image: &Path,
    machine: &str,
    attached: &[&str],
) -> Option<String> {
    let (from, to) = (entry(image)?, symbol(image, PRINT)?);
    let words = [&["--machine", machine, "--accel", "tcg"], attached].concat();
    let plugin = format!("-plugin {},from={from},to={to}", plugin.display());
    let said = qemu(root, image, &words, &plugin)?;
    let count = said.lines().find_map(|line| line.strip_prefix("instructions "))?;
    Some(count.into())
}

/// Returns the least memory that a guest says its first line with.
fn memory(root: &Path, image: &Path, attached: &[&str]) -> Option<String> {
    (2..32).map(|count| format!("{count}MiB")).find(|size| {
        let words = [&["--accel", "tcg", "--memory", size], attached].concat();
        qemu(root, image, &words, "").is_some_and(|said| !said.trim().is_empty())
    })
}

/// Runs a guest on the machine that `sarab run` would start, with `more` words for QEMU, and returns what
/// both have said.
fn qemu(root: &Path, image: &Path, words: &[&str], more: &str) -> Option<String> {
    let mut show = Command::new(tender(root, "qemu"));
    let shown = show.args(words).arg("--show").arg(image).output().ok()?;
    let line = String::from_utf8(shown.stdout).ok()?;
    // The line names the descriptor that the status goes to.
    let (_, rest) = line.split_once("path=/dev/fd/")?;
    let descriptor = rest.split(',').next()?;
    let script =
        format!("exec {descriptor}>/dev/null; exec timeout {LIMIT} {} {more}", line.trim());
    let output = Command::new("bash").args(["-c", &script]).stdin(Stdio::null()).output().ok()?;
    let said = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&said).into_owned())
}

/// Returns the address of the entry point.
fn entry(image: &Path) -> Option<String> {
    let output = Command::new("readelf").arg("-h").arg(image).output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(said.split_once("Entry point address:")?.1.split_whitespace().next()?.into())
}

/// Returns the address of the symbol that has `part` in its name.
fn symbol(image: &Path, part: &str) -> Option<String> {
    let output = Command::new("nm").arg(image).output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = said.lines().find(|line| line.contains(part))?;
    Some(format!("0x{}", line.split_whitespace().next()?))
}

/// What the figures mean, printed below them.
const NOTES: &str = "
Instructions of the guest, by a plugin of QEMU: exact, and the same on every host. image: without what is for debuggers.
memory: the least, in steps of 1 MiB, with which the first line is said. Measured the same way, with a card: Solo5 0.12
174,467 and a loop that measures the clock; Unikraft, without a card, 68,384 and such a loop.";
