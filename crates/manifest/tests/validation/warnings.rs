//! What the API server warns of.

use podlapse_manifest::warnings;

use super::{object, pod};

#[test]
fn the_server_warns_of_what_is_said_twice() {
    for (spec, container, want) in [
        ("hostAliases: [{ip: 1.2.3.4}, {ip: 1.2.3.4}]", "", "spec.hostAliases[1].ip: duplicate ip \"1.2.3.4\""),
        ("imagePullSecrets: [{name: s}, {name: s}]", "", "spec.imagePullSecrets[1].name: duplicate name \"s\""),
        (
            "",
            "ports: [{containerPort: 80, hostPort: 80}, {containerPort: 80}]",
            "spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]",
        ),
        (
            "",
            "env: [{name: A, value: b}, {name: A, value: c}]",
            "spec.containers[0].env[1]: hides previous definition of \"A\", which may be dropped when using apply",
        ),
        (
            "volumes: [{name: v, configMap: {name: m, items: [{key: a, path: d}, {key: b, path: d/e}]}}]",
            "",
            "volume \"v\" (ConfigMap \"m\"): overlapping paths: \"d/e\" with \"d\"",
        ),
        ("volumes: [{name: v, projected: {sources: [{}]}}]", "", "volume \"v\" (Projected) has no sources provided"),
        (
            "serviceAccountName: sa\nvolumes: [{name: v, projected: {sources: [{serviceAccountToken: {path: t}}, {secret: {name: s, items: \
             [{key: a, path: t/u}]}}]}}]",
            "",
            "volume \"v\" (Projected): overlapping paths: \"t/u\" (Secret \"s\") with \"t\" (ServiceAccountToken)",
        ),
        (
            "initContainers: [{name: s, image: i, restartPolicy: Always, ports: [{name: http, containerPort: 80}]}]",
            "ports: [{name: http, containerPort: 81}]",
            "spec.containers[0].ports[0]: duplicate port name \"http\" with spec.initContainers[0].ports[0], services and probes that \
             select ports by name will use spec.initContainers[0].ports[0]",
        ),
        (
            "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: {matchExpressions: \
             [{key: a, operator: In, values: [b, -c]}]}}]}}",
            "",
            "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values[1]: -c \
             is invalid, a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start \
             and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
             '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ),
        (
            "hostAliases: [{ip: '2001:db8:0:0::2'}]",
            "",
            "spec.hostAliases[0].ip: IPv6 address \"2001:db8:0:0::2\" should be in RFC 5952 canonical format (\"2001:db8::2\")",
        ),
    ] {
        assert_eq!(warnings(&pod(spec, container)), [want]);
    }
    for (spec, container) in [
        ("", "env: [{name: A, value: b}, {name: A, value: '$(A):c'}]"),
        // Names that begin alike are other files.
        ("volumes: [{name: v, configMap: {name: m, items: [{key: a, path: d}, {key: b, path: de}]}}]", ""),
    ] {
        assert!(warnings(&pod(spec, container)).is_empty(), "{spec}");
    }
}

#[test]
fn the_server_warns_of_what_classes_and_accounts_should_not_say() {
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, annotations: {kubernetes.io/enforce-mountable-secrets: 'true'}}";
    let advice = "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets";
    let expected = format!("metadata.annotations[kubernetes.io/enforce-mountable-secrets]: {advice}");
    assert_eq!(warnings(&object(account)), [expected]);
    let class = "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: r}\nhandler: h\nscheduling: {nodeSelector: \
                 {beta.kubernetes.io/os: linux}}";
    let expected = "scheduling.nodeSelector: deprecated since v1.14; use \"kubernetes.io/os\" instead";
    assert_eq!(warnings(&object(class)), [expected]);
}

#[test]
fn the_server_warns_of_what_a_service_need_not_say() {
    let service = |spec: &str| {
        warnings(&object(&format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: default}}\nspec: {{ports: [{{port: 80}}], {spec}}}"
        )))
    };
    let distribution = "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"";
    assert_eq!(service("trafficDistribution: PreferClose"), [distribution]);
    let form = "spec.externalIPs[0]: IPv6 address \"2001:DB8::1\" should be in RFC 5952 canonical format (\"2001:db8::1\")";
    assert_eq!(service("externalIPs: ['2001:DB8::1']"), [form, "spec.externalIPs is deprecated"]);
    let form = "spec.loadBalancerSourceRanges[0]: IPv6 CIDR value \"2001:DB8::/32\" should be in RFC 5952 canonical format \
                (\"2001:db8::/32\")";
    assert_eq!(service("type: LoadBalancer, loadBalancerSourceRanges: ['2001:DB8::/32', '10.0.0.0/8']"), [form]);
}

#[test]
fn the_server_warns_of_what_nodes_no_longer_have() {
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: {externalID: b, configSource: {}}";
    let id = "spec.externalID: this field is deprecated, and is unused by Kubernetes";
    assert_eq!(warnings(&object(node)), ["spec.configSource: the feature is removed", id]);
}
