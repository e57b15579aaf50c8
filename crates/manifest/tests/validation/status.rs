//! What may become of a status.

use podlapse_manifest::{default_object, prepare_status, submit, validate_status_update};
use podlapse_model::Object;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n";
const SPEC: &str = "spec: {containers: [{name: app, image: nginx}]}\n";

fn read(text: &str) -> Object {
    let mut object = submit(text).entries.remove(0).outcome.expect("the text is an object of the API");
    default_object(&mut object);
    object
}

/// What is wrong with a Pod's new status.
fn status_errors(spec: &str, old: &str, new: &str) -> Vec<String> {
    let pod = |status: &str| read(&format!("{POD}{spec}status: {{{status}}}\n"));
    let (old, mut new) = (pod(old), pod(new));
    prepare_status(&mut new, &old, jiff::Timestamp::UNIX_EPOCH);
    validate_status_update(&new, &old).iter().map(ToString::to_string).collect()
}

fn of_claim(status: &str) -> Vec<String> {
    let claim = |status: &str| {
        read(&format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data}}\nspec: {{accessModes: [ReadWriteOnce]}}\nstatus: {{{status}}}\n"
        ))
    };
    validate_status_update(&claim(status), &claim("")).iter().map(ToString::to_string).collect()
}

#[test]
fn a_pod_has_one_address_of_each_family() {
    const MANY: &str = "may specify no more than one IP for each IP family";
    let errors = |new: &str| status_errors(SPEC, "podIP: 010.0.0.1, podIPs: [{ip: 010.0.0.1}]", new);
    assert_eq!(errors("podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}], hostIP: 10.0.0.2, hostIPs: [{ip: 10.0.0.2}]"), [""; 0]);
    // An address that was there may stay.
    assert_eq!(errors("podIPs: [{ip: 010.0.0.1}]"), [""; 0]);
    assert_eq!(
        errors("podIPs: [{ip: 10.0.0.01}, {ip: 10.0.0.2}]"),
        [
            "status.podIPs[0]: Invalid value: \"10.0.0.01\": must not have leading 0s".to_owned(),
            format!("status.podIPs: Invalid value: [{{\"IP\":\"10.0.0.01\"}},{{\"IP\":\"10.0.0.2\"}}]: {MANY}"),
        ]
    );
    assert_eq!(
        errors("hostIP: 10.0.0.2, hostIPs: [{ip: 10.0.0.3}, {ip: here}]"),
        [
            "status.hostIPs[0].ip: Invalid value: \"10.0.0.3\": must be equal to `hostIP`".to_owned(),
            "status.hostIPs[1]: Invalid value: \"here\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
                .to_owned(),
            "status.hostIPs: Internal error: failed to check for dual stack with error:invalid IP[1]: here".to_owned(),
            format!("status.hostIPs: Invalid value: [{{\"IP\":\"10.0.0.3\"}},{{\"IP\":\"here\"}}]: {MANY}"),
        ]
    );
    // The older field counts where the two differ.
    assert_eq!(errors("podIP: 10.0.0.9, podIPs: [{ip: bad}]"), [""; 0]);
}

#[test]
fn containers_run_as_users_and_on_devices_that_can_be() {
    let group = |text: &str| format!("{{name: app, ready: true, restartCount: 0, image: nginx, imageID: x, {text}}}");
    let users =
        format!("containerStatuses: [{}]", group("user: {linux: {uid: -1, gid: 0, supplementalGroups: [1, 3000000000]}}"));
    assert_eq!(
        status_errors(SPEC, "", &users),
        [
            "status.containerStatuses[0].user.linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive",
            "status.containerStatuses[0].user.linux.supplementalGroups[1]: Invalid value: 3000000000: must be between 0 and 2147483647, \
             inclusive",
        ]
    );
    assert_eq!(
        status_errors("spec: {os: {name: windows}, containers: [{name: app, image: nginx}]}\n", "", &users),
        ["status.containerStatuses[0].user.linux: Forbidden: cannot be set for a windows pod"]
    );
    let devices = group(
        "allocatedResourcesStatus: [{name: example.com/gpu, resources: [{resourceID: a, health: Fine}, {resourceID: a, health: Healthy, \
         message: ''}]}, {name: 'claim:c/r'}]",
    );
    assert_eq!(
        status_errors(SPEC, "", &format!("containerStatuses: [{devices}], ephemeralContainerStatuses: [{devices}]")),
        [
            "status.containerStatuses[0].allocatedResourcesStatus[0].name: Invalid value: \"example.com/gpu\": must match one of the \
             container's resource requests",
            "status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].health: Unsupported value: \"Fine\": supported values: \
             \"Healthy\", \"Unhealthy\", \"Unknown\"",
            "status.containerStatuses[0].allocatedResourcesStatus[0].resources[1].message: Required value: must be non-empty if specified",
            "status.containerStatuses[0].allocatedResourcesStatus[0].resources[1].resourceID: Duplicate value: \"a\"",
            "status.containerStatuses[0].allocatedResourcesStatus[1].name: Invalid value: \"claim:c/r\": must match one of the \
             container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty",
            "status.ephemeralContainerStatuses[0].allocatedResourcesStatus: Forbidden: must not be specified in container status",
        ]
    );
}

