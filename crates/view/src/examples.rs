//! The built-in examples: scenarios that the menu of the playground and the CLI share.

/// A built-in scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// Its name in addresses and on the command line.
    pub slug: &'static str,
    /// What is applied at t = 0.
    pub workload: &'static str,
    /// What was there before.
    pub cluster: &'static str,
    /// What it shows, in Markdown; the first heading is its title.
    pub readme: &'static str,
}

impl Example {
    /// Its title in English.
    pub fn title(&self) -> &'static str {
        self.readme.lines().next().map_or(self.slug, |line| line.trim_start_matches("# "))
    }
}

macro_rules! examples {
    ($($slug:literal),* $(,)?) => {
        &[$(Example {
            slug: $slug,
            workload: include_str!(concat!("../examples/", $slug, "/workload.yaml")),
            cluster: include_str!(concat!("../examples/", $slug, "/cluster.yaml")),
            readme: include_str!(concat!("../examples/", $slug, "/README.md")),
        }),*]
    };
}

/// Every built-in scenario, in the order of the menu; the first is what a first visit shows.
///
/// ```
/// let slugs: Vec<_> = podlapse_view::examples().iter().map(|example| example.slug).collect();
/// assert!(slugs.contains(&"crash-loop"));
/// ```
pub fn examples() -> &'static [Example] {
    examples![
        "crash-loop",
        "nginx",
        "image-not-found",
        "liveness-exec",
        "liveness-http",
        "requests-limits",
        "node-selector",
        "node-name",
        "too-little-cpu",
        "private-registry-no-secret",
        "private-registry-secret",
        "pull-policies",
    ]
}

/// The built-in scenario of that name.
pub fn example(slug: &str) -> Option<&'static Example> {
    examples().iter().find(|example| example.slug == slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_has_a_title_and_a_workload() {
        for example in examples() {
            assert!(example.readme.starts_with("# "), "{}", example.slug);
            assert!(example.workload.contains("kind: Pod"), "{}", example.slug);
            assert_ne!(example.title(), example.slug);
        }
    }
}
