//! What is offered for each of the built-in examples in which something is stuck.
#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use std::fs;
use std::path::Path;

use podlapse_advice::{Search, Texts, patients};

/// Everything stuck in an example, with the changes that help, one a line.
fn told(folder: &Path) -> String {
    let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    let texts = Texts { workload: read("workload.yaml"), cluster: read("cluster.yaml") };
    let mut run = podlapse_kubectl::simulate("example", &texts.workload, Some(&texts.cluster)).value.unwrap();
    run.run();
    let mut told = String::new();
    for patient in patients(&run, &texts) {
        told.push_str(&format!("  {} {:?}\n", patient.root, patient.health.reached));
        for tried in Search::new(&run, &texts, &patient.root).unwrap().all() {
            let words = tried.changes.iter().map(|change| {
                let words = [change.remedy.slug(), &change.about, &change.from, &change.to];
                words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" | ")
            });
            let words = words.collect::<Vec<_>>().join(" + ");
            told.push_str(&format!("    {words} => {:?}\n", tried.health.reached));
        }
    }
    told
}

#[test]
fn what_is_offered_for_the_examples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../view/examples");
    let mut names: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    podlapse_model::sort(&mut names);
    let mut found = String::new();
    for name in names {
        let told = told(&folder.join(&name));
        if !told.is_empty() {
            found.push_str(&format!("{name}\n{told}"));
        }
    }
    let expected = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples.txt")).unwrap_or_default();
    if found != expected {
        let path = std::env::temp_dir().join("advice-examples.txt");
        fs::write(&path, &found).unwrap();
        panic!("what is offered has changed; compare tests/examples.txt with {}", path.display());
    }
}
