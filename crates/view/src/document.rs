//! An object as YAML, with the lines that one step changed.

use serde::Serialize;

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LineMark {
    /// It was there before.
    Same,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

/// A line of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentLine {
    /// Its text.
    pub text: String,
    /// What happened to it.
    pub mark: LineMark,
}

/// The lines of `after`, with those marked that were not in `before`, and those of `before` that are gone in their old place.
///
/// ```
/// use podlapse_view::{LineMark, document};
/// let lines = document("a: 1\nb: 2\n", "a: 1\nb: 3\n");
/// let marks: Vec<_> = lines.iter().map(|line| line.mark).collect();
/// assert_eq!(marks, [LineMark::Same, LineMark::Removed, LineMark::Added]);
/// ```
pub fn document(before: &str, after: &str) -> Vec<DocumentLine> {
    let old: Vec<&str> = before.lines().collect();
    let new: Vec<&str> = after.lines().collect();
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_middle, new_middle) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);

    let same = |text: &&str| DocumentLine { text: (*text).to_owned(), mark: LineMark::Same };
    let mut lines: Vec<DocumentLine> = new[..head].iter().map(same).collect();
    middle(old_middle, new_middle, &mut lines);
    lines.extend(new[new.len() - tail..].iter().map(same));
    lines
}

/// Documents whose differing parts are longer than this are not compared line by line: the table would grow with the product.
const LONGEST_COMPARED: usize = 2_000;

/// Marks by the longest common subsequence of lines.
fn middle(old: &[&str], new: &[&str], out: &mut Vec<DocumentLine>) {
    let line = |text: &str, mark| DocumentLine { text: text.to_owned(), mark };
    if LONGEST_COMPARED < old.len() || LONGEST_COMPARED < new.len() {
        out.extend(old.iter().map(|text| line(text, LineMark::Removed)));
        out.extend(new.iter().map(|text| line(text, LineMark::Added)));
        return;
    }
    let width = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            out.push(line(new[j], LineMark::Same));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i * width + j + 1] <= common[(i + 1) * width + j]) {
            out.push(line(old[i], LineMark::Removed));
            i += 1;
        } else {
            out.push(line(new[j], LineMark::Added));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_stands_where_it_was() {
        let lines = document("a\nb\nc\nd\n", "a\nc\nx\nd\n");
        let text: Vec<_> = lines.iter().map(|line| (line.text.as_str(), line.mark)).collect();
        assert_eq!(
            text,
            [
                ("a", LineMark::Same),
                ("b", LineMark::Removed),
                ("c", LineMark::Same),
                ("x", LineMark::Added),
                ("d", LineMark::Same)
            ]
        );
    }

    #[test]
    fn a_new_document_is_all_new_and_an_equal_one_has_no_marks() {
        assert!(document("", "a\nb\n").iter().all(|line| line.mark == LineMark::Added));
        assert!(document("a\nb\n", "a\nb\n").iter().all(|line| line.mark == LineMark::Same));
    }
}
