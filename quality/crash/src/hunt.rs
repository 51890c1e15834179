//! Who runs what, and when.

use std::{
    process::{self, ExitCode},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};
use sarab_crash::{Check, Origin, Tally};

use crate::{
    runner::Runner,
    show,
    store::{Mutant, Store},
    watch::{Board, Fate},
};

/// How long a thread stays with one store.
const SLICE: Duration = Duration::from_secs(2);

/// How long one workload may take before the subject is said to run for ever.
const CASE_MAX: Duration = Duration::from_mins(5);

/// How long a core works to find a mutant, at least.
const MUTANT_MIN: Duration = Duration::from_secs(4);

/// How many workloads are tried to find a mutant, however late it is.
const WORKLOADS_MIN: u64 = 100;

/// Hunts mutants for a sixth of `time`, and cuts stores off in the rest.
pub(crate) fn all(stores: &[Store], seed: u64, time: Duration) -> ExitCode {
    let board = Board::default();
    let began = Instant::now();
    let is_over = AtomicBool::new(false);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mutants: Vec<_> =
        stores.iter().flat_map(|store| store.mutants.iter().map(move |one| (store, one))).collect();
    let next = AtomicUsize::new(0);
    for store in stores {
        board.open().count(store.name, Tally::default(), Duration::ZERO);
    }
    thread::scope(|scope| {
        let (board, mutants, next) = (&board, &mutants, &next);
        let threads: Vec<_> = (0..cores)
            .map(|thread| {
                scope.spawn(move || {
                    let worker = Worker { board, thread, cores, seed, began, time };
                    worker.mutants(mutants, next);
                    worker.stores(stores);
                })
            })
            .collect();
        let is_over = &is_over;
        scope.spawn(move || show::progress(board, began, time, is_over, &guard));
        for thread in threads {
            // A panic of a thread is one of the campaign; it was printed.
            if thread.join().is_err() {
                process::exit(2);
            }
        }
        is_over.store(true, Relaxed);
    });
    show::table(&board.open(), began.elapsed(), cores)
}

/// Ends everything if a subject runs for ever without a request to its disk.
fn guard(board: &Board) {
    let found = board.open();
    let late = found.now.values().find(|(_, _, since)| since.elapsed() > CASE_MAX);
    if let Some((store, origin, _)) = late {
        show::failure(&format!("{store} never ends in {origin}"));
        process::exit(1);
    }
}

