//! Sorting with one algorithm for all types.
//!
//! The sort of the standard library is made anew for each type of element and each comparison, five kilobytes at a time. Here it is
//! made once, for indices; what is left for each type are the comparison and a swap.

use std::cmp::Ordering;

/// Sorts by a comparison; equal elements keep their order.
///
/// ```
/// let mut words = ["pear", "fig", "apple", "kiwi"];
/// podlapse_model::sort_by(&mut words, |one, other| one.len().cmp(&other.len()));
/// assert_eq!(words, ["fig", "pear", "kiwi", "apple"]);
/// ```
pub fn sort_by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let mut places = places(items.len(), &mut |one, other| compare(&items[one], &items[other]));
    arrange(&mut places, &mut |one, other| items.swap(one, other));
}

/// Sorts by a key, which is made once for each element; equal elements keep their order.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl FnMut(&T) -> K) {
    let keys: Vec<K> = items.iter().map(key).collect();
    let mut places = places(keys.len(), &mut |one, other| keys[one].cmp(&keys[other]));
    arrange(&mut places, &mut |one, other| items.swap(one, other));
}

/// Sorts; equal elements keep their order.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// For each element the place where it belongs.
fn places(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|one, other| compare(*one, *other));
    let mut places = vec![0; count];
    for (place, element) in order.into_iter().enumerate() {
        places[element] = place;
    }
    places
}

/// Brings the elements to their places.
fn arrange(places: &mut [usize], swap: &mut dyn FnMut(usize, usize)) {
    for at in 0..places.len() {
        while places[at] != at {
            let place = places[at];
            swap(at, place);
            places.swap(at, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_elements_keep_their_order() {
        let mut pairs: Vec<(u32, usize)> = (0..200).map(|at| ((at as u32 * 7919) % 13, at)).collect();
        let mut expected = pairs.clone();
        expected.sort_by_key(|pair| pair.0);
        sort_by_key(&mut pairs, |pair| pair.0);
        assert_eq!(pairs, expected);
    }
}
