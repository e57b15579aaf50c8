//! What the API server says of objects that no recording has, by its source.

use podlapse_manifest::{Subresource, default_object, prepare_for_create, submit, validate, validate_update, warnings};
use podlapse_model::Object;

/// The one object of a text, as the server has it before it looks at its fields.
fn object(text: &str) -> Object {
    let mut object = submit(text).entries.remove(0).outcome.expect("the text is an object of the API");
    default_object(&mut object);
    prepare_for_create(
        &mut object,
        &"11111111-2222-3333-4444-555555555555".into(),
        "2026-06-15T12:00:00Z".parse().expect("it is a time"),
    );
    object
}

fn pod(spec: &str, container: &str) -> Object {
    let (spec, container) = (spec.replace('\n', "\n  "), container.replace('\n', "\n    "));
    object(&format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  {spec}\n  containers:\n  - name: app\n    image: nginx\n    {container}\n"
    ))
}

fn errors(object: &Object) -> Vec<String> {
    validate(object).iter().map(ToString::to_string).collect()
}

/// Pairs of a volume and what is wrong with it.
const VOLUMES: &[(&str, &[&str])] = &[
    (
        "gcePersistentDisk: {partition: 256}",
        &[
            "spec.volumes[0].persistentDisk.pdName: Required value",
            "spec.volumes[0].persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive",
        ],
    ),
    (
        "iscsi: {targetPortal: a, iqn: b, lun: 300, chapAuthSession: true}",
        &[
            "spec.volumes[0].iscsi.iqn: Invalid value: \"b\": must be valid format starting with iqn, eui, or naa",
            "spec.volumes[0].iscsi.lun: Invalid value: 300: must be between 0 and 255, inclusive",
            "spec.volumes[0].iscsi.secretRef: Required value",
        ],
    ),
    (
        "iscsi: {targetPortal: a, iqn: iqn.2001-04.com.example, lun: 0}",
        &["spec.volumes[0].iscsi.iqn: Invalid value: \"iqn.2001-04.com.example\": must be valid format"],
    ),
    ("iscsi: {targetPortal: a, iqn: 'iqn.2001-04.com.example:disk', lun: 0}", &[]),
    ("fc: {targetWWNs: [a]}", &["spec.volumes[0].fc.lun: Required value: lun is required if targetWWNs is specified"]),
    ("flocker: {}", &["spec.volumes[0].flocker: Required value: one of datasetName and datasetUUID is required"]),
    (
        "flexVolume: {driver: d, options: {kubernetes.io/x: z}}",
        &[
            "spec.volumes[0].flexVolume.options[kubernetes.io/x]: Invalid value: \"kubernetes.io/x\": kubernetes.io and k8s.io namespaces \
         are reserved",
        ],
    ),
    ("csi: {driver: d, nodePublishSecretRef: {}}", &["spec.volumes[0].csi.nodePublishSecretRef.name: Required value"]),
    ("emptyDir: {}, downwardAPI: {}", &["spec.volumes[0].downwarAPI: Forbidden: may not specify more than 1 volume type"]),
    ("projected: {sources: [{}]}", &[]),
    (
        "projected: {sources: [{secret: {name: s}, configMap: {name: c}}]}",
        &["spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type per source"],
    ),
    (
        "ephemeral: {volumeClaimTemplate: {metadata: {name: own}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}",
        &["spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set"],
    ),
];

#[test]
fn each_source_of_volumes_has_its_rules() {
    for (source, want) in VOLUMES {
        assert_eq!(errors(&pod(&format!("volumes: [{{name: v, {source}}}]"), "")), *want, "{source}");
    }
}

