//! A disk over a disk: it must keep what [`Block`] promises, a crash below or not.

use std::{marker::PhantomData, rc::Rc};

use sarab_crash::{Disk, Failure, Image, Past, Random, Subject, Trouble, give_up};
use sarab_device::{Block, Bytes, Geometry};

use super::together::{Running, together};

mod judge;

/// A disk over a disk.
pub(crate) trait Layer {
    /// The disk that it is.
    type Over: Block;

    /// Its name.
    const NAME: &'static str;

    /// Whether it notices that a sector is not what it wrote.
    const IS_CHECKED: bool;

    /// Makes one on the disk below.
    async fn open(disk: Rc<Disk>) -> Result<Self::Over, Failure>;
}

/// A layer under test.
pub(crate) struct LayerSubject<L> {
    _layer: PhantomData<L>,
}

impl<L> LayerSubject<L> {
    pub(crate) fn new() -> Self {
        Self { _layer: PhantomData }
    }
}

/// What is asked of the disk.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operation {
    Write(Span),
    Through(Span),
    Flush,
    Read(Span),
    /// Writes that run at the same time, and a flush among them.
    Together(Vec<Span>),
    /// Begins it, and gives it up after so many polls.
    GiveUp(u64, Box<Self>),
    /// The layer is dropped and made again; what was not flushed may be lost.
    Reopen,
}

/// Sectors in a row, and what is written there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) first: u64,
    pub(crate) count: u32,
    pub(crate) value: u64,
}

const SECTOR_BYTES: u32 = 512;
const SECTORS: u64 = 320;

impl Operation {
    /// Returns what is done, given up or not.
    fn inner(&self) -> &Self {
        if let Self::GiveUp(_, inner) = self { inner } else { self }
    }
}

impl Span {
    fn draw(random: &mut Random) -> Self {
        let first = random.below(SECTORS);
        let most = u32::try_from((SECTORS - first).min(12)).unwrap_or(1);
        let counts: Vec<_> = (1..=most).collect();
        let count = if random.one_in(2) { 1 } else { *random.pick(&counts) };
        Self { first, count, value: 1 + random.below(1 << 40) }
    }

    fn data(&self) -> Bytes {
        let words = SECTOR_BYTES as usize / 8 * self.count as usize;
        self.value.to_le_bytes().repeat(words).into()
    }

    fn sectors(&self) -> std::ops::Range<usize> {
        let first = usize::try_from(self.first).unwrap_or_default();
        first..first + self.count as usize
    }
}

/// Returns the value of each sector. A sector that holds two values is wrong.
fn values(data: &[u8]) -> Result<Vec<u64>, Failure> {
    let value = |sector: &[u8]| {
        let (words, _) = sector.as_chunks::<8>();
        if words.iter().any(|word| *word != words[0]) {
            return Err(Failure::Wrong("a sector holds parts of two".into()));
        }
        Ok(u64::from_le_bytes(words[0]))
    };
    data.chunks(SECTOR_BYTES as usize).map(value).collect()
}

impl<L: Layer> LayerSubject<L> {
    async fn perform(&self, over: &L::Over, operation: &Operation) -> Result<(), Failure> {
        match operation {
            Operation::Write(span) => over.write(span.first, span.data()).await?,
            Operation::Through(span) => over.write_through(span.first, span.data()).await?,
            Operation::Flush => over.flush().await?,
            Operation::Together(spans) => all_at_once(over, spans).await?,
            Operation::Read(_) | Operation::Reopen | Operation::GiveUp(..) => {}
        }
        Ok(())
    }
}

/// Begins all writes and a flush, and completes them in whatever order the disk has.
async fn all_at_once(over: &impl Block, spans: &[Span]) -> Result<(), Failure> {
    let write = |span: &Span| {
        let write = over.write(span.first, span.data());
        Running::new(async move { Ok(write.await?) })
    };
    let mut running: Vec<_> = spans.iter().map(write).collect();
    running.push(Running::new(async { Ok(over.flush().await?) }));
    together(running).await
}

