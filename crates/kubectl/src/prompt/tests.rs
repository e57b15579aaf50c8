//! Lines at instants of a run.

use podlapse_model::SimDuration;

use super::*;
use crate::simulate;

const WORKLOAD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: app, image: nginx}]}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {key: hello}
";

fn run() -> Simulation {
    let mut run = simulate("web", WORKLOAD, None).value.unwrap();
    run.run();
    run
}

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(seconds)
}

fn answer(asked: Asked) -> Answer {
    match asked {
        Asked::Answer(answer) => answer,
        Asked::Changes => panic!("it changes something"),
    }
}

#[track_caller]
fn check(prompt: &mut Prompt, snapshot: &Snapshot, line: &str, stdout: &str, exit: i32) {
    let answer = answer(prompt.ask(snapshot, line));
    assert_eq!((answer.stdout().as_str(), answer.exit), (stdout, exit), "{line}: {}", answer.stderr());
}

#[test]
fn what_kubectl_prints_is_filtered_and_kept_in_files() {
    let run = run();
    let mut prompt = Prompt::new(&run);
    let snapshot = run.seek(at(20));
    let mut check = |line, stdout, exit| check(&mut prompt, &snapshot, line, stdout, exit);
    check("kubectl get po --no-headers | grep web | cut -d ' ' -f 1", "web\n", 0);
    check("kubectl get secret s -o yaml | grep 'key:' | cut -d ' ' -f 4", "aGVsbG8=\n", 0);
    check("k get po -o name > names 2>&1; cat names | wc -l", "1\n", 0);
    check("NAME=$(k get po -o name); k get $NAME --no-headers -o name", "pod/web\n", 0);
    check("kubectl get pods -o name | xargs kubectl get -o name", "pod/web\n", 0);
    check("kubectl get pod none 2>/dev/null || echo gone", "gone\n", 0);
    check("kubectl get pod none && echo never", "", 1);
    check("echo '$NAME' \"$NAME\"", "$NAME pod/web\n", 0);
    check("kubectl get pod |", "", 2);
}

#[test]
fn warnings_come_first_and_errors_last() {
    let run = run();
    let mut prompt = Prompt::new(&run);
    let answer = answer(prompt.ask(&run.seek(at(20)), "kubectl get ep/none po/web -o name; echo end"));
    let pieces: Vec<(bool, &str)> = answer.pieces.iter().map(|piece| (piece.is_stderr, piece.text.as_str())).collect();
    let [(true, warning), (false, "pod/web\n"), (true, error), (false, "end\n")] = pieces.as_slice() else {
        panic!("{pieces:?}")
    };
    assert!(warning.starts_with("Warning: v1 Endpoints is deprecated"), "{warning}");
    assert_eq!(*error, "Error from server (NotFound): endpoints \"none\" not found\n");
}

#[test]
fn loops_go_round_and_the_context_keeps_its_namespace() {
    let run = run();
    let mut prompt = Prompt::new(&run);
    let snapshot = run.seek(at(20));
    let mut check = |line, stdout, exit| check(&mut prompt, &snapshot, line, stdout, exit);
    check("for p in $(kubectl get pods -o name); do echo got $p; done", "got pod/web\n", 0);
    check("for n in a b; do kubectl get pod $n --ignore-not-found; echo $n; done | sort -r", "b\na\n", 0);
    check("kubectl config current-context", "kubernetes-admin@kubernetes\n", 0);
    let modified = "Context \"kubernetes-admin@kubernetes\" modified.\n";
    check("kubectl config set-context --current --namespace=kube-system", modified, 0);
    check("kubectl get pods -o name; kubectl get pods -n default -o name", "pod/web\n", 0);
    check("kubectl config view --minify -o jsonpath='{..namespace}'", "kube-system", 0);
}

