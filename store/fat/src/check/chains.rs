//! Chains: whether they lead through clusters in use that belong to nothing else.

use alloc::string::String;

use sarab_device::Block;

use super::{Check, Finding};
use crate::{
    runs::{Run, Runs},
    table::Link,
    volume::Outcome,
};

impl<B: Block> Check<'_, B> {
    /// Follows the chain of `path` and notes whom its clusters belong to. Returns the clusters that
    /// it can have; a repair ends it behind them.
    pub(super) async fn chain(&mut self, path: &str, first: u32) -> Outcome<Runs, &B> {
        let mut runs = Runs::default();
        let (mut last, mut next) = (0, first);
        loop {
            if let Some(finding) = self.flaw(path, last, next).await? {
                self.found(finding);
                if last != 0 {
                    self.end_chain(last).await?;
                }
                return Ok(runs);
            }
            self.own(next);
            runs.push(Run { first: next, count: 1 })?;
            match self.volume.link(next).await? {
                Link::Next(after) => (last, next) = (next, after),
                _ => return Ok(runs),
            }
        }
    }

    /// Returns why a chain cannot go on with `cluster`.
    async fn flaw(&mut self, path: &str, last: u32, cluster: u32) -> Outcome<Option<Finding>, &B> {
        let path = || String::from(path);
        if !self.volume.layout.has(cluster) {
            return Ok(Some(Finding::Chain { path: path(), cluster: last }));
        }
        if self.owns(cluster) {
            return Ok(Some(Finding::Crossed { path: path(), cluster }));
        }
        let link = self.volume.link(cluster).await?;
        let is_used = matches!(link, Link::Next(_) | Link::End);
        Ok((!is_used).then(|| Finding::Chain { path: path(), cluster: last }))
    }

    async fn end_chain(&mut self, cluster: u32) -> Outcome<(), &B> {
        if self.is_repair() {
            self.volume.put_link(cluster, Link::End).await?;
        }
        Ok(())
    }

    /// Takes the clusters behind the first `count` from a file; returns how many. They stay owned
    /// until all files have been seen, so that no other takes them for its own.
    pub(super) async fn shorten(&mut self, runs: &mut Runs, count: u32) -> Outcome<u32, &B> {
        let before = runs.len();
        let gone = runs.cut(count);
        if self.is_repair() {
            if let Some(tail) = runs.last() {
                self.end_chain(tail).await?;
            }
            self.gone.extend(gone);
        }
        Ok(before - runs.len())
    }
}
