//! The parsers, and texts that they can read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use podlapse_core::client::{ClientView, CommandLanguage, CommandLine, Logs};
use podlapse_core::kernel::WallClock;
use podlapse_core::store::Store;
use podlapse_kubectl::Kubectl;
use podlapse_model::{ImageReference, Quantity, Selector, SimTime};
use podlapse_shell::{FileSystem, Pid, Process, Start, State, Volumes, World};
use serde_json::Value;

/// A parser.
pub(crate) struct Target {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// Reads a text and throws away what came out.
    pub(crate) run: fn(&str),
    /// Texts to begin with.
    pub(crate) seeds: fn(&Path) -> Vec<String>,
}

pub(crate) const TARGETS: &[Target] = &[
    Target { name: "yaml", run: |text| drop(podlapse_manifest::read_yaml(text)), seeds: manifests },
    Target { name: "json", run: |text| drop(podlapse_manifest::read_stream(&format!("{{{text}"))), seeds: json },
    Target { name: "manifest", run: |text| drop(podlapse_manifest::scenario(text, None)), seeds: manifests },
    Target { name: "simulation", run: |text| drop(podlapse_manifest::scenario("", Some(text))), seeds: simulations },
    Target { name: "quantity", run: quantity, seeds: |data| inputs(data, "quantities/parse.jsonl", "in") },
    Target {
        name: "selector",
        run: |text| drop(Selector::parse(text)),
        seeds: |data| inputs(data, "selectors/parse_string.jsonl", "selector"),
    },
    Target {
        name: "image",
        run: |text| drop(ImageReference::parse(text)),
        seeds: |data| inputs(data, "images/parse.jsonl", "image"),
    },
    Target { name: "shell", run: shell, seeds: |_| SCRIPTS.iter().map(|text| (*text).to_owned()).collect() },
    Target { name: "jsonpath", run: jsonpath, seeds: |_| PATHS.iter().map(|text| (*text).to_owned()).collect() },
    Target { name: "kubectl", run: kubectl, seeds: |_| LINES.iter().map(|text| (*text).to_owned()).collect() },
];

const SCRIPTS: &[&str] = &[
    "i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo \"tick $i\"; done",
    "trap 'echo bye; exit 0' TERM; for x in a b; do case $x in a|c) echo ${x:-y};; *) false || true;; esac; done",
    "f() { local a=$1; echo ${a%.*} ${#a} ${a//x/y}; }; f one.two | sed s/o/0/g > /tmp/x; cat < /tmp/x",
    "cat <<EOF\n$(date +%s) `echo a` \\$b\nEOF\nexit $?",
];
const PATHS: &[&str] = &[
    "{.items[*].metadata.name}",
    "{range .items[*]}{.metadata.name}{\"\\t\"}{.status.phase}{\"\\n\"}{end}",
    "{.items[?(@.status.phase==\"Running\")].spec.containers[-1:0:2]['name','image']}",
    "{..image}",
];
const LINES: &[&str] =
    &["get pods -n a -o wide -l 'app in (a,b)'", "delete pod a --grace-period=0 --force", "patch pod a -p '{\"a\":[1]}'"];

fn manifests(data: &Path) -> Vec<String> {
    files(data, "workload.yaml")
}

fn simulations(data: &Path) -> Vec<String> {
    files(data, "cluster.yaml")
}

fn files(data: &Path, name: &str) -> Vec<String> {
    let folders = fs::read_dir(data.join("traces")).into_iter().flatten().flatten();
    let mut texts: Vec<String> = folders.filter_map(|folder| fs::read_to_string(folder.path().join(name)).ok()).collect();
    podlapse_model::sort(&mut texts);
    texts
}

fn json(data: &Path) -> Vec<String> {
    let documents = manifests(data).into_iter().flat_map(|text| podlapse_manifest::read_stream(&text).documents);
    documents.map(|document| document.raw().trim_start_matches('{').to_owned()).collect()
}

fn inputs(data: &Path, file: &str, field: &str) -> Vec<String> {
    let text = fs::read_to_string(data.join("functions").join(file)).unwrap_or_default();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter_map(|line| line[field].as_str().map(str::to_owned)).collect()
}

fn quantity(text: &str) {
    if let Ok(mut quantity) = Quantity::parse(text) {
        let twin = quantity.clone();
        quantity += &twin;
        let shown = quantity.to_string();
        // What is read is at most 2^63-1, on either side of 0; a sum may be more, and may have more digits than are read exactly. Equal
        // amounts may be of another format, which a sum of 2 does not show.
        let is_as_written = |again: &Quantity| again.to_string() == shown || again.value().checked_abs() == Some(i64::MAX);
        let is_short = shown.bytes().filter(u8::is_ascii_digit).count() < 19;
        assert!(
            !is_short || Quantity::parse(&shown).is_ok_and(|again| is_as_written(&again)),
            "{shown} is not read as it is written"
        );
    }
}

fn shell(text: &str) {
    let argv = ["sh".to_owned(), "-c".to_owned(), text.to_owned()];
    let env = BTreeMap::new();
    let start = Start { argv: &argv, env: &env, cwd: "/", pid: Pid(1), hostname: "web", stdin: "" };
    let Ok(mut process) = Process::start(&start) else { return };
    let (mut fs, mut volumes, mut sent, mut lines) = (FileSystem::new(), Volumes::new(), Vec::new(), Vec::new());
    let mut now = SimTime::ZERO;
    for _ in 0..20 {
        let mut world = World { fs: &mut fs, volumes: &mut volumes, asked: None, epoch_unix_ns: 0, sent: &mut sent };
        match process.poll(now, &mut world, &mut lines) {
            State::Running { wake: Some(wake) } => now = wake,
            State::Running { wake: None } | State::Exited { .. } => return,
        }
        lines.clear();
        sent.clear();
    }
}

fn view<'a>(store: &'a Store, logs: &'a Logs) -> ClientView<'a> {
    ClientView { store, now: SimTime::ZERO, wall: WallClock { start_unix_ns: 0 }, logs, warnings: &[] }
}

fn kubectl(text: &str) {
    let line = CommandLine { line: text.into(), stdin: Some("".into()), files: Default::default() };
    let (store, logs) = (Store::default(), Logs::default());
    let _ = Kubectl.start(&line).resume(&view(&store, &logs), Vec::new());
}

fn jsonpath(text: &str) {
    kubectl(&format!("get pods -o jsonpath='{}'", text.replace('\'', "")));
}