impl<L: Layer> Subject for LayerSubject<L> {
    type Operation = Operation;
    type State = Vec<u64>;

    fn name(&self) -> &str {
        L::NAME
    }

    fn blank(&self) -> Image {
        Image::new(SECTOR_BYTES, SECTORS)
    }

    async fn format(&self, disk: Rc<Disk>) -> Result<(), Failure> {
        let over = L::open(disk).await?;
        let span = Span { first: 0, count: sectors(over.geometry()), value: 0 };
        over.write(span.first, span.data()).await?;
        over.flush().await?;
        Ok(())
    }

    async fn run(&self, disk: Rc<Disk>, operations: &[Operation]) -> Result<(), Failure> {
        let mut over = L::open(disk.clone()).await?;
        let mut seen = judge::History::new(values(&over.read(0, sectors(over.geometry())).await?)?);
        for (place, operation) in operations.iter().enumerate() {
            disk.attempted(place + 1);
            if *operation == Operation::Reopen {
                drop(over);
                over = L::open(disk.clone()).await?;
                seen.reopened();
            }
            let is_done = match operation {
                Operation::GiveUp(polls, inner) => {
                    give_up(*polls, self.perform(&over, inner)).await.transpose()?.is_some()
                }
                _ => self.perform(&over, operation).await.map(|()| true)?,
            };
            disk.acknowledged(place + 1);
            if is_done {
                seen.done(operation.inner());
            } else {
                seen.begun_or_not(operation);
            }
            let all = Span { first: 0, count: sectors(over.geometry()), value: 0 };
            let span = if let Operation::Read(span) = operation { span } else { &all };
            let read = values(&over.read(span.first, span.count).await?)?;
            seen.read(span, &read).map_err(Failure::Wrong)?;
        }
        Ok(())
    }

    async fn recover(&self, disk: Rc<Disk>) -> Result<Vec<u64>, Failure> {
        let over = L::open(disk).await?;
        let data = over.read(0, sectors(over.geometry())).await?;
        values(&data)
    }

    fn apply(&self, state: &mut Vec<u64>, operation: &Operation) {
        if let Operation::Write(span) | Operation::Through(span) = operation {
            state[span.sectors()].fill(span.value);
        }
    }

    fn sorts(&self) -> &'static [&'static str] {
        &["write", "through", "flush", "read", "together", "reopen", "give up"]
    }

    fn draw(&self, sort: usize, random: &mut Random) -> Operation {
        match sort {
            0 => Operation::Write(Span::draw(random)),
            1 => Operation::Through(Span::draw(random)),
            2 => Operation::Flush,
            3 => Operation::Read(Span::draw(random)),
            4 => Operation::Together((0..4).map(|_| Span::draw(random)).collect()),
            5 => Operation::Reopen,
            _ => {
                let inner = Self::draw(self, *random.pick(&[0, 0, 1, 1, 2, 4]), random);
                Operation::GiveUp(random.below(8), Box::new(inner))
            }
        }
    }

    fn alphabet(&self) -> Vec<Operation> {
        let span = |first, count, value| Span { first, count, value };
        vec![
            Operation::Write(span(0, 1, 1)),
            Operation::Write(span(0, 3, 2)),
            Operation::Through(span(1, 1, 3)),
            Operation::Flush,
            Operation::Together(vec![span(0, 2, 4), span(9, 1, 5)]),
            Operation::Reopen,
        ]
    }

    fn is_checked(&self) -> bool {
        L::IS_CHECKED
    }

    fn judge(
        &self,
        past: &Past<'_, Self>,
        found: &Result<Vec<u64>, Failure>,
        trouble: Trouble,
    ) -> Result<(), String> {
        match (found, trouble) {
            (Err(Failure::Refused { .. }), Trouble::Damage) => Ok(()),
            (Err(failure), _) => Err(failure.to_string()),
            (Ok(found), _) => judge::crashed(past.start, past.operations, past.progress, found),
        }
    }
}

fn sectors(geometry: Geometry) -> u32 {
    u32::try_from(geometry.sector_count).unwrap_or(u32::MAX)
}
