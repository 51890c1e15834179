//! Builds a package that the tool wrote, by cargo.

use std::{
    ffi::OsStr,
    io::{BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
};

use cargo_metadata::{CompilerMessage, Message, TargetKind, diagnostic::DiagnosticLevel};

use crate::{
    console::{Console, PATIENCE, Progress},
    report::{Failure, Report},
    toml,
};

/// A package to build.
pub(crate) struct Build<'a> {
    /// Its folder.
    pub(crate) package: &'a Path,
    /// The folder that cargo runs in; its `.cargo/config.toml` counts.
    pub(crate) working_folder: &'a Path,
    /// The folder that cargo builds in.
    pub(crate) target_folder: &'a Path,
    /// More words for cargo.
    pub(crate) arguments: &'a [&'a str],
    /// The platform to compile for, where flags are to reach the program and not what runs on the
    /// host.
    pub(crate) platform: Option<Platform>,
    /// What to tell of it (`compiling site for unix`).
    pub(crate) what: String,
    /// How many crates it needs at most; 0 where that is not known.
    pub(crate) crates: usize,
}

/// A platform to compile for.
#[derive(Clone, Copy)]
pub(crate) struct Platform {
    /// Its name (`x86_64-unknown-linux-gnu`).
    pub(crate) name: &'static str,
    /// Flags of rustc for each crate, besides those that the user's settings give.
    pub(crate) flags: &'static [&'static str],
}

/// A package that was built.
pub(crate) struct Built {
    /// The program.
    pub(crate) executable: PathBuf,
    /// What the compiler warns of.
    pub(crate) warnings: Vec<CompilerMessage>,
}

/// Why a package was not built.
pub(crate) enum NotBuilt {
    /// The compiler has errors to show.
    Compiler(Vec<CompilerMessage>),
    /// Cargo says why.
    Cargo(String),
}

impl Build<'_> {
    /// Builds the package.
    pub(crate) fn run(&self, console: Console) -> Result<Built, NotBuilt> {
        let mut cargo = cargo(self.working_folder);
        cargo.arg("build").args(self.arguments);
        if let Some(platform) = self.platform {
            platform.choose(&mut cargo, flags_of_environment());
        }
        cargo.arg("--manifest-path").arg(self.package.join("Cargo.toml"));
        cargo.arg("--target-dir").arg(self.target_folder);
        cargo.arg("--message-format").arg(message_format(console));
        let mut cargo =
            start(&mut cargo).map_err(|failure| NotBuilt::Cargo(failure.to_string()))?;
        let complaint = complaint(&mut cargo);
        let messages = messages(&mut cargo);
        let mut progress = console.progress(self.what.clone(), self.crates);
        let seen = listen(&messages, &mut progress);
        let is_good = cargo.wait().is_ok_and(|status| status.success());
        let complaint = complaint.join().unwrap_or_default();
        let built = seen.result(is_good, complaint)?;
        progress.finish();
        Ok(built)
    }
}

impl Platform {
    /// Has `cargo` compile for the platform. With flags in the environment, `given`, cargo looks at
    /// no others, so these go where those are.
    fn choose(self, cargo: &mut Command, given: Option<String>) {
        cargo.args(["--target", self.name]);
        let flags = || self.flags.iter().copied();
        if let Some(given) = given {
            let all: Vec<_> =
                given.split(BETWEEN).filter(|flag| !flag.is_empty()).chain(flags()).collect();
            cargo.env(ENCODED, all.join(BETWEEN));
        } else {
            let flags = toml::array(flags());
            cargo.args(["--config", &format!("target.{}.rustflags={flags}", self.name)]);
        }
    }
}

/// The variable with the flags of rustc that goes before all others, and what is between two flags.
const ENCODED: &str = "CARGO_ENCODED_RUSTFLAGS";
const BETWEEN: &str = "\u{1f}";

/// Returns the flags of rustc that the environment gives, encoded.
fn flags_of_environment() -> Option<String> {
    let encoded = std::env::var(ENCODED).ok();
    let words = |flags: String| flags.split_whitespace().collect::<Vec<_>>().join(BETWEEN);
    encoded.or_else(|| std::env::var("RUSTFLAGS").ok().map(words))
}

/// Returns cargo, to run in `folder`.
pub(crate) fn cargo(folder: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(program);
    cargo.current_dir(folder).stdin(Stdio::null());
    // What this process was itself started with by `cargo run` must not reach build scripts.
    let own = std::env::vars_os().map(|(name, _)| name).filter(|name| is_of_package(name));
    own.for_each(|name| {
        cargo.env_remove(name);
    });
    cargo
}

