//! A small honest store: eight numbers, a log, and two places for each table and root.
//!
//! | sectors | what lies there |
//! | --- | --- |
//! | 0, 1 | roots: the one of generation `g` in sector `g % 2` |
//! | 2 to 3, 4 to 5 | tables: the one of generation `g` in the pair `g % 2`, four numbers a sector |
//! | 6 to 11 | the log of the newest generation |
//!
//! A root holds its generation and the checksums of the two sectors of its table. A record of the log
//! holds its generation, its place, whether it is the last of its operation, and one number to set.

use std::{cell::RefCell, rc::Rc};

use bytes::Bytes;
use sarab_device::{Block, ErrorKind};

use super::Flaw;
use crate::{Disk, Failure};

/// Numbers that the store holds.
pub(super) const CELLS: usize = 8;

pub(super) const SECTORS: u64 = 12;
const TABLES: u64 = 2;
const LOG: u64 = 6;
const LOG_SIZE: u64 = SECTORS - LOG;
const SECTOR: usize = 512;

pub(super) type Numbers = [u64; CELLS];

pub(super) struct Ledger {
    disk: Rc<Disk>,
    flaw: Flaw,
    inner: RefCell<Inner>,
}

#[derive(Clone, Copy)]
struct Inner {
    generation: u64,
    numbers: Numbers,
    /// Records in the log.
    logged: u64,
}

impl Ledger {
    pub(super) async fn format(disk: Rc<Disk>) -> Result<(), Failure> {
        let inner = RefCell::new(Inner { generation: 0, numbers: [0; CELLS], logged: 0 });
        disk.write(LOG, vec![0; SECTOR * 6].into()).await?;
        Self { disk, flaw: Flaw::None, inner }.checkpoint().await
    }

    pub(super) async fn open(disk: Rc<Disk>, flaw: Flaw) -> Result<Self, Failure> {
        let mut found = None;
        for slot in 0..2 {
            let Some(newer) = root(&disk, flaw, slot).await? else { continue };
            if found.is_none_or(|(generation, _)| generation < newer.0) {
                found = Some(newer);
            }
        }
        let Some((generation, numbers)) = found else {
            assert!(flaw != Flaw::PanicsOnDamage, "no root is sound");
            if flaw == Flaw::AsksForEver {
                while disk.read(0, 1).await.is_ok() {}
            }
            return Err(corrupt("no root is sound"));
        };
        let inner = RefCell::new(Inner { generation, numbers, logged: 0 });
        let ledger = Self { disk, flaw, inner };
        // A record behind the end of the log would count as soon as the log is that long.
        if ledger.replay().await? > 0 || flaw != Flaw::KeepsGeneration {
            ledger.checkpoint().await?;
        }
        Ok(ledger)
    }

    pub(super) fn numbers(&self) -> Numbers {
        self.inner.borrow().numbers
    }

    /// Sets numbers, all or none of them; durable when it returns.
    pub(super) async fn set(&self, changes: &[(usize, u64)]) -> Result<(), Failure> {
        let mut inner = *self.inner.borrow();
        if inner.logged + changes.len() as u64 > LOG_SIZE {
            self.checkpoint().await?;
            inner = *self.inner.borrow();
        }
        for (nth, (cell, number)) in changes.iter().enumerate() {
            let is_last = self.flaw == Flaw::SplitsOperations || nth + 1 == changes.len();
            let fields =
                [inner.generation, inner.logged, u64::from(is_last), *cell as u64, *number];
            if self.flaw != Flaw::ForgetsSecondWrite || nth != 1 {
                self.disk.write(LOG + inner.logged, seal(&fields)).await?;
            }
            inner.logged += 1;
            inner.numbers[*cell] = *number;
        }
        if self.flaw != Flaw::NoFlushOfLog {
            self.disk.flush().await?;
        }
        *self.inner.borrow_mut() = inner;
        Ok(())
    }

