//! `kubectl debug`: an ephemeral container in a Pod, a copy of a Pod, or a Pod on a node. Models `k8s.io/kubectl/pkg/cmd/debug` (v1.36)
//! with its profiles. Not modelled: `--custom`, and attaching to what was made.

use podlapse_core::client::Outcome;
use podlapse_core::store::Request;
use podlapse_manifest::Rejection;
use podlapse_model::{Kind, Metadata, Object};
use serde_json::{Value, json};

use super::Call;
use super::batch::{Batch, Plan, Printing};
use super::flags::Arguments;
use super::report::failed;
use super::shape::shape;
use super::subresource::Part;
use super::targets::{Targets, namespace_of};
use super::template::each;

const LEGACY: &str = "--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for \
                      example \"--profile=general\".\n";
const NOT_ROOT: &str = "Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may \
                        not work. Please consider using \"--custom\" with a custom profile that specifies \"securityContext.runAsUser: \
                        0\".\n";
const PROFILES: &[&str] = &["legacy", "general", "baseline", "restricted", "netadmin", "sysadmin"];

/// What is debugged, and so what is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Ephemeral,
    Copy,
    Node,
}

/// Reads the line.
pub(super) fn parse(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let mut targets = Targets::parse(&arguments, &[]).map_err(failed)?;
    let [name] = arguments.before_dash() else { return Err(failed("you must specify --image when not using --copy-to.")) };
    let style = match name.split_once('/') {
        Some(("node" | "nodes" | "no", node)) => {
            targets.names.push((Kind::Node, node.to_owned()));
            Style::Node
        }
        other => {
            targets.names.push((Kind::Pod, other.map_or(name.as_str(), |(_, pod)| pod).to_owned()));
            if arguments.get("copy-to").is_some() { Style::Copy } else { Style::Ephemeral }
        }
    };
    check(&arguments, style).map_err(failed)?;
    Ok(each(targets, Printing::default(), move |plan, object| {
        if profile(&arguments) == "legacy" {
            plan.report.stderr.push_str(LEGACY);
        }
        if let Some(target) = arguments.get("target").filter(|_| !arguments.is_on("quiet")) {
            plan.report.say(format!(
                "Targeting container {target:?}. If you don't see processes from this container it may be because the container runtime \
                 doesn't support this feature."
            ));
        }
        match style {
            Style::Ephemeral => add_ephemeral(plan, object, &arguments),
            Style::Copy => copy(plan, object, &arguments),
            Style::Node => on_node(plan, object, &arguments),
        }
    }))
}

/// `Validate`.
fn check(arguments: &Arguments, style: Style) -> Result<(), String> {
    let has = |flag: &str| arguments.is_given(flag);
    let has_words = !arguments.after_dash().is_empty();
    let wrong = match style {
        Style::Copy if !has("image") && !has("set-image") && !has_words => {
            "you must specify --image, --set-image or command arguments."
        }
        Style::Copy if has_words && !has("container") && !has("image") => {
            "you must specify an existing container or a new image when specifying args."
        }
        Style::Copy if has("target") => "--target is incompatible with --copy-to. Use --share-processes instead.",
        Style::Ephemeral | Style::Node if arguments.is_on("replace") => "--replace may only be used with --copy-to.",
        Style::Ephemeral | Style::Node if arguments.is_on("same-node") => "--same-node may only be used with --copy-to.",
        Style::Ephemeral | Style::Node if has("set-image") => "--set-image may only be used with --copy-to.",
        Style::Ephemeral | Style::Node if !has("image") => "you must specify --image when not using --copy-to.",
        Style::Ephemeral | Style::Node | Style::Copy if arguments.is_on("tty") && !arguments.is_on("stdin") => {
            "-i/--stdin is required for containers with -t/--tty=true"
        }
        Style::Ephemeral | Style::Node | Style::Copy => "",
    };
    let profile = arguments.get("profile").unwrap_or("general");
    match arguments.get("image-pull-policy") {
        _ if !wrong.is_empty() => Err(wrong.to_owned()),
        Some(policy) if !["", "Always", "IfNotPresent", "Never"].contains(&policy) => {
            Err(format!("invalid image pull policy: {policy}"))
        }
        _ if !PROFILES.contains(&profile) => Err(format!("unknown profile: {profile}")),
        _ => Ok(()),
    }
}

