//! Loops and choices around commands, and `watch`.

use podlapse_core::client::Outcome;
use podlapse_model::SimDuration;

use super::line::Pipeline;
use super::shell::{Changes, INTERRUPTED, Leave, Shell};

/// How often a loop may go round.
const MAX_ROUNDS: usize = 1_000;
/// How many screens of `watch` are shown.
const MAX_SCREENS: usize = 100;
const TOO_OFTEN: &str = "podlapse: a loop is stopped after a thousand rounds\n";

impl Shell<'_> {
    /// `for`.
    pub(super) fn rounds(&mut self, name: &str, words: &str, body: &[Pipeline], depth: usize) -> Result<Outcome, Changes> {
        let words = self.expand(words, depth)?;
        let mut exit = 0;
        for word in crate::command::words(&words).unwrap_or_default().into_iter().take(MAX_ROUNDS) {
            self.session.variables.insert(name.to_owned(), word);
            exit = self.list(body, depth)?;
            if self.leaves_loop() {
                break;
            }
        }
        Ok(Outcome { exit, ..Outcome::default() })
    }

    /// `while` and `until`.
    pub(super) fn repeat(
        &mut self,
        is_until: bool,
        condition: &[Pipeline],
        body: &[Pipeline],
        depth: usize,
    ) -> Result<Outcome, Changes> {
        let mut exit = 0;
        for _ in 0..MAX_ROUNDS {
            let is_met = self.list(condition, depth)? == 0;
            if is_met == is_until || self.leaves_loop() {
                return Ok(Outcome { exit, ..Outcome::default() });
            }
            exit = self.list(body, depth)?;
            if self.leaves_loop() {
                return Ok(Outcome { exit, ..Outcome::default() });
            }
        }
        self.leaving = Some(Leave::Line);
        Ok(Outcome { stderr: TOO_OFTEN.to_owned(), exit: INTERRUPTED, ..Outcome::default() })
    }

    /// Whether the loop around what was left ends here.
    fn leaves_loop(&mut self) -> bool {
        match self.leaving {
            None => false,
            Some(Leave::Line) => true,
            Some(Leave::Break) => self.leaving.take().is_some(),
            Some(Leave::Continue) => self.leaving.take().is_none(),
        }
    }

    /// `if`.
    pub(super) fn choose(
        &mut self,
        clauses: &[(Vec<Pipeline>, Vec<Pipeline>)],
        otherwise: &[Pipeline],
        depth: usize,
    ) -> Result<Outcome, Changes> {
        for (condition, body) in clauses {
            let is_met = self.list(condition, depth)? == 0;
            if is_met || self.leaving.is_some() {
                let exit = if self.leaving.is_some() { 0 } else { self.list(body, depth)? };
                return Ok(Outcome { exit, ..Outcome::default() });
            }
        }
        Ok(Outcome { exit: self.list(otherwise, depth)?, ..Outcome::default() })
    }

    /// `watch`: every screen that differs from the one before in more than how old things are, until the run ends.
    pub(super) fn watch(&mut self, seconds: u64, typed: &str, body: &[Pipeline], depth: usize) -> Result<Outcome, Changes> {
        let (mut shown, mut screens) = (String::new(), 0);
        while screens < MAX_SCREENS {
            let outer = std::mem::take(&mut self.pieces);
            let done = self.list(body, depth);
            let screen: String = std::mem::replace(&mut self.pieces, outer).into_iter().map(|piece| piece.text).collect();
            done?;
            let lasting = without_ages(&screen);
            if lasting != shown || screens == 0 {
                let space = if screens == 0 { "" } else { "\n" };
                self.print(format!("{space}Every {seconds}.0s: {typed}\n\n{screen}"), false);
                (shown, screens) = (lasting, screens + 1);
            }
            let next = self.time.at() + SimDuration::from_secs(seconds);
            if self.time.end() < next || self.leaving.is_some() {
                break;
            }
            while self.time.next_change(next) {}
        }
        Ok(Outcome::default())
    }
}

/// The words that are no spans of time, as in `3m2s` and `(12s`.
fn without_ages(screen: &str) -> String {
    let is_age = |word: &&str| {
        let word = word.trim_matches(['(', ')']);
        word.starts_with(|c: char| c.is_ascii_digit())
            && word.ends_with(['s', 'm', 'h', 'd', 'y'])
            && word.chars().all(|c| c.is_ascii_digit() || "smhdy".contains(c))
    };
    screen.split_whitespace().filter(|word| !is_age(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::without_ages;

    #[test]
    fn ages_are_no_news() {
        assert_eq!(without_ages("web  1/1  Running  2 (12s ago)  3m2s\n"), "web 1/1 Running 2 ago)");
    }
}
