//! Objects of every other kind, and what lies around them.

use podlapse_core::store::Store;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Kind, Object, SimTime};
use serde_json::{Value, json};

use super::describe_object;

const NOW: &str = "2026-06-15T12:00:00Z";

fn object(json: Value) -> Object {
    let text = |field: &str| json[field].as_str().unwrap_or_default().to_owned();
    let kind = Kind::find(&text("apiVersion"), &text("kind")).unwrap_or(Kind::Unmodelled);
    Object::from_json(kind, json).unwrap()
}

/// The description of the first of these objects.
fn described(objects: &[Value]) -> String {
    let now: Time = serde_json::from_value(NOW.into()).unwrap();
    let objects: Vec<Object> = objects.iter().cloned().map(object).collect();
    let mut store = Store::default();
    for object in &objects {
        store.put(SimTime::ZERO, object.clone());
    }
    describe_object(&objects[0], &store, &now, true)
}

/// The lines after the one that begins so, up to another.
fn lines(text: &str, from: &str, to: &str) -> String {
    let begins = |line: &&str, start: &str| line.starts_with(start);
    let rest = text.lines().skip_while(|line| !begins(line, from));
    rest.take_while(|line| !begins(line, to)).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_ingress_names_the_endpoints_behind_each_path() {
    let ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "web", "namespace": "default", "uid": "u1"},
        "spec": {
            "ingressClassName": "nginx",
            "tls": [{"hosts": ["a.example.com", "b.example.com"], "secretName": "tls"}, {"hosts": ["c.example.com"]}],
            "rules": [
                {"host": "a.example.com", "http": {"paths": [
                    {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}},
                    {"path": "/no", "pathType": "Prefix", "backend": {"service": {"name": "gone", "port": {"name": "http"}}}},
                ]}},
                {"http": {"paths": [{"backend": {"resource": {"kind": "Bucket", "name": "static"}}}]}},
            ],
        },
    });
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"ports": [{"name": "http", "port": 80}]}});
    let slice = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "web-1", "namespace": "default", "labels": {"kubernetes.io/service-name": "web"}},
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": [{"addresses": ["10.0.0.1"]}, {"addresses": ["10.0.0.2"], "conditions": {"ready": false}}]});
    let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "default"},
        "involvedObject": {"kind": "Ingress", "name": "web", "namespace": "default", "uid": "u1"},
        "type": "Normal", "reason": "Sync", "message": "Scheduled for sync", "source": {"component": "nginx"},
        "firstTimestamp": "2026-06-15T11:59:50Z", "lastTimestamp": "2026-06-15T11:59:50Z", "count": 1});
    let expected = "\
Name:             web
Labels:           <none>
Namespace:        default
Address:          
Ingress Class:    nginx
Default backend:  <default>
TLS:
  tls terminates a.example.com,b.example.com
  SNI routes c.example.com
Rules:
  Host           Path  Backends
  ----           ----  --------
  a.example.com  
                 /     web:80 (10.0.0.1:8080)
                 /no   gone:http (<error: services \"gone\" not found>)
  *              
                    APIGroup: <none>, Kind: Bucket, Name: static
Annotations:     <none>
Events:
  Type    Reason  Age   From   Message
  ----    ------  ----  ----   -------
  Normal  Sync    10s   nginx  Scheduled for sync
";
    assert_eq!(described(&[ingress, service, slice, event]), expected);
}

#[test]
fn a_role_has_a_line_for_each_resource_and_path() {
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "reader"},
        "rules": [
            {"apiGroups": ["", "apps"], "resources": ["pods", "deployments/scale"], "verbs": ["get", "list"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["watch", "get"]},
            {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a"], "verbs": ["get"]},
            {"nonResourceURLs": ["/healthz"], "verbs": ["get"]},
        ],
    });
    let expected = "\
Name:         reader
Labels:       <none>
Annotations:  <none>
PolicyRule:
  Resources               Non-Resource URLs  Resource Names  Verbs
  ---------               -----------------  --------------  -----
  pods                    []                 []              [get list watch]
  deployments/scale       []                 []              [get list]
  deployments.apps/scale  []                 []              [get list]
  pods.apps               []                 []              [get list]
                          [/healthz]         []              [get]
  secrets                 []                 [a]             [get]
