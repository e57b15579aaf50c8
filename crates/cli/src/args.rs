//! The arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use podlapse_model::SimDuration;

use crate::duration::parse_duration;

/// Podlapse simulates what Kubernetes does with this Pod on this cluster: when, and why. It runs no containers and needs no cluster.
#[derive(Debug, Parser)]
#[command(name = "podlapse", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a scenario: the rows of `kubectl get pods -w`, the events, and where each Pod ended and why
    Run(Run),
    /// Tell why Pods are stuck, and what would fix them: each change is tried before it is told
    Explain(Explain),
    /// Look for errors in manifests and scenarios without running them
    Check(Check),
    /// Run scenarios and see whether what they expect comes true
    Test(Test),
    /// List the built-in examples, show one, or save it as a folder
    Examples(Examples),
    /// Carry out kubectl commands at an instant of a run, or type them at a prompt
    Kubectl(Kubectl),
    /// Show what the scheduler thought of each node, decision by decision
    Schedule(Schedule),
    /// Print a script that completes arguments in a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// What is simulated.
#[derive(Clone, Debug, Args)]
pub(crate) struct ScenarioArguments {
    /// A folder with workload.yaml and perhaps cluster.yaml, a manifest, or - for standard input
    #[arg(required_unless_present = "example")]
    pub(crate) scenario: Option<PathBuf>,

    /// A built-in example instead (see `podlapse examples`)
    #[arg(short, long, value_name = "NAME")]
    pub(crate) example: Option<String>,

    /// What is in the cluster before: nodes, secrets, images and so on. Without one there is one Ready node and a catalogue of
    /// well-known images
    #[arg(short, long, value_name = "FILE")]
    pub(crate) cluster: Option<PathBuf>,

    /// The seed of every random delay, in place of the scenario's
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
}

/// Exit codes: 0 the run is shown; 1 the state of --until was not reached; 2 the input is wrong.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 the run is shown; 1 the state of --until was not reached; 2 the input is wrong.")]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,

    /// How long the run lasts in virtual time, as in 5m or 1m30s, in place of the scenario's duration
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) duration: Option<SimDuration>,

    /// End at the first moment at which a Pod shows this STATUS or has this condition, as in CrashLoopBackOff or Ready
    #[arg(long, value_name = "STATE")]
    pub(crate) until: Option<String>,

    /// What is printed
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,

    /// Whether states are coloured
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// What `podlapse run` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Rows, events and the diagnosis
    Table,
    /// Every appearance of every event
    Events,
    /// The whole run as JSON, in the format in which real clusters are recorded
    Trace,
    /// The Pods at the end of the run
    Yaml,
}

/// Arguments of `podlapse explain`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 nothing is stuck; 1 something is; 2 the input is wrong.")]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,

    /// The Pod or workload to explain; without it all that is stuck
    #[arg(long = "pod", value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// The instant at which things are looked at, in virtual time; by default the end of the run
    #[arg(long, value_name = "INSTANT", value_parser = parse_duration)]
    pub(crate) at: Option<SimDuration>,

    /// How long the run lasts in virtual time, in place of the scenario's duration; changes are tried for as long
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) duration: Option<SimDuration>,

    /// What is printed
    #[arg(short, long, value_enum, default_value_t = ExplainOutput::Text)]
    pub(crate) output: ExplainOutput,

    /// Whether words are coloured
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// What `podlapse explain` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainOutput {
    /// Sentences, and the lines that change
    Text,
    /// The same as JSON, with the whole texts after each change
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Arguments of `podlapse check`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 nothing is wrong; 2 there are errors.")]
pub(crate) struct Check {
    /// Manifests, scenario folders, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// Arguments of `podlapse test`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 all that is expected comes true; 1 something does not; 2 the input is wrong.")]
pub(crate) struct Test {
    /// Scenario folders, manifests that hold a Simulation, or - for standard input
    #[arg(required_unless_present = "example", value_name = "SCENARIO")]
    pub(crate) scenarios: Vec<PathBuf>,

    /// A built-in example instead
    #[arg(short, long, value_name = "NAME", conflicts_with = "scenarios")]
    pub(crate) example: Option<String>,

    /// Run each scenario with so many seeds, from its own on; what is expected must come true with every one
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) seeds: u32,

    /// What is printed
    #[arg(short, long, value_enum, default_value_t = TestOutput::Text)]
    pub(crate) output: TestOutput,
}

/// What `podlapse test` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestOutput {
    /// A line for each expectation
    Text,
    /// The Test Anything Protocol
    Tap,
    /// JUnit's XML, as build servers read it
    Junit,
}

/// Arguments of `podlapse examples`.
#[derive(Debug, Args)]
pub(crate) struct Examples {
    /// The example to show
    pub(crate) name: Option<String>,

    /// Save it as a scenario folder, which must not exist yet
    #[arg(long, value_name = "FOLDER", requires = "name")]
    pub(crate) save: Option<PathBuf>,
}

/// Arguments of `podlapse kubectl`.
#[derive(Debug, Args)]
#[command(after_help = "The exit code is that of kubectl; 2 if the input is wrong.")]
pub(crate) struct Kubectl {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,

    /// When it is typed, in virtual time; by default at the end of the run
    #[arg(long, value_name = "INSTANT", value_parser = parse_duration)]
    pub(crate) at: Option<SimDuration>,

    /// A line as it would be typed, pipes included, as in 'get pods | grep web'; without one there is a prompt
    #[arg(value_name = "LINE")]
    pub(crate) line: Option<String>,

    /// A single command without the word kubectl, after --
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

/// Arguments of `podlapse schedule`.
#[derive(Debug, Args)]
pub(crate) struct Schedule {
    /// A folder with workload.yaml and perhaps cluster.yaml, a manifest, or - for standard input, whose run is shown
    #[arg(required_unless_present_any = ["example", "filename"])]
    pub(crate) scenario: Option<PathBuf>,

    /// A built-in example instead (see `podlapse examples`)
    #[arg(short, long, value_name = "NAME", conflicts_with = "scenario")]
    pub(crate) example: Option<String>,

    /// Pods, and perhaps nodes and other objects, that are scheduled at once in their order: nothing runs and no time passes
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["scenario", "example", "duration"])]
    pub(crate) filename: Vec<PathBuf>,

    /// What is in the cluster before
    #[arg(short, long, value_name = "FILE")]
    pub(crate) cluster: Option<PathBuf>,

    /// The seed of every random delay and of the draw among equal nodes; with --filename the first by name wins without one
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,

    /// How long the run lasts in virtual time, in place of the scenario's duration
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) duration: Option<SimDuration>,

    /// The share of nodes that is enough to choose from, in percent; 0 lets it fall as the cluster grows
    #[arg(long = "percentage-of-nodes-to-score", value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) percentage: Option<u8>,

    /// What is printed
    #[arg(short, long, value_enum, default_value_t = ScheduleOutput::Table)]
    pub(crate) output: ScheduleOutput,
}

impl Schedule {
    /// What is simulated.
    pub(crate) fn scenario(&self) -> ScenarioArguments {
        let Schedule { scenario, example, cluster, seed, .. } = self;
        ScenarioArguments { scenario: scenario.clone(), example: example.clone(), cluster: cluster.clone(), seed: *seed }
    }
}

/// What `podlapse schedule` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScheduleOutput {
    /// A table for each attempt
    Table,
    /// Every verdict and score as JSON, in the fields in which decisions of real schedulers are recorded
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
