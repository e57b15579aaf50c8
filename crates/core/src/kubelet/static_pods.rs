//! Static Pods, and the mirrors by which the API shows them.
//!
//! Models `pkg/kubelet/config/common.go` `tryDecodeSinglePod` and `applyDefaults`, `pkg/kubelet/pod/mirror_client.go`,
//! `pkg/kubelet/kubelet.go` `tryReconcileMirrorPods`, and of `pkg/kubelet/pod_workers.go` `allowStaticPodStart` (v1.36): a file of the
//! manifest folder is a Pod whose uid is a hash of it, so another content is another Pod, which starts when the one before has gone;
//! the kubelet writes a mirror of it into the API, and writes it anew when somebody deletes it. Not modelled: several Pods in a file,
//! files that name one Pod twice, manifests from an address.

use std::sync::Arc;

use podlapse_manifest::{default_object, names_api_objects, read_yaml, validate};
use podlapse_model::api::core::v1::{Node, Pod, PodStatus, Toleration};
use podlapse_model::apimachinery::pkg::apis::meta::v1::OwnerReference;
use podlapse_model::{Kind, MIRROR_POD, Metadata, Modelled, Object, ObjectKey, SortedMap, Uid};

use super::container_spec::is_static;
use super::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer};
use super::pod_worker::Phase;
use super::startup::HOUSEKEEPING_PERIOD;
use crate::kernel::next_tick;
use crate::store::{Change, Request};
use crate::why::{Fact, Rule};

const HASH: &str = "kubernetes.io/config.hash";
const SEEN: &str = "kubernetes.io/config.seen";
const SOURCE: &str = "kubernetes.io/config.source";

/// The static Pods of a node.
#[derive(Clone, Debug, Default)]
pub(super) struct StaticPods {
    /// By file.
    files: SortedMap<Arc<str>, Arc<Pod>>,
    /// What the API has of them, by the Pod's name.
    mirrors: SortedMap<ObjectKey, Arc<Pod>>,
    /// Which Pod of a name was started last.
    started: SortedMap<ObjectKey, Uid>,
}

impl StaticPods {
    fn named(&self, key: &ObjectKey) -> Option<&Arc<Pod>> {
        self.files.values().find(|pod| pod.key() == *key)
    }
}

/// The Pod that a manifest file describes to the kubelet of a node; `None` if the kubelet cannot read it. Fields that it does not
/// know are passed over.
pub fn static_pod(node: &str, file: &str, manifest: &str) -> Option<Pod> {
    let document = read_yaml(manifest).ok()?;
    if document.kind() != "Pod" || document.api_version() != "v1" {
        return None;
    }
    let mut object = Object::from_json(Kind::Pod, document.json).ok()?;
    default_object(&mut object);
    let Object::Pod(pod) = object else { return None };
    let mut pod = Arc::unwrap_or_clone(pod);
    let metadata = &mut pod.metadata;
    let uid = metadata.uid.take().filter(|uid| !uid.is_empty()).unwrap_or_else(|| hash(node, file, manifest));
    metadata.name = Some(format!("{}-{}", metadata.name(), node.to_lowercase()));
    metadata.namespace.get_or_insert_with(|| "default".to_owned());
    let annotations = metadata.annotations.get_or_insert_default();
    annotations.insert(HASH.to_owned(), uid.clone());
    annotations.insert(SOURCE.to_owned(), "file".to_owned());
    metadata.uid = Some(uid);
    let spec = pod.spec.get_or_insert_default();
    spec.node_name = Some(node.to_owned());
    let everything =
        Toleration { operator: Some("Exists".to_owned()), effect: Some("NoExecute".to_owned()), ..Toleration::default() };
    let tolerations = spec.tolerations.get_or_insert_default();
    if !tolerations.contains(&everything) {
        tolerations.push(everything);
    }
    // Gate PreventStaticPodAPIReferences.
    if pod.spec.as_ref().is_some_and(names_api_objects) {
        return None;
    }
    pod.status = Some(PodStatus { phase: Some("Pending".to_owned()), ..PodStatus::default() });
    let object = Object::from(pod);
    if !validate(&object).is_empty() {
        return None;
    }
    if let Object::Pod(pod) = object { Some(Arc::unwrap_or_clone(pod)) } else { None }
}

/// Stands for the MD5 sum of node, file and Pod: 32 digits that another content changes.
fn hash(node: &str, file: &str, manifest: &str) -> String {
    let fnv = |start: u64| {
        let bytes = node.bytes().chain([0]).chain(file.bytes()).chain([0]).chain(manifest.bytes());
        bytes.fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    };
    format!("{:016x}{:016x}", fnv(0xcbf2_9ce4_8422_2325), fnv(0x6c62_272e_07bb_0142))
}

