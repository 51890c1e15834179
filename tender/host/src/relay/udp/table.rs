//! What is known of clients, with the one that was not heard of for longest at hand.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
    time::Duration,
};

use sarab_runtime::Instant;

/// Values by key, at most so many, in the order in which they were last used.
pub(super) struct Table<K, V> {
    entries: HashMap<K, Entry<V>>,
    by_age: BTreeMap<Stamp, K>,
    size_max: usize,
    uses: u64,
}

/// A use: when it was, and which one, as many are at the same time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Stamp(Instant, u64);

struct Entry<V> {
    value: V,
    used: Stamp,
}

impl<K: Copy + Eq + Hash, V> Table<K, V> {
    /// Returns an empty one for at most `size_max` values.
    pub(super) fn new(size_max: usize) -> Self {
        Self { entries: HashMap::new(), by_age: BTreeMap::new(), size_max, uses: 0 }
    }

    /// Uses the value of `key` at the time `now`.
    pub(super) fn touch(&mut self, key: &K, now: Instant) -> Option<&V> {
        let entry = self.entries.get_mut(key)?;
        // In a burst of one client nothing moves.
        if entry.used.1 != self.uses {
            self.by_age.remove(&entry.used);
            self.uses += 1;
            entry.used = Stamp(now, self.uses);
            self.by_age.insert(entry.used, *key);
        }
        Some(&entry.value)
    }

    /// Adds a value, for which the one that was not used for longest may have to go.
    pub(super) fn insert(&mut self, key: K, value: V, now: Instant) {
        self.remove(&key);
        if self.entries.len() >= self.size_max
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.entries.remove(&oldest);
        }
        self.uses += 1;
        let used = Stamp(now, self.uses);
        self.by_age.insert(used, key);
        self.entries.insert(key, Entry { value, used });
    }

    /// Returns when the one was used that was not used for longest.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.by_age.first_key_value().map(|(Stamp(used, _), _)| *used)
    }

    /// Removes what has not been used for `limit`.
    pub(super) fn remove_idle(&mut self, limit: Duration, now: Instant) -> Vec<V> {
        let mut removed = Vec::new();
        while let Some(entry) = self.by_age.first_entry()
            && entry.key().0 + limit <= now
        {
            let key = entry.remove();
            removed.extend(self.entries.remove(&key).map(|entry| entry.value));
        }
        removed
    }

    fn remove(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.by_age.remove(&entry.used);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_nanos(2);

    fn at(nanos: u64) -> Instant {
        Instant::from_nanos(nanos)
    }

    #[test]
    fn who_was_not_heard_of_for_longest_makes_room() {
        let mut table = Table::new(2);
        table.insert('a', 1, at(1));
        table.insert('b', 2, at(1));
        assert_eq!(table.touch(&'a', at(2)), Some(&1));
        table.insert('c', 3, at(3));
        assert_eq!(table.touch(&'b', at(4)), None);
        assert_eq!(table.touch(&'a', at(4)), Some(&1));
        assert_eq!(table.touch(&'c', at(4)), Some(&3));
    }

    #[test]
    fn who_was_silent_too_long_is_forgotten() {
        let mut table = Table::new(9);
        for (time, key) in (1..).zip(['a', 'b', 'c']) {
            table.insert(key, key, at(time));
        }
        table.touch(&'a', at(9));
        assert_eq!(table.oldest(), Some(at(2)));
        assert_eq!(table.remove_idle(LIMIT, at(5)), ['b', 'c']);
        assert_eq!(table.oldest(), Some(at(9)));
        assert_eq!(table.remove_idle(LIMIT, at(11)), ['a']);
        assert_eq!(table.oldest(), None);
    }

    #[test]
    fn what_is_added_again_is_there_once() {
        let mut table = Table::new(2);
        for time in 1..9 {
            table.insert('a', time, at(time));
        }
        assert_eq!(table.remove_idle(LIMIT, at(11)), [8]);
    }
}
