//! Host names: `/etc/hosts`, the search list of `/etc/resolv.conf`, and `nslookup`.
//!
//! Models what the C library does (`getaddrinfo`: the file first, then each domain of the list as long as the name has fewer dots than
//! `ndots`) and busybox's `networking/nslookup.c`, which reads `resolv.conf` by itself and adds domains only to names without a dot.

use super::network::{Client, Then};
use super::process;
use crate::network::{Reply, Request};
use crate::shell::Step;
use crate::system::System;

/// Where a name leads, as far as it can be told without asking.
pub(super) enum Found {
    Address(String),
    /// One of these full names, the first that exists.
    Ask(Vec<String>),
    Nowhere,
}

/// `/etc/resolv.conf`.
#[derive(Default)]
struct Resolver {
    servers: Vec<String>,
    search: Vec<String>,
    dots: usize,
}

fn file(path: &str, system: &System<'_, '_>) -> String {
    let data = system.fs().read(system.volumes(), path).unwrap_or_default();
    String::from_utf8_lossy(&data).into_owned()
}

fn resolver(system: &System<'_, '_>) -> Resolver {
    let mut resolver = Resolver { dots: 1, ..Resolver::default() };
    for line in file("/etc/resolv.conf", system).lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("nameserver") => resolver.servers.extend(words.next().map(str::to_owned)),
            Some("search") => resolver.search = words.map(str::to_owned).collect(),
            Some("options") => {
                let dots = words.filter_map(|word| word.strip_prefix("ndots:")?.parse().ok()).next_back();
                resolver.dots = dots.unwrap_or(resolver.dots);
            }
            Some(_) | None => {}
        }
    }
    resolver
}

/// Whether it is an address rather than a name.
fn is_address(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok()
}

/// Looks a host up as the C library does.
pub(super) fn find(host: &str, system: &System<'_, '_>) -> Found {
    if is_address(host) {
        return Found::Address(host.to_owned());
    }
    let hosts = file("/etc/hosts", system);
    let own = hosts.lines().chain(["127.0.0.1 localhost"]).find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let address = words.next()?;
        words.any(|name| name == host).then(|| address.to_owned())
    });
    if let Some(address) = own {
        return Found::Address(address);
    }
    let resolver = resolver(system);
    if resolver.servers.is_empty() {
        return Found::Nowhere;
    }
    let full = host.trim_end_matches('.');
    let is_short = full.len() == host.len() && host.matches('.').count() < resolver.dots;
    let searched = resolver.search.iter().filter(|_| is_short).map(|domain| format!("{full}.{domain}"));
    Found::Ask(searched.chain([full.to_owned()]).collect())
}

/// `hostname -i`
pub(super) fn own_address(name: &str, system: &mut System<'_, '_>) -> Step {
    match find(name, system) {
        Found::Address(address) => process::line(&address, system),
        Found::Ask(_) | Found::Nowhere => {
            system.complain(&format!("hostname: {name}: Host not found"));
            Step::Exit(1)
        }
    }
}

/// How long a server is waited for: `RESOLV_CONF`'s timeout, at the second of two tries.
const PATIENCE: podlapse_model::SimDuration = podlapse_model::SimDuration::from_secs(10);

/// `nslookup HOST [SERVER]`
pub(super) fn nslookup(args: &[String], system: &mut System<'_, '_>) -> Step {
    let mut words = args.iter().filter(|word| !word.starts_with('-'));
    let Some(host) = words.next() else { return Step::Exit(1) };
    let resolver = resolver(system);
    let server = words.next().or(resolver.servers.first()).cloned().unwrap_or_else(|| "127.0.0.1".to_owned());
    let by_library = system.kernel.looks_up_by_library;
    let names = if let (Found::Ask(names), true) = (find(host, system), by_library) {
        names
    } else if host.contains('.') {
        // It asks without the list, which it adds to plain names only.
        vec![host.trim_end_matches('.').to_owned()]
    } else {
        resolver.search.iter().map(|domain| format!("{host}.{domain}")).collect()
    };
    let names = if names.is_empty() { vec![host.clone()] } else { names };
    let is_served = resolver.servers.contains(&server);
    let then = Then::Lookup { host: host.clone(), server, names: names.clone() };
    let deadline = Some(system.now + PATIENCE);
    // Nobody but the cluster's own server is known to answer.
    let request = if is_served { Some(Request::Resolve { names }) } else { None };
    Client::ask(request, deadline, then, system)
}

/// What `nslookup` prints of the answers, one for each name.
pub(super) fn print(host: &str, server: &str, names: &[String], reply: &Reply, system: &mut System<'_, '_>) -> Step {
    let Reply::Addresses(found) = reply else { return Step::Exit(1) };
    if system.kernel.looks_up_by_library {
        system.print(&format!("Server:    {server}\nAddress 1: {server} kube-dns.kube-system.svc.cluster.local\n\n"));
        let Some((name, addresses)) = names.iter().zip(found).find(|(_, addresses)| !addresses.is_empty()) else {
            system.complain(&format!("nslookup: can't resolve '{host}'"));
            return Step::Exit(1);
        };
        system.print(&format!("Name:      {host}\n"));
        for (number, address) in (1..).zip(addresses) {
            // Each address of a Service without one of its own has a name that is not asked for here.
            let own = if addresses.len() == 1 { format!(" {name}") } else { String::new() };
            system.print(&format!("Address {number}: {address}{own}\n"));
        }
        return Step::Exit(0);
    }
    system.print(&format!("Server:\t\t{server}\nAddress:\t{server}:53\n\n"));
    let mut code = 0;
    for (name, addresses) in names.iter().zip(found) {
        // It asks for addresses of both families, and prints an empty line after each answer.
        if addresses.is_empty() {
            code = 1;
            let missing = format!("** server can't find {name}: NXDOMAIN\n\n");
            system.print(&missing.repeat(2));
            continue;
        }
        for address in addresses {
            system.print(&format!("Name:\t{name}\nAddress: {address}\n"));
        }
        system.print("\n\n");
    }
    Step::Exit(code)
}
