//! A command line as the shell hands it to kubectl: words, with quotes and backslashes taken away.
//!
//! Models word splitting of POSIX `sh` without expansions: `'...'`, `"..."` and `\`.

/// The words of a line.
///
/// # Errors
/// The shell's complaint about a quote that does not end.
pub(crate) fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next() {
                        None => return Err(unterminated('\'')),
                        Some('\'') => break,
                        Some(inner) => word.push(inner),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next() {
                        None => return Err(unterminated('"')),
                        Some('"') => break,
                        Some('\\') => match characters.next() {
                            Some(escaped @ ('"' | '\\' | '$' | '`')) => word.push(escaped),
                            Some('\n') => {}
                            Some(other) => word.extend(['\\', other]),
                            None => return Err(unterminated('"')),
                        },
                        Some(inner) => word.push(inner),
                    }
                }
            }
            '\\' => match characters.next() {
                Some('\n') | None => {}
                Some(escaped) => word.get_or_insert_default().push(escaped),
            },
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

fn unterminated(quote: char) -> String {
    format!("sh: 1: Syntax error: Unterminated quoted string\n  ({quote} has no partner)\n")
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_keep_words_together() {
        let line = r#"patch pod a --type=json -p '[{"op":"remove"}]' -- sh -c "echo \"hi\"; sleep 3" a\ b """#;
        let expected = [
            "patch",
            "pod",
            "a",
            "--type=json",
            "-p",
            r#"[{"op":"remove"}]"#,
            "--",
            "sh",
            "-c",
            "echo \"hi\"; sleep 3",
            "a b",
            "",
        ];
        assert_eq!(words(line).unwrap(), expected);
        assert!(words("get 'pods").is_err());
    }
}
