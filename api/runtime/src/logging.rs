//! The log: whatever is logged through the crate `log` becomes a line on the console.
//!
//! ```text
//!   12.000034 warn  sarab_http::server: ...
//! ```

use alloc::format;

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::current;
use crate::filter::Filter;

/// Lets lines through that `filter` may let through.
///
/// The limit of the crate `log` is one for the whole process, and only ever raised, so that two
/// runtimes on two threads do not silence each other; the filter of each decides exactly.
pub(crate) fn begin(filter: &Filter) {
    // It fails when a log was set before: that of an earlier run, or one that the program chose.
    let _ = log::set_logger(&Console);
    log::set_max_level(log::max_level().max(filter.max_level()));
}

/// The log of the current runtime.
struct Console;

/// From where there is no runtime, and no filter, only what nobody wants to miss is shown.
const ELSEWHERE: LevelFilter = LevelFilter::Warn;

impl Log for Console {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let level = match current::find() {
            Some(runtime) => runtime.filter.level_of(metadata.target()),
            None => ELSEWHERE,
        };
        metadata.level() <= level
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let (level, target, text) = (word(record.level()), record.target(), record.args());
        match current::find() {
            Some(runtime) => {
                let now = format!("{}", runtime.machine.now());
                let line = format!("{now:>12} {level:5} {target}: {text}\n");
                runtime.machine.print_error(&line);
            }
            None => current::log_elsewhere(format_args!("{level:5} {target}: {text}")),
        }
    }

    fn flush(&self) {}
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug => "debug",
        Level::Trace => "trace",
    }
}

#[cfg(test)]
mod tests;