#[test]
fn choices_and_loops_wait_and_end() {
    let run = run();
    let mut prompt = Prompt::new(&run);
    let snapshot = run.seek(at(1));
    let mut check = |line, stdout, exit| check(&mut prompt, &snapshot, line, stdout, exit);
    check("if kubectl get pod web >/dev/null; then echo there; else echo gone; fi", "there\n", 0);
    check("if [ -f none ]; then echo a; elif kubectl get pod none 2>/dev/null; then echo b; else echo c; fi", "c\n", 0);
    let running = "while [ \"$(kubectl get pod web -o jsonpath='{.status.phase}')\" != Running ]; do sleep 1; done; echo up";
    check(running, "up\n", 0);
    check("i=0; until [ $i -eq 3 ]; do i=$((i+1)); if [ $i -eq 2 ]; then continue; fi; echo $i; done", "1\n3\n", 0);
    check("for n in a b c; do if [ $n = b ]; then break; fi; echo $n; done; echo end", "a\nend\n", 0);
    check("kubectl get pod none 2>/dev/null; echo $?", "1\n", 0);
    check("! kubectl get pod none 2>/dev/null && echo gone", "gone\n", 0);
    check("for i in 1 2; do for j in a b; do break; done; echo $i; done | wc -l", "2\n", 0);
    // What would go on for ever is ended where the run ends, and nothing comes after it.
    check("while true; do sleep 5; done; echo never", "", 130);
}

#[test]
fn a_loop_without_end_is_stopped() {
    let run = run();
    let mut prompt = Prompt::new(&run);
    let answer = answer(prompt.ask(&run.seek(at(1)), "while true; do true; done"));
    assert_eq!((answer.stderr().as_str(), answer.exit), ("podlapse: a loop is stopped after a thousand rounds\n", 130));
}

#[test]
fn watch_shows_what_changes() {
    let run = run();
    let mut prompt = Prompt::new(&run);
    let answer = answer(prompt.ask(&run.seek(at(0)), "watch -n 1 kubectl get pods --no-headers"));
    let text = answer.stdout();
    assert!(text.starts_with("Every 1.0s: kubectl get pods --no-headers\n\n"), "{text}");
    assert!(text.contains("ContainerCreating") && text.contains("Running"), "{text}");
    assert!(text.matches("Every").count() < 10, "{text}");
}

#[test]
fn an_editor_changes_an_object() {
    let run = run();
    let mut prompt = Prompt::new(&run);
    let snapshot = run.seek(at(20));
    let line = "KUBE_EDITOR='sed -i s/nginx/httpd/' kubectl edit pod web";
    assert!(matches!(prompt.ask(&snapshot, line), Asked::Changes));
    let forked = prompt.fork(&run, at(20), line);
    assert_eq!(forked.answer.stdout(), "pod/web edited\n", "{}", forked.answer.stderr());
    let image =
        forked.run.seek(forked.answer.at).store().pod("default", "web").unwrap().spec.clone().unwrap().containers.remove(0).image;
    assert_eq!(image.as_deref(), Some("httpd"));
    let unchanged = answer(prompt.ask(&snapshot, "KUBE_EDITOR=true kubectl edit pod web"));
    assert_eq!((unchanged.stderr().as_str(), unchanged.exit), ("Edit cancelled, no changes made.\n", 0));
    let none = answer(prompt.ask(&snapshot, "kubectl edit pod web"));
    assert!(none.stderr().contains("there is no editor here"), "{}", none.stderr());
    let text = prompt.to_edit(&snapshot, "kubectl edit pod web").unwrap();
    assert!(text.starts_with("# Please edit the object below."), "{text}");
    prompt.edited(text.replace("nginx", "caddy"));
    assert_eq!(prompt.fork(&run, at(20), "kubectl edit pod web").answer.stdout(), "pod/web edited\n");
}

#[test]
fn what_a_new_pod_prints_is_shown_until_it_ends() {
    let run = run();
    let mut prompt = Prompt::new(&run);
    let line = "kubectl run -i once --image=busybox --restart=Never --rm -- sh -c 'echo hi; exit 3'";
    let forked = prompt.fork(&run, at(20), line);
    assert_eq!(forked.answer.stdout(), "hi\npod \"once\" deleted from default namespace\n", "{}", forked.answer.stderr());
    assert!(forked.answer.stderr().ends_with("pod default/once terminated (Error)\n"), "{}", forked.answer.stderr());
    assert_eq!(forked.answer.exit, 3);
}

