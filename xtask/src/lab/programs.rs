//! Programs that are run in a machine, and what they say there; on each target the same.

use super::check::Check;

/// Images by name, and the folders of their projects.
pub(super) const PROJECTS: [(&str, &str); 9] = [
    ("hello", "example/hello"),
    ("hello-key", "example/hello-key"),
    ("timeouts", "example/timeouts"),
    ("block", "example/block"),
    ("kv", "example/kv"),
    ("app-info", "example/app-info"),
    ("echo", "example/echo"),
    ("site", "example/site"),
    ("hostile", "tender/hostile"),
];

/// How a target's tender is called, and what its guests are given.
pub(super) struct Tender {
    /// The target.
    pub(super) target: &'static str,
    /// The program, and options of it.
    pub(super) command: &'static str,
    /// What its network card is attached to.
    pub(super) network: &'static str,
}

impl Tender {
    /// The image called `name`, with `options` before it and `words` behind.
    pub(super) fn line(&self, name: &str, options: &str, words: &str) -> String {
        format!("{} {options} /{name} {words}", self.command)
    }

    fn image(&self, name: &str, words: &str, says: &[&str]) -> Check {
        Check::new(name, self.line(name, "", words), says)
    }

    /// Programs that need no network.
    pub(super) fn examples(&self) -> [Check; 6] {
        let about = format!("app-info 0.1.0 on {}\n", self.target);
        let block = self.line("block", "--disk disk=/disk", "");
        [
            self.image("hello", "", &["hello\nhello\nhello\nhello\n"]),
            self.image("hello-key", "--hello Salam --times=2 --pause 1ms", &["Salam\nSalam\n"]),
            self.image("timeouts", "", &STEPS),
            Check::new("block", format!("{FRESH_DISK} && {block}"), &SECTORS),
            self.image("kv", "", &["the two secrets are equal\n"]),
            self.image("app-info", "", &[&about, "  sarab-runtime 0.1.0\n"]),
        ]
    }

    /// Programs with a card: each is asked until it answers, and then to end.
    pub(super) fn servers(&self) -> [Check; 2] {
        let server = |image: &str, ask: &str, answer: &str| {
            let options = format!("--net service={}", self.network);
            let tender = self.line(image, &options, "");
            Check::asking(format!("{image} over {}", self.network), &tender, ask, &[answer])
        };
        [
            server("site", ASK_SITE, "<title>Sarab</title>"),
            server("echo", "echo salam | nc -w 2 10.0.0.2 7007", "salam\n"),
        ]
    }

    /// The unikernel that does what no program may, the status that it ends with, and a text of the report.
    pub(super) fn hostile(&self, (deed, status, report): (&str, i32, &str)) -> Check {
        let says = format!("about to {deed}\n");
        let name = format!("hostile: {deed} ends with {status}");
        let command = self.line("hostile", "", &format!("--deed '{deed}'"));
        Check { status, ..Check::new(name, command, &[&says, report]) }
    }
}

/// Deeds that end on each target alike.
pub(super) const DEEDS: [(&str, i32, &str); 7] = [
    ("panic", 101, "on purpose"),
    ("exhaust", 102, "crash: out of memory\n"),
    ("overflow", 103, "crash: stack overflow\n"),
    ("touch nothing", 104, "crash: illegal read of 0x8\n"),
    ("touch code", 104, "crash: illegal write to 0x"),
    ("execute heap", 104, "crash: illegal jump to 0x"),
    ("instruction divide", 104, "crash: division error\n"),
];

/// Of the first step the order is left open: a machine that is busy elsewhere wakes late, and then both words are
/// due.
const STEPS: [&str; 3] = [
    "join\n",
    "select\n  heads\n  heads was first\ntimeout\n  done\n  Ok(\"done\")\n  Err(TimedOut)\n",
    "cancel\n  the task was cancelled\nmailbox\n  1\n  4\n  9\n\
     stream\n  2 is two\n  0 is zero\n  7 is many\n",
];

const FRESH_DISK: &str = "dd if=/dev/zero of=/disk bs=1M count=1";
const SECTORS: [&str; 5] = [
    "2048 sectors of 512 bytes\n",
    "wrote and read 1 from 2047\n",
    "wrote and read 8 from 12\n",
    "flushed\n",
    "refused: ",
];

/// Asks the site for its first page.
pub(super) const ASK_SITE: &str =
    r"printf 'GET / HTTP/1.0\r\nHost: lab\r\n\r\n' | nc -w 2 10.0.0.2 8080";
