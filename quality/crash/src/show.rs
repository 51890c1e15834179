//! What is printed: one moving line on a terminal, plain lines elsewhere, and a table at the end.

use std::{
    io::{IsTerminal, Write, stderr},
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use anstream::{eprint, eprintln, println};
use anstyle::{AnsiColor, Style};
use sarab_crash::Tally;

use crate::{
    verdict::Verdict,
    watch::{Board, Found},
};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// How often a terminal is written to, and how often anything else.
const ON_TERMINAL: Duration = Duration::from_millis(250);
const ELSEWHERE: Duration = Duration::from_secs(15);

/// What stands above the columns of the table.
const HEAD: &str = "store    workloads operations refused unclear   done    states    nested per s*core  faults \
                    forgotten violations  mutants";

/// Says that something is as it should be.
pub(crate) fn good(what: &str) {
    println!("{GOOD}ok{GOOD:#}  {what}");
}

/// Says that something is not as it should be.
pub(crate) fn failure(what: &str) {
    clear();
    eprintln!("{BAD}error{BAD:#}: {what}");
}

/// Shows how far the threads are until `is_over`, and calls `look` now and then.
pub(crate) fn progress(
    board: &Board,
    began: Instant,
    time: Duration,
    is_over: &AtomicBool,
    look: &dyn Fn(&Board),
) {
    let step = if stderr().is_terminal() { ON_TERMINAL } else { ELSEWHERE };
    let mut shown = Instant::now();
    while !is_over.load(Relaxed) {
        thread::sleep(Duration::from_millis(100));
        if shown.elapsed() < step {
            continue;
        }
        shown = Instant::now();
        look(board);
        let line = line(&board.open(), began.elapsed(), time);
        clear();
        if stderr().is_terminal() { eprint!("{line}") } else { eprintln!("{line}") }
    }
    clear();
}

/// Empties the line that moves.
fn clear() {
    if stderr().is_terminal() {
        eprint!("\r\x1b[2K");
        let _ = stderr().flush();
    }
}

fn line(found: &Found, elapsed: Duration, time: Duration) -> String {
    let all = total(found);
    let killed: usize = found.mutants.values().map(|(killed, _)| killed).sum();
    let hunted: usize = found.mutants.values().map(|(_, survivors)| survivors.len()).sum();
    let now: Vec<_> =
        found.now.values().map(|(store, origin, _)| format!("{store} {origin}")).collect();
    format!(
        "{} of {} s: {} states, {}/s, {} violations, {killed} of {} mutants; {}",
        elapsed.as_secs(),
        time.as_secs(),
        all.0.states,
        rate(all.0.states, all.1),
        all.0.violations,
        killed + hunted,
        now.join(", "),
    )
}

fn total(found: &Found) -> (Tally, Duration) {
    found.stores.values().fold((Tally::default(), Duration::ZERO), |mut all, (tally, took)| {
        all.0 += *tally;
        (all.0, all.1 + *took)
    })
}

/// Returns how many there are in a second of one core.
fn rate(count: u64, took: Duration) -> u64 {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    count.saturating_mul(1000) / millis
}

/// Prints what was looked at, and returns whether everything is as it should be.
pub(crate) fn table(found: &Found, elapsed: Duration, cores: usize) -> ExitCode {
    println!("{HEAD}");
    for (name, (tally, took)) in &found.stores {
        row(name, tally, *took, &mutants(found, Some(name)));
    }
    let (tally, took) = total(found);
    row("all", &tally, took, &mutants(found, None));
    let Verdict { passed, failed, complaints } = Verdict::of(found);
    for complaint in &complaints {
        failure(complaint);
    }
    println!("{} states in {} s on {cores} cores", tally.states, elapsed.as_secs());
    println!("crash: {passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn row(name: &str, tally: &Tally, took: Duration, mutants: &str) {
    println!(
        "{name:<8} {:>9} {:>10} {:>7} {:>7} {:>4} % {:>9} {:>9} {:>10} {:>7} {:>9} {:>10}  {mutants}",
        tally.cases,
        tally.operations,
        tally.refused,
        tally.unclear,
        tally.done_percent(),
        tally.states,
        tally.nested,
        rate(tally.states, took),
        tally.faults,
        tally.forgotten,
        tally.violations,
    );
}

/// Returns how many mutants of a store, or of all, were found.
fn mutants(found: &Found, store: Option<&str>) -> String {
    let of = found.mutants.iter().filter(|(name, _)| store.is_none_or(|store| store == **name));
    let (killed, all) = of.fold((0, 0), |(killed, all), (_, (some, survivors))| {
        (killed + some, all + some + survivors.len())
    });
    format!("{killed}/{all}")
}