";
    assert_eq!(described(&[role]), expected);
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "b", "namespace": "default"},
        "roleRef": {"kind": "ClusterRole", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "robot", "namespace": "default"}, {"kind": "User", "name": "jane"}],
    });
    let expected = "\
Name:         b
Labels:       <none>
Annotations:  <none>
Role:
  Kind:  ClusterRole
  Name:  reader
Subjects:
  Kind            Name   Namespace
  ----            ----   ---------
  ServiceAccount  robot  default
  User            jane   
";
    assert_eq!(described(&[binding]), expected);
}

#[test]
fn a_policy_tells_what_it_lets_through() {
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "db", "namespace": "default", "creationTimestamp": "2026-06-15T11:00:00Z"},
        "spec": {
            "podSelector": {"matchLabels": {"role": "db"}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {"from": [{"ipBlock": {"cidr": "172.17.0.0/16", "except": ["172.17.1.0/24"]}},
                    {"namespaceSelector": {"matchLabels": {"a": "b"}}, "podSelector": {}}], "ports": [{"port": 6379}]},
                {"ports": [{"protocol": "UDP", "port": 1000, "endPort": 2000}]},
            ],
        },
    });
    let expected = "\
Name:         db
Namespace:    default
Created on:   2026-06-15 11:00:00 +0000 UTC
Labels:       <none>
Annotations:  <none>
Spec:
  PodSelector:     role=db
  Allowing ingress traffic:
    To Port: 6379/TCP
    From:
      IPBlock:
        CIDR: 172.17.0.0/16
        Except: 172.17.1.0/24
    From:
      NamespaceSelector: a=b
      PodSelector: <none>
    ----------
    To Port Range: 1000-2000/UDP
    From: <any> (traffic not restricted by source)
  Allowing egress traffic:
    <none> (Selected pods are isolated for egress connectivity)
  Policy Types: Ingress, Egress
";
    assert_eq!(described(&[policy]), expected);
}

#[test]
fn an_autoscaler_shows_each_metric_with_its_target() {
    let scaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "default", "creationTimestamp": "2026-06-15T11:00:00Z"},
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 5,
            "metrics": [
                {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}},
                {"type": "Pods", "pods": {"metric": {"name": "rps"}, "target": {"type": "AverageValue", "averageValue": "1000m"}}},
                {"type": "External", "external": {"metric": {"name": "queue"}, "target": {"type": "Value", "value": "30"}}},
            ],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 60, "policies": [{"type": "Pods", "value": 1, "periodSeconds": 15}]}},
        },
        "status": {"currentReplicas": 2, "desiredReplicas": 3, "currentMetrics": [
            {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 70, "averageValue": "70m"}}}]},
    });
    let expected = "\
Name:                                                  web
Namespace:                                             default
Labels:                                                <none>
Annotations:                                           <none>
CreationTimestamp:                                     Mon, 15 Jun 2026 11:00:00 +0000
Reference:                                             Deployment/web
Metrics:                                               ( current / target )
  resource cpu on pods  (as a percentage of request):  70% (70m) / 50%
  \"rps\" on pods:                                       <unknown> / 1
  \"queue\" (target value):                              <unknown> / 30
Min replicas:                                          2
Max replicas:                                          5
Behavior:
  Scale Down:
    Stabilization Window: 60 seconds
    Select Policy: Max
    Policies:
      - Type: Pods     Value: 1    Period: 15 seconds
Deployment pods:       2 current / 3 desired
Events:                <none>
";
    let text = described(&[scaler]);
    let squeezed =
        |text: &str| text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
    assert_eq!(squeezed(&text), squeezed(expected));
    assert_eq!(lines(&text, "Name:", "Behavior:"), lines(expected, "Name:", "Behavior:"));
}

