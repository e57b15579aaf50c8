//! No text makes the reader panic or hang.
//!
//! The recorded scenarios are spoilt at random places, from a fixed seed, in the ways in which people and programs spoil YAML.

// A test says by panicking what is wrong.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use fastrand::Rng;

/// How often each text is spoilt.
const ROUNDS: u64 = 40;

/// Texts that take the place of a value, or of anything else.
const ODD: [&str; 20] = [
    "",
    "null",
    "~",
    "-1",
    "1e400",
    "9223372036854775808",
    "0x",
    "1Ei",
    "-5Gi",
    "{}",
    "[]",
    "[[[[",
    "&a [*a]",
    "*nowhere",
    "<<",
    "\"",
    "'",
    "|\n ",
    "\u{feff}",
    "\u{0}",
];

/// A number below a bound; 0 where there is none.
fn below(chance: &mut Rng, bound: usize) -> usize {
    chance.usize(..bound.max(1))
}

fn spoil(text: &str, chance: &mut Rng) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=below(chance, 3) {
        let at = below(chance, lines.len());
        let odd = ODD[below(chance, ODD.len())];
        let Some(line) = lines.get(at).cloned() else { return odd.to_owned() };
        match below(chance, 7) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, line),
            2 => lines[at] = format!("  {line}"),
            3 => lines[at] = line.trim_start().to_owned(),
            4 => lines[at] = line.replacen(':', "", 1),
            5 => lines[at] = line.split_once(':').map_or_else(|| odd.to_owned(), |(key, _)| format!("{key}: {odd}")),
            _ => {
                let cut = below(chance, line.chars().count());
                lines[at] = line.chars().take(cut).chain(odd.chars()).collect();
            }
        }
    }
    lines.join("\n")
}

#[test]
fn spoilt_scenarios_are_read_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/conformance/traces");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let scenario = entry.unwrap().path();
        let Ok(workload) = fs::read_to_string(scenario.join("workload.yaml")) else { continue };
        let cluster = fs::read_to_string(scenario.join("cluster.yaml")).unwrap_or_default();
        for round in 0..ROUNDS {
            let mut chance = Rng::with_seed(round);
            let checked = podlapse_manifest::scenario(&spoil(&workload, &mut chance), Some(&spoil(&cluster, &mut chance)));
            assert!(
                checked.value.is_some() || checked.has_errors(),
                "refused without a reason: {}, round {round}",
                scenario.display()
            );
            seen += 1;
        }
    }
    assert!(1000 < seen, "only {seen} texts");
}
