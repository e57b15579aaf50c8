//! Pods.

use super::{errors, errors_of, pod, pod_errors};

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
