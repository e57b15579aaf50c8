//! The difference of two texts, as Go's difflib shows it.
//!
//! Models `github.com/pmezard/go-difflib` `SequenceMatcher` and `GetUnifiedDiffString` with three lines of context, as
//! `k8s.io/apimachinery/pkg/util/diff` `Diff` calls it (v1.36). Lines that are frequent in a long text do not begin a match.

use podlapse_model::SortedMap;

/// Lines around a change.
const CONTEXT: usize = 3;
/// From so many lines on, frequent ones are passed over.
const LONG: usize = 200;
/// Longer texts are not compared: the search is quadratic.
const MAX_LINES: usize = 5_000;

/// Lines that both sides have: where in each, and how many.
type Block = (usize, usize, usize);

/// A stretch that is the same or differs: from and to, on both sides.
#[derive(Clone, Copy)]
struct Stretch {
    is_equal: bool,
    old: (usize, usize),
    new: (usize, usize),
}

/// The changed lines with what stands around them; empty when nothing differs.
pub(super) fn unified(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old.len().max(new.len()) > MAX_LINES {
        return String::new();
    }
    let mut out = String::new();
    for group in groups(&stretches(&old, &new)) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let (from, to) = (range(first.old.0, last.old.1), range(first.new.0, last.new.1));
        out.push_str(&format!("@@ -{from} +{to} @@\n"));
        for stretch in &group {
            let mut write = |sign: char, lines: &[&str]| lines.iter().for_each(|line| out.push_str(&format!("{sign}{line}\n")));
            if stretch.is_equal {
                write(' ', &old[stretch.old.0..stretch.old.1]);
            } else {
                write('-', &old[stretch.old.0..stretch.old.1]);
                write('+', &new[stretch.new.0..stretch.new.1]);
            }
        }
    }
    out
}

fn range(start: usize, end: usize) -> String {
    match end - start {
        1 => (start + 1).to_string(),
        0 => format!("{start},0"),
        length => format!("{},{length}", start + 1),
    }
}

/// Where each line of the new text stands, but for the frequent ones of a long text.
fn places<'a>(new: &[&'a str]) -> SortedMap<&'a str, Vec<usize>> {
    let mut places: SortedMap<&str, Vec<usize>> = SortedMap::new();
    for (at, line) in new.iter().enumerate() {
        places.entry(line).or_default().push(at);
    }
    if LONG <= new.len() {
        places.retain(|_, at| at.len() <= new.len() / 100 + 1);
    }
    places
}

fn stretches(old: &[&str], new: &[&str]) -> Vec<Stretch> {
    let places = places(new);
    let mut blocks: Vec<Block> = Vec::new();
    let mut queue = vec![(0, old.len(), 0, new.len())];
    while let Some((old_from, old_to, new_from, new_to)) = queue.pop() {
        let (i, j, length) = longest(old, new, &places, (old_from, old_to), (new_from, new_to));
        if length == 0 {
            continue;
        }
        blocks.push((i, j, length));
        queue.push((old_from, i, new_from, j));
        queue.push((i + length, old_to, j + length, new_to));
    }
    podlapse_model::sort(&mut blocks);
    blocks.push((old.len(), new.len(), 0));
    let mut out: Vec<Stretch> = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (old_at, new_at, length) in blocks {
        if i < old_at || j < new_at {
            out.push(Stretch { is_equal: false, old: (i, old_at), new: (j, new_at) });
        }
        (i, j) = (old_at + length, new_at + length);
        if length == 0 {
            continue;
        }
        match out.last_mut() {
            Some(last) if last.is_equal => (last.old.1, last.new.1) = (i, j),
            Some(_) | None => out.push(Stretch { is_equal: true, old: (old_at, i), new: (new_at, j) }),
        }
    }
    out
}

fn longest(
    old: &[&str],
    new: &[&str],
    places: &SortedMap<&str, Vec<usize>>,
    within_old: (usize, usize),
    within_new: (usize, usize),
) -> Block {
    let (mut i, mut j, mut length) = (within_old.0, within_new.0, 0);
    let mut lengths: SortedMap<usize, usize> = SortedMap::new();
    for (at, line) in old.iter().enumerate().take(within_old.1).skip(within_old.0) {
        let mut next = SortedMap::new();
        let all = places.get(line).map(Vec::as_slice).unwrap_or_default();
        for place in all.iter().copied().filter(|place| (within_new.0..within_new.1).contains(place)) {
            let run = place.checked_sub(1).and_then(|before| lengths.get(&before)).copied().unwrap_or(0) + 1;
            next.insert(place, run);
            if length < run {
                (i, j, length) = (at + 1 - run, place + 1 - run, run);
            }
        }
        lengths = next;
    }
    while within_old.0 < i && within_new.0 < j && old[i - 1] == new[j - 1] {
        (i, j, length) = (i - 1, j - 1, length + 1);
    }
    while i + length < within_old.1 && j + length < within_new.1 && old[i + length] == new[j + length] {
        length += 1;
    }
    (i, j, length)
}

/// The changes with their context; what is nearer than two contexts stands together.
fn groups(stretches: &[Stretch]) -> Vec<Vec<Stretch>> {
    let mut groups = Vec::new();
    let mut group: Vec<Stretch> = Vec::new();
    for (at, stretch) in stretches.iter().enumerate() {
        let mut stretch = *stretch;
        if !stretch.is_equal {
            group.push(stretch);
            continue;
        }
        let (is_first, is_last) = (at == 0, at + 1 == stretches.len());
        let length = stretch.old.1 - stretch.old.0;
        let (head, tail) = (length.min(CONTEXT), length.saturating_sub(CONTEXT));
        let begin = |stretch: Stretch| Stretch {
            old: (stretch.old.0 + tail, stretch.old.1),
            new: (stretch.new.0 + tail, stretch.new.1),
            ..stretch
        };
        let end = |stretch: Stretch| Stretch {
            old: (stretch.old.0, stretch.old.0 + head),
            new: (stretch.new.0, stretch.new.0 + head),
            ..stretch
        };
        if is_first {
            stretch = begin(stretch);
            group.push(stretch);
        } else if is_last {
            group.push(end(stretch));
        } else if CONTEXT * 2 < length {
            group.push(end(stretch));
            groups.push(std::mem::take(&mut group));
            group.push(begin(stretch));
        } else {
            group.push(stretch);
        }
    }
    if group.iter().any(|stretch| !stretch.is_equal) {
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn changes_stand_between_three_lines_of_context() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh";
        assert_eq!(unified(old, "a\nb\nc\nd\nX\nY\nf\ng\nh"), "@@ -2,7 +2,8 @@\n b\n c\n d\n-e\n+X\n+Y\n f\n g\n h\n");
        assert_eq!(unified(old, old), "");
        assert_eq!(unified("a", "b"), "@@ -1 +1 @@\n-a\n+b\n");
    }
}
