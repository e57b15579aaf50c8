//! `kubectl config`, of the one cluster and user that there are. Models `k8s.io/kubectl/pkg/cmd/config` (v1.36).
//!
//! What can be set is the namespace of the context. It stands in a file of the prompt, as on a real machine; a command from elsewhere
//! has no such file and begins in `default`.

use podlapse_core::client::{CommandLine, Outcome};

use super::Call;
use super::flags::{Arguments, flags_of};
use super::report::{failed, usage};
use crate::output::Format;
use crate::table::TablePrinter;

/// Where the prompt keeps it.
pub(crate) const FILE: &str = ".kube/config";

const CONTEXT: &str = "kubernetes-admin@kubernetes";

/// The namespace of the context; `None` where none was chosen.
pub(super) fn namespace(line: &CommandLine) -> Option<&str> {
    let lines = line.files.get(FILE)?.lines();
    lines.filter_map(|line| line.trim().strip_prefix("namespace:")).map(str::trim).find(|namespace| !namespace.is_empty())
}

/// The file for a context with this namespace.
fn file(namespace: &str) -> String {
    let namespace = if namespace.is_empty() { String::new() } else { format!("    namespace: {namespace}\n") };
    format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: DATA+OMITTED\n    server: https://127.0.0.1:6443\n  \
         name: kubernetes\ncontexts:\n- context:\n    cluster: kubernetes\n{namespace}    user: kubernetes-admin\n  name: {CONTEXT}\n\
         current-context: {CONTEXT}\nkind: Config\nusers:\n- name: kubernetes-admin\n  user:\n    client-certificate-data: \
         DATA+OMITTED\n    client-key-data: DATA+OMITTED\n"
    )
}

/// What a line of `kubectl config` leaves in the file; `None` where it changes nothing.
pub(crate) fn changed(words: &[String]) -> Option<String> {
    let [verb, what, rest @ ..] = words else { return None };
    if verb != "config" || what != "set-context" {
        return None;
    }
    let arguments = Arguments::parse(rest, &flags_of("config set-context")).ok()?;
    let names_ours = arguments.is_on("current") || arguments.words == [CONTEXT];
    arguments.get("namespace").filter(|_| names_ours).map(file)
}

/// `kubectl config SUBCOMMAND`.
pub(super) fn run(call: &Call<'_>) -> Result<Outcome, Outcome> {
    let arguments = call.arguments()?;
    let said = |stdout: String| Ok(Outcome { stdout, ..Outcome::default() });
    let namespace = namespace(call.line).unwrap_or_default();
    let no_arguments = || super::about::no_words(call, &arguments);
    match call.verb {
        "config view" => {
            no_arguments()?;
            let text = file(namespace);
            let stream = podlapse_manifest::read_stream(&text);
            let value = stream.documents.first().map(|document| document.json.clone()).unwrap_or_default();
            let format = Format::parse(arguments.get("output").unwrap_or("yaml"), call.line).map_err(failed)?;
            match format.print_json(&value) {
                Ok(text) => said(text),
                Err(message) => Err(failed(message)),
            }
        }
        "config current-context" => no_arguments().and_then(|()| said(format!("{CONTEXT}\n"))),
        "config get-contexts" => {
            if let Some(name) = arguments.words.iter().find(|name| *name != CONTEXT) {
                return Err(failed(format!("context {name} not found")));
            }
            if arguments.get("output") == Some("name") {
                return said(format!("{CONTEXT}\n"));
            }
            let heads = ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"].map(str::to_owned);
            let row = ["*", CONTEXT, "kubernetes", "kubernetes-admin", namespace].map(str::to_owned);
            let rows: Vec<_> = (!arguments.is_on("no-headers")).then_some(heads).into_iter().chain([row]).collect();
            said(TablePrinter::default().print(&rows))
        }
        "config get-clusters" => said("NAME\nkubernetes\n".to_owned()),
        "config get-users" => said("NAME\nkubernetes-admin\n".to_owned()),
        "config use-context" => match arguments.words.as_slice() {
            [name] if name == CONTEXT => said(format!("Switched to context {name:?}.\n")),
            [name] => Err(failed(format!("no context exists with the name: {name:?}"))),
            words => Err(usage(call.verb, format!("Unexpected args: [{}]", words.join(" ")))),
        },
        "config set-context" => match (arguments.words.as_slice(), arguments.is_on("current")) {
            ([], false) => Err(failed("you must specify a non-empty context name or --current")),
            ([_, ..], true) => Err(failed("you cannot specify both a context name and --current")),
            ([], true) => said(format!("Context {CONTEXT:?} modified.\n")),
            ([name], false) if name == CONTEXT => said(format!("Context {name:?} modified.\n")),
            ([_, ..], false) => Err(failed(format!("kubectl {}: {ONE}", call.verb))),
        },
        _ => Err(failed(format!("kubectl {}: {ONE}", call.verb))),
    }
}

const ONE: &str = "there is one cluster and one user here; set-context --current --namespace=NAME chooses a namespace";
