//! Whether what a unikernel has promised is there after it was killed: it is killed by SIGKILL at moments that a
//! seed draws, and started again on the same disk. A kill is no loss of power: what the host has in memory
//! survives it, so no flush that is missing is found here.

use std::{env, process::Command, thread, time::Duration};

use crate::process::{Process, signal};

/// How often each unikernel is killed, unless [`KILLS`] says otherwise.
const KILLS_OF_A_TEST: u32 = 20;

/// Names how often.
const KILLS: &str = "SARAB_KILLS";

/// Names where the moments begin: the seed that a test has printed.
const SEED: &str = "SARAB_SEED";

/// The longest that a unikernel works before it is killed, in microseconds. Most promises take a millisecond or so.
const WORK_US_MAX: u64 = 100_000;

/// Who remembers what a unikernel has promised.
pub trait Witness {
    /// Returns the command that starts the unikernel, always on the same disk.
    fn command(&self) -> Command;

    /// Waits until it works, and checks that all that was promised is there.
    fn check(&mut self, guest: &mut Process);

    /// Has it promise more, until it is dead. It need not do anything if the unikernel works by itself.
    fn work(&mut self) {}

    /// Learns what it has said until it died, all lines of its life.
    fn heard(&mut self, lines: &[String]) {
        let _ = lines;
    }
}

/// Starts and kills a unikernel again and again, and lets `witness` check it each time; in the end it is asked to
/// end, and must do so.
pub fn survives(test: &str, witness: &mut impl Witness) {
    let (kills, mut moments) = (kills(), Moments::begin());
    eprintln!("{test}: {kills} kills, {SEED}={:#x}", moments.0);
    for _ in 0..kills {
        let mut guest = Process::start(&mut witness.command());
        witness.check(&mut guest);
        let (victim, moment) = (guest.innermost(), moments.draw());
        let killer = thread::spawn(move || {
            thread::sleep(moment);
            signal(victim, "KILL");
        });
        witness.work();
        killer.join().expect("a unikernel is there until it is killed");
        witness.heard(&guest.end().1);
    }
    let mut guest = Process::start(&mut witness.command());
    witness.check(&mut guest);
    guest.signal("TERM");
    assert_eq!(guest.end().0, Some(0), "{test}: it ends when it is asked to");
}

fn kills() -> u32 {
    number(KILLS).and_then(|kills| u32::try_from(kills).ok()).unwrap_or(KILLS_OF_A_TEST)
}

/// Moments to kill at, by xorshift (Marsaglia 2003).
struct Moments(u64);

impl Moments {
    fn begin() -> Self {
        Self(number(SEED).unwrap_or(0x5a7a_b000_0000_0001).max(1))
    }

    fn draw(&mut self) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_micros(self.0 % WORK_US_MAX)
    }
}

/// Reads a number of the environment, in either notation.
fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    Some(parsed.unwrap_or_else(|error| panic!("{name}={text}: {error}")))
}
