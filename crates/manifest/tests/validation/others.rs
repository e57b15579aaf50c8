//! Kinds other than Pods.

use podlapse_manifest::submit;

use super::{errors, errors_of, object};

/// Whole objects, and what is wrong with them.
const OTHERS: &[(&str, &[&str])] = &[
    (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: b}]}}}",
        &[
            "spec.selector: Required value",
            "spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: `selector` does not match template `labels`",
        ],
    ),
    (
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec: {selector: {matchLabels: {a: b}}, volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}], template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: b, volumeMounts: [{name: data, mountPath: /d}]}]}}}",
        &[],
    ),
    (
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: web}\nspec: {schedule: '* * * * *', jobTemplate: {spec: {manualSelector: true, selector: {matchLabels: {a: b}}, template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}}",
        &[
            "spec.jobTemplate.spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\"}}: `selector` will be auto-generated",
            "spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: \"nil\", \"false\"",
        ],
    ),
    (
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort, ports: [{port: 0, nodePort: 80}]}",
        &[
            "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767",
        ],
    ),
    (
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}], ipFamilies: [IPv5, IPv5], externalIPs: [127.0.0.1]}",
        &[
            "spec.ipFamilies[0]: Unsupported value: \"IPv5\": supported values: \"IPv4\", \"IPv6\"",
            "spec.ipFamilies[1]: Unsupported value: \"IPv5\": supported values: \"IPv4\", \"IPv6\"",
            "spec.ipFamilies[1]: Duplicate value: \"IPv5\"",
        ],
    ),
    (
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}], externalIPs: [127.0.0.1], loadBalancerSourceRanges: [10.0.0.1/8], trafficDistribution: Near}",
        &[
            "spec.externalIPs[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)",
            "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
            "spec.LoadBalancerSourceRanges[0]: Invalid value: \"10.0.0.1/8\": must not have bits set beyond the prefix length",
            "spec.trafficDistribution: Unsupported value: \"Near\": supported values: \"PreferClose\", \"PreferSameZone\", \
             \"PreferSameNode\"",
        ],
    ),
    (
        "apiVersion: v1\nkind: Node\nmetadata: {name: one}\nspec: {podCIDR: 10.0.0.1/24, podCIDRs: [10.0.0.0/24, 10.0.1.0/24]}",
        &["spec.podCIDRs[0]: Invalid value: \"10.0.0.1/24\": must not have bits set beyond the prefix length"],
    ),
    (
        "apiVersion: v1\nkind: Node\nmetadata: {name: one}\nspec: {taints: [{key: a, effect: NoSchedule}, {key: a, effect: NoSchedule}]}",
        &[
            "metadata.taints[1]: Duplicate value: {\"Key\":\"a\",\"Value\":\"\",\"Effect\":\"NoSchedule\",\"TimeAdded\":null}: taints \
             must be unique by key and effect pair",
        ],
    ),
    (
        "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: v}\nspec: {capacity: {storage: -1}, accessModes: [ReadWriteOnce], csi: {driver: d}, volumeAttributesClassName: ''}",
        &[
            "spec.capacity[storage]: Invalid value: -1: must be a valid resource quantity",
            "spec.capacity[storage]: Invalid value: \"-1\": must be greater than zero",
            "spec.csi.volumeHandle: Required value",
            "spec.volumeAttributesClassName: Required value: an empty string is disallowed",
        ],
    ),
    (
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1}}, dataSource: {kind: Bar, name: b}, dataSourceRef: {kind: Foo, name: ''}}",
        &[
            "spec.dataSource.name: Required value",
            "spec.dataSource: Invalid value: \"Foo\": must be 'PersistentVolumeClaim' when referencing the default apiGroup",
            "spec.dataSourceRef.name: Required value",
            "spec.dataSourceRef: Invalid value: \"Foo\": must be 'PersistentVolumeClaim' when referencing the default apiGroup",
        ],
    ),
    (
        "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {services: 1}, scopeSelector: {matchExpressions: [{scopeName: Terminating, operator: In, values: [a]}]}}",
        &[
            "spec.scopeSelector.matchExpressions: Invalid value: {\"MatchExpressions\":[{\"ScopeName\":\"Terminating\",\"Operator\":\
             \"In\",\"Values\":[\"a\"]}]}: unsupported scope applied to resource",
            "spec.scopeSelector.matchExpressions.operator: Invalid value: \"In\": must be 'Exists' when scope is any of \
             ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, \
             ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        ],
    ),
    (
        "apiVersion: v1\nkind: LimitRange\nmetadata: {name: l}\nspec: {limits: [{type: Container, min: {cpu: 1}, max: {cpu: 3}, maxLimitRequestRatio: {cpu: 4}}]}",
        &["spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: \"4\": ratio 4 is greater than max/min = 3.000000"],
    ),
    (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: '{'}",
        &["data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": unexpected end of JSON input"],
    ),
];

