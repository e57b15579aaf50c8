//! A map that forgets what was not used for longest.

use podlapse_model::SortedMap;

/// A map of at most a fixed number of entries.
#[derive(Clone, Debug)]
pub(super) struct Lru<K, V> {
    capacity: usize,
    clock: u64,
    entries: SortedMap<K, (u64, V)>,
    by_use: SortedMap<u64, K>,
}

impl<K: Ord + Clone, V> Lru<K, V> {
    pub(super) const fn new(capacity: usize) -> Self {
        Lru { capacity, clock: 0, entries: SortedMap::new(), by_use: SortedMap::new() }
    }

    /// The value of `key`, which counts as used by it.
    pub(super) fn get(&mut self, key: &K) -> Option<&V> {
        let entry = self.entries.get_mut(key)?;
        self.clock += 1;
        self.by_use.remove(&entry.0);
        self.by_use.insert(self.clock, key.clone());
        entry.0 = self.clock;
        Some(&entry.1)
    }

    /// Sets the value of `key`; the entry that was not used for longest goes when there are too many.
    pub(super) fn insert(&mut self, key: K, value: V) {
        self.clock += 1;
        if let Some((used, _)) = self.entries.insert(key.clone(), (self.clock, value)) {
            self.by_use.remove(&used);
        }
        self.by_use.insert(self.clock, key);
        if self.capacity < self.entries.len()
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            self.entries.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let mut map = Lru::new(2);
        map.insert("a", 1);
        map.insert("b", 2);
        assert_eq!(map.get(&"a"), Some(&1));
        map.insert("c", 3);
        assert_eq!(map.get(&"b"), None);
        assert_eq!(map.get(&"a"), Some(&1));
    }
}
