//! The numbers of a manifest's probes, and the change of the text that gives one of them another value.

use serde_json::Value;

use crate::fix::{Fix, Remedy};
use crate::place::Places;
use crate::read::{Document, read_stream};

/// A number that every probe has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeNumber {
    /// Seconds between the start of the container and the first probe.
    InitialDelay,
    /// Seconds between two probes.
    Period,
    /// Seconds that an answer may take.
    Timeout,
    /// Answers in a row that make it good.
    SuccessThreshold,
    /// Failures in a row that make it bad.
    FailureThreshold,
}

impl ProbeNumber {
    /// All of them, in the order in which they begin to matter.
    pub const ALL: [ProbeNumber; 5] = [
        ProbeNumber::InitialDelay,
        ProbeNumber::Period,
        ProbeNumber::Timeout,
        ProbeNumber::SuccessThreshold,
        ProbeNumber::FailureThreshold,
    ];

    /// The field's name.
    pub const fn field(self) -> &'static str {
        match self {
            ProbeNumber::InitialDelay => "initialDelaySeconds",
            ProbeNumber::Period => "periodSeconds",
            ProbeNumber::Timeout => "timeoutSeconds",
            ProbeNumber::SuccessThreshold => "successThreshold",
            ProbeNumber::FailureThreshold => "failureThreshold",
        }
    }

    /// Whether it counts seconds.
    pub const fn is_seconds(self) -> bool {
        match self {
            ProbeNumber::InitialDelay | ProbeNumber::Period | ProbeNumber::Timeout => true,
            ProbeNumber::SuccessThreshold | ProbeNumber::FailureThreshold => false,
        }
    }

    /// What it is when it is not written: `SetDefaults_Probe` in pkg/apis/core/v1/defaults.go.
    pub const fn default(self) -> i64 {
        match self {
            ProbeNumber::InitialDelay => 0,
            ProbeNumber::Period => 10,
            ProbeNumber::Timeout | ProbeNumber::SuccessThreshold => 1,
            ProbeNumber::FailureThreshold => 3,
        }
    }

    /// The smallest value that means itself: 0 stands for the default of all but the delay.
    pub const fn least(self) -> i64 {
        match self {
            ProbeNumber::InitialDelay => 0,
            ProbeNumber::Period | ProbeNumber::Timeout | ProbeNumber::SuccessThreshold | ProbeNumber::FailureThreshold => 1,
        }
    }

    /// The largest value that is worth trying out.
    pub const fn most(self) -> i64 {
        match self {
            ProbeNumber::InitialDelay | ProbeNumber::Period => 60,
            ProbeNumber::Timeout | ProbeNumber::FailureThreshold => 30,
            ProbeNumber::SuccessThreshold => 10,
        }
    }
}

/// A probe of a container in a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct TunedProbe {
    /// The container's name.
    pub container: String,
    /// `livenessProbe`, `readinessProbe` or `startupProbe`.
    pub probe: &'static str,
    /// Where it stands in its document.
    pub path: String,
    numbers: Value,
    places: Places,
}

impl TunedProbe {
    /// The numbers that may be changed: validation lets only a readiness probe ask for more than one success.
    pub fn numbers(&self) -> impl Iterator<Item = ProbeNumber> {
        let is_readiness = self.probe == "readinessProbe";
        ProbeNumber::ALL.into_iter().filter(move |number| is_readiness || *number != ProbeNumber::SuccessThreshold)
    }

    /// The value in force.
    pub fn value(&self, number: ProbeNumber) -> i64 {
        let written = self.numbers.get(number.field()).and_then(Value::as_i64);
        written.filter(|value| number.least() <= *value).unwrap_or(number.default())
    }