/// Lines of a Pod, lines of its container, and what is wrong with them.
const PODS: &[(&str, &str, &[&str])] = &[
    (
        "hostNetwork: true",
        "ports: [{containerPort: 80, hostPort: 81}]",
        &["spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true"],
    ),
    (
        "tolerations: [{key: a, operator: Exists, value: b}]",
        "",
        &["spec.tolerations[0].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'"],
    ),
    (
        "resources: {limits: {foo: 1}}",
        "",
        &["spec.resources.limits[foo]: Invalid value: \"foo\": must be a standard resource type or fully qualified"],
    ),
    (
        "resources: {claims: [{name: x}]}",
        "",
        &[
            "spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level",
            "spec.resources.claims[0]: Not found: \"x\": must be one of the names in pod.spec.resourceClaims which is empty",
        ],
    ),
    (
        "securityContext: {windowsOptions: {hostProcess: true}}",
        "securityContext: {windowsOptions: {hostProcess: false}}",
        &[
            "spec.containers[0].securityContext.windowsOptions.hostProcess: Invalid value: false: pod hostProcess value must be identical if \
         both are specified, was true",
        ],
    ),
    (
        "securityContext: {windowsOptions: {runAsUserName: 'a\\b\\c'}}",
        "",
        &[
            "spec.securityContext.windowsOptions.runAsUserName: Invalid value: \"a\\\\b\\\\c\": runAsUserName cannot contain more than one \
         backslash",
        ],
    ),
    (
        "ephemeralContainers: [{name: app, image: ' x', ports: [{containerPort: 1}], targetContainerName: nope}]",
        "",
        &[
            "spec.ephemeralContainers[0].image: Invalid value: \" x\": must not have leading or trailing whitespace",
            "spec.ephemeralContainers[0].name: Duplicate value: \"app\"",
            "spec.ephemeralContainers[0].targetContainerName: Not found: \"nope\"",
            "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container",
            "spec.ephemeralContainers: Forbidden: cannot be set on create",
        ],
    ),
    (
        "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: {matchExpressions: [{key: a, \
         operator: In, values: ['x y']}]}}]}}",
        "",
        &[],
    ),
    (
        "",
        "resources: {claims: [{name: x, request: A}, {name: x}]}",
        &[
            "spec.containers[0].resources.claims[0].request: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case \
         alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used \
         for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
            "spec.containers[0].resources.claims[0]: Not found: \"x\": must be one of the names in pod.spec.resourceClaims which is empty",
            "spec.containers[0].resources.claims[1]: Duplicate value: \"x\"",
            "spec.containers[0].resources.claims[1]: Not found: \"x\": must be one of the names in pod.spec.resourceClaims which is empty",
        ],
    ),
];

#[test]
fn pods_are_looked_at_field_by_field() {
    for (spec, container, want) in PODS {
        assert_eq!(errors(&pod(spec, container)), *want, "{spec} {container}");
    }
}

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
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}], ipFamilies: [IPv5, IPv5], externalIPs: [127.0.0.1], loadBalancerSourceRanges: [10.0.0.1/8], trafficDistribution: Near}",
        &[
            "spec.ipFamilies[0]: Unsupported value: \"IPv5\": supported values: \"IPv4\", \"IPv6\"",
            "spec.ipFamilies[1]: Unsupported value: \"IPv5\": supported values: \"IPv4\", \"IPv6\"",
            "spec.ipFamilies[1]: Duplicate value: \"IPv5\"",
            "spec.externalIPs[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)",
            "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
            "spec.LoadBalancerSourceRanges[0]: Invalid value: \"10.0.0.1/8\": must not have bits set beyond the prefix length",
            "spec.trafficDistribution: Unsupported value: \"Near\": supported values: \"PreferClose\", \"PreferSameZone\", \
             \"PreferSameNode\"",
        ],
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

fn update_errors(old: &Object, new: &Object) -> Vec<String> {
    let mut first_lines = Vec::new();
    for error in validate_update(new, old, Subresource::None) {
        first_lines.push(error.to_string().lines().next().unwrap_or_default().to_owned());
    }
    first_lines
}

#[test]
fn a_gated_pod_is_told_more_of_its_place_but_nothing_else() {
    const AFFINITY: &str = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [EXPRESSIONS]}]}}}";
    const ONE: &str = "{key: a, operator: Exists}";
    let gated = |rest: &str| pod(&format!("schedulingGates: [{{name: g}}]\n{rest}"), "");
    let term = |expressions: &str| gated(&AFFINITY.replace("EXPRESSIONS", expressions));
    assert!(update_errors(&gated("nodeSelector: {a: b}"), &gated("nodeSelector: {a: b, c: d}")).is_empty());
    assert!(update_errors(&gated(""), &term(ONE)).is_empty());
    assert!(update_errors(&term(ONE), &term(&format!("{ONE}, {{key: b, operator: Exists}}"))).is_empty());
    assert_eq!(
        update_errors(&term(ONE), &term("{key: b, operator: Exists}")),
        ["spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]: Invalid value: \
             {\"MatchExpressions\":[{\"Key\":\"b\",\"Operator\":\"Exists\",\"Values\":null}],\"MatchFields\":null}: only additions are \
             allowed (no mutations or deletions)"]
    );
    assert_eq!(
        update_errors(&term(ONE), &gated("")),
        ["spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Invalid value: null: no \
             additions/deletions to non-empty NodeSelectorTerms list are allowed"]
    );
}