#[test]
fn other_kinds_are_looked_at_field_by_field() {
    for (text, want) in OTHERS {
        assert_eq!(errors(&object(text)), *want, "{text}");
    }
}

#[test]
fn roles_and_bindings_are_looked_at() {
    let rbac = "apiVersion: rbac.authorization.k8s.io/v1\n";
    let errors = |text: &str| -> Vec<String> {
        let mut object = submit(&format!("{rbac}{text}")).entries.remove(0).outcome.unwrap();
        podlapse_manifest::default_object(&mut object);
        podlapse_manifest::validate(&object).iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        errors("kind: Role\nmetadata: {name: a/b}\nrules: [{verbs: [get]}, {nonResourceURLs: [/x], resources: [pods]}]\n"),
        [
            "metadata.name: Invalid value: \"a/b\": may not contain '/'",
            "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
            "rules[0].resources: Required value: resource rules must supply at least one resource",
            "rules[1].verbs: Required value: verbs must contain at least one value",
            "rules[1].nonResourceURLs: Invalid value: [\"/x\"]: namespaced rules cannot apply to non-resource URLs",
            "rules[1].nonResourceURLs: Invalid value: [\"/x\"]: rules cannot apply to both regular resources and non-resource URLs",
        ]
    );
    assert_eq!(
        errors(
            "kind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {kind: Role}\nsubjects: [{kind: ServiceAccount, name: A}, {kind: \
             User, name: b}, {kind: Robot, name: c}]\n"
        ),
        [
            "roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\"",
            "roleRef.name: Required value",
            "subjects[0].name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \
             '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
             '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
            "subjects[0].namespace: Required value",
            "subjects[2].kind: Unsupported value: \"Robot\": supported values: \"ServiceAccount\", \"User\", \"Group\"",
        ]
    );
}

#[test]
fn an_unknown_strategy_is_shown_with_its_update() {
    let template =
        "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: b}]}}";
    let object = |kind: &str, field: &str| {
        format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: d, namespace: default}}\nspec: {{{template}, {field}: {{type: Foo, \
             rollingUpdate: {{maxSurge: 25%}}}}}}\n"
        )
    };
    assert_eq!(
        errors_of(&object("Deployment", "strategy")),
        [
            "spec.strategy: Unsupported value: {\"Type\":\"Foo\",\"RollingUpdate\":{\"MaxUnavailable\":0,\"MaxSurge\":\"25%\"}}: supported \
          values: \"Recreate\", \"RollingUpdate\""
        ]
    );
    assert_eq!(
        errors_of(&object("DaemonSet", "updateStrategy")),
        [
            "spec.updateStrategy: Unsupported value: {\"Type\":\"Foo\",\"RollingUpdate\":{\"MaxUnavailable\":0,\"MaxSurge\":\"25%\"}}: \
          supported values: \"RollingUpdate\", \"OnDelete\""
        ]
    );
}

#[test]
fn the_ranges_of_a_node_are_one_of_each_family() {
    assert_eq!(
        errors_of("apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\nspec: {podCIDRs: [10.0.0.0/24, 10.0.0.0/24]}\n"),
        ["spec.podCIDRs: Invalid value: [\"10.0.0.0/24\",\"10.0.0.0/24\"]: may specify no more than one CIDR for each IP family"]
    );
}

#[test]
fn the_manager_of_a_job_has_a_domain() {
    let of = |manager: &str| {
        errors_of(&format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j, namespace: default}}\nspec: {{managedBy: '{manager}', template: \
             {{spec: {{restartPolicy: Never, containers: [{{name: a, image: b}}]}}}}}}"
        ))
    };
    assert_eq!(of("acme.io/foo"), [""; 0]);
    assert_eq!(of(""), ["spec.managedBy: Required value"]);
    let rest =
        "spec.managedBy: Invalid value: \"a b\": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
    assert_eq!(of("acme.io/a b"), [rest]);
    assert!(of("ACME/foo")[0].starts_with("spec.managedBy: Invalid value: \"ACME\": "));
}

#[test]
fn the_time_zone_of_a_cron_job_is_one_that_exists() {
    let of = |zone: &str| {
        errors_of(&format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: c, namespace: default}}\nspec: {{schedule: '0 0 * * *', timeZone: '{zone}', \
             jobTemplate: {{spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: a, image: b}}]}}}}}}}}}}"
        ))
    };
    assert_eq!(of("America/Argentina/ComodRivadavia"), [""; 0]);
    assert_eq!(of("Europe/Bonn"), ["spec.timeZone: Invalid value: \"Europe/Bonn\": unknown time zone Europe/Bonn"]);
    assert_eq!(of("europe/berlin").len(), 1);
}

#[test]
fn bytes_may_be_written_over_several_lines() {
    for written in ["|\n    YWJj\n    ZGU=\n", "YWJjZGV=", "\"YWJj\\r\\nZGU=\""] {
        let secret = object(&format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\ndata:\n  a: {written}\n"));
        assert_eq!(secret.to_json()["data"]["a"], "YWJjZGU=", "{written}");
    }
}
