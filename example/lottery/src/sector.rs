//! A page as a sector of a disk.
//!
//! | offset | size | what |
//! | --- | --- | --- |
//! | 0 | 8 | `"lottery1"` |
//! | 8 | 8 | XXH3 of all that follows |
//! | 16 | 8 | which page it is: the highest number counts |
//! | 24 | 24 | who has won the lottery before this one, then zeroes |
//! | 48 | 32 x 14 | the players: 24 bytes of name and zeroes, 8 of tickets |
//! | 496 | 16 | 0 |
//!
//! Numbers are little-endian. A player without a name is none.

use sarab::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::page::{NAME_BYTES, PLAYERS_MAX, Page};

const PAGE_BYTES: usize = 512;
const MAGIC: &[u8; 8] = b"lottery1";
const PLAYER_BYTES: usize = NAME_BYTES + 8;

impl Page {
    /// Reads the page in a sector, if there is a whole one.
    pub(crate) fn read(sector: &[u8]) -> Option<Self> {
        let (head, body) = sector.get(..PAGE_BYTES)?.split_at(16);
        let (magic, sum) = head.split_at(8);
        if magic != MAGIC || sum != xxh3_64(body).to_le_bytes() {
            return None;
        }
        let (sequence, body) = body.split_at(8);
        let (winner, players) = body.split_at(NAME_BYTES);
        let players = players.chunks_exact(PLAYER_BYTES).map(|player| {
            let (name, tickets) = player.split_at(NAME_BYTES);
            Some((text(name)?, number(tickets)?))
        });
        let players = players.take(PLAYERS_MAX).collect::<Option<Vec<_>>>()?;
        let players = players.into_iter().filter(|(name, _)| !name.is_empty()).collect();
        Some(Self { sequence: number(sequence)?, winner: text(winner)?, players })
    }

    /// Writes the page as a sector of that size.
    pub(crate) fn write(&self, sector_bytes: usize) -> Bytes {
        let mut body = Vec::with_capacity(sector_bytes);
        body.extend(self.sequence.to_le_bytes());
        push_name(&mut body, &self.winner);
        for (name, tickets) in &self.players {
            push_name(&mut body, name);
            body.extend(tickets.to_le_bytes());
        }
        body.resize(PAGE_BYTES - 16, 0);
        let mut page = [&MAGIC[..], &xxh3_64(&body).to_le_bytes(), &body].concat();
        page.resize(sector_bytes.max(PAGE_BYTES), 0);
        page.into()
    }
}

fn push_name(bytes: &mut Vec<u8>, name: &str) {
    let end = bytes.len() + NAME_BYTES;
    bytes.extend(name.as_bytes());
    bytes.resize(end, 0);
}

fn text(name: &[u8]) -> Option<String> {
    core::str::from_utf8(name).ok().map(|name| name.trim_end_matches('\0').into())
}

fn number(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        let players = ["ada".into(), "a name of 24 bytes, ....".into()];
        let players = players.into_iter().zip([2, u64::MAX]).collect();
        Page { sequence: 7, winner: "cyd".into(), players }
    }

    #[test]
    fn what_was_written_is_read() {
        for sector_bytes in [512, 4096] {
            let sector = page().write(sector_bytes);
            assert_eq!(sector.len(), sector_bytes);
            assert_eq!(Page::read(&sector), Some(page()));
        }
    }

    #[test]
    fn a_page_of_which_a_byte_is_wrong_is_none() {
        let sector = page().write(512);
        for index in 0..512 {
            let mut wrong = sector.to_vec();
            wrong[index] ^= 1;
            assert_eq!(Page::read(&wrong), None, "{index}");
        }
    }
}
