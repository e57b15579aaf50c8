//! `podlapse explain`.

use serde_json::Value;

use crate::common::{file, podlapse};

const WEB: &str =
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: app\n    image: ngnix # the server\n";

#[test]
fn a_change_that_helps_is_told_with_its_lines() {
    let web = file("explain/web.yaml", WEB);
    let ran = podlapse(&["explain", web.to_str().unwrap()]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("\n1. Use the image nginx in app instead of ngnix. Ready after "), "{}", ran.stdout);
    let lines = format!("   {}:8\n   - image: ngnix # the server\n   + image: nginx # the server\n", web.display());
    assert!(ran.stdout.ends_with(&lines), "{}", ran.stdout);
}

#[test]
fn nothing_stuck_is_success() {
    let ran = podlapse(&["explain", "--example", "nginx"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "Nothing is stuck at 1m.\n"));
}

#[test]
fn what_the_api_server_refused_is_explained() {
    let web = file(
        "explain/account.yaml",
        &WEB.replace("ngnix", "nginx").replace("  containers:", "  serviceAccountName: robot\n  containers:"),
    );
    let ran = podlapse(&["explain", web.to_str().unwrap()]);
    assert!(
        ran.stdout.starts_with("pod/web does not have the Pods that it asks for.\n  Error from server (Forbidden)"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("1. Create the service account robot. Ready after "), "{}", ran.stdout);
}

#[test]
fn an_instant_and_a_name_are_asked_about() {
    let early = podlapse(&["explain", "--example", "taint", "--at", "10s", "--pod", "plain"]);
    assert!(early.stdout.contains("1. Tolerate dedicated=db:NoSchedule."), "{}", early.stdout);
    let late = podlapse(&["explain", "--example", "taint", "--at", "60s"]);
    assert_eq!((late.code, late.stdout.as_str()), (0, "Nothing is stuck at 1m.\n"));
    let nobody = podlapse(&["explain", "--example", "taint", "--pod", "nobody"]);
    assert_eq!((nobody.code, nobody.stderr.as_str()), (2, "podlapse: there is no Pod or workload \"nobody\" in this run\n"));
}

#[test]
fn json_has_the_texts_after_each_change() {
    let web = file("explain/json.yaml", WEB);
    let ran = podlapse(&["explain", web.to_str().unwrap(), "-o", "json"]);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let stuck = &told["stuck"][0];
    assert_eq!((&stuck["kind"], &stuck["reached"]), (&"Pod".into(), &"Scheduled".into()));
    let fix = &stuck["fixes"][0];
    assert_eq!((&fix["remedies"][0], &fix["outcome"]), (&"image".into(), &"Well".into()));
    assert_eq!(fix["workload"], WEB.replace("ngnix", "nginx"));
}
