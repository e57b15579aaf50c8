//! What processes in containers find on the network: names, Services, ports.

// A test says by panicking what is wrong.
#![allow(clippy::unwrap_used)]

use serde_json::Value;

fn run(workload: &str, actions: &[&str]) -> Value {
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\nstatus: {capacity: {cpu: \"4\", memory: 8Gi, pods: \"110\"}}\n---\n";
    let actions: String = actions.iter().map(|line| format!("  - {{at: 50s, kubectl: {line:?}}}\n")).collect();
    let head = "apiVersion: podlapse.dev/v1alpha1\nkind: Simulation\nspec:\n  duration: 1m\n  catalogue: true\n  actions:\n";
    let read = podlapse_kubectl::simulate("test", workload, Some(&format!("{node}{head}{actions}")));
    let mut run = read.value.unwrap_or_else(|| panic!("{:?}", read.diagnostics));
    run.run();
    podlapse_view::trace(&run)
}

fn pod(name: &str, rest: &str, containers: &[(&str, &str)]) -> String {
    let container = |(number, (image, script)): (usize, &(&str, &str))| match *script {
        "" => format!("  - {{name: c{number}, image: {image:?}}}\n"),
        script => format!("  - {{name: c{number}, image: {image:?}, command: [sh, -c, {script:?}]}}\n"),
    };
    let containers: String = containers.iter().enumerate().map(container).collect();
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {name}}}}}\nspec:\n{rest}  containers:\n{containers}"
    )
}

fn service(name: &str, spec: &str) -> String {
    format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n")
}

/// What each action after the first printed, both streams.
fn printed(trace: &Value) -> Vec<String> {
    let text = |action: &Value, name: &str| action[name].as_str().unwrap_or_default().to_owned();
    let actions = trace["actions"].as_array().unwrap().iter().skip(1);
    actions.map(|action| text(action, "stdout") + &text(action, "stderr")).collect()
}

