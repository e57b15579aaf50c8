//! `kubectl attach` and `kubectl port-forward`: commands that stay with a running Pod.
//!
//! Models `k8s.io/kubectl/pkg/cmd/{attach,portforward}` and `k8s.io/client-go/tools/portforward` (v1.36). Nothing can be typed into a
//! container, and nobody connects to a port that is forwarded.

use std::sync::Arc;

use podlapse_core::client::{ClientView, LogKey, Outcome, Turn};
use podlapse_core::store::authorization::Access;
use podlapse_model::api::core::v1::{ContainerStatus, Pod, Service};
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, SimTime};

use super::Call;
use super::attach::notice;
use super::logs::{all_container_names, attachable};
use super::report::{Report, failed, usage};
use super::targets::{Targets, type_and_name};

/// The first of the ports that are listened on where the line leaves the choice.
const FREE_PORT: u16 = 40_000;

/// A command that stays with a Pod.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    targets: Targets,
    doing: Doing,
    /// The Pod, once it was chosen, and since when it is stayed with.
    begun: Option<(Arc<Pod>, SimTime)>,
    shown: Outcome,
}

#[derive(Clone, Debug)]
enum Doing {
    /// Shows what a container prints from then on.
    Attach {
        container: Option<String>,
        notice: String,
        wants_tty: bool,
    },
    Forward {
        ports: Vec<String>,
        addresses: Vec<String>,
    },
}

/// `kubectl attach POD`.
pub(super) fn parse_attach(call: &Call<'_>) -> Result<Stream, Outcome> {
    let arguments = call.arguments()?;
    let target = match arguments.words.as_slice() {
        [] => return Err(failed("at least 1 argument is required for attach")),
        [target] => target.clone(),
        [kind, name] => format!("{kind}/{name}"),
        words => {
            let seen = words.join(" ");
            let message = format!("expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: [{seen}]", words.len());
            return Err(failed(message));
        }
    };
    let doing = Doing::Attach {
        container: arguments.get("container").map(str::to_owned),
        notice: notice(arguments.is_on("quiet"), false),
        wants_tty: arguments.is_on("tty") && !arguments.is_on("quiet"),
    };
    Stream::new(Targets::parse(&arguments, &[]).map_err(failed)?, &target, doing)
}

/// `kubectl port-forward TYPE/NAME PORT...`.
pub(super) fn parse_forward(call: &Call<'_>) -> Result<Stream, Outcome> {
    let arguments = call.arguments()?;
    let [target, ports @ ..] = arguments.words.as_slice() else { return Err(usage(call.verb, NO_PORTS)) };
    if ports.is_empty() {
        return Err(usage(call.verb, NO_PORTS));
    }
    let given: Vec<&str> = arguments.all("address").collect();
    let addresses = if given.is_empty() { vec!["localhost"] } else { given };
    let doing = Doing::Forward { ports: ports.to_vec(), addresses: addresses.into_iter().map(str::to_owned).collect() };
    Stream::new(Targets::parse(&arguments, &[]).map_err(failed)?, target, doing)
}

const NO_PORTS: &str = "TYPE/NAME and list of ports are required for port-forward";

impl Stream {
    fn new(mut targets: Targets, target: &str, doing: Doing) -> Result<Stream, Outcome> {
        let named = if target.contains('/') { type_and_name(target).map_err(failed)? } else { (Kind::Pod, target.to_owned()) };
        targets.names.push(named);
        Ok(Stream { targets, doing, begun: None, shown: Outcome::default() })
    }

    /// What was printed so far.
    pub(super) fn printed(&self) -> Outcome {
        self.shown.clone()
    }

    pub(super) fn resume(&mut self, view: &ClientView<'_>) -> Turn {
        let (pod, since) = match &self.begun {
            Some((pod, since)) => (Arc::clone(pod), *since),
            None => match self.begin(view) {
                Ok(pod) => {
                    self.begun = Some((Arc::clone(&pod), view.now));
                    (pod, view.now)
                }
                Err(outcome) => return Turn::Done(outcome),
            },
        };
        let key = Object::Pod(Arc::clone(&pod)).key();
        let now = view.store.get(&key).and_then(Object::typed::<Pod>).filter(|now| now.metadata.uid == pod.metadata.uid);
        let is_over = match &self.doing {
            Doing::Attach { container, .. } => {
                let name = container.as_deref().unwrap_or_default();
                let Some(status) = status_of(&pod, name) else { return Turn::Done(self.shown.clone()) };
                let uid = pod.metadata.uid.as_deref().unwrap_or_default().into();
                let attempt = u32::try_from(status.restart_count).unwrap_or_default();
                let lines = view.logs.of(&LogKey { pod: uid, container: name.into(), attempt });
                self.shown.stdout = lines.iter().filter(|line| since <= line.at).map(|line| format!("{}\n", line.text)).collect();
                now.and_then(|now| status_of(now, name))
                    .is_none_or(|now| now.container_id != status.container_id || !is_running(now))
            }
            Doing::Forward { .. } => {
                let is_lost =
                    now.is_none_or(|now| now.status.as_ref().and_then(|status| status.phase.as_deref()) != Some("Running"));
                if is_lost {
                    self.shown.stderr.push_str("error: lost connection to pod\n");
                    self.shown.exit = 1;
                }
                is_lost
            }
        };
        if is_over { Turn::Done(self.shown.clone()) } else { Turn::Wait { until: None } }
    }

