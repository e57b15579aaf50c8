//! A call of kubectl within a line: its standard input, its editor, and where its outputs lead; and `xargs`.

use podlapse_core::client::Outcome;

use super::expand;
use super::line::{Call, Redirect, Source};
use super::shell::{Changes, Shell};

/// The most commands that `xargs` makes of its input.
const MAX_COMMANDS: usize = 1_000;
/// Where the text is that an editor changes.
const EDITED: &str = "/tmp/kubectl-edit.yaml";

impl Shell<'_> {
    pub(super) fn kubectl(&mut self, call: &Call, piped: Option<String>, depth: usize) -> Result<Outcome, Changes> {
        let line = self.expand(&call.line, depth)?;
        let mut hidden = Vec::new();
        for (name, value) in &call.variables {
            let value = self.expand(value, depth)?;
            let value = crate::command::words(&value).unwrap_or_default().join(" ");
            hidden.push((name, self.session.variables.insert(name.clone(), value)));
        }
        let outcome = self.call(call, &line, piped);
        for (name, value) in hidden {
            match value {
                Some(value) => drop(self.session.variables.insert(name.clone(), value)),
                None => drop(self.session.variables.remove(name)),
            }
        }
        outcome
    }

    /// The standard input of a call.
    pub(super) fn input(&self, call: &Call, piped: Option<String>) -> Result<Option<String>, Outcome> {
        match &call.input {
            None => Ok(piped),
            Some(Source::Text(text)) => Ok(Some(text.clone())),
            Some(Source::File(path)) => self.session.read(path).map(Some).ok_or_else(|| {
                let stderr = format!("sh: can't open {path}: no such file\n");
                Outcome { stdout: String::new(), stderr, exit: 1 }
            }),
        }
    }

    fn call(&mut self, call: &Call, line: &str, piped: Option<String>) -> Result<Outcome, Changes> {
        let stdin = match self.input(call, piped) {
            Ok(stdin) => stdin,
            Err(outcome) => return Ok(outcome),
        };
        let words = crate::command::words(line).unwrap_or_default();
        if let Some(config) = crate::command::changed_config(&words) {
            // What does not fit is told by the command that reads it.
            let _ = self.session.write(crate::command::CONFIG_FILE, &config, false, self.time.at());
        }
        let is_edit = words.first().is_some_and(|word| word == "edit") && stdin.is_none();
        let stdin = match if is_edit { self.edit(line)? } else { Ok(None) } {
            Ok(edited) => edited.or(stdin),
            Err(outcome) => return Ok(outcome),
        };
        let first_piece = self.pieces.len();
        let mut outcome = self.run(line, stdin)?;
        if !call.outputs.is_empty() {
            let streamed = self.pieces.split_off(first_piece).into_iter().map(|piece| piece.text).collect::<String>();
            outcome.stdout = streamed + &outcome.stdout;
        }
        self.redirect(&mut outcome, &call.outputs);
        Ok(outcome)
    }

    /// What `kubectl edit` shows in the editor, or why it shows nothing.
    pub(super) fn text_to_edit(&mut self, line: &str) -> Result<Result<String, Outcome>, Changes> {
        let Some(rest) = line.trim_start().strip_prefix("edit ") else { return Ok(Err(Outcome::default())) };
        let outcome = self.run(&format!("get {rest} -o yaml"), None)?;
        Ok(if outcome.exit == 0 { Ok(crate::command::EDIT_HEAD.to_owned() + &outcome.stdout) } else { Err(outcome) })
    }

    /// The text that the editor leaves; `None` without an editor, and an outcome where there is nothing to go on with.
    fn edit(&mut self, line: &str) -> Result<Result<Option<String>, Outcome>, Changes> {
        let editor = ["KUBE_EDITOR", "EDITOR"].iter().find_map(|name| self.session.variables.get(*name).cloned());
        let left = self.session.edited.take();
        if editor.is_none() && left.is_none() {
            return Ok(Ok(None));
        }
        let before = match self.text_to_edit(line)? {
            Ok(before) => before,
            Err(outcome) => return Ok(Err(outcome)),
        };
        let after = match (left, editor) {
            (Some(after), _) => after,
            (None, editor) => {
                // What does not fit is an editor's empty file.
                let _ = self.session.write(EDITED, &before, false, self.time.at());
                let done = self.session.shell(&format!("{} {EDITED}", editor.unwrap_or_default()), "", &mut self.time);
                if done.exit != 0 {
                    let stderr = format!("{}error: there was a problem with the editor\n", done.stderr);
                    return Ok(Err(Outcome { stderr, exit: 1, ..done }));
                }
                self.session.take(EDITED).unwrap_or_default()
            }
        };
        let cancelled = |stderr: &str| Ok(Err(Outcome { stderr: stderr.to_owned(), ..Outcome::default() }));
        let is_empty = after.lines().all(|line| line.starts_with('#') || line.trim().is_empty());
        match after == before {
            _ if is_empty => cancelled("Edit cancelled, saved file was empty.\n"),
            true => cancelled("Edit cancelled, no changes made.\n"),
            false => Ok(Ok(Some(after))),
        }
    }

    pub(super) fn redirect(&mut self, outcome: &mut Outcome, outputs: &[Redirect]) {
        // `> file 2>&1` sends both to the file, `2>&1 > file` only the first.
        let mut errors_follow: Option<(String, bool)> = None;
        for redirect in outputs {
            match redirect {
                Redirect::ErrorsToOutput => match &errors_follow {
                    Some((path, _)) => {
                        let text = std::mem::take(&mut outcome.stderr);
                        self.save(outcome, path, &text, true);
                    }
                    None => outcome.stdout = std::mem::take(&mut outcome.stderr) + &outcome.stdout,
                },
                Redirect::OutputToErrors => outcome.stderr = std::mem::take(&mut outcome.stdout) + &outcome.stderr,
                Redirect::File { is_stderr, is_stdout, path, appends } => {
                    let mut text = String::new();
                    if *is_stderr {
                        text.push_str(&std::mem::take(&mut outcome.stderr));
                    }
                    if *is_stdout {
                        text.push_str(&std::mem::take(&mut outcome.stdout));
                        errors_follow = Some((path.clone(), *appends));
                    }
                    self.save(outcome, path, &text, *appends);
                }
            }
        }
    }

    fn save(&mut self, outcome: &mut Outcome, path: &str, text: &str, appends: bool) {
        if let Err(message) = self.session.write(path, text, appends, self.time.at()) {
            outcome.stderr.push_str(&message);
            outcome.exit = 1;
        }
    }

    /// `xargs [-n N] [-I NAME] kubectl ...`.
    pub(super) fn xargs(&mut self, options: &[String], call: &Call, input: &str, depth: usize) -> Result<Outcome, Changes> {
        let mut batch = usize::MAX;
        let mut placeholder = None;
        let mut options = options.iter();
        while let Some(option) = options.next() {
            let value = |attached: &str, rest: &mut std::slice::Iter<'_, String>| match attached {
                "" => rest.next().cloned().unwrap_or_default(),
                attached => attached.to_owned(),
            };
            if let Some(attached) = option.strip_prefix("-n") {
                batch = value(attached, &mut options).parse().unwrap_or(usize::MAX).max(1);
            } else if let Some(attached) = option.strip_prefix("-I") {
                placeholder = Some(value(attached, &mut options));
            }
        }
        let words: Vec<&str> = match placeholder {
            Some(_) => input.lines().filter(|line| !line.trim().is_empty()).collect(),
            None => input.split_whitespace().collect(),
        };
        let mut all = Outcome::default();
        let size = if placeholder.is_some() { 1 } else { batch.min(words.len().max(1)) };
        let batches: Vec<&[&str]> = if words.is_empty() { vec![&[]] } else { words.chunks(size).take(MAX_COMMANDS).collect() };
        for batch in batches {
            let quoted: Vec<String> = batch.iter().map(|word| expand::quote(word)).collect();
            let line = match &placeholder {
                Some(name) if !name.is_empty() => call.line.replace(name.as_str(), &quoted.concat()),
                Some(_) | None => format!("{} {}", call.line, quoted.join(" ")),
            };
            let one = Call { line, ..call.clone() };
            let outcome = self.kubectl(&one, None, depth)?;
            all.stdout.push_str(&outcome.stdout);
            all.stderr.push_str(&outcome.stderr);
            if outcome.exit != 0 {
                all.exit = 123;
            }
        }
        Ok(all)
    }
}