    /// Writes everything to a new table and empties the log.
    pub(super) async fn checkpoint(&self) -> Result<(), Failure> {
        let Inner { generation, numbers, .. } = *self.inner.borrow();
        let generation = generation + 1;
        let pair = if self.flaw == Flaw::ReusesTable { 1 } else { generation % 2 };
        let halves = numbers.as_chunks::<4>().0;
        let mut fields = vec![generation];
        for (nth, half) in (0..).zip(halves) {
            self.disk.write(TABLES + pair * 2 + nth, seal(half)).await?;
            fields.push(sum(half));
        }
        if self.flaw != Flaw::NoFlushOfTable {
            self.disk.flush().await?;
        }
        self.write_root(generation, &fields).await?;
        *self.inner.borrow_mut() = Inner { generation, numbers, logged: 0 };
        Ok(())
    }

    async fn write_root(&self, generation: u64, fields: &[u64]) -> Result<(), Failure> {
        let root = seal(fields);
        match self.flaw {
            Flaw::RootNotDurable => self.disk.write(generation % 2, root).await?,
            _ => self.disk.write_through(generation % 2, root).await?,
        }
        Ok(())
    }

    /// Does again what the log says, and returns how many records it has.
    async fn replay(&self) -> Result<u64, Failure> {
        let mut waiting = Vec::new();
        let generation = self.inner.borrow().generation;
        let mut logged = 0;
        while logged < LOG_SIZE {
            let sector = self.disk.read(LOG + logged, 1).await?;
            let Some([of, place, is_last, cell, number]) = unseal(&sector, self.flaw.trusts_log())
            else {
                break;
            };
            if of > generation && self.flaw != Flaw::IgnoresNewerRecords {
                return Err(corrupt("the log is newer than the root"));
            }
            let is_stale = of != generation && self.flaw != Flaw::OldRecords;
            if is_stale || place != logged || cell >= CELLS as u64 {
                if self.flaw == Flaw::SkipsHoles {
                    logged += 1;
                    continue;
                }
                break;
            }
            logged += 1;
            waiting.push((cell, number));
            if is_last == 1 {
                let numbers = &mut self.inner.borrow_mut().numbers;
                for (cell, number) in waiting.drain(..) {
                    numbers[usize::try_from(cell).unwrap_or_default() % CELLS] = number;
                }
            }
        }
        Ok(logged)
    }
}

/// Reads a root and its table; `None` if they are not sound.
async fn root(disk: &Disk, flaw: Flaw, slot: u64) -> Result<Option<(u64, Numbers)>, Failure> {
    let sector = disk.read(slot, 1).await?;
    let Some([generation, first, second]) = unseal(&sector, false) else {
        return Ok(None);
    };
    if generation % 2 != slot {
        return Ok(None);
    }
    let mut numbers = Vec::new();
    for (nth, expected) in [(0, first), (1, second)] {
        let pair = if flaw == Flaw::ReusesTable { 1 } else { slot };
        let sector = disk.read(TABLES + pair * 2 + nth, 1).await?;
        let trusts = flaw == Flaw::TrustsTable;
        let Some(half) = unseal::<4>(&sector, trusts) else { return Ok(None) };
        if sum(&half) != expected && !trusts {
            return Ok(None);
        }
        numbers.extend(half);
    }
    Ok(numbers.try_into().ok().map(|numbers| (generation, numbers)))
}

fn corrupt(text: &str) -> Failure {
    Failure::Refused { kind: ErrorKind::Corrupt, text: text.into() }
}

/// Returns a sector with `fields` and a checksum of them.
fn seal(fields: &[u64]) -> Bytes {
    let mut sector: Vec<_> = fields.iter().flat_map(|field| field.to_le_bytes()).collect();
    sector.resize(SECTOR - 8, 0);
    sector.extend(check(&sector).to_le_bytes());
    sector.into()
}

/// Returns the fields of a sector whose checksum is right.
fn unseal<const N: usize>(sector: &[u8], trusts: bool) -> Option<[u64; N]> {
    let (words, _) = sector.as_chunks::<8>();
    let (body, end) = sector.split_at(SECTOR - 8);
    let is_sound = check(body).to_le_bytes() == end;
    let fields: Vec<_> = words.iter().take(N).map(|word| u64::from_le_bytes(*word)).collect();
    if is_sound || trusts { fields.try_into().ok() } else { None }
}

fn sum(fields: &[u64]) -> u64 {
    check(&seal(fields)[..SECTOR - 8])
}

/// XXH3 with a seed, so that a sector of zeroes is not sound.
fn check(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(bytes, 1)
}