#[test]
fn a_node_counts_what_is_wanted_and_names_the_pools_of_its_devices() {
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "uid": "u"},
        "status": {"allocatable": {"cpu": "1", "memory": "1Gi"}}});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"},
        "spec": {"nodeName": "n", "containers": [{"name": "c", "resources": {"requests": {"cpu": "500m"}}}]},
        "status": {"containerStatuses": [{"name": "c", "resources": {"requests": {"cpu": "100m"}}, "allocatedResources": {"cpu": "100m"}}]}});
    let slice = |name: &str, node: &str| {
        json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": name},
        "spec": {"driver": "gpu.example.com", "nodeName": node, "pool": {"name": "p"}, "devices": [{"name": "a"}, {"name": "b"}]}})
    };
    let event = |name: &str, uid: &str| {
        json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": "default"},
        "involvedObject": {"kind": "Node", "name": "n", "uid": uid}, "reason": name, "lastTimestamp": "2026-06-15T11:59:50Z"})
    };
    let text = described(&[node, pod, slice("s1", "n"), slice("s2", "n"), slice("s3", "m"), event("a", "n"), event("b", "u")]);
    let slices = "Node-Local ResourceSlices:\n  Driver           Pool  Slices  Devices\n  ------           ----  ------  -------\n  gpu.example.com  p     2       4";
    assert_eq!(lines(&text, "Node-Local", "System"), slices);
    let allocated = lines(&text, "Allocated", "Events").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(allocated.contains("cpu 500m (50%) 0 (0%)"), "{allocated}");
    // The events of the uid come before those of the name.
    let reasons: Vec<&str> = text.lines().rev().take(2).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(reasons, ["a", "b"]);
}

#[test]
fn a_share_of_nothing_is_what_go_makes_of_infinity() {
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"},
        "spec": {"nodeName": "n", "containers": [{"name": "c", "resources": {"requests": {"cpu": "500m"}}}]}});
    let text = described(&[node, pod]);
    assert!(text.contains(" 500m (-9223372036854775808%)  0 (-9223372036854775808%)"), "{text}");
    assert!(text.contains("  cpu                500m (0%)  0 (0%)\n"), "{text}");
}

#[test]
fn endpoints_that_are_not_ready_still_count_as_more() {
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "default"},
        "spec": {"ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]}});
    let endpoint = |last: u32, ready: bool| json!({"addresses": [format!("10.0.0.{last}")], "conditions": {"ready": ready}});
    let slice = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "s-1", "namespace": "default", "labels": {"kubernetes.io/service-name": "s"}},
        "ports": [{"name": "", "port": 8080}],
        "endpoints": [endpoint(1, true), endpoint(2, true), endpoint(3, true), endpoint(4, false)]});
    let text = described(&[service, slice]);
    let line = text.lines().find(|line| line.starts_with("Endpoints:")).unwrap();
    assert_eq!(
        line.split_whitespace().skip(1).collect::<Vec<_>>().join(" "),
        "10.0.0.1:8080,10.0.0.2:8080,10.0.0.3:8080 + 0 more..."
    );
}

#[test]
fn a_quota_tells_what_is_used_in_the_units_of_what_is_allowed() {
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": "default"},
        "status": {"hard": {"requests.memory": "1Gi", "pods": "2"}, "used": {"requests.memory": "512M"}}});
    let expected = "Name:            q\nNamespace:       default\nResource         Used     Hard\n--------         ----     ----\npods             0        2\nrequests.memory  500000Ki  1Gi\n";
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed(&described(&[quota])), squeezed(expected));
}

#[test]
fn a_claim_names_a_pod_for_each_of_its_volumes() {
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c", "namespace": "default"}, "spec": {}});
    let volume = |name: &str| json!({"name": name, "persistentVolumeClaim": {"claimName": "c"}});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"},
        "spec": {"containers": [], "volumes": [volume("a"), volume("b")]}});
    let text = described(&[claim, pod]);
    assert_eq!(lines(&text, "Used By", "Events"), "Used By:       p\n               p");
}

#[test]
fn old_replica_sets_are_named_from_the_oldest_on() {
    let template =
        |image: &str| json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": image}]}});
    let selector = json!({"matchLabels": {"app": "web"}});
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default", "uid": "d"},
        "spec": {"replicas": 1, "selector": selector, "template": template("nginx:3")}});
    let set = |name: &str, image: &str, created: &str| {
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": name, "namespace": "default", "creationTimestamp": created, "ownerReferences":
            [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d", "controller": true}]},
        "spec": {"replicas": 0, "selector": selector, "template": template(image)}, "status": {"replicas": 0}})
    };
    let text = described(&[
        deployment,
        set("web-a", "nginx:2", "2026-06-15T11:30:00Z"),
        set("web-b", "nginx:1", "2026-06-15T11:00:00Z"),
        set("web-c", "nginx:3", "2026-06-15T11:40:00Z"),
    ]);
    let said = lines(&text, "OldReplicaSets:", "Events").split_whitespace().collect::<Vec<_>>().join(" ");
    let old = "OldReplicaSets: web-b (0/0 replicas created), web-a (0/0 replicas created)";
    assert_eq!(said, format!("{old} NewReplicaSet: web-c (0/0 replicas created)"));
}