    /// Chooses the Pod and says what is said in the beginning.
    fn begin(&mut self, view: &ClientView<'_>) -> Result<Arc<Pod>, Outcome> {
        let found = self.targets.resolve(view.store).next();
        let object = found.unwrap_or_else(|| Err(podlapse_manifest::Rejection::Client("no resources found".to_owned())));
        let object = object.map_err(ended)?;
        let service = object.typed::<Service>().cloned();
        let pod = attachable(object, view).map_err(failed)?;
        let name = pod.name().to_owned();
        let namespace = pod.namespace().to_owned();
        let phase = pod.status.as_ref().and_then(|status| status.phase.clone()).unwrap_or_default();
        let key = ObjectKey::new(Kind::Pod, &namespace, &name);
        let subresource = if matches!(self.doing, Doing::Attach { .. }) { "attach" } else { "portforward" };
        let allowed = self.targets.caller.may_access(view.store, &Access::to("create", &key).of(subresource));
        let shown = match &mut self.doing {
            Doing::Attach { container, notice, wants_tty } => {
                if matches!(phase.as_str(), "Succeeded" | "Failed") {
                    return Err(failed(format!("cannot attach a container in a completed pod; current phase is {phase}")));
                }
                let mut stderr = String::new();
                let unknown = |message| failed(format!("cannot attach to the container: {message}"));
                let chosen = choose(&pod, container.as_deref(), &mut stderr).map_err(unknown)?;
                if std::mem::take(wants_tty) && !has_tty(&pod, &chosen) {
                    stderr.push_str(&format!("error: Unable to use a TTY - container {chosen} did not allocate one\n"));
                }
                stderr.push_str(notice);
                allowed.map_err(ended)?;
                if !status_of(&pod, &chosen).is_some_and(is_running) {
                    stderr.push_str(&format!(
                        "error: unable to upgrade connection: container {chosen} not found in pod {name}_{namespace}\n"
                    ));
                    return Err(Outcome { stderr, exit: 1, ..Outcome::default() });
                }
                *container = Some(chosen);
                Outcome { stderr, ..Outcome::default() }
            }
            Doing::Forward { ports, addresses } => {
                let ports: Result<Vec<(u16, u16)>, String> =
                    ports.iter().map(|port| forwarded(port, &pod, service.as_ref())).collect();
                let ports = ports.map_err(failed)?;
                if phase != "Running" {
                    let message = format!("unable to forward port because pod is not running. Current status={phase}");
                    return Err(failed(message));
                }
                allowed.map_err(ended)?;
                let mut stdout = String::new();
                let mut free = FREE_PORT;
                for (local, remote) in ports {
                    let local = if local == 0 { free } else { local };
                    free = free.checked_add(1).unwrap_or(FREE_PORT);
                    for address in addresses.iter() {
                        let places = if address == "localhost" { &["127.0.0.1", "[::1]"][..] } else { &[address.as_str()][..] };
                        places
                            .iter()
                            .for_each(|place| stdout.push_str(&format!("Forwarding from {place}:{local} -> {remote}\n")));
                    }
                }
                Outcome { stdout, ..Outcome::default() }
            }
        };
        self.shown = shown;
        Ok(pod)
    }
}

fn ended(error: podlapse_manifest::Rejection) -> Outcome {
    let mut report = Report::default();
    report.errors.push(error);
    report.end("", "")
}

