//! What stands after `jq` on a line.

use podlapse_core::client::Outcome;

/// The options with the program and the files.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) program: String,
    pub(super) files: Vec<String>,
    /// `-r`: texts without quotes.
    pub(super) is_raw: bool,
    /// `-j`: as `-r`, without line breaks.
    pub(super) is_joined: bool,
    /// `-s`: all of the input as one list.
    pub(super) slurps: bool,
    /// `-n`: no input.
    pub(super) has_no_input: bool,
    /// `-R`: lines of text.
    pub(super) reads_lines: bool,
    /// `-e`: the exit code tells of the last value.
    pub(super) tells: bool,
    /// `-S`.
    pub(super) sorts_keys: bool,
    /// What each level is set in by; `None` for one line.
    pub(super) indent: Option<String>,
    /// `--arg` and `--argjson`: a name, a text, and whether it is JSON.
    pub(super) named: Vec<(String, String, bool)>,
}

const USAGE: &str = "Usage:\tjq [OPTIONS] FILTER [FILES...]\n\tjq [OPTIONS] -n FILTER\n";

impl Options {
    /// Reads the words.
    ///
    /// # Errors
    /// What jq says of words that it does not know.
    pub(super) fn read(words: &[String], read: &dyn Fn(&str) -> Option<String>) -> Result<Options, Outcome> {
        let wrong = |message: String| Outcome { stderr: format!("jq: error: {message}\n{USAGE}"), exit: 2, ..Outcome::default() };
        let mut options = Options { indent: Some("  ".to_owned()), ..Options::default() };
        let mut program = None;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().cloned().ok_or_else(|| wrong(format!("{word} takes a value")));
            match word.as_str() {
                "--arg" | "--argjson" => {
                    let (name, text) = (value()?, value()?);
                    options.named.push((name, text, word == "--argjson"));
                }
                "--indent" => {
                    let width: usize = value()?.parse().map_err(|_| wrong("--indent takes a number".to_owned()))?;
                    options.indent = (0 < width).then(|| " ".repeat(width.min(7)));
                }
                "-f" | "--from-file" => {
                    let path = value()?;
                    let text = read(&path);
                    program = Some(text.ok_or_else(|| wrong(format!("Could not open {path}: No such file or directory")))?);
                }
                long if long.starts_with("--") => options.long(long).map_err(&wrong)?,
                short if 1 < short.len() && short.starts_with('-') => {
                    for letter in short[1..].chars() {
                        options.short(letter).map_err(|()| wrong(format!("Unknown arguments: {short}")))?;
                    }
                }
                other if program.is_none() => program = Some(other.to_owned()),
                other => options.files.push(other.to_owned()),
            }
        }
        options.program = program.unwrap_or_else(|| ".".to_owned());
        Ok(options)
    }

    fn long(&mut self, word: &str) -> Result<(), String> {
        let letter = match word {
            "--raw-output" => 'r',
            "--join-output" => 'j',
            "--compact-output" => 'c',
            "--slurp" => 's',
            "--null-input" => 'n',
            "--raw-input" => 'R',
            "--exit-status" => 'e',
            "--sort-keys" => 'S',
            "--monochrome-output" => 'M',
            "--color-output" => 'C',
            "--tab" => {
                self.indent = Some("\t".to_owned());
                return Ok(());
            }
            _ => return Err(format!("Unknown arguments: {word}")),
        };
        self.short(letter).map_err(|()| String::new())
    }

    fn short(&mut self, letter: char) -> Result<(), ()> {
        match letter {
            'r' => self.is_raw = true,
            'j' => (self.is_raw, self.is_joined) = (true, true),
            'c' => self.indent = None,
            's' => self.slurps = true,
            'n' => self.has_no_input = true,
            'R' => self.reads_lines = true,
            'e' => self.tells = true,
            'S' => self.sorts_keys = true,
            // There are no colours to be had or not.
            'M' | 'C' => {}
            _ => return Err(()),
        }
        Ok(())
    }
}