fn states(trace: &Value, pod: &str) -> Vec<String> {
    let rows = trace["watch"].as_array().unwrap().iter().map(|change| &change["row"]).filter(|row| row["name"] == pod);
    rows.map(|row| row["status"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn two_containers_of_a_pod_cannot_have_one_port() {
    let pods = [
        pod("two", "", &[("nginx", ""), ("nginx", "")]),
        pod(
            "box",
            "",
            &[
                ("busybox:1.36", "httpd -f -p 8080"),
                ("busybox:1.36", "nc -l -p 8080"),
                ("busybox:1.36", "httpd -p 8081; sleep 99"),
            ],
        ),
        pod("other", "", &[("busybox:1.36", "httpd -f -p 8080")]),
    ];
    let trace = run(&pods.concat(), &["logs two -c c1", "logs box -c c1"]);
    let said = printed(&trace);
    assert!(said[0].contains("nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)\n"), "{}", said[0]);
    assert!(said[0].ends_with("nginx: [emerg] still could not bind()\n"));
    assert_eq!(said[1], "nc: bind: Address already in use\n");
    assert!(states(&trace, "two").contains(&"CrashLoopBackOff".to_owned()));
    assert!(states(&trace, "box").contains(&"CrashLoopBackOff".to_owned()));
    assert_eq!(states(&trace, "other").last().unwrap(), "Running");
}

#[test]
fn pods_on_the_network_of_a_node_share_its_ports() {
    let host = "  hostNetwork: true\n";
    let pods = [pod("first", host, &[("httpd", "")]), pod("second", host, &[("httpd", "")]), pod("own", "", &[("httpd", "")])];
    let trace = run(&pods.concat(), &["logs second", "exec own -- wget -qO- 192.168.0.11"]);
    let said = printed(&trace);
    assert!(said[0].starts_with("(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:80\n"));
    assert_eq!(said[1], "<html><body><h1>It works!</h1></body></html>\n");
}

#[test]
fn an_init_container_waits_for_a_service() {
    let script =
        "until nslookup db.$(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace).svc.cluster.local; do sleep 2; done";
    let init = format!("  initContainers: [{{name: i, image: \"busybox:1.28\", command: [sh, -c, {script:?}]}}]\n");
    let waiting = pod("p", &init, &[("busybox:1.28", "sleep 99")]);
    assert!(states(&run(&waiting, &[]), "p").iter().all(|status| status != "Running"));
    let trace = run(&(waiting + &service("db", "ports: [{port: 80}]")), &["logs p -c i"]);
    assert_eq!(states(&trace, "p").last().unwrap(), "Running");
    assert!(printed(&trace)[0].starts_with(
        "Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\nName:      db.default.svc.cluster.local\n"
    ));
}

#[test]
fn names_lead_to_services_and_their_pods() {
    let web = pod("web", "  hostname: one\n  subdomain: all\n", &[("nginx", "")]);
    let objects = [
        web,
        pod("p", "", &[("busybox:1.36", "sleep 99")]),
        service("web", "selector: {app: web}, ports: [{port: 8080, targetPort: 80}]"),
        service("all", "clusterIP: None, selector: {app: web}, ports: [{port: 80}]"),
        service("none", "selector: {app: none}, ports: [{port: 80}]"),
        service("round", "type: ExternalName, externalName: round.default.svc.cluster.local"),
    ];
    let trace = run(
        &objects.concat(),
        &[
            "exec p -- wget -qO /x http://web:8080",
            "exec p -- wget -S -O- one.all.default",
            "exec p -- wget -qO- http://none",
            "exec p -- wget -qO- http://nowhere:80",
            "exec p -- wget -qO- -T 2 http://web",
            "exec p -- nslookup all.default.svc.cluster.local",
            "exec p -- nslookup all.default",
            "exec p -- nslookup round.default.svc.cluster.local",
        ],
    );
    let said = printed(&trace);
    let failed = "command terminated with exit code 1\n";
    assert_eq!(said[0], "");
    assert!(
        said[1].starts_with("<!DOCTYPE html>\n") && said[1].contains("Connecting to one.all.default (10.244.1."),
        "{}",
        said[1]
    );
    assert!(said[2].ends_with(&format!("): Connection refused\n{failed}")), "{}", said[2]);
    assert_eq!(said[3], format!("wget: bad address 'nowhere:80'\n{failed}"));
    assert_eq!(said[4], format!("wget: download timed out\n{failed}"));
    assert!(said[5].starts_with(
        "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\tall.default.svc.cluster.local\nAddress: 10.244.1."
    ));
    let missing = "** server can't find all.default: NXDOMAIN\n\n".repeat(2);
    assert!(said[7].contains("** server can't find round.default.svc.cluster.local: NXDOMAIN\n"), "{}", said[7]);
    assert_eq!(said[6], format!("Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n{missing}{failed}"));
}

#[test]
fn containers_of_a_pod_meet_at_the_loopback_host() {
    let pods = pod("p", "", &[("busybox:1.36", "echo hi > /index.html; httpd -f -p 81 -h /"), ("busybox:1.36", "sleep 99")]);
    let trace = run(
        &pods,
        &["exec p -c c1 -- wget -qO- localhost:81", "exec p -c c1 -- nc -z 127.0.0.1 82", "exec p -c c1 -- hostname -i"],
    );
    let said = printed(&trace);
    assert_eq!(said[0], "hi\n");
    assert!(said[1].starts_with("nc: can't connect to remote host (127.0.0.1): Connection refused\n"));
    assert_eq!(said[2], "10.244.1.2\n");
}

#[test]
fn what_is_put_in_the_place_of_a_servers_pages_is_served() {
    let spec = "  volumes: [{name: v, emptyDir: {}}]\n  containers:\n  - {name: a, image: nginx, volumeMounts: [{name: v, mountPath: \
                /usr/share/nginx/html}]}\n  - {name: b, image: busybox, command: [sh, -c, \"echo Hello > /d/index.html; sleep 99\"], \
                volumeMounts: [{name: v, mountPath: /d}]}\n";
    let pod = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n{spec}");
    assert_eq!(printed(&run(&pod, &["exec p -c b -- wget -qO- localhost"])), ["Hello\n"]);
}

#[test]
fn a_signal_from_another_process_wakes_a_sleeping_shell() {
    let script = "trap 'echo got it' USR1; while true; do sleep 1000 & wait $!; done";
    let trace = run(&pod("p", "", &[("busybox", script)]), &["exec p -- kill -USR1 1", "logs p"]);
    let lines = trace["logs"]["p/c0"].as_array().unwrap();
    assert_eq!(lines[0]["line"], "got it");
}
