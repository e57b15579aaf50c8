//! `kubectl apply --prune`. Models `k8s.io/kubectl/pkg/cmd/apply/prune.go` and `pkg/util/prune` (v1.36). Not modelled: ApplySets and
//! `--prune-allowlist`.

use podlapse_core::client::{ClientView, Outcome};
use podlapse_core::store::Request;
use podlapse_model::{Kind, Metadata, Namespace, Object, ObjectKey, SortedSet};

use super::apply::LAST_APPLIED;
use super::batch::{DryRun, Plan};
use super::flags::Arguments;
use super::report::failed;
use super::targets::Targets;

/// The kinds that are pruned, in this order; those of the cluster after those of the namespaces.
const KINDS: &[Kind] = &[
    Kind::ConfigMap,
    Kind::PersistentVolumeClaim,
    Kind::Pod,
    Kind::ReplicationController,
    Kind::Secret,
    Kind::Service,
    Kind::Job,
    Kind::CronJob,
    Kind::DaemonSet,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::Namespace,
    Kind::PersistentVolume,
];

/// Whether the flags ask for it.
///
/// # Errors
/// kubectl's words for flags that do not go together with it.
pub(super) fn is_asked(arguments: &Arguments) -> Result<bool, Outcome> {
    if !arguments.is_on("prune") {
        return Ok(false);
    }
    if arguments.is_on("force") {
        return Err(failed("--force cannot be used with --prune"));
    }
    if arguments.get("prune-allowlist").is_some() || arguments.get("applyset").is_some() {
        return Err(failed("kubectl apply --prune with --prune-allowlist or --applyset is not simulated"));
    }
    if !arguments.is_on("all") && arguments.get("selector").is_none_or(str::is_empty) {
        return Err(failed(
            "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did \
             not mean to prune all resources, specify a label selector",
        ));
    }
    if arguments.is_on("server-side") {
        return Err(failed("--prune is in alpha and doesn't currently work on objects created by server-side apply"));
    }
    Ok(true)
}

/// Deletes what was applied once, is selected, and is not among the files.
pub(super) fn prune(plan: &mut Plan, given: &[&Object], selector: &Targets, view: &ClientView<'_>) {
    let keys: SortedSet<ObjectKey> = given.iter().map(|object| object.key()).collect();
    let namespaces: SortedSet<Namespace> =
        keys.iter().filter(|key| key.kind.is_namespaced()).map(|key| key.namespace.clone()).collect();
    let was_applied = |object: &&Object| object.annotation(LAST_APPLIED).is_some();
    for kind in KINDS {
        for object in view.store.list(*kind).filter(was_applied).filter(|object| selector.has_labels_of(object)) {
            let key = object.key();
            if keys.contains(&key) || (kind.is_namespaced() && !namespaces.contains(&key.namespace)) {
                continue;
            }
            let request = match plan.printing.dry_run {
                // Nothing is sent, and the answer is the object as it is.
                DryRun::Client => Request::Update(object.clone()),
                DryRun::No | DryRun::Server => Request::delete(key, object.uid()),
            };
            plan.source.clear();
            plan.through(request, Object::clone, "pruned");
        }
    }
}

#[cfg(test)]
mod tests {
    use podlapse_model::SortedMap;

    use super::super::tests::with_pod;

    const TWO: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {app: x}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: \
                       {name: b, labels: {app: x}}\n";

    #[test]
    fn what_is_no_longer_in_the_files_goes() {
        let mut cluster = with_pod();
        let mut apply = |line: &str, text: &str| cluster.run_with(line, Some(text), SortedMap::new());
        assert_eq!(apply("apply -f -", TWO).stdout, "configmap/a created\nconfigmap/b created\n");
        let one = TWO.split("---").next().unwrap();
        let refused = apply("apply -f - --prune", one).stderr;
        assert!(refused.starts_with("error: all resources selected for prune without explicitly passing --all."), "{refused}");
        let dry = apply("apply -f - --prune -l app=x --dry-run=client", one).stdout;
        assert_eq!(dry, "configmap/a configured (dry run)\nconfigmap/b pruned (dry run)\n");
        assert_eq!(apply("apply -f - --prune -l app=x", one).stdout, "configmap/a unchanged\nconfigmap/b pruned\n");
        // What was never applied stays.
        assert_eq!(apply("get pods -o name", "").stdout, "pod/web\n");
    }
}
