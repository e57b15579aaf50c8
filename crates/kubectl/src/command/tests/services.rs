//! Addresses and ports that Services ask for.

use std::sync::Arc;

use podlapse_model::SortedMap;

use super::Cluster;

fn create(cluster: &mut Cluster, text: &str) -> String {
    let files: SortedMap<Arc<str>, Arc<str>> = SortedMap::from([("s.yaml".into(), text.into())]);
    let outcome = cluster.run_with("create -f s.yaml", None, files);
    outcome.stdout + &outcome.stderr
}

#[test]
fn what_a_service_has_no_other_gets() {
    let mut cluster = Cluster::new();
    cluster.check("create service nodeport a --tcp=80 --node-port=30080", "service/a created\n", "");
    let taken = "error: failed to create NodePort service: Service \"b\" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided \
                 port is already allocated\n";
    cluster.check("create service nodeport b --tcp=81 --node-port=30080", "", taken);
    cluster.check("create service clusterip c --tcp=80 --clusterip=10.96.0.50", "service/c created\n", "");
    let said = |ip: &str, why: &str| {
        let refused =
            format!("Service \"d\" is invalid: spec.clusterIPs: Invalid value: [\"{ip}\"]: failed to allocate IP {ip}: {why}");
        format!("error: failed to create ClusterIP service: {refused}\n")
    };
    for (ip, why) in [
        ("10.96.0.50", "provided IP is already allocated"),
        ("10.43.0.50", "the provided network does not match the current range"),
        ("10.96.0.0", "the provided IP (10.96.0.0) is not in the valid range. The range of valid IPs is 10.96.0.0/12"),
    ] {
        cluster.check(&format!("create service clusterip d --tcp=80 --clusterip={ip}"), "", &said(ip, why));
    }
    let patch = |spec: &str| format!("patch service c --type=merge -p '{{\"spec\":{{{spec}}}}}'");
    let fixed = "The Service \"c\" is invalid: spec.clusterIPs[0]: Invalid value: [\"10.96.0.51\"]: may not change once set\n";
    cluster.check(&patch("\"clusterIP\":\"10.96.0.51\""), "", fixed);
    let wrong = "The Service \"c\" is invalid: spec.clusterIPs[0]: Invalid value: \"here\": must be a valid IP address, (e.g. 10.9.8.7 or \
                 2001:db8::ffff)\n";
    cluster.check(&patch("\"clusterIP\":\"here\""), "", wrong);
    cluster.check("delete service c", "service \"c\" deleted from default namespace\n", "");
    cluster.check("create service clusterip d --tcp=80 --clusterip=10.96.0.50", "service/d created\n", "");
}

#[test]
fn a_changed_port_is_allocated_too() {
    let mut cluster = Cluster::new();
    cluster.check("create service nodeport a --tcp=80 --node-port=30080", "service/a created\n", "");
    cluster.check("create service nodeport b --tcp=80 --node-port=30081", "service/b created\n", "");
    let patch = |port: u16| format!("patch service b -p '{{\"spec\":{{\"ports\":[{{\"port\":80,\"nodePort\":{port}}}]}}}}'");
    let refused = |why: &str| format!("The Service \"b\" is invalid: spec.ports[0].nodePort: Invalid value: {why}\n");
    cluster.check(&patch(30080), "", &refused("30080: provided port is already allocated"));
    let range = "80: provided port is not in the valid range. The range of valid ports is 30000-32767";
    cluster.check(&patch(80), "", &refused(range));
    cluster.check(&patch(30082), "service/b patched\n", "");
    cluster.check(&patch(30081), "service/b patched\n", "");
}

#[test]
fn one_port_of_the_nodes_stands_for_all_protocols_of_a_port() {
    let mut cluster = Cluster::new();
    let service = |name: &str, ports: &str| {
        format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{type: NodePort, ports: [{ports}]}}\n")
    };
    let dns = "{name: tcp, port: 53, protocol: TCP}, {name: udp, port: 53, protocol: UDP}";
    assert_eq!(create(&mut cluster, &service("dns", dns)), "service/dns created\n");
    let numbers = cluster.run("get svc dns -o jsonpath='{.spec.ports[*].nodePort}'").stdout;
    let (one, other) = numbers.split_once(' ').unwrap();
    assert_eq!(one, other);
    let ports = "{name: a, port: 80, nodePort: 30090}, {name: b, port: 81, protocol: UDP, nodePort: 30090}";
    let refused =
        "The Service \"s\" is invalid: spec.ports[1].nodePort: Invalid value: 30090: provided port is already allocated\n";
    assert_eq!(create(&mut cluster, &service("s", ports)), refused);
}

