//! What the browser remembers between visits. A browser that refuses costs the memory, nothing else.

use podlapse_view::Language;
use web_sys::{Storage, window};
use yew::prelude::*;

use crate::state::{Action, Layout, Mode, State, Theme};

const WORKLOAD: &str = "podlapse.workload";
const CLUSTER: &str = "podlapse.cluster";
/// The texts of the last run, which may be earlier ones.
const GOOD_WORKLOAD: &str = "podlapse.good.workload";
const GOOD_CLUSTER: &str = "podlapse.good.cluster";
const LAYOUT: &str = "podlapse.layout";
const THEME: &str = "podlapse.theme";
const LANGUAGE: &str = "podlapse.language";

fn storage() -> Option<Storage> {
    window()?.local_storage().ok().flatten()
}

fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

fn set(key: &str, value: Option<&str>) {
    let Some(storage) = storage() else { return };
    // A full or forbidden store is no reason to trouble anyone.
    match value {
        Some(value) => storage.set_item(key, value).ok(),
        None => storage.remove_item(key).ok(),
    };
}

/// What was remembered, as actions. An address that names an example comes before remembered texts.
pub(crate) fn remembered(names_example: bool) -> Vec<Action> {
    let mut actions = Vec::new();
    actions.extend(get(LAYOUT).and_then(|text| Layout::from_text(&text)).map(Action::Layout));
    actions.extend(get(THEME).and_then(|slug| Theme::from_slug(&slug)).map(Action::Theme));
    actions.extend(get(LANGUAGE).and_then(|tag| Language::from_tag(&tag)).map(Action::Language));
    if let (false, Some(workload), Some(cluster)) = (names_example, get(WORKLOAD), get(CLUSTER)) {
        actions.push(Action::Restore(workload.into(), cluster.into()));
    }
    actions
}

/// The texts of one's own that could be run last: workload and cluster.
pub(crate) fn good() -> Option<(String, String)> {
    Some((get(GOOD_WORKLOAD)?, get(GOOD_CLUSTER)?))
}

/// Remembers texts of one's own, sizes, theme and language as they change.
#[hook]
pub(crate) fn use_storage(state: &UseReducerHandle<State>) {
    let is_page = state.mode == Mode::Page;
    let is_own = state.is_own_text();
    use_effect_with((is_page, is_own, state.workload.clone(), state.cluster.clone()), |(is_page, is_own, workload, cluster)| {
        if *is_page {
            set(WORKLOAD, is_own.then_some(workload));
            set(CLUSTER, is_own.then_some(cluster));
        }
    });
    let is_good = is_page && state.finished.as_ref().is_some_and(|finished| finished.edition == state.edition);
    let texts = is_good.then(|| (is_own, state.workload.clone(), state.cluster.clone()));
    use_effect_with(texts, |texts| {
        if let Some((is_own, workload, cluster)) = texts {
            set(GOOD_WORKLOAD, is_own.then_some(workload));
            set(GOOD_CLUSTER, is_own.then_some(cluster));
        }
    });
    use_effect_with((is_page, state.layout, state.theme, state.language), |(is_page, layout, theme, language)| {
        if *is_page {
            set(LAYOUT, Some(&layout.to_text()));
            set(THEME, Some(theme.slug()));
            set(LANGUAGE, Some(language.tag()));
        }
    });
}
