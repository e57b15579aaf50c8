//! The arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use podlapse_model::SimDuration;

use crate::duration::{parse_duration, parse_state};

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
    /// Run a scenario with many seeds and values on all cores, and tell how the outcomes are spread
    Sweep(Sweep),
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
    /// Write a folder that runs the same scenario on a real control plane, with KWOK or kind
    Export(Export),
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
    #[arg(long, value_name = "STATE", value_parser = parse_state)]
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
    /// A lane for each Pod and container, in signs
    Timeline,
    /// The timeline as a picture, light or dark as its reader likes it
    Svg,
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

/// Arguments of `podlapse sweep`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 the state was reached in a run; 1 it was in none; 2 the input is wrong.")]
pub(crate) struct Sweep {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,

    /// How many seeds, from the scenario's own on
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) seeds: u32,

    /// The STATUS or condition whose first instant is measured
    #[arg(long, value_name = "STATE", default_value = "Ready", value_parser = parse_state)]
    pub(crate) until: String,

    /// Values of a field of the workload, as in spec/containers/0/livenessProbe/periodSeconds=1,5,10; before the path may stand which
    /// document is meant, as in workload:1: or cluster:0:. Given several times, every combination is run
    #[arg(long, value_name = "PATH=VALUES", value_parser = parse_vary)]
    pub(crate) vary: Vec<Vary>,

    /// How long each run lasts in virtual time, in place of the scenario's duration
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) duration: Option<SimDuration>,

    /// What is printed
    #[arg(short, long, value_enum, default_value_t = SweepOutput::Table)]
    pub(crate) output: SweepOutput,
}

/// A field and the values that it takes in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vary {
    pub(crate) is_cluster: bool,
    pub(crate) document: usize,
    pub(crate) path: Vec<String>,
    pub(crate) values: Vec<String>,
}

fn parse_vary(text: &str) -> Result<Vary, String> {
    let wrong = || format!("{text:?} is no path with values, as in spec/replicas=1,2,3");
    let (place, values) = text.split_once('=').ok_or_else(wrong)?;
    let (is_cluster, document, path) = match place.splitn(3, ':').collect::<Vec<_>>()[..] {
        [path] => (false, 0, path),
        [file @ ("workload" | "cluster"), document, path] => (file == "cluster", document.parse().map_err(|_| wrong())?, path),
        _ => return Err(wrong()),
    };
    let path: Vec<String> = path.split('/').filter(|step| !step.is_empty()).map(str::to_owned).collect();
    let values: Vec<String> = values.split(',').map(str::to_owned).collect();
    if path.is_empty() { Err(wrong()) } else { Ok(Vary { is_cluster, document, path, values }) }
}

/// What `podlapse sweep` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SweepOutput {
    /// A line for each combination of values
    Table,
    /// The same with every run, as JSON
    Json,
    /// A line for each run, as CSV
    Csv,
}

/// Arguments of `podlapse export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArguments,

    /// Where to; the folder must not exist yet
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
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
