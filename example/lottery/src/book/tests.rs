//! The book on a disk that loses power.

extern crate std;

use embassy_futures::block_on;
use sarab::prelude::*;
use sarab_crash::{Disk, Image, Random, Replay, Sampling};

use super::Book;

const PLAYERS: [&str; 4] = ["ada", "ben", "ada", "cyd"];

fn blank() -> Image {
    Image::new(512, 8)
}

/// Sells tickets, and says after each what must survive.
async fn sell(disk: &Disk) -> Result<(), Failure> {
    let mut book = Book::open(disk).await?;
    for (count, player) in PLAYERS.iter().enumerate() {
        disk.attempted(count + 1);
        let number = book.sell(player).await?;
        assert_eq!(number, count as u64 + 1);
        disk.acknowledged(count + 1);
    }
    Ok(())
}

async fn tickets(image: Image) -> Result<u64, Failure> {
    Ok(Book::open(&Disk::new(image)).await?.page().tickets())
}

#[test]
fn a_ticket_survives_each_loss_of_power() {
    let disk = Disk::new(blank());
    block_on(sell(&disk)).unwrap();
    let trace = disk.trace().clone();
    let (mut replay, mut states) = (Replay::new(blank(), &trace), 0);
    while replay.step() {
        let progress = replay.progress();
        replay.states(&Sampling::default(), &mut Random::new(1), &mut |state| {
            let found = block_on(tickets(state.image())).unwrap();
            let expected = progress.acknowledged as u64..=progress.attempted as u64;
            assert!(expected.contains(&found), "{found} of {expected:?}");
            states += 1;
        });
    }
    assert!(states > PLAYERS.len(), "{states}");
}

#[test]
fn a_new_book_leaves_nothing_of_an_older_one() {
    let disk = Disk::new(blank());
    block_on(async {
        sell(&disk).await?;
        Book::begin(&disk).await?;
        let mut book = Book::open(&disk).await?;
        assert_eq!(book.page().tickets(), 0);
        book.sell("dan").await?;
        assert_eq!(book.draw(9).await?, "dan");
        assert_eq!(Book::open(&disk).await?.page().winner, "dan");
        Ok::<(), Failure>(())
    })
    .unwrap();
}

#[test]
fn a_disk_with_something_else_is_refused() {
    let mut image = blank();
    image.garble(7, 1);
    assert!(block_on(tickets(image)).is_err());
}
