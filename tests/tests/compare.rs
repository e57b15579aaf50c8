//! The verdicts on traces are those of the reference, `tests/data/conformance/compare.py`.
//!
//! Recordings are compared with themselves and with changed copies of themselves. What the reference said of each stands in
//! `tests/data/compare_verdicts.json`; where python3 is installed it is asked again. `BLESS=1` writes its answers to the file.

// A test says by panicking what is wrong.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use podlapse_tests::compare::compare;
use serde_json::{Value, json};

/// Changed copies of each recording; the first is unchanged.
const ROUNDS: u64 = 10;

/// SplitMix64: the changes must be the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// A random element of a list of the trace.
fn pick<'a>(trace: &'a mut Value, list: &str, random: &mut Random) -> Option<&'a mut Value> {
    let elements = trace.get_mut(list)?.as_array_mut()?;
    let at = random.below(elements.len());
    elements.get_mut(at)
}

fn remove(trace: &mut Value, list: &str, random: &mut Random) {
    if let Some(elements) = trace.get_mut(list).and_then(Value::as_array_mut).filter(|elements| !elements.is_empty()) {
        elements.remove(random.below(elements.len()));
    }
}

fn append(value: &mut Value, suffix: &str) {
    if let Some(text) = value.as_str() {
        *value = Value::from(format!("{text}{suffix}"));
    }
}

fn shift(trace: &mut Value, list: &str, from: f64, map: &dyn Fn(f64) -> f64) {
    for change in trace.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
        let t = change["t"].as_f64().unwrap_or_default();
        if from <= t {
            change["t"] = Value::from(map(t));
        }
    }
}

/// Gives two Pods of the trace each other's names.
fn swap_names(trace: &Value, random: &mut Random) -> Value {
    let rows = trace["watch"].as_array().map_or(&[][..], Vec::as_slice);
    let name = |random: &mut Random| Some(rows.get(random.below(rows.len()))?["row"]["name"].as_str()?.to_owned());
    let (Some(a), Some(b)) = (name(random), name(random)) else { return trace.clone() };
    let text = trace.to_string().replace(&a, "\u{1}").replace(&b, &a).replace('\u{1}', &b);
    serde_json::from_str(&text).unwrap()
}

fn change(trace: &mut Value, random: &mut Random) {
    let lists = ["watch", "pods", "events"];
    let list = lists[random.below(3)];
    let delta = [0.4, 1.2, 2.0, 3.5, 9.0, 40.0][random.below(6)];
    let from = random.below(200) as f64;
    match random.below(19) {
        0 => remove(trace, "watch", random),
        1 => remove(trace, "pods", random),
        2 => remove(trace, "events", random),
        3 => lists.iter().for_each(|list| shift(trace, list, from, &|t| t + delta)),
        4 => lists.iter().for_each(|list| shift(trace, list, 0.0, &|t| t * (1.0 + delta / 60.0))),
        5 => shift(trace, list, from, &|t| t - delta),
        6 => pick(trace, "watch", random).into_iter().for_each(|change| append(&mut change["row"]["status"], "X")),
        7 => pick(trace, "watch", random).into_iter().for_each(|change| change["row"]["restarts"] = json!("7 (3s ago)")),
        8 => pick(trace, "events", random).into_iter().for_each(|event| append(&mut event["message"], " more")),
        9 => pick(trace, "events", random).into_iter().for_each(|event| {
            event["count"] = Value::from(event["count"].as_u64().unwrap_or(1) * 2 + 3);
        }),
        10 => pick(trace, "events", random).into_iter().for_each(|event| append(&mut event["reason"], "d")),
        11 => pick(trace, "pods", random).into_iter().for_each(|change| {
            change.pointer_mut("/object/status/phase").into_iter().for_each(|phase| append(phase, "?"));
        }),
        12 => pick(trace, "pods", random).into_iter().for_each(|change| {
            change.pointer_mut("/object/status/conditions/0/reason").into_iter().for_each(|reason| append(reason, "Else"));
        }),
        13 => pick(trace, "pods", random).into_iter().for_each(|change| {
            let count = change.pointer_mut("/object/status/containerStatuses/0/restartCount");
            count.into_iter().for_each(|count| *count = json!(99));
        }),
        14 => pick(trace, "actions", random).into_iter().for_each(|action| append(&mut action["stdout"], "extra\n")),
        15 => pick(trace, "actions", random).into_iter().for_each(|action| action["exit"] = json!(3)),
        16 => {
            if let Some(texts) = trace.pointer_mut("/final/describe").and_then(Value::as_object_mut) {
                texts
                    .values_mut()
                    .for_each(|text| *text = text.as_str().unwrap_or_default().replacen("Node:", "Knot:", 1).into());
            }
        }
        17 => *trace = swap_names(trace, random),
        _ => pick(trace, list, random).into_iter().for_each(|change| {
            // A trace of another shape is broken, on both sides of the comparison.
            let shape = if list == "events" { "reason" } else { "t" };
            change.as_object_mut().unwrap().remove(shape);
        }),
    }
}

