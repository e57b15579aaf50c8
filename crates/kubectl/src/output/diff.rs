//! What differs between two texts, as `diff -u` prints it.

/// Lines before and after a change.
const CONTEXT: usize = 3;
/// Texts with more lines than this differ as a whole.
const MAX_LINES: usize = 4_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Same,
    Removed,
    Added,
}

/// The hunks, without a head; empty where the texts are the same.
pub(crate) fn unified(left: &str, right: &str) -> String {
    let (left, right): (Vec<&str>, Vec<&str>) = (left.lines().collect(), right.lines().collect());
    let lines = script(&left, &right);
    let is_near = |at: usize| {
        let around = at.saturating_sub(CONTEXT)..=(at + CONTEXT).min(lines.len().saturating_sub(1));
        lines[around].iter().any(|(mark, _)| *mark != Mark::Same)
    };
    let mut out = String::new();
    let mut at = 0;
    let (mut left_at, mut right_at) = (0, 0);
    while at < lines.len() {
        if !is_near(at) {
            at += 1;
            (left_at, right_at) = (left_at + 1, right_at + 1);
            continue;
        }
        let end = (at..lines.len()).find(|index| !is_near(*index)).unwrap_or(lines.len());
        let count = |other: Mark| lines[at..end].iter().filter(|(mark, _)| *mark != other).count();
        let (removed, added) = (count(Mark::Added), count(Mark::Removed));
        out.push_str(&format!("@@ -{} +{} @@\n", place(left_at, removed), place(right_at, added)));
        for (mark, line) in &lines[at..end] {
            out.push(match mark {
                Mark::Same => ' ',
                Mark::Removed => '-',
                Mark::Added => '+',
            });
            out.push_str(line);
            out.push('\n');
        }
        (left_at, right_at) = (left_at + removed, right_at + added);
        at = end;
    }
    out
}

/// Where a hunk begins and how long it is.
fn place(before: usize, count: usize) -> String {
    match count {
        0 => format!("{before},0"),
        1 => format!("{}", before + 1),
        _ => format!("{},{count}", before + 1),
    }
}

/// The lines of both texts, as many as can be shared.
fn script<'a>(left: &[&'a str], right: &[&'a str]) -> Vec<(Mark, &'a str)> {
    let start = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let rest = left.len().min(right.len()) - start;
    let end = left.iter().rev().zip(right.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let same = |line: &&'a str| (Mark::Same, *line);
    let mut lines: Vec<(Mark, &str)> = left[..start].iter().map(same).collect();
    let (a, b) = (&left[start..left.len() - end], &right[start..right.len() - end]);
    let is_large = a.len().max(b.len()) > MAX_LINES;
    let width = b.len() + 1;
    // How many lines the rests from here on share at best.
    let mut shared = vec![0u16; if is_large { 0 } else { (a.len() + 1) * width }];
    for i in (0..a.len()).rev().filter(|_| !is_large) {
        for j in (0..b.len()).rev() {
            shared[i * width + j] = if a[i] == b[j] {
                shared[(i + 1) * width + j + 1] + 1
            } else {
                shared[(i + 1) * width + j].max(shared[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let best = |i: usize, j: usize| shared.get(i * width + j).copied().unwrap_or_default();
        if i < a.len() && j < b.len() && a[i] == b[j] && !is_large {
            lines.push((Mark::Same, a[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || best(i, j + 1) <= best(i + 1, j)) {
            lines.push((Mark::Removed, a[i]));
            i += 1;
        } else {
            lines.push((Mark::Added, b[j]));
            j += 1;
        }
    }
    lines.extend(left[left.len() - end..].iter().map(same));
    lines
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn changes_stand_with_three_lines_around() {
        let left = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
        let right = "a\nb\nc\nd\nE\nf\ng\nh\ni\nj\nk\n";
        let text = "@@ -2,9 +2,10 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n i\n j\n+k\n";
        assert_eq!(unified(left, right), text);
        assert_eq!(unified("", "a\n"), "@@ -0,0 +1 @@\n+a\n");
        assert_eq!(unified(left, left), "");
    }
}
