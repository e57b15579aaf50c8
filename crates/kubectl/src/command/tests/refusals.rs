//! What kubectl refuses by itself, and in which words.

use podlapse_model::SortedMap;

use super::with_pod;

const NOTHING: &str = "error: You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   \
                       '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'\n";

#[test]
fn what_names_nothing_is_told_how() {
    for line in ["expose", "set image", "scale --replicas=1", "wait --for=delete", "edit", "set selector svc"] {
        with_pod().check(line, "", NOTHING);
    }
}

#[test]
fn types_are_looked_for_without_what_follows_them() {
    let mut cluster = with_pod();
    cluster.check("get pods.v1", "", "error: the server doesn't have a resource type \"pods\"\n");
    cluster.check("get deployments.extensions", "", "error: the server doesn't have a resource type \"deployments\"\n");
    cluster.check("get pods, web", "", "error: arguments in resource/name form must have a single resource and name\n");
    cluster.check("create job j --from=cron", "", "error: the server doesn't have a resource type \"cron\"\n");
    cluster.check("events --for=web", "", "error: --for must be in resource/name form\n");
    let outcome = cluster.run("events --for=foo/web");
    assert_eq!((outcome.stderr.as_str(), outcome.exit), ("the server doesn't have a resource type \"foo\"\n", 1));
}

#[test]
fn the_server_is_asked_about_selectors() {
    let bad = "Error from server (BadRequest): Unable to find \"/v1, Resource=pods\" that match label selector \"=x\", field selector \
               \"\": found '=', expected: !, identifier, or 'end of string'\n";
    with_pod().check("get pods -l =x", "", bad);
    with_pod().check("delete pods -l =x", "", bad);
}

#[test]
fn taints_are_read_before_nodes() {
    let see = "See 'kubectl taint -h' for help and examples\n";
    let name = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character \
                (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    with_pod().check("taint nodes node-1 k=v", "", &format!("error: invalid taint spec: k=v, {name}\n{see}"));
    let twice = "error: duplicated taints with the same key and effect: {k v NoSchedule <nil>}\n";
    with_pod().check("taint nodes node-1 k:NoSchedule k=v:NoSchedule", "", &format!("{twice}{see}"));
}

#[test]
fn variables_are_read_before_workloads() {
    let mut cluster = with_pod();
    let both = "error: can not both modify and remove the same environment variable in the same command\n";
    cluster.check("set env pod/web A=b A-", "", both);
    let name = "error: \"1\" is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', \
                '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for \
                validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')\n";
    cluster.check("set env pod/web 1=a", "", name);
    cluster.check(
        "run p --image=a --image-pull-policy=No",
        "",
        "error: invalid image pull policy: No\nSee 'kubectl run -h' for help and examples\n",
    );
    cluster.check("create service clusterip s --tcp=80:99999", "", "error: must be between 1 and 65535, inclusive\n");
    cluster.check("label pod", "", "error: at least one label update is required\n");
    cluster.check("get pods -o jsonpath={.items", "", "error: error parsing jsonpath {.items, unclosed action\n");
    cluster.check("cordon node-1 none", "", "Error from server (NotFound): nodes \"none\" not found\n");
}

#[test]
fn a_file_without_a_namespace_goes_where_the_line_says() {
    let mut cluster = with_pod();
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    let files: SortedMap<std::sync::Arc<str>, std::sync::Arc<str>> = [("c.yaml".into(), text.into())].into_iter().collect();
    cluster.run("create namespace dev");
    assert_eq!(cluster.run_with("apply -f c.yaml -n dev", None, files.clone()).stdout, "configmap/c created\n");
    assert_eq!(cluster.run("get cm -n dev -o name").stdout, "configmap/c\n");
    let missing = "Error from server (NotFound): error when deleting \"c.yaml\": configmaps \"c\" not found\n";
    assert_eq!(cluster.run_with("delete -f c.yaml", None, files.clone()).stderr, missing);
    let remembered = "{\"kubectl.kubernetes.io/last-applied-configuration\":\"{\\\"apiVersion\\\":\\\"v1\\\",\\\"kind\\\":\\\"ConfigMap\\\",\
                      \\\"metadata\\\":{\\\"annotations\\\":{},\\\"name\\\":\\\"c\\\",\\\"namespace\\\":\\\"default\\\"}}\\n\"}";
    cluster.run_with("create -f c.yaml --save-config", None, files);
    assert_eq!(cluster.run("get cm c -o jsonpath={.metadata.annotations}").stdout, remembered);
}

#[test]
fn apply_tells_of_what_the_server_added() {
    let mut cluster = with_pod();
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: v}\nspec:\n  containers: [{name: c, image: a, volumeMounts: [{name: d, mountPath: /d}]}]\n  \
                volumes: [{name: d, emptyDir: {}}]\n";
    let files: SortedMap<std::sync::Arc<str>, std::sync::Arc<str>> = [("v.yaml".into(), text.into())].into_iter().collect();
    assert_eq!(cluster.run_with("apply -f v.yaml", None, files.clone()).stdout, "pod/v created\n");
    // The volume of the service account's token is not in the file.
    assert_eq!(cluster.run("get pod v -o jsonpath={.spec.volumes[*].name}").stdout.split(' ').count(), 2);
    assert_eq!(cluster.run_with("apply -f v.yaml", None, files.clone()).stdout, "pod/v configured\n");
    let own = cluster.run_with("apply -f v.yaml --dry-run=client -o jsonpath={.spec}", None, files).stdout;
    assert!(own.starts_with("{\"containers\":[{\"image\":\"a\","), "{own}");
}

#[test]
fn a_dry_patch_is_told_as_any_other() {
    let line = "patch pod web --dry-run=client -p '{\"metadata\":{\"labels\":{\"a\":\"b\"}}}'";
    assert_eq!(with_pod().run(line).stdout, "pod/web patched\n");
    let list = with_pod().run("events -o yaml").stderr;
    assert_eq!(list, "No events found in default namespace.\n");
}

#[test]
fn flags_are_those_of_each_verb() {
    let refused = |flag: &str, verb: &str| format!("error: {flag}\nSee 'kubectl {verb} --help' for usage.\n");
    let mut cluster = with_pod();
    cluster.check("cordon node-1 -o yaml", "", &refused("unknown shorthand flag: 'o' in -o", "cordon"));
    cluster.check("rollout restart deploy/web --dry-run=client", "", &refused("unknown flag: --dry-run", "rollout restart"));
    cluster.check("create ns a --image=b", "", &refused("unknown flag: --image", "create namespace"));
    cluster.check("get pods -oname --kuberc=off --output-watch-events=false", "pod/web\n", "");
}

#[test]
fn what_is_named_and_selected_is_told_apart() {
    let mut cluster = with_pod();
    let both = "error: selectors and the all flag cannot be used when passing resource/name arguments\n";
    cluster.check("get pod/web -l a=b", "", both);
    cluster.check("get pod web -l a=b", "", "error: name cannot be provided when a selector is specified\n");
    cluster.check("label pods --all -l a=b c=d", "", "error: cannot set --all and --selector at the same time\n");
    cluster.check("get pods -f nope.yaml", "", "error: the path \"nope.yaml\" does not exist\n");
    cluster.check("get pod web -n nope", "", "Error from server (NotFound): namespaces \"nope\" not found\n");
    cluster.check("get pods -o yaml=x", "", &cluster_format("yaml=x"));
}

fn cluster_format(format: &str) -> String {
    format!(
        "error: unable to match a printer suitable for the output format \"{format}\", allowed formats are: \
         custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,\
         templatefile,wide,yaml\n"
    )
}
