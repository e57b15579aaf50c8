//! Pods with generated names: which one of a group on one side is which on the other.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::{NoExpand, Regex};
use serde_json::{Value, json};

use super::compare_named;
use super::mask::ALNUM;
use super::read::{Broken, list, object, optional_text, required, text};

/// Names and the aliases that replace them, in the order of replacement.
#[derive(Default)]
pub(super) struct Names(pub(super) Vec<(String, String)>);

/// Groups of Pods with a common generated prefix, and the names of their owners with aliases.
struct Generated {
    /// Group to names, by creation.
    groups: BTreeMap<String, Vec<String>>,
    owners: Vec<(String, String)>,
}

/// Longer names come first, so that a name that is part of another does not spoil it.
fn longest_first(pairs: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = pairs.into_iter().collect();
    pairs.sort_by_cached_key(|pair| (Reverse(pair.0.chars().count()), pair.clone()));
    pairs
}

fn generated(trace: &Value) -> Result<Generated, Broken> {
    static RANDOM: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("^{ALNUM}{{5}}$")).expect("the pattern is valid"));
    static HASH: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("-{ALNUM}{{6,10}}-$")).expect("the pattern is valid"));
    let (mut groups, mut owners, mut known) = (BTreeMap::<String, Vec<String>>::new(), BTreeSet::new(), BTreeSet::new());
    for change in list(trace, "pods")? {
        let metadata = required(required(change, "object")?, "metadata")?;
        let Some(base) = optional_text(metadata, "generateName")?.filter(|base| !base.is_empty()) else { continue };
        let name = text(metadata, "name")?;
        let is_generated = name.strip_prefix(base).is_some_and(|suffix| RANDOM.is_match(suffix));
        if !is_generated || !known.insert(name) {
            continue;
        }
        let alias = HASH.replace_all(base, NoExpand("-<hash>-")).into_owned();
        if alias != base {
            owners.insert((base.trim_end_matches('-').to_owned(), alias.trim_end_matches('-').to_owned()));
        }
        groups.entry(alias).or_default().push(name.to_owned());
    }
    Ok(Generated { groups, owners: longest_first(owners) })
}

impl Generated {
    /// Pod number k of a group, in the order given or by creation, is called `<group>#k`.
    fn aliases(&self, order: &BTreeMap<String, Vec<String>>) -> Vec<(String, String)> {
        let numbered = |group: &String, names: &[String]| -> Vec<(String, String)> {
            names.iter().enumerate().map(|(at, name)| (name.clone(), format!("{group}#{}", at + 1))).collect()
        };
        let groups = self.groups.iter();
        let pairs = longest_first(groups.flat_map(|(group, names)| numbered(group, order.get(group).unwrap_or(names))));
        pairs.into_iter().chain(self.owners.iter().cloned()).collect()
    }

    /// The aliases where all Pods of one group are called the same.
    fn aliases_without_numbers(&self, group: &str) -> Names {
        let members = self.groups.get(group).map_or(&[] as &[String], Vec::as_slice);
        let first = members.iter().map(|name| (name.clone(), format!("{group}#")));
        let rest = self.aliases(&BTreeMap::new()).into_iter().filter(|(name, _)| !members.contains(name));
        Names(first.chain(rest).collect())
    }
}

/// Aliases for both traces, so that Pods of one group are compared with the Pod on the other side that fared most alike: which
/// replica gets which node, or is created first, is chance.
pub(super) fn pair_up(real: &Value, simulated: &Value) -> Result<(Names, Names), Broken> {
    let (a, b) = (generated(real)?, generated(simulated)?);
    let mut order = BTreeMap::new();
    for (group, real_names) in &a.groups {
        let Some(simulated_names) = b.groups.get(group) else { continue };
        if real_names.len() < 2 && simulated_names.len() < 2 {
            continue;
        }
        let flat = (a.aliases_without_numbers(group), b.aliases_without_numbers(group));
        let mut costs = Vec::new();
        for x in real_names {
            let part = only(real, x)?;
            let row = simulated_names.iter().map(|y| Ok(compare_named(&part, &only(simulated, y)?, &flat.0, &flat.1)?.len()));
            costs.push(row.collect::<Result<Vec<usize>, Broken>>()?);
        }
        order.insert(group.clone(), assign(&costs, simulated_names));
    }
    Ok((Names(a.aliases(&BTreeMap::new())), Names(b.aliases(&order))))
}

/// The names in the order of the rows that they suit: each row, the best served first, takes the cheapest that is left.
fn assign(costs: &[Vec<usize>], names: &[String]) -> Vec<String> {
    let mut rows: Vec<usize> = (0..costs.len()).collect();
    rows.sort_by_key(|&row| costs[row].iter().min().copied().unwrap_or(0));
    let mut free: Vec<usize> = (0..names.len()).collect();
    let mut taken = BTreeMap::new();
    for row in rows {
        if let Some((at, _)) = free.iter().enumerate().min_by_key(|&(_, &column)| (costs[row][column], column)) {
            taken.insert(row, free.remove(at));
        }
    }
    let mut rest = free.into_iter();
    let mut ordered: Vec<usize> = Vec::new();
    for place in 0..costs.len().max(names.len()) {
        ordered.extend(taken.get(&place).copied().or_else(|| rest.next()));
    }
    ordered.into_iter().map(|column| names[column].clone()).collect()
}

/// The part of a trace that speaks of one Pod.
fn only(trace: &Value, name: &str) -> Result<Value, Broken> {
    let (mut watch, mut pods) = (Vec::new(), Vec::new());
    for change in list(trace, "watch")? {
        if text(required(change, "row")?, "name")? == name {
            watch.push(change.clone());
        }
    }
    for change in list(trace, "pods")? {
        if text(object(required(change, "object")?, "metadata")?, "name")? == name {
            pods.push(change.clone());
        }
    }
    let involved = format!("Pod/{name}");
    let events: Vec<&Value> = list(trace, "events")?.iter().filter(|event| event["object"] == involved.as_str()).collect();
    Ok(json!({"duration": trace["duration"], "watch": watch, "pods": pods, "events": events}))
}
