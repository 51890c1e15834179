//! Long work: a bar on a terminal, plain lines elsewhere, nothing at all where it is short.

use std::{
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{Console, output};

/// How long work may take before anything is told of it.
pub(crate) const PATIENCE: Duration = Duration::from_millis(300);

/// Work that goes on. Dropping it takes the bar away.
pub(crate) struct Progress {
    console: Console,
    what: String,
    total: usize,
    done: usize,
    made: usize,
    since: Instant,
    bar: Option<ProgressBar>,
    is_told: bool,
}

impl Progress {
    pub(super) fn new(console: Console, what: String, total: usize) -> Self {
        let since = Instant::now();
        Self { console, what, total, done: 0, made: 0, since, bar: None, is_told: false }
    }

    /// Tells that the work goes on, unless that was told.
    pub(crate) fn tell(&mut self) {
        if self.is_told || self.console.is_quiet {
            return;
        }
        self.is_told = true;
        if self.console.is_json() {
            return;
        }
        if stderr().is_terminal() {
            self.bar = Some(self.new_bar());
        } else {
            self.console.say(&format!("{}\n", self.what));
        }
    }

    /// Counts one more part; `part` was really made and not only found up to date.
    pub(crate) fn advance(&mut self, part: Option<&str>) {
        self.done += 1;
        if let Some(part) = part {
            self.made += 1;
            self.tell();
            self.line(part);
        }
        if let Some(bar) = &self.bar {
            bar.set_length(self.total.max(self.done) as u64);
            bar.set_position(self.done as u64);
        }
    }

    fn line(&self, part: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(part.to_string()),
            None if self.console.is_json() && !self.console.is_quiet => {
                let (done, total) = (self.done, self.total.max(self.done));
                let object = json!({
                    "reason": "progress", "what": self.what, "part": part,
                    "done": done, "total": total,
                });
                output(&format!("{object}\n"));
            }
            None => {}
        }
    }

    /// Tells that the work is done: where lines are plain, how much it was.
    pub(crate) fn finish(self) {
        if self.is_told && self.bar.is_none() && self.made > 0 {
            let crates = if self.made == 1 { "crate" } else { "crates" };
            let seconds = self.since.elapsed().as_secs_f64();
            self.console.say(&format!("  {} {crates} in {seconds:.1} s\n", self.made));
        }
    }

    fn new_bar(&self) -> ProgressBar {
        let style = match self.total {
            0 => ProgressStyle::with_template("{spinner:.cyan} {prefix} {msg:.dim}"),
            _ => ProgressStyle::with_template(
                "{spinner:.cyan} {prefix} {bar:24.cyan/dim} {pos}/{len} {msg:.dim}",
            ),
        };
        let bar = ProgressBar::new(self.total as u64).with_prefix(self.what.clone());
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_position(self.done as u64);
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