fn traces() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/conformance/traces")
}

/// Every recording by its name.
fn recordings() -> BTreeMap<String, Value> {
    let folders = fs::read_dir(traces()).unwrap().map(|entry| entry.unwrap().path());
    let read = |folder: PathBuf| {
        let text = fs::read_to_string(folder.join("trace.json")).ok()?;
        Some((folder.file_name()?.to_str()?.to_owned(), serde_json::from_str(&text).unwrap()))
    };
    folders.filter_map(read).collect()
}

fn changed(recording: &Value, name: &str, round: u64) -> Value {
    let mut random = Random(name.bytes().fold(round, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte))));
    let mut trace = recording.clone();
    for _ in 0..round.min(3) {
        change(&mut trace, &mut random);
    }
    trace
}

/// The faults as sorted lines of kind and key, each with how often it stands there.
fn summary<'a>(faults: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let mut counts = BTreeMap::<String, usize>::new();
    for (kind, key) in faults {
        let line = if kind == "broken" { kind.to_owned() } else { format!("{kind} {key}") };
        *counts.entry(line).or_default() += 1;
    }
    counts.into_iter().map(|(line, count)| if count == 1 { line } else { format!("{line} x{count}") }).collect()
}

fn ours(recordings: &BTreeMap<String, Value>, round: u64) -> BTreeMap<String, Vec<String>> {
    let verdict = |(name, real): (&String, &Value)| {
        let faults = compare(real, &changed(real, name, round));
        (name.clone(), summary(faults.iter().map(|fault| (fault.kind, fault.key.as_str()))))
    };
    recordings.iter().map(verdict).collect()
}

/// What the reference says; none where there is no python3.
fn reference(recordings: &BTreeMap<String, Value>, round: u64) -> Option<BTreeMap<String, Vec<String>>> {
    let folder = std::env::temp_dir().join(format!("podlapse-compare-{}-{round}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for (name, real) in recordings {
        fs::write(folder.join(format!("{name}.json")), changed(real, name, round).to_string()).unwrap();
    }
    let program = traces().join("../compare.py");
    let output = Command::new("python3").arg(program).arg(traces()).arg(&folder).arg("--json").output();
    fs::remove_dir_all(&folder).unwrap();
    let report: Value = serde_json::from_slice(&output.ok()?.stdout).ok()?;
    let faults = |faults: &Value| {
        let all = faults.as_array().unwrap().iter();
        summary(all.map(|fault| (fault[0].as_str().unwrap(), fault[1].as_str().unwrap())))
    };
    Some(report["faults"].as_object().unwrap().iter().map(|(name, found)| (name.clone(), faults(found))).collect())
}

#[test]
fn verdicts_are_those_of_the_reference() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/compare_verdicts.json");
    let mut golden: BTreeMap<String, BTreeMap<String, Vec<String>>> =
        fs::read(&path).map_or_else(|_| BTreeMap::new(), |text| serde_json::from_slice(&text).unwrap());
    let is_blessing = std::env::var_os("BLESS").is_some();
    let recordings = recordings();
    let verdicts: Vec<_> = thread::scope(|scope| {
        let judge = |round| {
            // Asking the reference each time in one round shows that the file is its own answers.
            let live = (is_blessing || round == 3).then(|| reference(&recordings, round)).flatten();
            (ours(&recordings, round), live)
        };
        let rounds: Vec<_> = (0..ROUNDS).map(|round| scope.spawn(move || judge(round))).collect();
        rounds.into_iter().map(|round| round.join().unwrap()).collect()
    });
    for (round, (ours, live)) in verdicts.into_iter().enumerate() {
        if let Some(live) = live {
            for (name, faults) in &live {
                assert_eq!(faults, &ours[name], "round {round} {name}: python (left) and ours differ");
            }
            if is_blessing {
                golden.insert(round.to_string(), live);
            }
        }
        let recorded = golden.get(&round.to_string()).expect("compare_verdicts.json has every round; BLESS=1 writes it");
        for (name, faults) in &ours {
            assert_eq!(recorded.get(name), Some(faults), "round {round} {name}: the file (left) and ours differ");
        }
    }
    if is_blessing {
        let text = serde_json::to_string_pretty(&golden).unwrap();
        fs::write(&path, text + "\n").unwrap();
    }
}
