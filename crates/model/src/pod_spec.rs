//! Where the kinds keep the spec of their Pods.

use crate::Kind;

const TEMPLATE: &str = "/spec/template/spec";

const POD_SPECS: &[(Kind, &str)] = &[
    (Kind::Pod, "/spec"),
    (Kind::CronJob, "/spec/jobTemplate/spec/template/spec"),
    (Kind::Deployment, TEMPLATE),
    (Kind::ReplicaSet, TEMPLATE),
    (Kind::StatefulSet, TEMPLATE),
    (Kind::DaemonSet, TEMPLATE),
    (Kind::Job, TEMPLATE),
    (Kind::ReplicationController, TEMPLATE),
];

impl Kind {
    /// Where the spec of its Pods lies in an object of this kind, as a JSON pointer.
    ///
    /// ```
    /// use podlapse_model::Kind;
    /// assert_eq!(Kind::Job.pod_spec(), Some("/spec/template/spec"));
    /// assert_eq!(Kind::Service.pod_spec(), None);
    /// ```
    pub fn pod_spec(self) -> Option<&'static str> {
        POD_SPECS.iter().find(|(kind, _)| *kind == self).map(|(_, pointer)| *pointer)
    }
}
