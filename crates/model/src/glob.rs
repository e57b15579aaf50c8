//! Patterns of names.

/// Whether a text is as a pattern says: `*` stands for any characters, `?` for one.
///
/// ```
/// use podlapse_model::glob;
/// assert!(glob("web*", "web-1"));
/// assert!(!glob("web", "web-1"));
/// ```
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == text[t] => {
                p += 1;
                t += 1;
            }
            Some(_) | None => match retry {
                // The last star takes one character more.
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&rest| rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_takes_any_number_of_characters() {
        assert!(glob("web*", "web-1"));
        assert!(glob("*:1.28", "busybox:1.28"));
        assert!(glob("/health?", "/healthz"));
        assert!(!glob("web", "web-1"));
        assert!(!glob("a*b", "ac"));
    }
}
