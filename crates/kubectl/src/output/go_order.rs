//! The order in which Go writes the fields of its types.
//!
//! What a command makes by itself it prints from Go's structures (`k8s.io/api`, v1.36), whose fields stand in the order of their
//! declaration; what comes from a file or is asked for without a type stands in the order of the alphabet.

use podlapse_model::go_text::sorted;
use serde_json::{Map, Value};

/// Fields in order, those of some structures first. What is not named here follows by the alphabet.
const ORDER: &[(&str, &str)] = &[
    ("roleRef", "apiGroup kind name"),
    ("ownerReferences", "apiVersion kind name uid controller"),
    ("scaleTargetRef", "kind name apiVersion"),
    (
        "",
        "kind apiVersion apiGroup metadata name namespace uid resourceVersion generation creationTimestamp labels annotations \
         ownerReferences data binaryData verbs apiGroups subjects roleRef spec observedGeneration replicas minAvailable \
         schedule hard scopes scaleTargetRef minReplicas maxReplicas metrics ingressClassName defaultBackend tls rules \
         aggregationRule host http path pathType backend containers containerPort protocol port targetPort nodePort image \
         command args workingDir ports envFrom env selector template strategy clusterIP clusterIPs type status value \
         averageValue averageUtilization resource externalIPs sessionAffinity loadBalancerIP externalName resources \
         resourceNames restartPolicy terminationGracePeriodSeconds dnsPolicy serviceAccountName serviceAccount \
         revisionHistoryLimit progressDeadlineSeconds terminationMessagePath terminationMessagePolicy imagePullPolicy \
         securityContext schedulerName tolerations globalDefault description stdin stdinOnce tty jobTemplate maxUnavailable \
         disruptionsAllowed currentHealthy desiredHealthy expectedPods desiredReplicas updatedReplicas readyReplicas \
         availableReplicas unavailableReplicas terminatingReplicas conditions reason",
    ),
];

/// The fields that hold maps, whose keys are those of a user.
const MAPS: &str = " labels annotations matchLabels data binaryData hard limits requests nodeSelector selector ";

/// The fields of a part in the order in which they are written: that of the type of the field `of`, if there is one.
pub(super) fn fields_of<'a>(fields: &'a Map<String, Value>, of: Option<&str>) -> Vec<(&'a String, &'a Value)> {
    let mut fields = sorted(fields);
    let Some(of) = of.filter(|of| of.is_empty() || !MAPS.contains(&format!(" {of} "))) else { return fields };
    let order = ORDER.iter().find(|(part, _)| part.is_empty() || *part == of).map_or("", |(_, order)| order);
    podlapse_model::sort_by_key(&mut fields, |(name, _)| {
        (order.split(' ').position(|field| field == *name).unwrap_or(usize::MAX), *name)
    });
    fields
}

#[cfg(test)]
mod tests {
    use super::fields_of;

    #[test]
    fn fields_stand_as_they_are_declared() {
        let value = serde_json::json!({"apiVersion": "v1", "kind": "Pod", "spec": {}, "metadata": {}, "status": {}});
        let names = |of| fields_of(value.as_object().unwrap(), of).into_iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
        assert_eq!(names(Some("")), ["kind", "apiVersion", "metadata", "spec", "status"]);
        assert_eq!(names(None), ["apiVersion", "kind", "metadata", "spec", "status"]);
        assert_eq!(names(Some("labels")), names(None));
    }
}
