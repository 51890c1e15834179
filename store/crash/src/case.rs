//! Workloads: every short one, and random ones.

use std::{fmt, str::FromStr};

use crate::{Disk, Fault, Image, Random, Subject, Through, random::mix};

/// Operations in order, and the disk that they are done on.
#[derive(Clone, Debug)]
pub struct Case<O> {
    /// What it was made from.
    pub origin: Origin,
    /// What is done.
    pub operations: Vec<O>,
    /// What the disk is like.
    pub setup: Setup,
}

/// What a disk is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// How it makes a single write durable.
    pub through: Through,
    /// How far requests overtake each other.
    pub spread: u64,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Decides what the rest leaves open.
    pub seed: u64,
}

/// From what a workload is made. Its text, `small/17` or `swarm/42`, makes the same again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The workload of this number among those of up to [`SMALL_MAX`] operations of the alphabet.
    Small(u64),
    /// The random workload of this seed.
    Swarm(u64),
}

/// The most operations of a workload that is tried in every order.
pub const SMALL_MAX: u32 = 3;

/// The most operations of a random workload.
const SWARM_MAX: u64 = 24;

/// Requests after which a subject is said never to end.
const REQUESTS_MAX: u64 = 200_000;

impl Setup {
    /// Makes the disk.
    #[must_use]
    pub fn disk(&self, image: Image) -> Disk {
        Disk::new(image)
            .with_through(self.through)
            .with_delays(self.spread, self.seed)
            .with_faults(self.faults.clone(), self.seed)
            .with_limit(REQUESTS_MAX)
    }
}

impl Origin {
    /// Makes the workload for `subject`. Numbers of small workloads go around.
    #[must_use]
    pub fn case<S: Subject>(self, subject: &S) -> Case<S::Operation> {
        let (seed, operations) = match self {
            Self::Small(number) => (mix(number), small(&subject.alphabet(), number)),
            Self::Swarm(seed) => (mix(!seed), swarm(subject, &mut Random::new(seed))),
        };
        let mut random = Random::new(seed);
        let through = *random.pick(&[Through::Native, Through::Native, Through::Emulated]);
        let spread = if random.one_in(3) { 1 + random.below(8) } else { 0 };
        Case {
            origin: self,
            operations,
            setup: Setup { through, spread, faults: Vec::new(), seed },
        }
    }
}

/// Returns how many small workloads an alphabet of `letters` operations has.
#[must_use]
pub fn small_count(letters: usize) -> u64 {
    (1..=SMALL_MAX).map(|length| (letters as u64).saturating_pow(length)).sum()
}

fn small<O: Clone>(alphabet: &[O], number: u64) -> Vec<O> {
    let letters = alphabet.len() as u64;
    let mut number = number.checked_rem(small_count(alphabet.len())).unwrap_or_default();
    let mut length = 1;
    while length < SMALL_MAX && number >= letters.pow(length) {
        number -= letters.pow(length);
        length += 1;
    }
    let digits = (0..length).map(|place| number / letters.pow(place) % letters);
    digits.filter_map(|digit| alphabet.get(usize::try_from(digit).ok()?).cloned()).collect()
}

/// Draws a workload of some sorts of operations, so that each sort is also seen without others.
fn swarm<S: Subject>(subject: &S, random: &mut Random) -> Vec<S::Operation> {
    let all = 0..subject.sorts().len();
    let mut sorts: Vec<_> = all.clone().filter(|_| !random.one_in(3)).collect();
    if sorts.is_empty() {
        sorts.extend(all);
    }
    let most = 1 + random.below(SWARM_MAX);
    (0..=random.below(most)).map(|_| subject.draw(*random.pick(&sorts), random)).collect()
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Small(number) => write!(f, "small/{number}"),
            Self::Swarm(seed) => write!(f, "swarm/{seed}"),
        }
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no workload; write `small/17` or `swarm/42`");
        let (sort, number) = text.split_once('/').ok_or_else(wrong)?;
        let number = number.parse().map_err(|_| wrong())?;
        match sort {
            "small" => Ok(Self::Small(number)),
            "swarm" => Ok(Self::Swarm(number)),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn small_workloads_are_all_words_of_up_to_three_letters() {
        assert_eq!(small_count(4), 4 + 16 + 64);
        let words: BTreeSet<_> =
            (0..84).map(|number| small(&['a', 'b', 'c', 'd'], number)).collect();
        assert_eq!(words.len(), 84);
        assert!(words.iter().all(|word| (1..=3).contains(&word.len())));
        assert_eq!(small(&['a', 'b', 'c', 'd'], 84), small(&['a', 'b', 'c', 'd'], 0));
    }

    #[test]
    fn an_origin_is_read_as_it_is_written() {
        for origin in [Origin::Small(7), Origin::Swarm(u64::MAX)] {
            assert_eq!(origin.to_string().parse(), Ok(origin));
        }
        assert!("swarm".parse::<Origin>().unwrap_err().contains("small/17"));
    }
}