/// Runs one workload of one store.
pub(crate) fn again(stores: &[Store], origin: Origin) -> ExitCode {
    let mut is_good = true;
    for store in stores {
        let mut tally = Tally::default();
        let report = match (store.make)() {
            Ok(runner) => runner.run(origin, &[Check::Crash, Check::Damage], &mut tally, &|| {}),
            Err(report) => Some(report),
        };
        is_good &= report.is_none();
        match report {
            Some(report) => show::failure(&report.to_string()),
            None => {
                show::good(&format!("{} keeps its promises in {origin}: {tally:?}", store.name));
            }
        }
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Worker<'a> {
    board: &'a Board,
    thread: usize,
    cores: usize,
    seed: u64,
    began: Instant,
    time: Duration,
}

impl Worker<'_> {
    /// Takes mutants one by one; each may have its part of a sixth of the time, and most need little.
    fn mutants(&self, mutants: &[(&Store, &Mutant)], next: &AtomicUsize) {
        let count = u32::try_from(mutants.len().div_ceil(self.cores)).unwrap_or(u32::MAX).max(1);
        let most = (self.time / 6 / count).max(MUTANT_MIN);
        while let Some((store, mutant)) = mutants.get(next.fetch_add(1, Relaxed)) {
            let fate = self.hunt(store, mutant, most);
            self.board.open().mutant(store.name, &mutant.name, fate);
        }
    }

    fn hunt(&self, store: &Store, mutant: &Mutant, most: Duration) -> Fate {
        let began = cpu_time();
        let Ok(runner) = (mutant.make)() else { return Fate::Killed };
        let mut tally = Tally::default();
        let mut number = 0;
        // Others may want the core; the stores want their part of the time in any case.
        let is_late = |number| self.began.elapsed() > self.time / 2 && number >= WORKLOADS_MIN;
        // A disk that was never asked for what it would lie in will not be.
        let is_unborn =
            |number, struck| mutant.is_of_disk && struck == 0 && number >= WORKLOADS_MIN;
        while cpu_time().saturating_sub(began) < most
            && !is_late(number)
            && !is_unborn(number, tally.struck)
        {
            let (origin, _) = self.workload(number, &*runner);
            let attempt = || self.begin(store, origin);
            attempt();
            let checks = [Check::Crash, Check::Damage];
            if runner.run(origin, &checks, &mut tally, &attempt).is_some() {
                return Fate::Killed;
            }
            number += 1;
        }
        if mutant.is_of_disk && tally.struck == 0 { Fate::Unborn } else { Fate::Survived }
    }

    /// Goes from store to store until the time is over.
    fn stores(&self, stores: &[Store]) {
        let runners: Vec<_> = stores.iter().map(|store| self.make(store)).collect();
        let mut numbers = vec![self.thread as u64; stores.len()];
        let is_over = || self.began.elapsed() >= self.time;
        // Each thread begins with another store, and however late it is, all have their turn.
        let mut at = self.thread * stores.len() / self.cores;
        let mut turns = 0;
        let turns_min = stores.len().div_ceil(self.cores);
        while (turns < turns_min || !is_over()) && runners.iter().any(Option::is_some) {
            turns += 1;
            if let Some(runner) = &runners[at] {
                self.slice(&stores[at], &**runner, &mut numbers[at], &is_over);
            }
            at = (at + 1) % stores.len();
        }
        self.board.open().now.remove(&self.thread);
    }

    /// Runs workloads of one store for a while.
    fn slice(
        &self,
        store: &Store,
        runner: &dyn Runner,
        number: &mut u64,
        is_over: &dyn Fn() -> bool,
    ) {
        let (began, worked) = (Instant::now(), cpu_time());
        let mut tally = Tally::default();
        loop {
            let (origin, checks) = self.workload(*number, runner);
            *number += self.cores as u64;
            let attempt = || self.begin(store, origin);
            attempt();
            if let Some(report) = runner.run(origin, checks, &mut tally, &attempt) {
                show::failure(&report.to_string());
            }
            if began.elapsed() >= SLICE || is_over() {
                break;
            }
        }
        self.board.open().count(store.name, tally, cpu_time().saturating_sub(worked));
    }

    /// Returns the workload of a number: small ones while there are any, and random ones between.
    fn workload(&self, number: u64, runner: &dyn Runner) -> (Origin, &'static [Check]) {
        // Both threads get both kinds.
        let turn = number / self.cores as u64;
        let small = number / 2;
        let origin = if turn.is_multiple_of(2) && small < runner.small_count() {
            Origin::Small(small)
        } else {
            Origin::Swarm(self.seed.wrapping_mul(1 << 32).wrapping_add(number))
        };
        let checks: &[Check] =
            if turn % 8 == 7 { &[Check::Crash, Check::Damage] } else { &[Check::Crash] };
        (origin, checks)
    }

    fn make(&self, store: &Store) -> Option<Box<dyn Runner>> {
        match (store.make)() {
            Ok(runner) => Some(runner),
            Err(report) => {
                let mut found = self.board.open();
                found.count(
                    store.name,
                    Tally { violations: 1, ..Tally::default() },
                    Duration::ZERO,
                );
                show::failure(&report.to_string());
                None
            }
        }
    }

    fn begin(&self, store: &Store, origin: Origin) {
        self.board.open().now.insert(self.thread, (store.name, origin, Instant::now()));
    }
}

/// Returns for how long this thread has had a core: others may want it, too.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
