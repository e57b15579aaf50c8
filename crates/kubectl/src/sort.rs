//! The order that Go's `sort.Sort` leaves.
//!
//! kubectl sorts events, rows and lists by it. It is not stable: where the comparison tells two elements not apart, their order is that
//! which the algorithm leaves, so the algorithm is part of what kubectl prints. Models `sort.Sort` of Go 1.26 (`zsortinterface.go`),
//! pattern-defeating quicksort. All types share one copy of it: it sorts places, and asks which of two elements is less.

/// Up to this many elements are sorted by insertion.
const MAX_INSERTION: usize = 12;
/// From this many on, a pivot is chosen among nine, and few misplaced elements are moved one by one.
const MANY: usize = 50;
/// A pivot for which every comparison swapped tells of a descending run.
const MAX_SWAPS: usize = 4 * 3;
/// How many misplaced elements are moved before it is given up.
const MAX_STEPS: usize = 5;

/// Sorts as `sort.Sort` does by this `Less`.
pub(crate) fn go_sort<T: Clone>(items: &mut [T], mut less: impl FnMut(&T, &T) -> bool) {
    let mut sort = Sort { order: (0..items.len()).collect(), less: &mut |one, other| less(&items[one], &items[other]) };
    let limit = usize::BITS - items.len().leading_zeros();
    sort.quick(0, items.len(), limit);
    let sorted: Vec<T> = sort.order.iter().map(|place| items[*place].clone()).collect();
    items.clone_from_slice(&sorted);
}

struct Sort<'a> {
    /// Which element is at each place.
    order: Vec<usize>,
    less: &'a mut dyn FnMut(usize, usize) -> bool,
}

/// What choosing a pivot tells of the order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    Unknown,
    Increasing,
    Decreasing,
}

