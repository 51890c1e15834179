//! Which device of the host is meant by a name: of each kind, the one in the place that the name has
//! among those of the image.

use sarab_abi::manifest::Entry;

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A network card.
    Card,
    /// A disk.
    Disk,
}

impl Kind {
    /// Returns the kind of what an image asks for.
    #[must_use]
    pub const fn of(resource: Entry<'_>) -> Self {
        match resource {
            Entry::Network(_) => Self::Card,
            Entry::Disk(_) => Self::Disk,
        }
    }
}

/// Returns the place of `wanted` among the devices of its kind.
#[must_use]
pub fn place(resources: &[Entry<'_>], wanted: Entry<'_>) -> usize {
    let before = resources.iter().take_while(|other| **other != wanted);
    before.filter(|other| Kind::of(**other) == Kind::of(wanted)).count()
}

/// Returns the first of `resources` for which there is no device, where `count` says how many there are
/// of a kind.
#[must_use]
pub fn first_missing<'a>(
    resources: &[Entry<'a>],
    count: impl Fn(Kind) -> usize,
) -> Option<Entry<'a>> {
    let mut all = resources.iter().copied();
    all.find(|resource| place(resources, *resource) >= count(Kind::of(*resource)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESOURCES: [Entry<'_>; 4] =
        [Entry::Disk("a"), Entry::Network("b"), Entry::Disk("b"), Entry::Network("a")];

    #[test]
    fn each_kind_is_counted_by_itself() {
        assert_eq!(RESOURCES.map(|resource| place(&RESOURCES, resource)), [0, 0, 1, 1]);
    }

    #[test]
    fn the_first_for_which_there_is_nothing_is_told() {
        let missing = |cards, disks| {
            first_missing(&RESOURCES, |kind| if kind == Kind::Card { cards } else { disks })
        };
        assert_eq!(missing(2, 2), None);
        assert_eq!(missing(1, 2), Some(Entry::Network("a")));
        assert_eq!(missing(0, 1), Some(Entry::Network("b")));
        assert_eq!(missing(2, 0), Some(Entry::Disk("a")));
    }
}
