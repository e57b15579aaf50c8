//! What containers make of the files of their volumes.

use serde_json::Value;

use super::{pod, printed, rows, run, told};

#[test]
fn a_variable_comes_from_a_file_that_an_init_container_wrote() {
    let spec = |written: &str| {
        format!(
            "  restartPolicy: Never
  initContainers:
  - {{name: i, image: \"busybox:1.28\", command: [sh, -c, {}], volumeMounts: [{{name: v, mountPath: /v}}]}}
  containers:
  - name: a
    image: \"busybox:1.28\"
    command: [sh, -c, \"echo $A; sleep 300\"]
    env:
    - {{name: A, valueFrom: {{fileKeyRef: {{volumeName: v, path: config.env, key: A}}}}}}
    - {{name: B, valueFrom: {{fileKeyRef: {{volumeName: v, path: config.env, key: B, optional: true}}}}}}
  volumes: [{{name: v, emptyDir: {{}}}}]
",
            Value::from(written)
        )
    };
    let logs = "  actions: [{at: 20s, kubectl: \"logs p -c a\"}]\n";
    let given = run(&pod(&spec("echo \"A='one two'\" > /v/config.env")), logs);
    assert_eq!(printed(&given, 1), "one two\n");
    let bare = run(&pod(&spec("echo A=one > /v/config.env")), logs);
    assert!(told(&bare, "p", "Failed: Error: couldn't parse env file").is_some());
    assert_eq!(rows(&bare, "p").1.last().unwrap(), "CreateContainerConfigError");
    let missing = run(&pod(&spec("echo \"B='one'\" > /v/config.env")), logs);
    assert!(
        told(&missing, "p", "Failed: Error: environment variable key \"A\" not found in file \"/var/lib/kubelet/pods/").is_some()
    );
}

#[test]
fn a_script_of_a_volume_runs_if_its_mode_lets_it() {
    let map =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {run: \"#!/bin/sh\\necho $0 $1; sleep 300\\n\"}\n---\n";
    let spec = |command: &str, mount: &str, source: &str| {
        let container = format!("name: a, image: \"busybox:1.28\", command: {command}, volumeMounts: [{{name: v, {mount}}}]");
        format!(
            "{map}{}",
            pod(&format!("  containers: [{{{container}}}]\n  volumes: [{{name: v, configMap: {{name: c{source}}}}}]\n"))
        )
    };
    let logs = "  actions: [{at: 20s, kubectl: \"logs p\"}]\n";
    let whole = "mountPath: /v";
    for (mount, source) in [
        (whole, ", defaultMode: 0755"),
        (whole, ", items: [{key: run, path: run, mode: 0555}]"),
        ("mountPath: /v/run, subPath: run", ", defaultMode: 0777"),
    ] {
        assert_eq!(printed(&run(&spec("[/v/run, x]", mount, source), logs), 1), "/v/run x\n", "{mount}{source}");
    }
    let starts = "Failed: Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create \
                  failed: unable to start container process: error during container init: ";
    for (command, why) in [
        ("[/v/run]", "exec: \"/v/run\": permission denied"),
        ("[/v/nun]", "exec: \"/v/nun\": stat /v/nun: no such file or directory"),
    ] {
        let refused = run(&spec(command, whole, ""), logs);
        assert!(told(&refused, "p", &format!("{starts}{why}")).is_some(), "{why}");
        assert!(rows(&refused, "p").1.contains(&"RunContainerError".to_owned()));
    }
}

#[test]
fn a_misspelt_command_of_a_known_image_does_not_start() {
    let spec = pod("  containers: [{name: a, image: \"busybox:1.28\", command: [sleeep, \"3600\"]}]\n");
    let missing = "exec: \"sleeep\": executable file not found in $PATH";
    assert!(told(&run(&spec, "  catalogue: true\n"), "p", missing).is_some());
    assert!(told(&run(&spec, ""), "p", missing).is_none(), "what images hold is known of the catalogue's alone");
}

#[test]
fn volumes_from_git_are_locked_to_be_off() {
    let spec = "  containers: [{name: a, image: \"nginx:1.27\", volumeMounts: [{name: v, mountPath: /v}]}]
  volumes: [{name: v, gitRepo: {repository: \"https://example.com/a.git\"}}]
";
    let trace = run(&pod(spec), "");
    let message = "FailedMount: MountVolume.SetUp failed for volume \"v\" : git-repo volume plugin has been disabled; if necessary, it may \
                   be re-enabled by enabling the feature-gate `GitRepoVolumeDriver`";
    assert!(told(&trace, "p", message).is_some());
    assert_eq!(rows(&trace, "p").1.last().unwrap(), "ContainerCreating");
}
