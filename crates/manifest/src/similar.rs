//! Which known name a misspelt one was probably meant to be.

/// The one known name that differs least, if it is near enough to be offered as a correction.
pub(crate) fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Two edits in a short word would turn it into anything.
    let limit = (name.chars().count() / 3).min(2);
    let lower = name.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    let mut is_tie = false;
    for candidate in known {
        let distance = distance(&lower, &candidate.to_lowercase());
        if distance > limit {
            continue;
        }
        match best {
            Some((least, _)) if distance > least => {}
            Some((least, _)) if distance == least => is_tie = true,
            Some(_) | None => {
                best = Some((distance, candidate));
                is_tie = false;
            }
        }
    }
    best.filter(|_| !is_tie).map(|(_, candidate)| candidate)
}

/// Edits between two words, where swapping neighbours is one edit.
///
/// ```
/// assert_eq!(podlapse_manifest::distance("ngnix", "nginx"), 1);
/// ```
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_field_is_recognised() {
        let known = ["containers", "initContainers", "image", "imagePullPolicy"];
        let find = |name| closest(name, known.into_iter());
        assert_eq!(find("contianers"), Some("containers"));
        assert_eq!(find("imagePullPolcy"), Some("imagePullPolicy"));
        assert_eq!(find("Image"), Some("image"));
        assert_eq!(find("foo"), None);
    }
}
