//! How long a unikernel takes from its start to its end, and how little it needs.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anstyle::Style;

use super::image::{Need, image, tender};
use crate::Done;

/// What has to be built.
pub(super) const NEEDS: &[Need] = &[
    Need::Process("hello"),
    Need::Image("hello-unix"),
    Need::Image("hello-guest"),
    Need::Tender("spt"),
    Need::Tender("hvt"),
];

/// Times that each is started.
const STARTS: u32 = 300;

/// A program that says a line and ends.
struct Subject {
    name: &'static str,
    program: PathBuf,
    /// Options of a tender, before the image.
    image: Option<PathBuf>,
    words: &'static [&'static str],
}

/// Says one line at once.
const ONCE: &[&str] = &["--times", "1", "--pause", "0s"];

impl Subject {
    fn all(root: &Path) -> [Self; 4] {
        let guest = |name, target| Self {
            name,
            program: tender(root, target),
            image: Some(image(root, "hello-guest")),
            words: ONCE,
        };
        let host =
            |name, file, words| Self { name, program: image(root, file), image: None, words };
        [
            host("static C", "hello-c", &[]),
            host("hello on unix", "hello-unix", ONCE),
            guest("hello on spt", "spt"),
            guest("hello on hvt", "hvt"),
        ]
    }

    fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(options).args(&self.image).args(self.words).stdin(Stdio::null());
        command
    }
}

/// Measures and prints all.
pub(super) fn measure(root: &Path) -> Done {
    let bold = Style::new().bold();
    anstream::println!(
        "\n{bold}{:<16} {:>10} {:>10} {:>10} {:>10} {:>8} {:>10} {:>9}{bold:#}",
        "exec to exit",
        "min ms",
        "median ms",
        "line ms",
        "cpu ms",
        "calls",
        "image KiB",
        "memory",
    );
    for subject in Subject::all(root) {
        print(root, &subject)?;
    }
    anstream::println!("{NOTES}");
    Ok(())
}

fn print(root: &Path, subject: &Subject) -> Done {
    let before = children_cpu();
    let (mut ends, mut lines) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let (line, end) = start(subject)?;
        lines.push(line);
        ends.push(end);
    }
    let cpu = children_cpu().saturating_sub(before) / STARTS;
    ends.sort();
    lines.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let size = size_bytes(root, subject).map_or("-".into(), |bytes| (bytes / 1024).to_string());
    anstream::println!(
        "{:<16} {:>10.3} {:>10.3} {:>10.3} {:>10.3} {:>8} {:>10} {:>9}",
        subject.name,
        ms(ends[0]),
        ms(ends[ends.len() / 2]),
        ms(lines[0]),
        ms(cpu),
        calls(subject).map_or("-".into(), |count| count.to_string()),
        size,
        memory(subject).unwrap_or("-".into()),
    );
    Ok(())
}

/// Starts it once; returns the times to its line and to its end.
fn start(subject: &Subject) -> Result<(Duration, Duration), String> {
    let cannot = |error| format!("cannot start {}: {error}", subject.name);
    let begun = Instant::now();
    let mut child = subject.command(&[]).stdout(Stdio::piped()).spawn().map_err(cannot)?;
    let mut text = [0; 64];
    let mut output = child.stdout.take().ok_or("the output is piped")?;
    let count = output.read(&mut text).map_err(cannot)?;
    let line = begun.elapsed();
    let status = child.wait().map_err(cannot)?;
    let end = begun.elapsed();
    let is_good = status.success() && count > 0;
    is_good.then_some((line, end)).ok_or_else(|| format!("{} ended with {status}", subject.name))
}

/// Returns the processor time of all children that have ended, as coarse as the kernel tells it: in
/// hundredths of a second (proc(5), `cutime` and `cstime`).
fn children_cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Counts its system calls, those of the program's own start included.
fn calls(subject: &Subject) -> Option<u64> {
    let command = subject.command(&[]);
    let words = [command.get_program()].into_iter().chain(command.get_args());
    let output = Command::new("strace").args(["-f", "-c"]).args(words).output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let total = said.lines().rfind(|line| line.trim_end().ends_with("total"))?;
    total.split_whitespace().nth(3)?.parse().ok()
}

fn size_bytes(root: &Path, subject: &Subject) -> Option<u64> {
    let file = match &subject.image {
        Some(_) => image(root, "hello-guest.stripped"),
        None => subject.program.with_extension("stripped"),
    };
    let file = if file.exists() { file } else { subject.program.clone() };
    fs::metadata(file).ok().map(|data| data.len())
}

/// Returns the least memory that a guest says its line with.
fn memory(subject: &Subject) -> Option<String> {
    subject.image.as_ref()?;
    (2..64).map(|count| format!("{}KiB", count * 32)).find(|size| {
        let mut command = subject.command(&["--memory", size]);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    })
}

/// What the figures mean, printed below them.
const NOTES: &str = "
line: to the first line of its output, at least. calls: system calls from exec to exit, those of the
C library's start included. image: without what is for debuggers. memory: the least that works.
Solo5 0.12 published and measured on such a machine: spt 1.15 ms at least, 1.14 ms of processor time,
100 calls, 21 KiB; static C beside it 0.60 ms.";
