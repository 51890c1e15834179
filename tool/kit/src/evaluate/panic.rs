//! Finds the panic in what a program printed.

use sarab_compose::plan::Origin;

/// A panic: what was said, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Panic {
    pub(super) message: String,
    pub(super) origin: Option<Origin>,
}

impl Panic {
    /// Finds the first panic in the form that the standard library prints:
    ///
    /// ```text
    /// thread 'main' (4711) panicked at config.rs:3:5:
    /// no such thing
    /// note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
    /// ```
    pub(super) fn find(printed: &str) -> Option<Self> {
        let (_, rest) =
            printed.split_once("' ").filter(|(before, _)| before.contains("thread '"))?;
        let (_, rest) = rest.split_once("panicked at ")?;
        let (place, rest) = rest.split_once('\n')?;
        let end = |line: &&str| line.starts_with("note: ") || line.starts_with("stack backtrace:");
        let lines = rest.lines().take_while(|line| !end(line));
        let message = lines.collect::<Vec<_>>().join("\n").trim_end().to_string();
        Some(Self { message, origin: origin(place.trim_end_matches(':')) })
    }
}

/// Reads `FILE:LINE:COLUMN`.
fn origin(place: &str) -> Option<Origin> {
    let (rest, column) = place.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    Some(Origin { file: file.into(), line: line.parse().ok()?, column: column.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_found_with_its_place() {
        let printed = "hello\n\nthread 'main' (47) panicked at /a/config.rs:3:5:\n\
                       no such thing\nat all\nnote: run with `RUST_BACKTRACE=1`\n";
        let origin = Origin { file: "/a/config.rs".into(), line: 3, column: 5 };
        let message = "no such thing\nat all".to_string();
        assert_eq!(Panic::find(printed), Some(Panic { message, origin: Some(origin) }));
    }

    #[test]
    fn other_text_is_no_panic() {
        assert_eq!(Panic::find("it's fine\nreally\n"), None);
    }

    #[test]
    fn a_real_panic_is_printed_in_this_form() {
        assert!(std::env::var_os("PANIC_NOW").is_none(), "on purpose");
        let this = std::env::current_exe().unwrap();
        let name = "evaluate::panic::tests::a_real_panic_is_printed_in_this_form";
        let output = std::process::Command::new(this)
            .args([name, "--exact", "--nocapture"])
            .env("PANIC_NOW", "1")
            .output()
            .unwrap();
        let panic = Panic::find(&String::from_utf8_lossy(&output.stderr)).unwrap();
        assert_eq!(panic.message, "on purpose");
        assert!(panic.origin.unwrap().file.ends_with("panic.rs"));
    }
}