/// Five letters that stand for a name's random part: drawn from the Pod as it is, as kubectl has no stream of its own.
fn suffix(object: &Object) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let metadata = object.metadata();
    let seed = [&metadata.uid, &metadata.resource_version].into_iter().flatten().flat_map(|text| text.bytes());
    let mut state = seed.fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut letter = || {
        let index = usize::try_from(state % LETTERS.len() as u64).unwrap_or_default();
        state = state.wrapping_mul(0x0100_0000_01b3).rotate_left(17);
        char::from(LETTERS[index])
    };
    (0..5).map(|_| letter()).collect()
}

/// The name of the container: the one that is asked for, or one that is told.
fn container_name(plan: &mut Plan, object: &Object, arguments: &Arguments) -> String {
    arguments.get("container").filter(|name| !name.is_empty()).map(str::to_owned).unwrap_or_else(|| {
        let name = format!("debugger-{}", suffix(object));
        if !arguments.is_on("quiet") {
            plan.report.say(format!("Defaulting debug container name to {name}."));
        }
        name
    })
}

/// Sets what the flags say of the container.
fn equip(container: &mut Value, arguments: &Arguments) {
    let words = arguments.after_dash();
    if !words.is_empty() {
        let by_arguments = arguments.is_on("arguments-only");
        container[if by_arguments { "args" } else { "command" }] = words.into();
        if let (Some(fields), false) = (container.as_object_mut(), by_arguments) {
            fields.remove("args");
        }
    }
    let pairs = arguments.all("env").flat_map(|pairs| pairs.split(',')).filter_map(|pair| pair.split_once('='));
    let env: Vec<Value> = pairs.map(|(name, value)| shape!(r#"{"name":"$0","value":"$1"}"#, name, value)).collect();
    if !env.is_empty() {
        container["env"] = env.into();
    }
    for (flag, field) in [("image", "image"), ("image-pull-policy", "imagePullPolicy")] {
        if let Some(value) = arguments.get(flag).filter(|value| !value.is_empty()) {
            container[field] = value.into();
        }
    }
    for flag in ["stdin", "tty"] {
        if arguments.is_on(flag) {
            container[flag] = true.into();
        }
    }
}

fn new_container(name: &str) -> Value {
    shape!(r#"{"name":"$0","resources":{},"terminationMessagePolicy":"File"}"#, name)
}

/// What the profile allows the container. Models `pkg/cmd/debug/profiles.go`.
fn allow(container: &mut Value, profile: &str, style: Style) {
    let add = |container: &mut Value, names: &[&str]| {
        container["securityContext"]["capabilities"]["add"] = names.into();
    };
    match (profile, style) {
        ("general", Style::Ephemeral | Style::Copy) => add(container, &["SYS_PTRACE"]),
        ("general", Style::Node) | ("baseline", _) => {
            _ = container.as_object_mut().map(|fields| fields.remove("securityContext"))
        }
        ("restricted", _) => {
            container["securityContext"] = shape!(
                r#"{"runAsNonRoot":true,"capabilities":{"drop":["ALL"]},"allowPrivilegeEscalation":false,
                    "seccompProfile":{"type":"RuntimeDefault"}}"#
            );
        }
        ("netadmin", _) => add(container, &["NET_ADMIN", "NET_RAW"]),
        ("sysadmin", _) => container["securityContext"]["privileged"] = true.into(),
        (_, _) => {}
    }
}

fn profile(arguments: &Arguments) -> &str {
    arguments.get("profile").unwrap_or("general")
}

/// Tells of a user who may do less than the profile grants (`displayWarning`).
fn warn_of_user(plan: &mut Plan, container: &Value, user_of_pod: &Value) {
    let context = &container["securityContext"];
    let added = context["capabilities"]["add"].as_array();
    let grants = context["privileged"] == true || added.is_some_and(|added| !added.is_empty());
    if grants && user_of_pod.as_i64().is_some_and(|user| user != 0) && context["runAsUser"] != 0 {
        plan.report.stderr.push_str(NOT_ROOT);
    }
}

fn add_ephemeral(plan: &mut Plan, object: &Object, arguments: &Arguments) {
    let name = container_name(plan, object, arguments);
    let mut json = object.to_json();
    let user = json["spec"]["securityContext"]["runAsUser"].clone();
    let mut container = new_container(&name);
    equip(&mut container, arguments);
    if let Some(target) = arguments.get("target") {
        container["targetContainerName"] = target.into();
    }
    allow(&mut container, profile(arguments), Style::Ephemeral);
    let Some(spec) = json.get_mut("spec").and_then(Value::as_object_mut) else { return };
    let list = spec.entry("ephemeralContainers").or_insert_with(|| json!([]));
    let Some(list) = list.as_array_mut() else { return };
    if list.iter().any(|known| known["name"] == *name) {
        plan.report.errors.push(Rejection::Client(format!("container name {name:?} is already in use")));
        return;
    }
    warn_of_user(plan, &container, &user);
    list.push(container);
    match Object::from_json(Kind::Pod, json) {
        Ok(changed) => Part::EphemeralContainers.change(changed, "", plan),
        Err(error) => plan.fail(error.to_string()),
    }
}

/// `generatePodCopyWithDebugContainer`.
fn copy(plan: &mut Plan, object: &Object, arguments: &Arguments) {
    let json = object.to_json();
    let mut spec = json["spec"].clone();
    let keeps = |flag: &str| arguments.is_on(flag);
    let mut metadata = shape!(r#"{"name":"$0","namespace":"$1"}"#, arguments.get("copy-to"), object.metadata().namespace.clone());
    for (flag, field) in [("keep-labels", "labels"), ("keep-annotations", "annotations")] {
        if keeps(flag) && !json["metadata"][field].is_null() {
            metadata[field] = json["metadata"][field].clone();
        }
    }
    let user = spec["securityContext"]["runAsUser"].clone();
    let Some(fields) = spec.as_object_mut() else { return };
    fields.remove("ephemeralContainers");
    if !arguments.is_on("same-node") {
        fields.remove("nodeName");
    }
    if !arguments.is_on_by_default("keep-init-containers") {
        fields.remove("initContainers");
    }
    match arguments.get("share-processes") {
        Some(_) => _ = fields.insert("shareProcessNamespace".to_owned(), arguments.is_on("share-processes").into()),
        None => _ = fields.entry("shareProcessNamespace").or_insert(true.into()),
    }
    let images: Vec<(&str, &str)> =
        arguments.all("set-image").flat_map(|pairs| pairs.split(',')).filter_map(|pair| pair.split_once('=')).collect();
    let Some(containers) = fields.get_mut("containers").and_then(Value::as_array_mut) else { return };
    for container in containers.iter_mut() {
        let image_of = |name: &str| images.iter().rev().find(|(of, _)| *of == name).map(|(_, image)| *image);
        if let Some(image) = image_of(container["name"].as_str().unwrap_or_default()).or_else(|| image_of("*")) {
            container["image"] = image.into();
        }
        for (flag, probe) in
            [("keep-liveness", "livenessProbe"), ("keep-readiness", "readinessProbe"), ("keep-startup", "startupProbe")]
        {
            if let (Some(fields), false) = (container.as_object_mut(), keeps(flag)) {
                fields.remove(probe);
            }
        }
    }
    let wanted = arguments.get("container").unwrap_or_default();
    let known = containers.iter().position(|container| container["name"] == wanted);
    let at = match known {
        Some(at) => Some(at),
        None if arguments.get("image").is_none() && !images.is_empty() => None,
        None if arguments.get("image").is_none() => {
            plan.fail("you must specify image when creating new container");
            return;
        }
        None => {
            let name = container_name(plan, object, arguments);
            containers.push(new_container(&name));
            Some(containers.len() - 1)
        }
    };
    if let Some(container) = at.and_then(|at| containers.get_mut(at)) {
        equip(container, arguments);
        allow(container, profile(arguments), Style::Copy);
        warn_of_user(plan, container, &user);
    }
    create(plan, &shape!(r#"{"metadata":"$0","spec":"$1"}"#, metadata, spec));
    if arguments.is_on("replace") {
        plan.through(Request::delete_now(object.key(), None), Object::clone, "");
    }
}

/// `generateNodeDebugPod`.
fn on_node(plan: &mut Plan, node: &Object, arguments: &Arguments) {
    let node_name = node.name();
    let container_name = arguments.get("container").filter(|name| !name.is_empty()).unwrap_or("debugger");
    let name = format!("node-debugger-{node_name}-{}", suffix(node));
    if !arguments.is_on("quiet") {
        plan.report.say(format!("Creating debugging pod {name} with container {container_name} on node {node_name}."));
    }
    let profile = profile(arguments);
    let mut container = new_container(container_name);
    equip(&mut container, arguments);
    allow(&mut container, profile, Style::Node);
    let mut spec = shape!(r#"{"nodeName":"$0","restartPolicy":"Never","tolerations":[{"operator":"Exists"}]}"#, node_name);
    if matches!(profile, "general" | "legacy" | "sysadmin") {
        container["volumeMounts"] = shape!(r#"[{"mountPath":"/host","name":"host-root"}]"#);
        spec["volumes"] = shape!(r#"[{"name":"host-root","hostPath":{"path":"/"}}]"#);
    }
    if !matches!(profile, "baseline" | "restricted") {
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            spec[field] = true.into();
        }
    }
    spec["containers"] = json!([container]);
    let metadata = shape!(
        r#"{"name":"$0","namespace":"$1","labels":{"app.kubernetes.io/managed-by":"kubectl-debug"}}"#,
        name,
        namespace_of(arguments),
    );
    create(plan, &shape!(r#"{"metadata":"$0","spec":"$1"}"#, metadata, spec));
}

fn create(plan: &mut Plan, pod: &Value) {
    match Object::from_json(Kind::Pod, pod.clone()) {
        Ok(pod) => plan.create(pod, ""),
        Err(error) => plan.fail(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::with_pod;

    #[test]
    fn a_copy_has_the_debugger_and_none_of_the_labels() {
        let mut cluster = with_pod();
        let said = cluster.run("debug web --copy-to=copy --image=busybox --set-image=*=nginx:2 -- sleep 1d");
        assert!(said.stdout.starts_with("Defaulting debug container name to debugger-"), "{said:?}");
        let path = "get pod copy -o jsonpath='{.spec.containers[*].image} {.spec.nodeName}{.metadata.labels} {.spec.shareProcessNamespace}'";
        cluster.check(path, "nginx:2 busybox  true", "");
        let added = "get pod copy -o jsonpath='{.spec.containers[1].command} {.spec.containers[1].securityContext}'";
        cluster.check(added, "[\"sleep\",\"1d\"] {\"capabilities\":{\"add\":[\"SYS_PTRACE\"]}}", "");
        cluster.check("debug web --copy-to=same --container=app --same-node --replace --image=nginx:3 --keep-labels", "", "");
        cluster.check("get pods -o jsonpath='{.items[*].metadata.name}'", "copy same", "");
        cluster.check(
            "get pod same -o jsonpath='{.spec.containers[*].image} {.spec.nodeName} {.metadata.labels.app}'",
            "nginx:3 node-1 web",
            "",
        );
    }

    #[test]
    fn a_node_gets_a_pod_that_sees_its_files() {
        let mut cluster = with_pod();
        let said = cluster.run("debug node/node-1 --image=busybox").stdout;
        assert!(
            said.starts_with("Creating debugging pod node-debugger-node-1-")
                && said.ends_with(" with container debugger on node node-1.\n"),
            "{said}"
        );
        let pod = said.split(' ').nth(3).unwrap();
        let path =
            "{.spec.nodeName} {.spec.hostPID} {.spec.volumes[0].hostPath.path} {.spec.containers[0].volumeMounts[0].mountPath}";
        cluster.check(&format!("get pod {pod} -o jsonpath='{path}'"), "node-1 true / /host", "");
    }

    #[test]
    fn flags_that_do_not_go_together_are_told() {
        let mut cluster = with_pod();
        cluster.check("debug web", "", "error: you must specify --image when not using --copy-to.\n");
        cluster.check("debug web --image=x --replace", "", "error: --replace may only be used with --copy-to.\n");
        cluster.check("debug web --copy-to=a", "", "error: you must specify --image, --set-image or command arguments.\n");
        cluster.check("debug web --image=x --profile=none", "", "error: unknown profile: none\n");
        let missing = "The Pod \"web\" is invalid: spec.ephemeralContainers[0].targetContainerName: Not found: \"none\"\n";
        assert_eq!(cluster.run("debug web --image=busybox --target=none --quiet").stderr, missing);
        cluster.check("debug", "", "error: you must specify --image when not using --copy-to.\n");
    }
}
