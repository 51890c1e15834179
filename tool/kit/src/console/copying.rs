//! Long copies: a bar on a terminal, two plain lines elsewhere, nothing at all where they are short.

use std::{
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::json;

use super::{Console, PATIENCE, output};

/// How often a program is told how far it is.
const STEP: Duration = Duration::from_secs(1);

/// A copy that goes on. Dropping it takes the bar away.
pub struct Copying {
    console: Console,
    what: String,
    total_bytes: u64,
    done_bytes: u64,
    since: Instant,
    told: Option<Instant>,
    bar: Option<ProgressBar>,
}

impl Copying {
    pub(crate) fn new(console: Console, what: String, total_bytes: u64) -> Self {
        let since = Instant::now();
        Self { console, what, total_bytes, done_bytes: 0, since, told: None, bar: None }
    }

    /// Counts bytes that were copied.
    pub fn advance(&mut self, bytes: u64) {
        self.done_bytes += bytes;
        if self.console.is_quiet || self.since.elapsed() < PATIENCE {
            return;
        }
        if self.console.is_json() {
            self.object();
        } else if self.told.is_none() {
            self.begin();
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done_bytes);
        }
    }

    fn begin(&mut self) {
        self.told = Some(Instant::now());
        if !stderr().is_terminal() {
            self.console.say(&format!("{}, {}\n", self.what, HumanBytes(self.total_bytes)));
            return;
        }
        let bar = ProgressBar::new(self.total_bytes).with_prefix(self.what.clone());
        let template = "{prefix} {bar:24.cyan/dim} {bytes} of {total_bytes}, {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        self.bar = Some(bar);
    }

    fn object(&mut self) {
        if self.told.is_none_or(|told| told.elapsed() >= STEP) {
            self.told = Some(Instant::now());
            let (done, total) = (self.done_bytes, self.total_bytes);
            let object = json!({
                "reason": "progress", "what": self.what, "done": done, "total": total,
            });
            output(&format!("{object}\n"));
        }
    }

    /// Tells that the copy is done: where lines are plain, how long it took.
    pub fn finish(self) {
        if self.told.is_some() && self.bar.is_none() {
            let (size, seconds) = (HumanBytes(self.done_bytes), self.since.elapsed().as_secs_f64());
            self.console.say(&format!("  {size} in {seconds:.1} s\n"));
        }
    }
}

impl Drop for Copying {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