#[test]
fn a_watch_is_followed_to_the_end_of_the_run() {
    let run = run();
    let mut prompt = Prompt::new(&run);
    let answer = answer(prompt.ask(&run.seek(at(1)), "kubectl wait --for=condition=Ready pod/web --timeout=60s"));
    assert_eq!(answer.stdout(), "pod/web condition met\n");
    assert!(at(1) < answer.at && answer.at < at(60));
}

#[test]
fn a_change_forks_the_run() {
    let run = run();
    let mut prompt = Prompt::new(&run);
    let snapshot = run.seek(at(20));
    assert!(matches!(prompt.ask(&snapshot, "kubectl get po; kubectl delete pod web"), Asked::Changes));
    let forked = prompt.fork(&run, at(20), "kubectl delete pod web && kubectl get pods -o name; kubectl run b --image=nginx");
    assert_eq!(forked.answer.stdout(), "pod \"web\" deleted from default namespace\npod/b created\n");
    assert!(at(20) < forked.answer.at);
    assert!(run.seek(at(40)).store().pod("default", "web").is_some());
    assert!(forked.run.seek(forked.answer.at).store().pod("default", "web").is_none());
}

#[test]
fn files_of_the_prompt_reach_a_fork() {
    let run = run();
    let mut prompt = Prompt::new(&run);
    let line = "kubectl get pod web -o yaml | grep -v -e uid -e resourceVersion | sed 's/name: web/name: copy/' > copy.yaml";
    assert_eq!(answer(prompt.ask(&run.seek(at(20)), line)).exit, 0);
    let forked = prompt.fork(&run, at(20), "kubectl create -f copy.yaml");
    assert_eq!(forked.answer.stderr(), "");
    assert_eq!(forked.answer.stdout(), "pod/copy created\n");
    let text = "kubectl apply -f - <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nEOF";
    assert_eq!(prompt.fork(&run, at(20), text).answer.stdout(), "configmap/c created\n");
}

#[test]
fn words_are_completed_from_what_is_there() {
    let run = run();
    let prompt = Prompt::new(&run);
    let snapshot = run.seek(at(20));
    let check = |typed: &str, start: usize, expected: &[&str]| {
        let completion = prompt.complete(&snapshot, typed);
        let found: Vec<&str> = completion.candidates.iter().map(|candidate| candidate.text.as_str()).collect();
        assert_eq!((completion.start, found.as_slice()), (start, expected), "{typed}");
    };
    check("kubectl get persistentvolumec", 12, &["persistentvolumeclaims"]);
    check("kubectl get pod w", 16, &["web"]);
    check("kubectl get pods,dep", 17, &["deploy", "deployments"]);
    check("kubectl get pod/", 12, &["pod/web"]);
    check("get po -n kube-n", 10, &["kube-node-lease"]);
    check("kubectl logs web -c ", 20, &["app"]);
    check("kubectl rollout s", 16, &["status"]);
    check("kubectl get po --sho", 15, &["--show-kind", "--show-labels", "--show-managed-fields"]);
    check("kubectl get po -o=json | gr", 25, &["grep"]);
    check("kubectl apply -f work", 17, &["workload.yaml"]);
    check("kubectl drain ", 14, &["node-1"]);
}

#[test]
fn lines_are_remembered_once() {
    let run = run();
    let mut prompt = Prompt::new(&run);
    for line in ["get po", "get po ", "", "get no"] {
        prompt.remember(line);
    }
    assert_eq!(prompt.history(), ["get po", "get no"]);
}

const LESSON: &str = "
apiVersion: v1
kind: Pod
metadata: {name: frontend}
spec:
  containers:
  - name: app
    image: busybox
    command: [sh, -c, 'echo started; echo kept > /tmp/x; sleep 3600']
    resources: {requests: {cpu: 250m, memory: 64Mi}, limits: {cpu: 500m, memory: 128Mi}}
