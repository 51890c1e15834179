//! Clients that commit at the same time.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    data::Pair,
    store::{Done, Fault},
};

/// Calls `put` for each pair, on so many threads, and returns how long each call took.
pub fn by_threads(
    clients: usize,
    pairs: &[Pair],
    put: impl Fn(&Pair) -> Done + Sync,
) -> Result<Vec<Duration>, Fault> {
    if clients == 1 {
        return in_turn(pairs, &put);
    }
    let shares = pairs.chunks(pairs.len().div_ceil(clients).max(1));
    let taken = thread::scope(|scope| {
        let put = &put;
        let clients: Vec<_> = shares.map(|share| scope.spawn(|| in_turn(share, put))).collect();
        clients.into_iter().map(|it| it.join().expect("no client panics")).collect::<Vec<_>>()
    });
    Ok(taken.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}

fn in_turn(pairs: &[Pair], put: &impl Fn(&Pair) -> Done) -> Result<Vec<Duration>, Fault> {
    let timed = |pair| {
        let begun = Instant::now();
        put(pair).map(|()| begun.elapsed())
    };
    pairs.iter().map(timed).collect()
}
