//! What a link holds.

use std::rc::Rc;

use podlapse_model::SimTime;

use crate::state::{Fork, State};

/// Texts, and the lines that changed their run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// workload.yaml
    pub workload: Rc<str>,
    /// cluster.yaml
    pub cluster: Rc<str>,
    /// The lines, in order.
    pub forks: Rc<[Fork]>,
}

impl Document {
    /// From the texts that a link holds: workload, cluster, and then instants and lines by turns.
    pub fn of(texts: &[String]) -> Option<Document> {
        let [workload, cluster, typed @ ..] = texts else { return None };
        let fork = |pair: &[String]| {
            let [at, line] = pair else { return None };
            let at = SimTime::from_nanos(at.parse().ok()?);
            Some(Fork { at, end: at, line: line.as_str().into() })
        };
        let forks = typed.chunks(2).map(fork).collect::<Option<_>>()?;
        Some(Document { workload: workload.as_str().into(), cluster: cluster.as_str().into(), forks })
    }
}

impl State {
    /// What a link to the shown run has to hold, where the name of an example is not enough.
    pub fn document(&self) -> Option<Document> {
        let document = || Document {
            workload: self.workload.clone(),
            cluster: self.cluster.clone(),
            forks: self.forks.iter().cloned().collect(),
        };
        (self.is_own_text() || !self.forks.is_empty()).then(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_lines_are_read_by_turns() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
        let document = Document::of(&texts(&["kind: Pod", "", "1500000000", "kubectl delete pod web"])).unwrap();
        assert_eq!((document.forks[0].at.as_nanos(), &*document.forks[0].line), (1_500_000_000, "kubectl delete pod web"));
        assert_eq!(Document::of(&texts(&["kind: Pod"])), None);
        assert_eq!(Document::of(&texts(&["kind: Pod", "", "soon", "kubectl"])), None);
        assert_eq!(Document::of(&texts(&["kind: Pod", "", "1"])), None);
    }
}
