//! A lottery whose tickets survive whatever happens to the machine.
#![no_std]
#![forbid(unsafe_code)]

mod book;
mod page;
mod sector;

use book::Book;
use sarab::{
    future::{Either, select},
    prelude::*,
    random,
};

/// Sells tickets, says who has how many, and draws a winner.
#[sarab::job]
pub async fn start(
    disk: impl Block,
    /// Who buys tickets; at most 24 bytes.
    player: Option<String>,
    /// How many tickets the player buys.
    #[key(default = 1)]
    tickets: u64,
    /// Draws a winner; then a new lottery begins.
    draw: bool,
    /// Begins a new lottery, whatever is on the disk.
    reset: bool,
) -> Result<(), Failure> {
    let mut book = if reset { Book::begin(disk).await? } else { Book::open(disk).await? };
    println!("{}", book.page());
    if let Some(player) = player {
        // A ticket that is being sold when the machine is asked to end may be sold or not.
        if let Either::First(sold) = select(sell(&mut book, &player, tickets), stopping()).await {
            sold?;
        }
    }
    if draw {
        let winner = book.draw(random::u64()).await?;
        println!("{winner} wins");
    }
    Ok(())
}

/// Sells tickets one by one. Once one is spoken of, it survives.
async fn sell(book: &mut Book<impl Block>, player: &str, tickets: u64) -> Result<(), Failure> {
    for _ in 0..tickets {
        let number = book.sell(player).await?;
        println!("ticket {number} is {player}'s");
    }
    Ok(())
}
