//! What is checked in the machine.

/// A command, and how it must end.
pub(super) struct Check {
    /// What it proves.
    pub(super) name: String,
    /// A line of the shell.
    pub(super) command: String,
    status: i32,
    /// Texts that it says, among others.
    says: Vec<String>,
}

/// What a guest says that did what no guest may.
const ESCAPES: [&str; 2] = ["got out", "the host answered"];

impl Check {
    fn new(name: impl Into<String>, command: impl Into<String>, says: &[&str]) -> Self {
        let says = says.iter().map(ToString::to_string).collect();
        Self { name: name.into(), command: command.into(), status: 0, says }
    }

    /// The tender with the image called `name`, with `options` before it and `words` behind.
    fn image(name: &str, options: &str, words: &str, says: &[&str]) -> Self {
        let command = format!("sarab-hvt --memory 32MiB {options} /{name} {words}");
        Self::new(name, command, says)
    }

    /// The unikernel that tries to get out.
    fn hostile((deed, status, report): (&str, i32, &str)) -> Self {
        let (says, name) =
            (format!("about to {deed}\n"), format!("hostile: {deed} ends with {status}"));
        let command = format!("sarab-hvt --memory 16MiB /hostile --deed '{deed}'");
        Self { status, ..Self::new(name, command, &[&says, report]) }
    }

    /// Tells what is wrong with how the command ended.
    pub(super) fn judge(&self, status: i32, said: &str) -> Result<(), String> {
        if let Some(escape) = ESCAPES.iter().find(|escape| said.contains(**escape)) {
            return Err(format!("it says {escape:?}"));
        }
        if status != self.status {
            return Err(format!("it ended with {status}, not {}", self.status));
        }
        match self.says.iter().find(|text| !said.contains(text.as_str())) {
            Some(text) => Err(format!("it does not say {text:?}")),
            None => Ok(()),
        }
    }
}

/// Returns all, in the order in which they are taken.
pub(super) fn all() -> Vec<Check> {
    let mut checks = vec![
        Check::new(
            "the processor virtualises",
            "grep -qw svm /proc/cpuinfo && lsmod",
            &["kvm_amd"],
        ),
        Check::new("the tests of the cage", CAGE, &["test result: ok. "]),
    ];
    checks.extend(examples());
    checks.push(Check::new(
        "time passes without a ring",
        "sarab-hvt --memory 16MiB /hostile --deed watch",
        &["time passes\n"],
    ));
    checks.extend(DEEDS.map(Check::hostile));
    checks.extend(network());
    checks
}

/// Those of the debugger need gdb, which the machine has not.
const CAGE: &str = "cage --test-threads=1 --skip debug::";

fn examples() -> [Check; 5] {
    [
        Check::image("hello-key", "", "--hello Salam --times=2 --pause 1ms", &["Salam\nSalam\n"]),
        Check::image("timeouts", "", "", &[STEPS]),
        Check {
            command: format!("dd if=/dev/zero of=/disk bs=1M count=1 && {BLOCK}"),
            ..Check::image("block", "", "", &SECTORS)
        },
        Check::image("kv", "", "", &["the two secrets are equal\n"]),
        Check::image("app-info", "", "", &["app-info 0.1.0 on hvt\n", "  sarab-runtime 0.1.0\n"]),
    ]
}

const STEPS: &str = "join\n  heads\n  tails\nselect\n  heads\n  heads was first\n\
    timeout\n  done\n  Ok(\"done\")\n  Err(TimedOut)\ncancel\n  the task was cancelled\n\
    mailbox\n  1\n  4\n  9\nstream\n  2 is two\n  0 is zero\n  7 is many\n";

const BLOCK: &str = "sarab-hvt --memory 32MiB --disk disk=/disk /block";
const SECTORS: [&str; 5] = [
    "2048 sectors of 512 bytes\n",
    "wrote and read 1 from 2047\n",
    "wrote and read 8 from 12\n",
    "flushed\n",
    "refused: ",
];

/// Deeds of the hostile unikernel, the status that each ends with, and a text of the report.
const DEEDS: [(&str, i32, &str); 11] = [
    ("panic", 101, "on purpose"),
    ("exhaust", 102, "crash: out of memory\n"),
    ("overflow", 103, "crash: stack overflow\n"),
    ("touch nothing", 104, "crash: illegal read of 0x8\n"),
    ("touch kernel", 104, "crash: illegal"),
    ("touch code", 104, "crash: illegal write to 0x"),
    ("execute heap", 104, "crash: illegal jump to 0x"),
    ("instruction rdmsr", 104, "crash: illegal instruction\n"),
    ("instruction mov cr3", 104, "crash: illegal instruction\n"),
    ("instruction divide", 104, "crash: division error\n"),
    ("call 41 2 1 0", 105, "crash: forbidden system call 41\n"),
];

/// Images with a card, on a tap: each is asked until it answers, and then to end.
fn network() -> [Check; 2] {
    let on_tap = |image: &str, ask: &str, answer: &str| {
        Check::new(
            format!("{image} over a tap"),
            TAP.replace("IMAGE", image).replace("ASK", ask),
            &[answer],
        )
    };
    [
        on_tap(
            "site",
            r"printf 'GET / HTTP/1.0\r\nHost: lab\r\n\r\n' | nc -w 2 10.0.0.2 8080",
            "<title>Sarab</title>",
        ),
        on_tap("echo", "echo salam | nc -w 2 10.0.0.2 7007", "salam\n"),
    ]
}

const TAP: &str = "tunctl -t tap0 >/dev/null
ip address add 10.0.0.1/24 dev tap0
ip link set tap0 up
sarab-hvt --memory 32MiB --net service=tap:tap0 /IMAGE &
for try in 1 2 3 4 5 6 7 8 9 10; do
    ASK && break
    sleep 1
done
kill -TERM $!
wait $!
status=$?
tunctl -d tap0 >/dev/null
exit $status";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_wants_its_status_and_its_texts() {
        let check = Check::hostile(("panic", 101, "on purpose"));
        let said = "about to panic\npanicked: on purpose\n";
        assert_eq!(check.judge(101, said), Ok(()));
        assert_eq!(check.judge(0, said), Err("it ended with 0, not 101".into()));
        let why = "it does not say \"on purpose\"";
        assert_eq!(check.judge(101, "about to panic\n"), Err(why.into()));
        let escaped = format!("{said}got out\n");
        assert_eq!(check.judge(101, &escaped), Err("it says \"got out\"".into()));
    }
}
