//! What a run found, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use serde_json::{Value, json};

use crate::Failure;

/// The outcome of a run by topic.
#[derive(Default)]
pub struct Report {
    /// Topic name to its outcome.
    pub topics: BTreeMap<String, TopicReport>,
}

/// The outcome of a topic.
pub struct TopicReport {
    /// How many cases it has.
    pub total: usize,
    /// Those that fail, by name.
    pub failures: Vec<Failure>,
}

impl TopicReport {
    /// How many cases pass.
    pub fn passed(&self) -> usize {
        self.total - self.failures.len()
    }
}

impl Report {
    /// Whether nothing failed.
    pub fn all_passed(&self) -> bool {
        self.topics.values().all(|topic| topic.failures.is_empty())
    }

    /// The report as `{"topics": {NAME: {"passed", "total", "failed"}}}`.
    pub fn to_json(&self) -> Value {
        let topic = |topic: &TopicReport| {
            let failed: Vec<&str> = topic.failures.iter().map(|failure| failure.name.as_str()).collect();
            json!({"passed": topic.passed(), "total": topic.total, "failed": failed})
        };
        json!({"topics": self.topics.iter().map(|(name, report)| (name.clone(), topic(report))).collect::<BTreeMap<_, _>>()})
    }

    /// The names that fail with what differs, one a line.
    pub fn to_detailed_text(&self) -> String {
        let mut text = String::new();
        for (name, topic) in &self.topics {
            for failure in &topic.failures {
                let _ = writeln!(text, "{name} {}", failure.name);
                for difference in &failure.differences {
                    let _ = writeln!(text, "    {difference}");
                }
            }
        }
        text
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.topics.keys().map(String::len).max().unwrap_or(0);
        for (name, topic) in &self.topics {
            writeln!(f, "{name:<width$}  {}/{}", topic.passed(), topic.total)?;
        }
        for (name, topic) in self.topics.iter().filter(|(_, topic)| !topic.failures.is_empty()) {
            writeln!(f, "\n{name} fails:")?;
            for failure in &topic.failures {
                writeln!(f, "  {}", failure.name)?;
            }
        }
        Ok(())
    }
}