#[test]
fn what_is_fixed_in_other_kinds_stays() {
    let service = |spec: &str| {
        object(&format!("apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{ports: [{{port: 80}}], {spec}}}"))
    };
    assert_eq!(
        update_errors(&service("clusterIP: 10.0.0.1"), &service("clusterIP: 10.0.0.2")),
        ["spec.clusterIPs[0]: Invalid value: [\"10.0.0.2\"]: may not change once set"]
    );
    let job = |spec: &str| {
        object(&format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j}}\nspec: {{completionMode: Indexed, {spec}, template: {{spec: {{restartPolicy: Never, containers: [{{name: a, image: b}}]}}}}}}"
        ))
    };
    assert_eq!(
        update_errors(&job("completions: 3, parallelism: 3"), &job("completions: 4, parallelism: 3")),
        ["spec.completions: Invalid value: 4: can only be modified in tandem with spec.parallelism"]
    );
    let volume = |path: &str| {
        object(&format!(
            "apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: v}}\nspec: {{capacity: {{storage: 1Gi}}, accessModes: [ReadWriteOnce], hostPath: {{path: {path}}}}}"
        ))
    };
    assert_eq!(
        update_errors(&volume("/a"), &volume("/b")),
        ["spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation"]
    );
    let node = |id: &str| object(&format!("apiVersion: v1\nkind: Node\nmetadata: {{name: one}}\nspec: {{providerID: {id}}}"));
    assert_eq!(
        update_errors(&node("a"), &node("b")),
        ["spec.providerID: Forbidden: node updates may not change providerID except from \"\" to valid"]
    );
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

/// What is wrong with an object as it is sent.
#[track_caller]
fn errors_of(text: &str) -> Vec<String> {
    let mut object = submit(text).entries.remove(0).outcome.expect("it decodes");
    default_object(&mut object);
    prepare_for_create(&mut object, &"uid-1".into(), jiff::Timestamp::UNIX_EPOCH);
    validate(&object).iter().map(ToString::to_string).collect()
}

fn pod_errors(spec: &str) -> Vec<String> {
    errors_of(&format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: default}}\nspec:\n{spec}"))
}