/// The Pod that shows a static one in the API (`CreateMirrorPod`).
fn mirror_of(pod: &Pod, node: &Node) -> Pod {
    let mut mirror = pod.clone();
    let metadata = &mut mirror.metadata;
    metadata.uid = None;
    let hash = pod.annotation(HASH).unwrap_or_default().to_owned();
    metadata.annotations.get_or_insert_default().insert(MIRROR_POD.to_owned(), hash);
    metadata.owner_references = Some(vec![OwnerReference {
        api_version: "v1".to_owned(),
        kind: "Node".to_owned(),
        name: node.name().to_owned(),
        uid: node.metadata.uid.clone().unwrap_or_default(),
        controller: Some(true),
        block_owner_deletion: None,
    }]);
    mirror
}

impl Kubelet {
    /// The files of the manifest folder, as the file source delivers them: what is gone goes first.
    pub(super) fn set_static_pods(
        &mut self,
        cx: &mut KubeletContext<'_>,
        files: SortedMap<Arc<str>, Arc<Pod>>,
        out: &mut KubeletOutput,
    ) {
        let before = std::mem::take(&mut self.static_pods.files);
        let is_in = |files: &SortedMap<Arc<str>, Arc<Pod>>, pod: &Arc<Pod>| files.values().any(|other| other.uid() == pod.uid());
        for (file, pod) in &files {
            let known = before.values().find(|old| old.uid() == pod.uid()).cloned();
            let pod = known.unwrap_or_else(|| {
                let mut pod = Pod::clone(pod);
                let seen = jiff::Timestamp::from_nanosecond(cx.wall.unix_ns(cx.now)).unwrap_or_default();
                pod.metadata.annotations.get_or_insert_default().insert(SEEN.to_owned(), seen.to_string());
                Arc::new(pod)
            });
            self.static_pods.files.insert(file.clone(), pod);
        }
        for pod in before.values().filter(|pod| !is_in(&files, pod)) {
            self.static_pod_left(cx, pod, out);
        }
        let new: Vec<Arc<Pod>> = self.static_pods.files.values().filter(|pod| !is_in(&before, pod)).cloned().collect();
        for pod in new {
            let uid = pod.uid();
            self.pod_arrived(cx, &uid, pod.clone(), out);
            if let Some(mirror) = self.static_pods.mirrors.get(&pod.key()).cloned() {
                self.statuses.set_mirror(&uid, Some(mirror));
            }
        }
    }

    fn static_pod_left(&mut self, cx: &mut KubeletContext<'_>, pod: &Pod, out: &mut KubeletOutput) {
        let uid = pod.uid();
        self.arm_clean_up(cx, out);
        let has_started = self.static_pods.started.get(&pod.key()) == Some(&uid);
        if has_started {
            self.pod_left(cx, &uid, out);
        } else {
            self.forget_pod(&uid);
        }
    }

    /// Sees to it that what no Pod accounts for is cleaned up.
    pub(super) fn arm_clean_up(&self, cx: &KubeletContext<'_>, out: &mut KubeletOutput) {
        let at = next_tick(cx.now + HOUSEKEEPING_PERIOD.ratio(1, 20), self.sync_tick_after(self.started_at), HOUSEKEEPING_PERIOD);
        out.arm(KubeletTimer::Housekeeping, at);
    }

    /// Whether a Pod may start: a static one waits until its predecessor of the same name is finished.
    pub(super) fn may_start(&mut self, uid: &Uid) -> bool {
        let Some(pod) = self.workers.get(uid).map(|worker| worker.pod.clone()).filter(|pod| is_static(pod)) else { return true };
        let key = pod.key();
        let predecessor = self.static_pods.started.get(&key).filter(|started| *started != uid);
        let is_finished =
            |worker: Option<&super::pod_worker::Worker>| worker.is_none_or(|worker| worker.phase == Phase::Finished);
        if predecessor.is_some_and(|started| !is_finished(self.workers.get(started))) {
            return false;
        }
        self.static_pods.started.insert(key, uid.clone());
        true
    }

    /// A mirror changed in the API: its static Pod is synced.
    pub(super) fn mirror_changed(&mut self, cx: &mut KubeletContext<'_>, change: &Change, out: &mut KubeletOutput) {
        let Object::Pod(pod) = change.object() else { return };
        match &change.after {
            Some(_) => self.mirror_arrived(cx, pod, out),
            None => {
                let is_current = self.static_pods.mirrors.get(&change.key).is_some_and(|mirror| mirror.uid() == pod.uid());
                if is_current {
                    self.static_pods.mirrors.remove(&change.key);
                    self.wake_static_pod(cx, &change.key, None, true, out);
                }
            }
        }
    }

