//! The ledger as a subject.

use std::rc::Rc;

use super::{
    Flaw,
    store::{CELLS, Ledger, Numbers, SECTORS},
};
use crate::{Disk, Failure, Image, Random, Subject};

/// The ledger, with or without a flaw.
#[derive(Clone, Copy, Debug)]
pub struct LedgerSubject(pub Flaw);

/// What is done to a ledger.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Sets the number at a place.
    Set(usize, u64),
    /// Sets two numbers, both or none.
    Pair([(usize, u64); 2]),
    /// Writes all numbers to a new table.
    Checkpoint,
    /// Does nothing.
    Look,
}

impl Subject for LedgerSubject {
    type Operation = Operation;
    type State = Numbers;

    fn name(&self) -> &'static str {
        "ledger"
    }

    fn blank(&self) -> Image {
        Image::new(512, SECTORS).with_noise(3)
    }

    async fn format(&self, disk: Rc<Disk>) -> Result<(), Failure> {
        Ledger::format(disk).await
    }

    async fn run(&self, disk: Rc<Disk>, operations: &[Operation]) -> Result<(), Failure> {
        let ledger = Ledger::open(disk.clone(), self.0).await?;
        let mut expected = ledger.numbers();
        for (place, operation) in operations.iter().enumerate() {
            disk.attempted(place + 1);
            if self.0 == Flaw::AcknowledgesEarly {
                disk.acknowledged(place + 1);
            }
            match operation {
                Operation::Set(cell, number) => ledger.set(&[(*cell, *number)]).await?,
                Operation::Pair(changes) => ledger.set(changes).await?,
                Operation::Checkpoint => ledger.checkpoint().await?,
                Operation::Look => {}
            }
            disk.acknowledged(place + 1);
            self.apply(&mut expected, operation);
            if ledger.numbers() != expected {
                return Err(Failure::Wrong(format!("{:?} is read", ledger.numbers())));
            }
        }
        Ok(())
    }

    async fn recover(&self, disk: Rc<Disk>) -> Result<Numbers, Failure> {
        Ok(Ledger::open(disk, self.0).await?.numbers())
    }

    fn apply(&self, state: &mut Numbers, operation: &Operation) {
        match operation {
            Operation::Set(cell, number) => state[*cell] = *number,
            Operation::Pair(changes) => {
                for (cell, number) in changes {
                    state[*cell] = *number;
                }
            }
            Operation::Checkpoint | Operation::Look => {}
        }
    }

    fn sorts(&self) -> &'static [&'static str] {
        &["set", "pair", "checkpoint", "look"]
    }

    fn draw(&self, sort: usize, random: &mut Random) -> Operation {
        let mut change = || (random.place(CELLS), random.below(1000));
        match sort {
            0 => {
                let (cell, number) = change();
                Operation::Set(cell, number)
            }
            1 => Operation::Pair([change(), change()]),
            2 => Operation::Checkpoint,
            _ => Operation::Look,
        }
    }

    fn alphabet(&self) -> Vec<Operation> {
        vec![
            Operation::Set(0, 1),
            Operation::Set(0, 2),
            Operation::Pair([(0, 3), (7, 4)]),
            Operation::Checkpoint,
        ]
    }
}
