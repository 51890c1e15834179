//! A page of the book: who has how many tickets.

use core::fmt;

use sarab::prelude::*;

/// The most bytes of a name.
pub(crate) const NAME_BYTES: usize = 24;

/// The most players.
pub(crate) const PLAYERS_MAX: usize = 14;

/// What is written in a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) sequence: u64,
    pub(crate) winner: String,
    pub(crate) players: Vec<(String, u64)>,
}

impl Page {
    /// Returns a page on which `player` has one ticket more.
    pub(crate) fn with_ticket(&self, player: &str) -> Result<Self, Failure> {
        if player.len() > NAME_BYTES || player.contains('\0') {
            return Err(Failure::new(format!("{player}: a name has at most {NAME_BYTES} bytes")));
        }
        let mut page = self.clone();
        if let Some((_, tickets)) = page.players.iter_mut().find(|(name, _)| name == player) {
            *tickets += 1;
        } else if page.players.len() < PLAYERS_MAX {
            page.players.push((player.into(), 1));
        } else {
            return Err(Failure::new(format!("there is room for {PLAYERS_MAX} players")));
        }
        Ok(page)
    }

    /// Returns how many tickets were sold.
    pub(crate) fn tickets(&self) -> u64 {
        self.players.iter().map(|(_, tickets)| tickets).sum()
    }

    /// Returns who owns ticket `index` of those that were sold, counted player by player.
    pub(crate) fn owner(&self, index: u64) -> &str {
        let mut before = 0;
        let owner = self.players.iter().find(|(_, tickets)| {
            before += tickets;
            index < before
        });
        owner.map_or("nobody", |(name, _)| name)
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tickets sold", self.tickets())?;
        for (index, (name, tickets)) in self.players.iter().enumerate() {
            write!(f, "{} {tickets} to {name}", if index == 0 { ":" } else { "," })?;
        }
        if self.winner.is_empty() {
            return Ok(());
        }
        write!(f, "; {} has won before", self.winner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(players: &[&str]) -> Page {
        let one_more = |page: Page, player: &&str| page.with_ticket(player).unwrap();
        players.iter().fold(Page::default(), one_more)
    }

    #[test]
    fn each_ticket_has_its_owner() {
        let page = page(&["ada", "ben", "ada"]);
        let owners: Vec<_> = (0..4).map(|index| page.owner(index)).collect();
        assert_eq!(owners, ["ada", "ada", "ben", "nobody"]);
        assert_eq!(
            (page.tickets(), page.to_string()),
            (3, "3 tickets sold: 2 to ada, 1 to ben".into())
        );
    }

    #[test]
    fn who_has_no_room_is_refused() {
        let full = page(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"]);
        assert!(full.with_ticket("n").is_ok());
        assert!(full.with_ticket("o").is_err());
        assert!(Page::default().with_ticket("a name of 24 bytes, ....").is_ok());
        assert!(Page::default().with_ticket("a name of 25 bytes, .....").is_err());
    }
}
