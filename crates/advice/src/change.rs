//! What can be changed.

use podlapse_model::simulation::SimulationSpec;

use crate::texts::{Diff, Edit, Texts};

macro_rules! remedies {
    ($($(#[$doc:meta])* $remedy:ident, $slug:literal, $cost:literal;)*) => {
        /// A way to help a stuck Pod.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Remedy {
            $($(#[$doc])* $remedy,)*
        }

        impl Remedy {
            /// Every remedy.
            pub const ALL: &'static [Remedy] = &[$(Remedy::$remedy),*];

            /// Its name in translations and JSON.
            pub const fn slug(self) -> &'static str {
                match self { $(Remedy::$remedy => $slug,)* }
            }

            /// How much of what was asked for it changes: 1 is a value, 9 is other work.
            pub const fn cost(self) -> u8 {
                match self { $(Remedy::$remedy => $cost,)* }
            }
        }
    };
}

remedies! {
    /// Ask for less of a resource.
    LowerRequest, "lower-request", 1;
    /// Ask for none of a resource.
    DropRequest, "drop-request", 4;
    /// Tolerate taints.
    Tolerate, "tolerate", 2;
    /// Take the taints from a node.
    Untaint, "untaint", 3;
    /// Let Pods on a node again.
    Uncordon, "uncordon", 2;
    /// Select a value that a node has.
    SelectorValue, "selector-value", 1;
    /// Label a node as the Pod wants it.
    LabelNode, "label-node", 2;
    /// Do not select by a label.
    DropSelector, "drop-selector", 3;
    /// Do not require anything of nodes.
    DropNodeAffinity, "drop-node-affinity", 4;
    /// Do not require other Pods nearby.
    DropPodAffinity, "drop-pod-affinity", 4;
    /// Do not require other Pods away.
    DropPodAntiAffinity, "drop-pod-anti-affinity", 4;
    /// Leave a port of the node to others.
    FreeHostPort, "free-host-port", 2;
    /// Spread as far as possible.
    SpreadAnyway, "spread-anyway", 2;
    /// Do without a Pod that is in the way.
    DeletePod, "delete-pod", 7;
    /// Ask for as many Pods as there is room for.
    FewerReplicas, "fewer-replicas", 6;
    /// Open the gates.
    DropGates, "drop-gates", 2;
    /// Make the claim, and a volume for it where nothing else does.
    CreateClaim, "create-claim", 3;
    /// Make a volume for the claim.
    CreateVolume, "create-volume", 3;
    /// Claim a volume of a class that there is.
    ClaimClass, "claim-class", 1;
    /// Another image.
    Image, "image", 1;
    /// Pull with a secret that is there.
    PullSecret, "pull-secret", 2;
    /// Pull with a secret that has the registry's credentials.
    CreatePullSecret, "create-pull-secret", 4;
    /// Pull when the node does not have the image.
    PullPolicy, "pull-policy", 1;
    /// Make the ConfigMap.
    CreateConfigMap, "create-config-map", 3;
    /// Make the Secret.
    CreateSecret, "create-secret", 3;
    /// Add the key to the ConfigMap or Secret.
    AddKey, "add-key", 2;
    /// Name the ConfigMap or Secret as it is called.
    NameReference, "name-reference", 1;
    /// Start without the ConfigMap or Secret.
    MakeOptional, "make-optional", 4;
    /// Run as a user that is not root.
    RunAsUser, "run-as-user", 2;
    /// Run what the image runs.
    DropCommand, "drop-command", 3;
    /// Allow more memory.
    MemoryLimit, "memory-limit", 1;
    /// Do not restart what ended well.
    RestartPolicy, "restart-policy", 2;
    /// Probe another port.
    ProbePort, "probe-port", 1;
    /// Probe another path.
    ProbePath, "probe-path", 1;
    /// Probe later.
    ProbeDelay, "probe-delay", 2;
    /// Wait longer for an answer.
    ProbeTimeout, "probe-timeout", 2;
    /// Allow more failures.
    ProbeFailures, "probe-failures", 3;
    /// Give it time to start.
    AddStartupProbe, "add-startup-probe", 4;
    /// Make the service account.
    CreateServiceAccount, "create-service-account", 3;
    /// Make the namespace.
    CreateNamespace, "create-namespace", 3;
    /// Do without a class that does not exist.
    DropClass, "drop-class", 3;
    /// Allow more.
    RaiseQuota, "raise-quota", 4;
    /// Say what the quota asks for.
    NameResources, "name-resources", 2;
    /// Keep to the limit range.
    WithinLimits, "within-limits", 1;
    /// Meet the Pod security standard.
    Restrict, "restrict", 3;
}

/// A change of the texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What it does.
    pub remedy: Remedy,
    /// What it is about: a container, an object, a key.
    pub about: String,
    /// What is there now, where that matters.
    pub from: String,
    /// What comes instead.
    pub to: String,
    /// How the texts change.
    pub edits: Vec<Edit>,
}

impl Change {
    /// The texts with it, and the lines that it changes.
    pub fn apply(&self, texts: &Texts) -> Option<(Texts, Vec<Diff>)> {
        texts.edited(&self.edits)
    }
}

/// Whether a rule of a scenario is for a container.
pub(crate) fn matches(rule: &podlapse_model::simulation::ContainerMatch, subject: [&str; 4]) -> bool {
    let given = [&rule.namespace, &rule.pod, &rule.container, &rule.image];
    given.iter().zip(subject).all(|(pattern, text)| pattern.as_deref().is_none_or(|pattern| podlapse_model::glob(pattern, text)))
}

/// The runs that a scenario describes for a container of a namespace, Pod, name and image.
pub(crate) fn runs<'a>(
    simulation: &'a SimulationSpec,
    subject: [&'a str; 4],
) -> impl Iterator<Item = &'a podlapse_model::simulation::RunSpec> {
    let first = simulation.behaviors.iter().find(move |behavior| matches(&behavior.matches, subject));
    first.into_iter().flat_map(|behavior| &behavior.runs)
}