#[test]
fn claims_of_a_pod_are_those_that_it_names() {
    let spec = "spec: {resourceClaims: [{name: a, resourceClaimName: x}], containers: [{name: app, image: nginx, resources: {requests: \
                {example.com/gpu: 1}, limits: {example.com/gpu: 1}}}]}\n";
    assert_eq!(
        status_errors(spec, "", "resourceClaimStatuses: [{name: a}, {name: a}, {name: b, resourceClaimName: B}]")[..2],
        [
            "status.resourceClaimStatuses[1].name: Duplicate value: \"a\"",
            "status.resourceClaimStatuses[2].name: Invalid value: \"b\": must match the name of an entry in `spec.resourceClaims`",
        ]
    );
    let mapping = "{containerName: app, resourceName: example.com/gpu, requestName: r}";
    let extended =
        |mappings: &str| format!("extendedResourceClaimStatus: {{resourceClaimName: c, requestMappings: [{mappings}]}}");
    assert_eq!(status_errors(spec, "", &extended(mapping)), [""; 0]);
    assert_eq!(
        status_errors(spec, "", &extended("")),
        ["status.extendedResourceClaimStatus.requestMappings: Required value: at least one request mapping is required"]
    );
    assert_eq!(
        status_errors(spec, "", &extended(&format!("{mapping}, {mapping}, {}", mapping.replace("app", "other")))),
        [
            "status.extendedResourceClaimStatus.requestMappings[1].containerName: Duplicate value: \"app\"",
            "status.extendedResourceClaimStatus.requestMappings[1].resourceName: Duplicate value: \"example.com/gpu\"",
            "status.extendedResourceClaimStatus.requestMappings[1].requestName: Duplicate value: \"r\"",
            "status.extendedResourceClaimStatus.requestMappings[2].containerName: Invalid value: \"other\": must match the name of an \
             entry in spec.initContainers.name or spec.containers.name",
        ]
    );
}

#[test]
fn rules_say_which_containers_run_again() {
    let ended = |code: u8| {
        format!(
            "containerStatuses: [{{name: app, ready: false, restartCount: 0, image: nginx, imageID: x, state: {{terminated: {{exitCode: {code}}}}}}}]"
        )
    };
    let up = ended(0).replace("terminated: {exitCode: 0}", "running: {}");
    let spec =
        |container: &str| format!("spec: {{restartPolicy: Never, containers: [{{name: app, image: nginx{container}}}]}}\n");
    let refused = ["status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"];
    let rule = |action: &str| {
        format!(", restartPolicy: Never, restartPolicyRules: [{{action: {action}, exitCodes: {{operator: In, values: [3]}}}}]")
    };
    assert_eq!(status_errors(&spec(""), &ended(1), &up), refused);
    assert_eq!(status_errors(&spec(", restartPolicy: OnFailure"), &ended(0), &up), refused);
    assert_eq!(status_errors(&spec(", restartPolicy: OnFailure"), &ended(1), &up), [""; 0]);
    assert_eq!(status_errors(&spec(&rule("Restart")), &ended(1), &up), refused);
    assert_eq!(status_errors(&spec(&rule("Restart")), &ended(3), &up), [""; 0]);
    assert_eq!(status_errors(&spec(&rule("RestartAllContainers")), &ended(1), &up), [""; 0]);
    // What the Pod does not have is not started again.
    let gone = |text: String| text.replace("name: app", "name: gone");
    assert_eq!(status_errors("spec: {containers: [{name: app, image: nginx}]}\n", &gone(ended(1)), &gone(up)), refused);
}

#[test]
fn a_nomination_ends_with_the_binding() {
    let bound = "spec: {nodeName: one, containers: [{name: app, image: nginx}]}\n";
    assert_eq!(status_errors(SPEC, "", "nominatedNodeName: two"), [""; 0]);
    assert_eq!(
        status_errors(bound, "", "nominatedNodeName: two, observedGeneration: -1"),
        [
            "status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node",
            "status.observedGeneration: Invalid value: -1: must be a non-negative integer",
        ]
    );
}

#[test]
fn a_claim_is_resized_step_by_step() {
    assert_eq!(
        of_claim(
            "allocatedResources: {storage: 2Gi}, allocatedResourceStatuses: {storage: NodeResizePending, example.com/iops: NodeResizeInProgress}"
        ),
        [""; 0]
    );
    assert_eq!(
        of_claim(
            "capacity: {storage: '-1'}, allocatedResourceStatuses: {cpu: Soon}, allocatedResources: {storage: -100m, memory: 1, a b: 1}"
        )[..5],
        [
            "status.capacity[storage]: Invalid value: -1: must be a valid resource quantity",
            "status.allocatedResourceStatuses: Unsupported value: \"cpu\": supported values: \"storage\"",
            "status.allocatedResourceStatuses: Unsupported value: \"cpu\": supported values: \"ControllerResizeInProgress\", \
             \"ControllerResizeInfeasible\", \"NodeResizeInProgress\", \"NodeResizeInfeasible\", \"NodeResizePending\"",
            "status.allocatedResources: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and \
             must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation \
             is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
            "status.allocatedResources: Unsupported value: \"memory\": supported values: \"storage\"",
        ]
    );
    assert_eq!(
        of_claim("allocatedResources: {storage: -100m}"),
        ["status.allocatedResources[storage]: Invalid value: -1: must be a valid resource quantity"]
    );
}

#[test]
fn conditions_of_a_budget_are_complete_and_bounded() {
    let budget = |conditions: &str| {
        read(&format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: b}}\nstatus: {{disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, conditions: [{conditions}]}}\n"
        ))
    };
    let long = "a".repeat(1025);
    let condition =
        format!("{{type: A, status: 'True', reason: {long}, message: '', observedGeneration: -1, lastTransitionTime: null}}");
    let errors = validate_status_update(&budget(&condition), &budget(""));
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "status.conditions[0].observedGeneration: Invalid value: -1: must be greater than or equal to zero",
            "status.conditions[0].lastTransitionTime: Required value: must be set",
            "status.conditions[0].reason: Too long: may not be more than 1024 bytes",
        ]
    );
}