---
apiVersion: v1
kind: Pod
metadata: {name: crash}
spec: {containers: [{name: app, image: busybox, command: [sh, -c, 'echo bye; exit 1']}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: nginx}]}}
";

/// What a learner types beside a lesson on the life of a Pod.
#[test]
fn every_line_of_the_lessons_is_answered() {
    let mut run = simulate("lesson", LESSON, None).value.unwrap();
    run.run();
    let mut prompt = Prompt::new(&run);
    let typo = "apiVersion: v1\nkind: Pod\nmetadata: {name: typo}\nspec: {containers: [{name: a, image: nginx, commnd: [a]}]}\n";
    prompt.write_file("typo.yaml", typo);
    prompt.write_file("pod.yaml", &typo.replace(", commnd: [a]", ""));
    let mut said = |line: &str| match prompt.ask(&run.seek(at(40)), line) {
        Asked::Answer(answer) => answer.stdout() + &answer.stderr(),
        Asked::Changes => {
            let answer = prompt.fork(&run, at(40), line).answer;
            format!("(fork) {}{}", answer.stdout(), answer.stderr())
        }
    };
    let cases: &[(&str, &[&str])] = &[
        ("kubectl create -f pod.yaml", &["(fork) pod/typo created\n"]),
        ("kubectl create --validate -f typo.yaml", &["strict decoding error: unknown field \"spec.containers[0].commnd\""]),
        ("kubectl create --validate=false -f typo.yaml", &["(fork) pod/typo created\n"]),
        ("kubectl get po frontend -w", &["frontend   1/1     Running   0          40s\n"]),
        (
            "kubectl get pod,svc,deploy",
            &["NAME      ", "\npod/frontend ", "\n\nNAME ", "\ndeployment.apps/web   1/1     1            1 "],
        ),
        ("kubectl get nodes --show-labels", &["LABELS\n", "kubernetes.io/hostname=node-1"]),
        ("kubectl label nodes node-1 env_role=dev", &["(fork) node/node-1 labeled\n"]),
        (
            "kubectl describe pod frontend | grep -A 3 Events",
            &["Events:\n  Type    Reason     Age   From               Message\n  ----    ------"],
        ),
        ("kubectl describe node", &["Allocated resources:\n", "250m (3%)", "500m (6%)"]),
        (
            "kubectl create secret docker-registry reg --docker-server=r.example.com --docker-username=me --docker-password=pw && kubectl get \
             secrets reg -o yaml | grep 'dockerconfigjson:' | awk '{print $NF}' | base64 -d",
            &[
                "secret/reg created\n{\"auths\":{\"r.example.com\":{\"username\":\"me\",\"password\":\"pw\",\"auth\":\"bWU6cHc=\"}}}",
            ],
        ),
        ("kubectl logs crash --previous", &["bye\n"]),
        ("kubectl logs frontend --previous", &["previous terminated container \"app\" in pod \"frontend\" not found"]),
        ("kubectl exec frontend -- cat /tmp/x", &["kept\n"]),
        ("kubectl exec frontend -- sh -c 'echo more >> /tmp/x' && kubectl exec frontend -- cat /tmp/x", &["(fork) kept\nmore\n"]),
        ("kubectl explain pod.spec.containers.livenessProbe", &["FIELD: livenessProbe <Probe>\n"]),
        ("kubectl delete node node-1", &["(fork) node \"node-1\" deleted\n"]),
        (
            "kubectl delete pods frontend --grace-period=0 --force",
            &["Warning: Immediate deletion", "pod \"frontend\" force deleted"],
        ),
        ("kubectl get po -o wide | awk 'NR > 1 {print $1, $2}' | sort | head -1", &["crash 0/1\n"]),
        ("kubectl rollout status deployment/web", &["deployment \"web\" successfully rolled out\n"]),
        ("kubectl rollout history deployment/web", &["deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n"]),
    ];
    for (line, parts) in cases {
        let text = said(line);
        for part in *parts {
            assert!(text.contains(part), "{line}\n{part}\n{text}");
        }
    }
}
