//! Commands that stay with a Pod, or that read its log.

use podlapse_model::Kind;
use serde_json::json;

use super::{Cluster, with_pod};

fn running() -> Cluster {
    let mut cluster = Cluster::new();
    let pod = json!({"metadata": {"name": "web", "namespace": "default", "labels": {"app": "web"}},
        "spec": {"nodeName": "node-1", "containers": [
            {"name": "app", "image": "nginx:1", "ports": [{"name": "http", "containerPort": 8080}]}, {"name": "side", "image": "nginx:1"}]}});
    cluster.add(Kind::Pod, pod);
    let status = json!({"status": {"phase": "Running", "containerStatuses": [
            {"name": "side", "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}});
    let patched = cluster.run(&format!("patch pod web --subresource=status -p '{status}'"));
    assert_eq!(patched.stdout, "pod/web patched\n", "{}", patched.stderr);
    let service = json!({"metadata": {"name": "web", "namespace": "default"},
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "www", "port": 80, "targetPort": "http"}]}});
    cluster.add(Kind::Service, service);
    cluster
}

/// What a line says before anything happens to the Pod.
fn first(line: &str) -> (String, String) {
    use podlapse_core::client::{ClientView, CommandLanguage, CommandLine, Logs, Turn};
    let cluster = running();
    let mut command = super::Kubectl.start(&CommandLine { line: line.into(), stdin: None, files: Default::default() });
    let logs = Logs::default();
    let view = ClientView { store: &cluster.store, now: cluster.now, wall: super::WALL, logs: &logs, warnings: &[] };
    match command.resume(&view, Vec::new()) {
        Turn::Done(outcome) => (outcome.stdout, outcome.stderr),
        Turn::Wait { .. } => (command.printed().stdout, command.printed().stderr),
        other @ (Turn::Ask(_) | Turn::Exec(_)) => panic!("{other:?}"),
    }
}

#[test]
fn ports_are_forwarded_to_a_running_pod() {
    let both = |local: u16, remote: u16| {
        format!("Forwarding from 127.0.0.1:{local} -> {remote}\nForwarding from [::1]:{local} -> {remote}\n")
    };
    let check =
        |line: &str, stdout: &str, stderr: &str| assert_eq!(first(line), (stdout.to_owned(), stderr.to_owned()), "{line}");
    check("port-forward pod/web 9000:80", &both(9000, 80), "");
    check("port-forward web :80 81", &(both(40_000, 80) + &both(81, 81)), "");
    check("port-forward svc/web 9000:80", &both(9000, 8080), "");
    check("port-forward svc/web www", &both(80, 8080), "");
    check("port-forward web http --address 0.0.0.0", "Forwarding from 0.0.0.0:8080 -> 8080\n", "");
    check("port-forward web grpc", "", "error: Pod 'web' does not have a named port 'grpc'\n");
    check("port-forward svc/web 81", "", "error: Service web does not have a service port 81\n");
    let range = "error: error parsing local port '99999': strconv.ParseUint: parsing \"99999\": value out of range\n";
    check("port-forward web 99999:80", "", range);
    let usage =
        "error: TYPE/NAME and list of ports are required for port-forward\nSee 'kubectl port-forward -h' for help and examples\n";
    check("port-forward web", "", usage);
    check("port-forward none 80", "", "Error from server (NotFound): pods \"none\" not found\n");
}

#[test]
fn only_a_running_container_is_attached_to() {
    let (_, stderr) = first("attach web -c side");
    assert!(stderr.ends_with("error: unable to upgrade connection: container side not found in pod web_default\n"), "{stderr}");
    let (_, stderr) = first("attach web -t");
    assert!(
        stderr.starts_with("Defaulted container \"app\" out of: app, side\nerror: Unable to use a TTY - container app did not"),
        "{stderr}"
    );
    assert_eq!(first("attach").1, "error: at least 1 argument is required for attach\n");
    let kind = "error: cannot attach to *v1.Node: selector for *v1.Node not implemented\n";
    assert_eq!(first("attach node/node-1").1, kind);
}

#[test]
fn a_log_that_is_followed_is_asked_for_until_the_server_gives_it() {
    let defaulted = "Defaulted container \"app\" out of: app, side\n";
    let refused = "container \"app\" in pod \"web\" is not available\n";
    let tried = |times: usize| format!("{defaulted}{}error: context deadline exceeded\n", refused.repeat(times));
    for (line, times) in [("logs -f web", 20), ("logs -f web --pod-running-timeout=3s", 3)] {
        let outcome = running().run(line);
        assert_eq!((outcome.stderr, outcome.exit), (tried(times), 1), "{line}");
    }
    let outcome = running().run("logs -f web --ignore-errors");
    assert_eq!((outcome.stdout.as_str(), outcome.exit), (&*format!("error: {refused}"), 0));
    let zero = "error: --pod-running-timeout must be higher than zero\n";
    assert_eq!(running().run("logs web --pod-running-timeout=0s").stderr, zero);
}

#[test]
fn the_flags_of_logs_are_checked() {
    let mut cluster = running();
    for (line, message) in [
        ("logs web --limit-bytes=-1", "--limit-bytes must be greater than 0"),
        ("logs web --since=-5s", "--since must be greater than 0"),
        ("logs web --tail=-2", "--tail must be greater than or equal to -1"),
        ("logs web app -c app", "only one of -c or an inline [CONTAINER] arg is allowed"),
        ("logs web -c app --all-containers", "--all-containers=true should not be specified with container name app"),
        (
            "logs web --since=1s --since-time=2026-01-01T00:00:00Z",
            "at most one of `sinceTime` or `sinceSeconds` may be specified",
        ),
        ("logs node/node-1", "cannot get the logs from *v1.Node: selector for *v1.Node not implemented"),
        (
            "logs web -f --all-containers --max-log-requests=1",
            "you are attempting to follow 2 log streams, but maximum allowed concurrency is 1, use --max-log-requests to increase the limit",
        ),
    ] {
        cluster.check(line, "", &format!("error: {message}\n"));
    }
    let wrong = "error: invalid argument \"x\" for \"--since\" flag: time: invalid duration \"x\"\nSee 'kubectl logs --help' for usage.\n";
    cluster.check("logs web --since=x", "", wrong);
}

#[test]
fn several_objects_are_described_without_their_events() {
    let mut cluster = running();
    assert!(cluster.run("describe pod web").stdout.contains("\nEvents:"));
    let pod =
        json!({"metadata": {"name": "web2", "namespace": "default"}, "spec": {"containers": [{"name": "app", "image": "a"}]}});
    cluster.add(Kind::Pod, pod);
    for line in ["describe pods", "describe pod web web2", "describe pod we"] {
        assert!(!cluster.run(line).stdout.contains("Events:"), "{line}");
    }
    assert!(cluster.run("describe pods --show-events").stdout.contains("Events:"));
    assert_eq!(cluster.run("describe pod we web2").stderr, "Error from server (NotFound): pods \"we\" not found\n");
}

#[test]
fn conditions_are_waited_for_one_after_the_other() {
    let mut cluster = with_pod();
    cluster.check(
        "wait pod/web --for=create --for=jsonpath={.metadata.name}=web",
        "pod/web condition met\npod/web condition met\n",
        "",
    );
    cluster.check("wait pod/web", "", "error: unrecognized condition: []\n");
    cluster.check("wait pod/none --for=create --timeout=1s", "", "error: timed out waiting for the condition\n");
    cluster.check("delete pods --all web", "", "error: name cannot be provided when a selector is specified\n");
}

#[test]
fn what_was_applied_is_shown_and_set() {
    let mut cluster = with_pod();
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n";
    let files: podlapse_model::SortedMap<std::sync::Arc<str>, std::sync::Arc<str>> =
        [("c.yaml".into(), text.into())].into_iter().collect();
    cluster.run_with("create -f c.yaml", None, files.clone());
    let missing = cluster.run("apply view-last-applied cm/c");
    assert_eq!((missing.stderr.as_str(), missing.exit), ("", 0));
    assert_eq!(
        cluster.run_with("apply set-last-applied -f c.yaml --create-annotation", None, files.clone()).stdout,
        "configmap/c configured\n"
    );
    let again = cluster.run_with("apply set-last-applied -f c.yaml", None, files.clone()).stdout;
    assert_eq!(again, "set-last-applied c: no changes required.\n");
    let shown = cluster.run("apply view-last-applied cm/c").stdout;
    assert!(shown.starts_with("apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\n"), "{shown}");
    let refused =
        |cluster: &mut Cluster, flags: &str| cluster.run_with(&format!("apply -f c.yaml {flags}"), None, files.clone()).stderr;
    assert_eq!(refused(&mut cluster, "--force-conflicts"), "error: --force-conflicts only works with --server-side\n");
    assert_eq!(refused(&mut cluster, "--server-side --force"), "error: --force cannot be used with --server-side\n");
}

#[test]
fn lines_may_ask_for_as_much_as_they_like() {
    let mut cluster = running();
    let status = json!({"status": {"containerStatuses": [
        {"name": "app", "image": "", "imageID": "", "ready": true, "restartCount": 0, "state": {"running": {}}}]}});
    cluster.run(&format!("patch pod web --subresource=status -p '{status}'"));
    cluster.check("logs web -c app --limit-bytes=9223372036854775807", "", "");
    let (forwarded, _) = first(&format!("port-forward web{}", " :80".repeat(30_000)));
    assert_eq!(forwarded.lines().count(), 60_000);
}

#[test]
fn debugging_tells_of_a_user_who_cannot_use_what_the_profile_grants() {
    let mut cluster = Cluster::new();
    let pod = json!({"metadata": {"name": "web", "namespace": "default"},
        "spec": {"nodeName": "node-1", "securityContext": {"runAsUser": 1000}, "containers": [{"name": "app", "image": "nginx:1"}]}});
    cluster.add(Kind::Pod, pod);
    let warning = "Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not \
                   work. Please consider using \"--custom\" with a custom profile that specifies \"securityContext.runAsUser: 0\".\n";
    cluster.check("debug web --image=busybox:1.28 -c one", "", warning);
    cluster.check("debug web --image=busybox:1.28 -c two --profile=restricted", "", "");
    cluster.check("debug web --image=busybox:1.28 -c three --copy-to=web2 --profile=sysadmin", "", warning);
    let legacy = "--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example \
                  \"--profile=general\".\n";
    cluster.check("debug web --image=busybox:1.28 -c four --profile=legacy", "", legacy);
}