impl Sort<'_> {
    fn less(&mut self, one: usize, other: usize) -> bool {
        (self.less)(self.order[one], self.order[other])
    }

    fn swap(&mut self, one: usize, other: usize) {
        self.order.swap(one, other);
    }

    fn insertion(&mut self, from: usize, to: usize) {
        for place in from + 1..to {
            let mut at = place;
            while from < at && self.less(at, at - 1) {
                self.swap(at, at - 1);
                at -= 1;
            }
        }
    }

    fn quick(&mut self, mut from: usize, mut to: usize, mut limit: u32) {
        let (mut is_balanced, mut is_partitioned) = (true, true);
        loop {
            let length = to - from;
            if length <= MAX_INSERTION {
                return self.insertion(from, to);
            }
            if limit == 0 {
                return self.heap(from, to);
            }
            if !is_balanced {
                self.break_patterns(from, to);
                limit -= 1;
            }
            let (mut pivot, mut hint) = self.choose_pivot(from, to);
            if hint == Hint::Decreasing {
                self.order[from..to].reverse();
                pivot = (to - 1) - (pivot - from);
                hint = Hint::Increasing;
            }
            if is_balanced && is_partitioned && hint == Hint::Increasing && self.partial_insertion(from, to) {
                return;
            }
            if 0 < from && !self.less(from - 1, pivot) {
                from = self.partition_equal(from, to, pivot);
                continue;
            }
            let (middle, was_partitioned) = self.partition(from, to, pivot);
            is_partitioned = was_partitioned;
            let (left, right) = (middle - from, to - middle);
            if left < right {
                is_balanced = length / 8 <= left;
                self.quick(from, middle, limit);
                from = middle + 1;
            } else {
                is_balanced = length / 8 <= right;
                self.quick(middle + 1, to, limit);
                to = middle;
            }
        }
    }

    /// Elements less than the pivot before it, the others behind; whether it was so already.
    fn partition(&mut self, from: usize, to: usize, pivot: usize) -> (usize, bool) {
        self.swap(from, pivot);
        let (mut low, mut high) = (from + 1, to - 1);
        let mut is_first = true;
        loop {
            while low <= high && self.less(low, from) {
                low += 1;
            }
            while low <= high && !self.less(high, from) {
                high -= 1;
            }
            if high < low {
                self.swap(high, from);
                return (high, is_first);
            }
            is_first = false;
            self.swap(low, high);
            low += 1;
            high -= 1;
        }
    }

    /// Elements equal to the pivot first, the greater ones behind; where these begin.
    fn partition_equal(&mut self, from: usize, to: usize, pivot: usize) -> usize {
        self.swap(from, pivot);
        let (mut low, mut high) = (from + 1, to - 1);
        loop {
            while low <= high && !self.less(from, low) {
                low += 1;
            }
            while low <= high && self.less(from, high) {
                high -= 1;
            }
            if high < low {
                return low;
            }
            self.swap(low, high);
            low += 1;
            high -= 1;
        }
    }

    /// Moves a few misplaced elements; whether all is sorted then.
    fn partial_insertion(&mut self, from: usize, to: usize) -> bool {
        let mut at = from + 1;
        for _ in 0..MAX_STEPS {
            while at < to && !self.less(at, at - 1) {
                at += 1;
            }
            if at == to {
                return true;
            }
            if to - from < MANY {
                return false;
            }
            self.swap(at, at - 1);
            if 2 <= at - from {
                for place in (1..at).rev() {
                    if !self.less(place, place - 1) {
                        break;
                    }
                    self.swap(place, place - 1);
                }
            }
            if 2 <= to - at {
                for place in at + 1..to {
                    if !self.less(place, place - 1) {
                        break;
                    }
                    self.swap(place, place - 1);
                }
            }
        }
        false
    }

    fn choose_pivot(&mut self, from: usize, to: usize) -> (usize, Hint) {
        let length = to - from;
        let mut swaps = 0;
        let [mut one, mut two, mut three] = [1, 2, 3].map(|quarter| from + length / 4 * quarter);
        if MANY <= length {
            one = self.median(one - 1, one, one + 1, &mut swaps);
            two = self.median(two - 1, two, two + 1, &mut swaps);
            three = self.median(three - 1, three, three + 1, &mut swaps);
        }
        let pivot = self.median(one, two, three, &mut swaps);
        let hint = match swaps {
            0 => Hint::Increasing,
            MAX_SWAPS => Hint::Decreasing,
            _ => Hint::Unknown,
        };
        (pivot, hint)
    }

    fn median(&mut self, mut one: usize, mut two: usize, mut three: usize, swaps: &mut usize) -> usize {
        let mut in_order = |low: &mut usize, high: &mut usize| {
            if self.less(*high, *low) {
                *swaps += 1;
                std::mem::swap(low, high);
            }
        };
        in_order(&mut one, &mut two);
        in_order(&mut two, &mut three);
        in_order(&mut one, &mut two);
        two
    }

    /// Scatters three elements, by numbers that follow from the length.
    fn break_patterns(&mut self, from: usize, to: usize) {
        let length = to - from;
        let mut random = length as u64;
        let mask = (1usize << (usize::BITS - length.leading_zeros())) - 1;
        let middle = from + (length / 4) * 2;
        for place in middle - 1..=middle + 1 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let other = random as usize & mask;
            self.swap(place, from + if length <= other { other - length } else { other });
        }
    }

    fn heap(&mut self, from: usize, to: usize) {
        let length = to - from;
        for root in (0..=(length - 1) / 2).rev() {
            self.sift_down(root, length, from);
        }
        for end in (0..length).rev() {
            self.swap(from, from + end);
            self.sift_down(0, end, from);
        }
    }

    fn sift_down(&mut self, mut root: usize, end: usize, first: usize) {
        loop {
            let mut child = 2 * root + 1;
            if end <= child {
                return;
            }
            if child + 1 < end && self.less(first + child, first + child + 1) {
                child += 1;
            }
            if !self.less(first + root, first + child) {
                return;
            }
            self.swap(first + root, first + child);
            root = child;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::go_sort;

    fn scattered(count: u64, kinds: u64) -> Vec<(u64, u64)> {
        (0..count).map(|at| (at.wrapping_mul(7_919) % kinds, at)).collect()
    }

    #[test]
    fn everything_is_sorted() {
        for (count, kinds) in [(5, 3), (13, 100), (60, 4), (500, 7), (1_000, 1_000), (3_000, 1)] {
            let mut pairs = scattered(count, kinds);
            let mut expected: Vec<u64> = pairs.iter().map(|pair| pair.0).collect();
            expected.sort();
            go_sort(&mut pairs, |one, other| one.0 < other.0);
            assert_eq!(pairs.iter().map(|pair| pair.0).collect::<Vec<_>>(), expected, "{count} of {kinds}");
        }
    }

    #[test]
    fn an_unbalanced_split_is_broken_up_as_go_does() {
        // The pivots that are looked at first are the least keys. The order is the one that Go 1.26 leaves.
        let key = |at: u64| if [6, 12, 18].contains(&at) { u64::from(at == 12) } else { 2 + at * 7 % 5 };
        let mut pairs: Vec<(u64, u64)> = (0..24).map(|at| (key(at), at)).collect();
        go_sort(&mut pairs, |one, other| one.0 < other.0);
        let expected = [18, 6, 12, 15, 20, 5, 0, 10, 8, 3, 23, 13, 16, 11, 21, 1, 14, 9, 19, 4, 2, 7, 17, 22];
        assert_eq!(pairs.iter().map(|pair| pair.1).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn twelve_elements_keep_the_order_of_equals_and_thirteen_do_not() {
        let mut few = vec![(1, 0), (0, 1), (0, 2), (1, 3), (0, 4)];
        go_sort(&mut few, |one, other| one.0 < other.0);
        assert_eq!(few, [(0, 1), (0, 2), (0, 4), (1, 0), (1, 3)]);
        let mut many: Vec<(u64, u64)> = (0..13).map(|at| (u64::from(at != 12), at)).collect();
        go_sort(&mut many, |one, other| one.0 < other.0);
        assert!(many.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[1].1 < pair[0].1), "{many:?}");
    }
}
