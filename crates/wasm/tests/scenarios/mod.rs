//! Scenarios whose runs must be the same everywhere: the examples of the playground, and recorded scenarios with much chance in them.

use std::collections::BTreeMap;

macro_rules! recorded {
    ($($name:literal),* $(,)?) => {
        [$((
            $name,
            include_str!(concat!("../../../../tests/data/conformance/traces/", $name, "/workload.yaml")),
            include_str!(concat!("../../../../tests/data/conformance/traces/", $name, "/cluster.yaml")),
        )),*]
    };
}

/// The digest of each scenario's whole run, by name.
pub(crate) fn digests() -> BTreeMap<String, String> {
    let recorded = recorded!["happy-nginx", "crashloop-exit1", "exec-liveness", "pull-private-no-secret", "init-fails-always"];
    let examples = podlapse_view::examples().iter().map(|example| (example.slug, example.workload, example.cluster));
    let all = recorded.into_iter().chain(examples);
    all.map(|(name, workload, cluster)| (name.to_owned(), digest(workload, cluster))).collect()
}

fn digest(workload: &str, cluster: &str) -> String {
    let mut simulation = podlapse_kubectl::simulate("", workload, Some(cluster)).value.expect("the texts are a scenario");
    simulation.run();
    simulation.digest().to_string()
}
