//! The roles and bindings that every cluster has.
//!
//! Models `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go` (v1.36), of which the roles of the cluster's own parts are left
//! out.

use super::Rule;

/// A ClusterRole of every cluster.
pub(super) struct Role {
    pub(super) name: &'static str,
    /// The role that gathers this one; empty for none.
    pub(super) goes_to: &'static str,
    /// It is gathered from the roles that go there; empty: it has rules of its own.
    pub(super) gathers: &'static str,
    /// Verbs, groups and resources of each rule; paths where the groups are [`PATHS`].
    pub(super) rules: &'static [[&'static str; 3]],
}

const PATHS: &str = "/";
const CORE: &str = "";
const READ: &str = "get list watch";
const WRITE: &str = "create delete deletecollection patch update";
const ALL: &str = "create delete deletecollection get list patch update watch";

const fn gathering(name: &'static str, goes_to: &'static str) -> Role {
    Role { name, goes_to, gathers: name, rules: &[] }
}

const fn role(name: &'static str, goes_to: &'static str, rules: &'static [[&'static str; 3]]) -> Role {
    Role { name, goes_to, gathers: "", rules }
}

/// The rule of an entry.
pub(super) fn rule([verbs, groups, resources]: &[&str; 3]) -> Rule {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    match *groups {
        PATHS => Rule { verbs: words(verbs), urls: words(resources), ..Rule::default() },
        groups => Rule { verbs: words(verbs), groups: words(groups), resources: words(resources), ..Rule::default() },
    }
}

/// Which groups have which of the roles everywhere.
pub(super) const BINDINGS: &[(&str, &str)] = &[
    ("cluster-admin", "system:masters"),
    ("system:basic-user", "system:authenticated"),
    ("system:discovery", "system:authenticated"),
    ("system:public-info-viewer", "system:authenticated system:unauthenticated"),
    ("system:service-account-issuer-discovery", "system:serviceaccounts"),
];

/// The ClusterRoles.
pub(super) const ROLES: &[Role] = &[
    gathering("admin", ""),
    role("cluster-admin", "", &[["*", "*", "*"], ["*", PATHS, "*"]]),
    gathering("edit", "admin"),
    role(
        "system:aggregate-to-admin",
        "admin",
        &[
            ["create", "authorization.k8s.io", "localsubjectaccessreviews"],
            [ALL, "rbac.authorization.k8s.io", "rolebindings roles"],
        ],
    ),
    role(
        "system:aggregate-to-edit",
        "edit",
        &[
            [READ, CORE, "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"],
            ["impersonate", CORE, "serviceaccounts"],
            [WRITE, CORE, "pods pods/attach pods/exec pods/portforward pods/proxy"],
            ["create", CORE, "pods/eviction"],
            [
                WRITE,
                CORE,
                "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts \
                 services services/proxy",
            ],
            ["create", CORE, "serviceaccounts/token"],
            [
                WRITE,
                "apps",
                "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets \
                 statefulsets/scale",
            ],
            [WRITE, "autoscaling", "horizontalpodautoscalers"],
            [WRITE, "batch", "cronjobs jobs"],
            [
                WRITE,
                "extensions",
                "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale \
                 replicationcontrollers/scale",
            ],
            [WRITE, "policy", "poddisruptionbudgets"],
            [WRITE, "networking.k8s.io", "ingresses networkpolicies"],
            [ALL, "coordination.k8s.io", "leases"],
            [WRITE, "resource.k8s.io", "resourceclaims resourceclaimtemplates"],
        ],
    ),
    role(
        "system:aggregate-to-view",
        "view",
        &[
            [
                READ,
                CORE,
                "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers \
                 replicationcontrollers/scale serviceaccounts services services/status",
            ],
            [
                READ,
                CORE,
                "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas \
                 resourcequotas/status",
            ],
            [READ, CORE, "namespaces"],
            [READ, "discovery.k8s.io", "endpointslices"],
            [
                READ,
                "apps",
                "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets \
                 replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
            ],
            [READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"],
            [READ, "batch", "cronjobs cronjobs/status jobs jobs/status"],
            [
                READ,
                "extensions",
                "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status \
                 networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale",
            ],
            [READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"],
            [READ, "networking.k8s.io", "ingresses ingresses/status networkpolicies"],
            [READ, "resource.k8s.io", "resourceclaims resourceclaims/status resourceclaimtemplates"],
        ],
    ),
    role(
        "system:basic-user",
        "",
        &[
            ["create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"],
            ["create", "authentication.k8s.io", "selfsubjectreviews"],
        ],
    ),
    role(
        "system:discovery",
        "",
        &[["get", PATHS, "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/"]],
    ),
    role("system:public-info-viewer", "", &[["get", PATHS, "/healthz /livez /readyz /version /version/"]]),
    role(
        "system:service-account-issuer-discovery",
        "",
        &[[
            "get",
            PATHS,
            "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/",
        ]],
    ),
    gathering("view", "edit"),
];