/// The container that is meant (`FindOrDefaultContainerByName`).
pub(super) fn choose(pod: &Pod, wanted: Option<&str>, stderr: &mut String) -> Result<String, String> {
    let spec = pod.spec.clone().unwrap_or_default();
    let others = spec.init_containers.iter().flatten().map(|container| &container.name);
    let others = others.chain(spec.ephemeral_containers.iter().flatten().map(|container| &container.name));
    let mut all = spec.containers.iter().map(|container| &container.name).chain(others);
    let annotation = pod.annotation("kubectl.kubernetes.io/default-container");
    if let Some(name) = wanted.or(annotation) {
        let pod_name = pod.name();
        let unknown = || format!("container {name} is not valid for pod {pod_name} out of: {}", all_container_names(pod));
        let found = all.find(|known| *known == name).cloned();
        return found.ok_or_else(unknown);
    }
    let first = all.next().cloned().unwrap_or_default();
    if all.next().is_some() {
        stderr.push_str(&format!("Defaulted container {first:?} out of: {}\n", all_container_names(pod)));
    }
    Ok(first)
}

fn has_tty(pod: &Pod, container: &str) -> bool {
    let all = pod.spec.iter().flat_map(|spec| &spec.containers);
    all.filter(|known| known.name == container).any(|known| known.tty == Some(true))
}

fn status_of<'a>(pod: &'a Pod, container: &str) -> Option<&'a ContainerStatus> {
    let status = pod.status.as_ref()?;
    let all = [&status.container_statuses, &status.init_container_statuses, &status.ephemeral_container_statuses];
    all.into_iter().flat_map(|list| list.iter().flatten()).find(|status| status.name == container)
}

fn is_running(status: &ContainerStatus) -> bool {
    status.state.as_ref().is_some_and(|state| state.running.is_some())
}

/// The local port, 0 for any, and the one of the Pod, of a word such as `8080:http` (`translateServicePortToTargetPort`,
/// `convertPodNamedPortToNumber`, `parsePorts`).
fn forwarded(word: &str, pod: &Pod, service: Option<&Service>) -> Result<(u16, u16), String> {
    let (local, remote) = match word.split(':').collect::<Vec<_>>().as_slice() {
        [both] => (both.to_string(), both.to_string()),
        [local, remote] => (local.to_string(), remote.to_string()),
        _ => return Err(format!("invalid port format '{word}'")),
    };
    if remote.is_empty() {
        return Err("remote port cannot be empty".to_owned());
    }
    let is_same = local == remote;
    let target = match service {
        Some(service) => of_service(&remote, pod, service)?,
        None if remote.parse::<i64>().is_ok() => remote.clone(),
        None => of_container(pod, &remote)?.to_string(),
    };
    // A name that stands alone is the number on both sides, and so is the port of a Service by its name.
    let local = match is_same && local.parse::<i64>().is_err() {
        true => service.map_or(Ok(target.clone()), |service| of_name(&remote, service).map(|port| port.to_string()))?,
        false => local,
    };
    let number = |side: &str, text: &str| {
        text.parse::<u16>().map_err(|_| {
            let wrong = if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
                "value out of range"
            } else {
                "invalid syntax"
            };
            format!("error parsing {side} port '{text}': strconv.ParseUint: parsing {text:?}: {wrong}")
        })
    };
    let local = if local.is_empty() { 0 } else { number("local", &local)? };
    match number("remote", &target)? {
        0 => Err("remote port must be > 0".to_owned()),
        remote => Ok((local, remote)),
    }
}

/// The port of a Service by its name.
fn of_name(name: &str, service: &Service) -> Result<i32, String> {
    let mut ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    let found = ports.find(|port| port.name.as_deref() == Some(name)).map(|port| port.port);
    let service = service.name();
    found.ok_or_else(|| format!("Service '{service}' does not have a named port '{name}'"))
}

/// The port of a Pod behind one of a Service.
fn of_service(remote: &str, pod: &Pod, service: &Service) -> Result<String, String> {
    let number = remote.parse::<i32>().or_else(|_| of_name(remote, service))?;
    let Some(spec) = &service.spec else { return Ok(number.to_string()) };
    let Some(port) = spec.ports.iter().flatten().find(|port| port.port == number) else {
        let name = service.name();
        return Err(format!("Service {name} does not have a service port {number}"));
    };
    match &port.target_port {
        _ if spec.cluster_ip.as_deref() == Some("None") => Ok(number.to_string()),
        Some(IntOrString::Int(target)) if *target != 0 => Ok(target.to_string()),
        Some(IntOrString::String(name)) => of_container(pod, name).map(|port| port.to_string()),
        Some(IntOrString::Int(_)) | None => Ok(number.to_string()),
    }
}

/// The port of a Pod by its name.
fn of_container(pod: &Pod, name: &str) -> Result<i32, String> {
    let ports = pod.spec.iter().flat_map(|spec| &spec.containers).flat_map(|container| container.ports.iter().flatten());
    let found = ports.filter(|port| port.name.as_deref() == Some(name)).map(|port| port.container_port).next();
    let pod = pod.name();
    found.ok_or_else(|| format!("Pod '{pod}' does not have a named port '{name}'"))
}