fn is_of_package(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "OUT_DIR"
}

fn message_format(console: Console) -> &'static str {
    if console.is_colored() { "json-diagnostic-rendered-ansi" } else { "json" }
}

fn start(cargo: &mut Command) -> std::io::Result<Child> {
    cargo.arg("--quiet").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

/// Collects what cargo itself complains about.
fn complaint(cargo: &mut Child) -> thread::JoinHandle<String> {
    let stderr = cargo.stderr.take();
    thread::spawn(move || {
        let mut text = Vec::new();
        let read = stderr.map(|mut stderr| stderr.read_to_end(&mut text));
        drop(read);
        String::from_utf8_lossy(&text).into_owned()
    })
}

/// Reads the messages of cargo on a thread, so that whoever waits for them can lose patience.
fn messages(cargo: &mut Child) -> Receiver<Message> {
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = cargo.stdout.take() {
        thread::spawn(move || {
            for message in Message::parse_stream(BufReader::new(stdout)).map_while(Result::ok) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}

/// What cargo told while it ran.
#[derive(Default)]
struct Seen {
    executable: Option<PathBuf>,
    errors: Vec<CompilerMessage>,
    warnings: Vec<CompilerMessage>,
}

fn listen(messages: &Receiver<Message>, progress: &mut Progress) -> Seen {
    let mut seen = Seen::default();
    loop {
        match messages.recv_timeout(PATIENCE) {
            Ok(message) => seen.take(message, progress),
            Err(RecvTimeoutError::Timeout) => progress.tell(),
            Err(RecvTimeoutError::Disconnected) => return seen,
        }
    }
}

impl Seen {
    fn take(&mut self, message: Message, progress: &mut Progress) {
        match message {
            // A build script is not one more crate.
            Message::CompilerArtifact(artifact)
                if !artifact.target.is_kind(TargetKind::CustomBuild) =>
            {
                progress.advance((!artifact.fresh).then_some(artifact.target.name.as_str()));
                if let Some(executable) = artifact.executable {
                    self.executable = Some(executable.into());
                }
            }
            Message::CompilerMessage(message) => match message.message.level {
                DiagnosticLevel::Error | DiagnosticLevel::Ice => self.errors.push(message),
                DiagnosticLevel::Warning => self.warnings.push(message),
                _ => {}
            },
            _ => {}
        }
    }

    fn result(mut self, is_good: bool, complaint: String) -> Result<Built, NotBuilt> {
        // `aborting due to 2 previous errors` has no place and says nothing new.
        self.errors.retain(|error| !error.message.message.starts_with("aborting due to"));
        match self.executable {
            Some(executable) if is_good => Ok(Built { executable, warnings: self.warnings }),
            _ if self.errors.is_empty() => Err(NotBuilt::Cargo(complaint)),
            _ => Err(NotBuilt::Compiler(self.errors)),
        }
    }
}

/// Says that cargo could not even begin, in its own words.
pub(crate) fn cargo_failed(what: &str, complaint: &str) -> Failure {
    let report = Report::error(format!("cargo cannot build {what}"));
    if complaint.trim().is_empty() {
        return report.help("is cargo installed, and on the search path?").into();
    }
    report.rendered(complaint.trim()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(given: Option<&str>) -> (String, Option<String>) {
        let platform = Platform { name: "moon-elf", flags: &["-C", "strip=none"] };
        let mut cargo = Command::new("cargo");
        platform.choose(&mut cargo, given.map(Into::into));
        let words: Vec<_> = cargo.get_args().map(|word| word.to_string_lossy()).collect();
        let variable = cargo.get_envs().find(|(name, _)| *name == ENCODED);
        let value = variable.and_then(|(_, value)| value);
        (words.join(" "), value.map(|value| value.to_string_lossy().into_owned()))
    }

    #[test]
    fn flags_for_a_platform_are_added_to_those_of_the_user() {
        let (line, variable) = words(None);
        let config = r#"--config target.moon-elf.rustflags=["-C", "strip=none"]"#;
        assert_eq!((line, variable), (format!("--target moon-elf {config}"), None));
        let (line, variable) = words(Some("-Dwarnings"));
        assert_eq!(line, "--target moon-elf");
        assert_eq!(variable.as_deref(), Some("-Dwarnings\u{1f}-C\u{1f}strip=none"));
    }
}