#[test]
fn supported_values_stand_in_the_order_of_the_source() {
    assert_eq!(
        pod_errors("  containers: [{name: a, image: b, terminationMessagePolicy: Foo}]\n"),
        [
            "spec.containers[0].terminationMessagePolicy: Unsupported value: \"Foo\": supported values: \"File\", \"FallbackToLogsOnError\""
        ]
    );
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, namespace: default}\nspec:\n  template: {spec: {restartPolicy: \
               Never, containers: [{name: a, image: b}]}}\n";
    assert_eq!(
        errors_of(&format!("{job}  completionMode: Foo\n")),
        ["spec.completionMode: Unsupported value: \"Foo\": supported values: \"NonIndexed\", \"Indexed\""]
    );
    assert_eq!(
        errors_of(&format!(
            "{job}  completionMode: Indexed\n  completions: 200000\n  parallelism: 20000\n  backoffLimitPerIndex: 1\n"
        )),
        [
            "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000",
            "spec.parallelism: Invalid value: 20000: must be less than or equal to 10000 when completions are above 100000 and used with \
             backoff limit per index"
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

/// A Pod's specification beside one container, and what is wrong with it.
const WORDS: &[(&str, &str, &[&str])] = &[
    (
        "hostUsers: false\nhostPID: true\nhostIPC: true\nhostNetwork: true\nhostnameOverride: a\nhostname: A",
        "",
        &[
            "spec.hostNetwork: Forbidden: when `hostUsers` is false",
            "spec.HostPID: Forbidden: when `hostUsers` is false",
            "spec.HostIPC: Forbidden: when `hostUsers` is false",
            "spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true",
        ],
    ),
    (
        "setHostnameAsFQDN: true\nhostnameOverride: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "",
        &[
            "spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true",
            "spec.hostnameOverride: Too long: may not be more than 64 bytes",
        ],
    ),
    ("os: {}", "", &["spec.os.name: Required value"]),
    (
        "securityContext: {seLinuxChangePolicy: MountOption}",
        "",
        &["spec.securityContext.seLinuxChangePolicy: Unsupported value: \"MountOption\": supported values: \"Recursive\""],
    ),
    (
        "os: {name: windows}\nshareProcessNamespace: true\nresources: {claims: [{name: x}]}",
        "",
        &[
            "spec.resources: Forbidden: may not be set for a windows pod",
            "spec.shareProcessNamespace: Forbidden: cannot be set for a windows pod",
        ],
    ),
    (
        "resources: {claims: [{name: x}]}",
        "",
        &[
            "spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level",
            "spec.resources.claims[0]: Not found: \"x\": must be one of the names in pod.spec.resourceClaims which is empty",
        ],
    ),
    ("resources: {requests: {cpu: 1}}", "resources: {requests: {memory: 1Gi}}", &[]),
    (
        "resources: {limits: {cpu: 1, memory: 1Gi, hugepages-2Mi: 2Mi}}",
        "resources: {limits: {cpu: 1, hugepages-2Mi: 4Mi}}",
        &[
            "spec.resources.requests[hugepages-2Mi]: Invalid value: \"2Mi\": must be greater than or equal to aggregate container requests \
             of 4Mi",
            "spec.resources.limits[hugepages-2Mi]: Invalid value: \"2Mi\": must be greater than or equal to aggregate container limits of \
             4Mi",
            "spec.resources.containers[0][hugepages-2Mi].limits: Invalid value: \"4Mi\": must be less than or equal to pod limits of 2Mi",
        ],
    ),
    (
        "tolerations: [{key: a, operator: Foo}]",
        "",
        &["spec.tolerations[0].operator: Unsupported value: \"Foo\": supported values: \"Equal\", \"Exists\""],
    ),
    ("restartPolicy: Never", "restartPolicy: Never\nrestartPolicyRules: [{action: Restart, exitCodes: {operator: In}}]", &[]),
    (
        "restartPolicy: Never",
        "resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]",
        &[
            "spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when pod `restartPolicy` is \
             'Never'",
        ],
    ),
    (
        "initContainers: [{name: i, image: b, resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]}]",
        "",
        &["spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: \"RestartContainer\": must not be set to \
             'RestartContainer' for non-sidecar initContainers"],
    ),
    (
        "volumes: [{name: v, secret: {secretName: s}}]",
        "env: [{name: A, valueFrom: {fileKeyRef: {volumeName: v, path: /x, key: k}}}]",
        &["spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Invalid value: \"v\": referenced volume must be of type \
             emptyDir"],
    ),
];

#[test]
fn pods_are_refused_in_the_words_of_the_source() {
    for (spec, container, expected) in WORDS {
        let found: Vec<String> = errors(&pod(spec, container)).into_iter().filter(|error| !error.contains("RFC 1123")).collect();
        assert_eq!(found, *expected, "{spec} {container}");
    }
}

#[test]
fn the_key_of_an_annotation_is_shown_as_it_is_looked_at() {
    let container = "env: [{name: A, valueFrom: {fieldRef: {fieldPath: \"metadata.annotations['A B']\"}}}]";
    let found = errors(&pod("restartPolicy: Always", container));
    assert!(found[0].starts_with("spec.containers[0].env[0].valueFrom.fieldRef: Invalid value: \"a b\": name part"), "{found:?}");
}

fn resized(spec: &str, container: &str, new_spec: &str, new_container: &str) -> Vec<String> {
    let (old, new) = (pod(spec, container), pod(new_spec, new_container));
    validate_update(&new, &old, Subresource::Resize).iter().map(ToString::to_string).collect()
}

#[test]
fn init_containers_and_pods_as_a_whole_are_resized_too() {
    let none = "resources: {requests: {cpu: 1}}";
    let init = |amount: u8| {
        format!("initContainers: [{{name: i, image: b, resources: {{requests: {{cpu: {amount}, ephemeral-storage: 1Gi}}}}}}]")
    };
    assert_eq!(resized(&init(1), none, &init(2), none), [""; 0]);
    assert_eq!(
        resized(&init(1), none, &init(2).replace("1Gi", "2Gi"), none),
        ["spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable"]
    );
    assert_eq!(
        resized(&init(1), none, "restartPolicy: Always", none),
        ["spec.initContainers: Forbidden: initContainers may not be added or removed on resize"]
    );
    let whole = |list: &str| format!("resources: {{requests: {{{list}}}}}");
    assert_eq!(resized(&whole("cpu: 2"), none, &whole("cpu: 3"), none), [""; 0]);
    assert_eq!(
        resized(&whole("cpu: 2, memory: 1Gi"), none, &whole("cpu: 2"), none),
        ["spec.resources.requests: Forbidden: pod-level resource requests cannot be removed"]
    );
}

#[test]
fn a_variable_of_a_file_names_a_volume_of_the_pod() {
    let env = |volume: &str| {
        format!(
            "  volumes: [{{name: dir, emptyDir: {{}}}}, {{name: map, configMap: {{name: m}}}}]\n  containers: [{{name: a, image: b, env: \
             [{{name: A, valueFrom: {{fileKeyRef: {{volumeName: {volume}, path: ../x, key: A}}}}}}]}}]\n"
        )
    };
    let path = "spec.containers[0].env[0].valueFrom.fileKeyRef";
    let backsteps = format!("{path}.path: Invalid value: \"../x\": must not contain '..'");
    assert_eq!(pod_errors(&env("dir")), std::slice::from_ref(&backsteps));
    assert_eq!(pod_errors(&env("none")), [backsteps.clone(), format!("{path}.volumeName: Not found: \"none\"")]);
    assert_eq!(
        pod_errors(&env("map")),
        [backsteps, format!("{path}.volumeName: Invalid value: \"map\": referenced volume must be of type emptyDir")]
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
fn the_keys_of_a_spread_need_a_selector_and_a_label_of_the_pod() {
    let of = |labels: &str, selector: &str, key: &str| {
        errors_of(&format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web, labels: {labels}}}\nspec:\n  topologySpreadConstraints: [{{maxSkew: 1, \
             topologyKey: a b, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [{key}]{selector}}}]\n  containers: [{{name: a, image: \
             b}}]\n"
        ))
    };
    let path = "spec.topologySpreadConstraints[0]";
    let rule = "must not be specified when labelSelector is not set";
    assert_eq!(of("{}", "", "a/b/c"), [format!("{path}.matchLabelKeys: Forbidden: {rule}")]);
    let selector = ", labelSelector: {matchLabels: {app: web}}";
    assert_eq!(of("{}", selector, "app"), [""; 0]);
    let rule = "exists in both matchLabelKeys and labelSelector";
    assert_eq!(of("{app: web}", selector, "app"), [format!("{path}[0]: Invalid value: \"app\": {rule}")]);
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
fn a_tag_may_be_written_in_octets() {
    let document = podlapse_manifest::read_yaml("a: !!%73tr 1\nb: 1\n").unwrap();
    assert_eq!(document.json, serde_json::json!({"a": "1", "b": 1}));
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
fn a_key_without_its_colon_is_told_even_at_the_end() {
    let end = |text: &str| submit(text).diagnostics.remove(0).message;
    assert!(end("a:\n  b: c\n{").ends_with("yaml: line 4: could not find expected ':'"));
    assert!(end("a: !\"b\"\n").ends_with("yaml: did not find expected whitespace or line break"));
    assert!(end("a: !e! b\n").ends_with("yaml: did not find expected tag URI"));
    assert!(end("a: !b%4g c\n").ends_with("yaml: did not find URI escaped octet"));
    assert!(end("a: !b%ff c\n").ends_with("yaml: found an incorrect leading UTF-8 octet"));
    assert!(end("a: !b%e2%41%42 c\n").ends_with("yaml: found an incorrect trailing UTF-8 octet"));
}

#[test]
fn an_anchor_may_not_be_a_key_of_its_own_value() {
    let end = |text: &str| submit(text).diagnostics.remove(0).message;
    for text in ["a: &v\n  b: {*v}\n", "a: &v\n  b: {*v : c}\n", "a: &v\n  <<: *v\n", "a: &v\n  b: *v\n"] {
        assert!(end(text).ends_with("yaml: anchor 'v' value contains itself"), "{text}");
    }
}

#[test]
fn a_byte_order_mark_is_text_but_at_the_start() {
    let read = |text: &str| podlapse_manifest::read_yaml(text).expect("it is YAML").json;
    assert_eq!(read("\u{feff}a: 1\n\u{feff}b: 2\n"), serde_json::json!({"a": 1, "\u{feff}b": 2}));
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
    assert_eq!(service("externalIPs: ['2001:DB8::1']"), ["spec.externalIPs is deprecated", form]);
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
