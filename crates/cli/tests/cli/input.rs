//! Wrong input: a message with line and column on standard error, nothing on standard output, exit code 2.

use crate::common::{file, podlapse, podlapse_with};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: app\n    image: nginx\n";

#[test]
fn wrong_texts_are_reported_at_their_line() {
    let cases = [
        ("no-yaml", "a: [1\nb: {\n".to_owned(), 2, ""),
        ("field", POD.replace("image:", "imagee:"), 8, "unknown field \"spec.containers[0].imagee\""),
        ("type", POD.replace("image: nginx", "image: nginx\n    tty: 5"), 9, "tty"),
        ("kind", POD.replace("kind: Pod", "kind: Podd"), 2, "no matches for kind \"Podd\" in version \"v1\""),
        ("name", POD.replace("name: web", "name: Web_1"), 4, "metadata.name: Invalid value: \"Web_1\""),
        ("missing", POD.replace("    image: nginx\n", ""), 7, "spec.containers[0].image: Required value"),
        ("empty", String::new(), 1, "no objects passed to apply"),
    ];
    for (name, text, line, message) in cases {
        let path = file(&format!("bad/{name}.yaml"), &text);
        let path = path.to_str().unwrap();
        for command in ["run", "check"] {
            let ran = podlapse(&[command, path]);
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{command} {name}: {}", ran.stderr);
            let place = format!("{path}:{line}:");
            assert!(ran.stderr.starts_with(&place), "{command} {name}: {}", ran.stderr);
            let is_empty_check = name == "empty" && command == "check";
            assert!(is_empty_check || ran.stderr.contains(message), "{command} {name}: {}", ran.stderr);
        }
    }
}

#[test]
fn columns_are_counted_in_characters() {
    let ran = podlapse_with(&["run", "-"], &POD.replace("image: nginx", "imagee: nginx"));
    assert!(ran.stderr.starts_with("stdin:8:5: error: unknown field"), "{}", ran.stderr);
}

#[test]
fn errors_in_the_cluster_name_the_cluster() {
    let workload = file("two/pod.yaml", POD);
    let cluster = file("two/cluster.yaml", "apiVersion: podlapse.dev/v1alpha1\nkind: Simulation\nspec:\n  duration: soon\n");
    let ran = podlapse(&["run", workload.to_str().unwrap(), "-c", cluster.to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with(&format!("{}:4:", cluster.display())), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_read_is_named() {
    let ran = podlapse(&["run", "nowhere.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("nowhere.yaml: No such file"), "{}", ran.stderr);
    let path = file("bytes.yaml", "");
    std::fs::write(&path, b"a: 1\nb: \xff\n").unwrap();
    assert!(podlapse(&["check", path.to_str().unwrap()]).stderr.ends_with("bytes.yaml:2:4: error: not UTF-8 text\n"));
    let ran = podlapse(&["run", "-e", "nothing"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (2, "podlapse: there is no example \"nothing\"; `podlapse examples` lists them\n")
    );
    for arguments in [&["run"][..], &["run", "-", "--for", "soon"], &["run", "-", "-e", "nginx"], &["fly"], &[]] {
        assert_eq!(podlapse(arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn a_rejected_workload_still_has_a_trace() {
    let ran = podlapse_with(&["run", "-", "-o", "trace"], &POD.replace("image:", "imagee:"));
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("unknown field"));
    assert!(ran.stdout.contains("\"exit\": 1"), "{}", ran.stdout);
}

#[test]
fn every_example_is_free_of_errors_and_can_be_saved() {
    let list = podlapse(&["examples"]).stdout;
    let names: Vec<&str> = list.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"crash-loop") && names.len() == podlapse_view::examples().len());
    for name in names {
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("saved-{name}"));
        if folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        let folder = folder.to_str().unwrap();
        assert_eq!(podlapse(&["examples", name, "--save", folder]).code, 0);
        let checked = podlapse(&["check", folder, &format!("{folder}/workload.yaml"), &format!("{folder}/cluster.yaml")]);
        assert_eq!((checked.code, checked.stderr.as_str()), (0, ""), "{name}");
        assert_eq!(podlapse(&["examples", name, "--save", folder]).code, 2, "a folder that exists is left alone");
    }
    assert!(podlapse(&["examples", "crash-loop"]).stdout.starts_with("# A crash loop\n"));
}

#[test]
fn shells_complete_the_arguments() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(podlapse(&["completions", shell]).stdout.contains("until"), "{shell}");
    }
}

#[test]
#[cfg(unix)]
fn a_reader_that_has_seen_enough_is_no_failure() {
    use std::process::{Command, Stdio};
    let mut command = Command::new(env!("CARGO_BIN_EXE_podlapse"));
    command.args(["run", "-e", "crash-loop", "-o", "trace"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &[][..]));
}