#[test]
fn a_port_for_health_checks_is_allocated_too() {
    let mut cluster = Cluster::new();
    let balancer = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {type: LoadBalancer, externalTrafficPolicy: Local, \
                    healthCheckNodePort: 80, ports: [{port: 80}]}\n";
    assert_eq!(
        create(&mut cluster, balancer),
        "Error from server (InternalError): error when creating \"s.yaml\": Internal error occurred: failed to allocate requested \
         HealthCheck NodePort 80: provided port is not in the valid range. The range of valid ports is 30000-32767\n"
    );
}

fn service(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{ports: [{{port: 80}}], {spec}}}\n")
}

#[test]
fn a_cluster_with_one_family_has_no_addresses_of_the_other() {
    for (spec, refused) in [
        ("clusterIP: 'fd00::1'", "spec.clusterIPs[0]: Invalid value: [\"fd00::1\"]: IPv6 is not configured on this cluster"),
        ("ipFamilies: [IPv6]", "spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster"),
        (
            "ipFamilies: [IPv4, IPv6]",
            "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP \
             families are specified",
        ),
        (
            "ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv4, IPv6]",
            "\n* spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services\n* \
             spec.ipFamilies[1]: Invalid value: \"IPv6\": not configured on this cluster",
        ),
        (
            "clusterIP: 10.96.1.1, clusterIPs: [10.96.1.1, 'fd00::1']",
            "\n* spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple \
             cluster IPs are specified\n* spec.clusterIPs[1]: Invalid value: [\"10.96.1.1\",\"fd00::1\"]: IPv6 is not configured on this \
             cluster",
        ),
    ] {
        assert_eq!(create(&mut Cluster::new(), &service(spec)), format!("The Service \"s\" is invalid: {refused}\n"), "{spec}");
    }
    let mut cluster = Cluster::new();
    assert_eq!(create(&mut cluster, &service("ipFamilyPolicy: PreferDualStack")), "service/s created\n");
    let families = cluster.run("get svc s -o jsonpath='{.spec.ipFamilies} {.spec.ipFamilyPolicy}'").stdout;
    assert_eq!(families, "[\"IPv4\"] PreferDualStack");
    let refused = "The Service \"s\" is invalid: spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured for \
                   dual-stack services\n";
    cluster.check("patch svc s -p '{\"spec\":{\"ipFamilyPolicy\":\"RequireDualStack\"}}'", "", refused);
}

#[test]
fn families_are_given_up_by_asking_for_one_alone() {
    let mut cluster = Cluster::new();
    assert_eq!(create(&mut cluster, &service("clusterIP: None")), "service/s created\n");
    let refused = "The Service \"s\" is invalid: spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": must be 'SingleStack' to release \
                   the secondary IP family\n";
    cluster.check("patch svc s -p '{\"spec\":{\"ipFamilies\":[\"IPv4\"]}}'", "", refused);
    cluster.check("patch svc s -p '{\"spec\":{\"ipFamilyPolicy\":\"SingleStack\"}}'", "service/s patched\n", "");
    assert_eq!(cluster.run("get svc s -o jsonpath='{.spec.ipFamilies}'").stdout, "[\"IPv4\"]");
}

#[test]
fn a_trial_takes_nothing_and_hardly_looks() {
    let mut cluster = Cluster::new();
    cluster.check("create service nodeport a --tcp=80 --node-port=30080", "service/a created\n", "");
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {type: NodePort, ports: [{name: a, port: 80, nodePort: 80}, {name: b, \
                port: 81}, {name: c, port: 82}]}\n";
    let files = || SortedMap::<Arc<str>, Arc<str>>::from([("s.yaml".into(), text.into())]);
    let path = "-o jsonpath='{.spec.clusterIP} {.spec.ports[*].nodePort}'";
    let tried = cluster.run_with(&format!("create -f s.yaml --dry-run=server {path}"), None, files());
    assert_eq!((tried.stdout.as_str(), tried.stderr.as_str()), ("10.96.0.0 80 81 82", ""));
    let tried = cluster.run("create service nodeport b --tcp=80 --dry-run=server -o jsonpath='{.spec.ports[*].nodePort}'");
    assert_eq!(tried.stdout, "32769");
    let taken = "error: failed to create NodePort service: Service \"b\" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided \
                 port is already allocated\n";
    cluster.check("create service nodeport b --tcp=81 --node-port=30080 --dry-run=server", "", taken);
    let range = "error: failed to create ClusterIP service: Service \"b\" is invalid: spec.clusterIPs: Invalid value: [\"1.2.3.4\"]: failed to \
                 allocate IP 1.2.3.4: the provided IP (1.2.3.4) is not in the valid range. The range of valid IPs is 10.96.0.0/12\n";
    cluster.check("create service clusterip b --tcp=81 --clusterip=1.2.3.4 --dry-run=server", "", range);
}