    /// The change of the text that gives a number another value.
    pub fn tuned(&self, number: ProbeNumber, value: i64) -> Fix {
        let field = number.field();
        let path = format!("{}.{field}", self.path);
        if let Some(there) = self.places.fields.get(field) {
            return Fix { path, place: there.value, remedy: Remedy::Rewrite(value.to_string()) };
        }
        let first = self.places.fields.values().filter_map(|field| field.key).min_by_key(|place| (place.line, place.column));
        Fix { path, place: first.unwrap_or(self.places.value), remedy: Remedy::AddField(field.to_owned(), value.into()) }
    }
}

/// The probes of a text's Pods and of the Pods that its workloads make, as they are written.
///
/// ```
/// let text = "kind: Pod\nspec:\n  containers:\n  - name: a\n    livenessProbe:\n      tcpSocket: {port: 80}\n";
/// let probes = podlapse_manifest::probes(text);
/// let period = podlapse_manifest::ProbeNumber::Period;
/// assert_eq!((probes[0].container.as_str(), probes[0].value(period)), ("a", 10));
/// assert!(probes[0].tuned(period, 5).apply(text).unwrap().contains("      periodSeconds: 5\n      tcpSocket"));
/// ```
pub fn probes(text: &str) -> Vec<TunedProbe> {
    let mut found = Vec::new();
    for document in read_stream(text).documents {
        for spec in ["spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec"] {
            for list in ["initContainers", "containers"] {
                probes_of(&document, spec, list, &mut found);
            }
        }
    }
    found
}

fn probes_of(document: &Document, spec: &str, list: &str, found: &mut Vec<TunedProbe>) {
    let mut steps = spec.split('.').chain([list]);
    let containers = steps.try_fold(&document.json, |value, step| value.get(step)).and_then(Value::as_array);
    for (index, container) in containers.into_iter().flatten().enumerate() {
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            let path = format!("{spec}.{list}[{index}].{probe}");
            let (places, is_there) = document.places.find_exact(&path);
            let Some(numbers) = container.get(probe).filter(|numbers| is_there && numbers.is_object()) else { continue };
            // An empty probe has nothing beside which a number could be written, and is refused anyway.
            if places.fields.is_empty() {
                continue;
            }
            let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
            found.push(TunedProbe { container: name.to_owned(), probe, path, numbers: numbers.clone(), places: places.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
kind: Deployment
spec:
  template:
    spec:
      containers:
      - name: web
        livenessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 5} # often
        readinessProbe:
          exec:
            command: [cat, /ready]
          successThreshold: 0
";

    #[test]
    fn numbers_are_read_with_their_defaults() {
        let probes = probes(TEXT);
        let values = |index: usize| ProbeNumber::ALL.map(|number| probes[index].value(number));
        assert_eq!((probes[0].probe, values(0)), ("livenessProbe", [0, 5, 1, 1, 3]));
        assert_eq!((probes[1].probe, values(1)), ("readinessProbe", [0, 10, 1, 1, 3]));
        assert_eq!((probes[0].numbers().count(), probes[1].numbers().count()), (4, 5));
    }

    #[test]
    fn a_number_is_changed_where_it_stands_and_added_where_it_does_not() {
        let probes = probes(TEXT);
        let changed = probes[0].tuned(ProbeNumber::Period, 7).apply(TEXT).unwrap();
        assert!(changed.contains("periodSeconds: 7} # often"), "{changed}");
        let added = probes[0].tuned(ProbeNumber::Timeout, 2).apply(TEXT).unwrap();
        assert!(added.contains("{timeoutSeconds: 2, httpGet:"), "{added}");
        let added = probes[1].tuned(ProbeNumber::InitialDelay, 15).apply(TEXT).unwrap();
        assert!(added.contains("readinessProbe:\n          initialDelaySeconds: 15\n          exec:\n"), "{added}");
    }

    #[test]
    fn texts_without_probes_have_none() {
        assert_eq!(probes("kind: Pod\nspec: {containers: [{name: a, livenessProbe: {}}]}\n"), []);
        assert_eq!(probes("]["), []);
    }
}
