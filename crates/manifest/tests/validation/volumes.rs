//! Sources of volumes.

use super::{errors, pod};

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
