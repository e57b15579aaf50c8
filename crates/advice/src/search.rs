//! The search: candidates are tried one after the other, and what helps is kept.
//!
//! Where no candidate alone makes the Pod well, those that bring it furthest are built upon once: what is wrong then is looked at anew.

use std::collections::VecDeque;

use podlapse_core::{Budget, Progress as Advanced, Simulation};
use podlapse_model::{ObjectKey, SimDuration, SimTime};

use crate::causes::candidates;
use crate::change::Change;
use crate::lives::{Health, Lives, Reached};
use crate::texts::{Diff, Texts};

/// The most candidates that are tried in one round.
const MOST_TRIED: usize = 24;
/// The most changes that are told.
const MOST_TOLD: usize = 4;
/// How far each candidate is followed at most, in virtual time.
const HORIZON: SimDuration = SimDuration::from_secs(1_800);
/// How many events a candidate may take.
const MOST_EVENTS: u64 = 200_000;

/// A change with what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// What was changed, in order; two only where one alone is not enough.
    pub changes: Vec<Change>,
    /// The texts with the changes.
    pub texts: Texts,
    /// The lines that changed.
    pub diffs: Vec<Diff>,
    /// How far it came.
    pub health: Health,
}

impl Tried {
    fn cost(&self) -> u32 {
        self.changes.iter().map(|change| u32::from(change.remedy.cost())).sum()
    }
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many candidates are tried, of so many that are known by now.
    Running {
        /// Tried.
        done: usize,
        /// Known.
        of: usize,
    },
    /// There is nothing left to try.
    Done,
}

/// A candidate before it was tried.
struct Candidate {
    before: Vec<Change>,
    texts: Texts,
    diffs: Vec<Diff>,
    change: Change,
}

/// A candidate that is being tried.
struct Trial {
    changes: Vec<Change>,
    texts: Texts,
    diffs: Vec<Diff>,
    run: Simulation,
    events: u64,
}

/// A search for what would fix something that is stuck.
pub struct Search {
    like: Simulation,
    root: ObjectKey,
    base: Health,
    waiting: VecDeque<Candidate>,
    trial: Option<Trial>,
    done: usize,
    /// The run of the best one so far that is not well, to be built upon.
    best: Option<(Tried, Simulation)>,
    helped: Vec<Tried>,
    is_second_round: bool,
}

impl Search {
    /// A search for a part of the texts, as [`crate::Patient`] names it, of whose run everything is computed. `None` if it is not stuck.
    pub fn new(run: &Simulation, texts: &Texts, root: &ObjectKey) -> Option<Search> {
        let base = Lives::new(run).health(root).filter(|health| health.reached < Reached::Well)?;
        let like = Simulation::new(run.scenario().clone(), std::sync::Arc::new(podlapse_kubectl::Kubectl));
        let (waiting, trial, best) = (VecDeque::new(), None, None);
        let root = root.clone();
        let mut search = Search { like, root, base, waiting, trial, done: 0, best, helped: Vec::new(), is_second_round: false };
        search.look(run, texts, &[], &[]);
        Some(search)
    }

    /// Adds the candidates for what is wrong in a run.
    fn look(&mut self, run: &Simulation, texts: &Texts, before: &[Change], diffs: &[Diff]) {
        let mut found = candidates(run, texts, &self.root);
        podlapse_model::sort_by_key(&mut found, |change| change.remedy.cost());
        found.truncate(MOST_TRIED);
        self.waiting.extend(found.into_iter().map(|change| Candidate {
            before: before.to_vec(),
            texts: texts.clone(),
            diffs: diffs.to_vec(),
            change,
        }));
    }

    /// Tries on, for about so many events.
    pub fn advance(&mut self, events: u64) -> Progress {
        let Some(trial) = &mut self.trial else {
            return self.begin();
        };
        let until = trial.run.end().min(SimTime::ZERO + HORIZON);
        let progress = trial.run.advance(Budget { until, events });
        trial.events += events;
        match progress {
            Advanced::Paused { .. } if trial.events < MOST_EVENTS => {}
            Advanced::Paused { .. } => self.close(false),
            Advanced::Reached | Advanced::Quiet => self.close(true),
        }
        self.running()
    }

    fn running(&self) -> Progress {
        Progress::Running { done: self.done, of: self.done + self.waiting.len() + usize::from(self.trial.is_some()) }
    }

    fn begin(&mut self) -> Progress {
        let Some(Candidate { before, texts, mut diffs, change }) = self.waiting.pop_front() else {
            return self.second_round();
        };
        // A larger dose of what has helped is not needed.
        let is_dose = |tried: &Tried| tried.changes.iter().any(|one| (one.remedy, &one.about) == (change.remedy, &change.about));
        let is_known = self.helped.iter().any(|tried| tried.health.reached == Reached::Well && is_dose(tried));
        if let Some((texts, more)) = change.apply(&texts).filter(|_| !is_known)
            && let Some(run) = texts.run(&self.like)
        {
            diffs.extend(more);
            let changes = before.into_iter().chain([change]).collect();
            self.trial = Some(Trial { changes, texts, diffs, run, events: 0 });
        } else {
            self.done += 1;
        }
        self.running()
    }

    fn close(&mut self, is_whole: bool) {
        self.done += 1;
        let Some(Trial { changes, texts, diffs, run, .. }) = self.trial.take().filter(|_| is_whole) else { return };
        let Some(health) = Lives::new(&run).health(&self.root) else { return };
        if (health.reached, health.well) <= (self.base.reached, self.base.well) {
            return;
        }
        let tried = Tried { changes, texts, diffs, health };
        let is_better = |other: &Tried| (other.health.reached, tried.cost()) < (tried.health.reached, other.cost());
        if tried.health.reached < Reached::Well && self.best.as_ref().is_none_or(|(best, _)| is_better(best)) {
            self.best = Some((tried.clone(), run));
        }
        self.helped.push(tried);
    }

    fn second_round(&mut self) -> Progress {
        let is_found = self.helped.iter().any(|tried| tried.health.reached == Reached::Well);
        match self.best.take() {
            Some((tried, run)) if !is_found && !self.is_second_round => {
                self.is_second_round = true;
                self.base = tried.health;
                self.look(&run, &tried.texts, &tried.changes, &tried.diffs);
                self.running()
            }
            Some(_) | None => Progress::Done,
        }
    }

    /// What helps, the smallest change first: only what makes it well, if anything does.
    pub fn finish(mut self) -> Vec<Tried> {
        let most = self.helped.iter().map(|tried| tried.health.reached).max();
        self.helped.retain(|tried| Some(tried.health.reached) == most);
        podlapse_model::sort_by_key(&mut self.helped, |tried| (tried.changes.len(), tried.cost()));
        self.helped.truncate(MOST_TOLD);
        self.helped
    }

    /// The whole search at once.
    ///
    /// ```
    /// # use podlapse_advice::{Reached, Search, Texts, patients};
    /// let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: ngnix}]}\n";
    /// let texts = Texts { workload: pod.to_owned(), ..Texts::default() };
    /// let mut run = podlapse_kubectl::simulate("web", pod, None).value.unwrap();
    /// run.run();
    /// let patient = &patients(&run, &texts)[0];
    /// let found = Search::new(&run, &texts, &patient.root).unwrap().all();
    /// assert_eq!(found[0].texts.workload, pod.replace("ngnix", "nginx"));
    /// assert_eq!(found[0].health.reached, Reached::Well);
    /// ```
    pub fn all(mut self) -> Vec<Tried> {
        while self.advance(u64::MAX / 2) != Progress::Done {}
        self.finish()
    }
}