    /// A mirror is new or changed.
    pub(super) fn mirror_arrived(&mut self, cx: &mut KubeletContext<'_>, mirror: &Arc<Pod>, out: &mut KubeletOutput) {
        let key = mirror.key();
        let before = self.static_pods.mirrors.insert(key.clone(), mirror.clone());
        let is_news = before.is_none_or(|before| {
            before.uid() != mirror.uid() || before.metadata.deletion_timestamp != mirror.metadata.deletion_timestamp
        });
        self.wake_static_pod(cx, &key, Some(mirror.clone()), is_news, out);
    }

    fn wake_static_pod(
        &mut self,
        cx: &mut KubeletContext<'_>,
        key: &ObjectKey,
        mirror: Option<Arc<Pod>>,
        is_news: bool,
        out: &mut KubeletOutput,
    ) {
        let Some(pod) = self.static_pods.named(key) else {
            // A Pod that is on its way out still has its status shown.
            if let Some(uid) = self.static_pods.started.get(key).cloned() {
                self.statuses.set_mirror(&uid, mirror);
            }
            self.arm_clean_up(cx, out);
            return;
        };
        let uid = pod.uid();
        self.show_status_in(cx, &uid, mirror, out);
        if is_news {
            self.wake_worker(cx, &uid, out);
        }
    }

    /// Creates the mirror of a static Pod, anew if it is being deleted or shows another Pod.
    pub(super) fn reconcile_mirror(&mut self, cx: &KubeletContext<'_>, pod: &Pod, out: &mut KubeletOutput) {
        if !is_static(pod) {
            return;
        }
        let key = pod.key();
        let is_other =
            |mirror: &Pod| mirror.metadata.deletion_timestamp.is_some() || mirror.annotation(MIRROR_POD) != pod.annotation(HASH);
        match self.static_pods.mirrors.get(&key) {
            Some(mirror) if is_other(mirror) => {
                let uid = Some(mirror.uid());
                out.because(Rule::ObjectRemoved, [Fact::Object(key.clone())]);
                out.requests.push(Request::delete_now(key.clone(), uid));
                self.static_pods.mirrors.remove(&key);
            }
            Some(_) => return,
            None => {}
        }
        if let Some(node) = cx.store.node(&self.node).filter(|node| node.metadata.deletion_timestamp.is_none()) {
            out.because(Rule::ObjectCreated, [Fact::Object(key)]);
            out.requests.push(Request::Create(mirror_of(pod, node).into()));
        }
    }

    /// Deletes mirrors of static Pods that are gone.
    pub(super) fn delete_orphaned_mirrors(&mut self, cx: &KubeletContext<'_>, out: &mut KubeletOutput) {
        let keys: Vec<ObjectKey> =
            self.static_pods.mirrors.keys().filter(|key| self.static_pods.named(key).is_none()).cloned().collect();
        for key in keys {
            let started = self.static_pods.started.get(&key).and_then(|uid| self.workers.get(uid));
            if started.is_some_and(|worker| worker.phase != Phase::Finished) {
                self.arm_clean_up(cx, out);
                continue;
            }
            self.static_pods.mirrors.remove(&key);
            out.because(Rule::ObjectRemoved, [Fact::Object(key.clone())]);
            out.requests.push(Request::delete_now(key, None));
        }
    }
}

#[cfg(test)]
mod tests {
    use podlapse_model::is_mirror;

    use super::*;

    const WEB: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: nginx}]}\n";

    #[test]
    fn a_file_becomes_a_pod_named_after_its_node() {
        let pod = static_pod("node-1", "web.yaml", WEB).unwrap();
        assert_eq!(pod.key(), ObjectKey::new(Kind::Pod, "default", "web-node-1"));
        let spec = pod.spec.as_ref().unwrap();
        assert_eq!(spec.node_name.as_deref(), Some("node-1"));
        assert_eq!(spec.tolerations.as_ref().unwrap().len(), 1);
        assert_eq!(pod.annotation(HASH), pod.metadata.uid.as_deref());
        assert!(is_static(&pod) && !is_mirror(&pod));
    }

    #[test]
    fn another_content_is_another_pod() {
        let uid = |manifest: &str| static_pod("a", "web.yaml", manifest).unwrap().uid();
        assert_eq!(uid(WEB), uid(WEB));
        assert_ne!(uid(WEB), uid(&WEB.replace("nginx", "nginx:1.27")));
    }

    #[test]
    fn what_the_kubelet_cannot_run_alone_is_no_static_pod() {
        assert!(static_pod("a", "x", "kind: [").is_none());
        assert!(static_pod("a", "x", &WEB.replace("kind: Pod", "kind: Node")).is_none());
        assert!(static_pod("a", "x", &WEB.replace("name: web", "name: Not_A_Name")).is_none());
        let with_secret = WEB.replace("containers:", "volumes: [{name: s, secret: {secretName: s}}], containers:");
        assert!(static_pod("a", "x", &with_secret).is_none());
    }
}
