//! Icons, drawn on a grid of 16.

use yew::prelude::*;

/// An icon. It says nothing by itself: the control that holds it has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    First,
    StageBack,
    Back,
    Play,
    Pause,
    Forward,
    StageForward,
    Last,
    ZoomIn,
    ZoomOut,
    Fit,
    Contrast,
    Help,
    Link,
    Book,
    Close,
    FoldLeft,
    FoldRight,
    Warning,
    Stop,
    Check,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Icon::First => "M3 3v10M13 3.5v9L6 8z",
            Icon::StageBack => "M13 3.5v9L8 8zM7.5 3.5v9l-5-4.5z",
            Icon::Back => "M11 3.5v9L4.5 8z",
            Icon::Play => "M5 3v10l8-5z",
            Icon::Pause => "M4.5 3h2.2v10H4.5zM9.3 3h2.2v10H9.3z",
            Icon::Forward => "M5 3.5v9L11.5 8z",
            Icon::StageForward => "M3 3.5v9L8 8zM8.5 3.5v9l5-4.5z",
            Icon::Last => "M13 3v10M3 3.5v9L10 8z",
            Icon::ZoomIn => "M3 8h10M8 3v10",
            Icon::ZoomOut => "M3 8h10",
            Icon::Fit => "M2.5 3v10M13.5 3v10M5 8h6M7 6 5 8l2 2M9 6l2 2-2 2",
            Icon::Contrast => "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
            Icon::Help => "M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.3v.4M8 11.9v.6",
            Icon::Link => {
                "M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.8.8M9.2 6.8a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.8-.8"
            }
            Icon::Book => "M2.5 3.5h4.2L8 4.8l1.3-1.3h4.2v8.7H9.3L8 13.4l-1.3-1.2H2.5zM8 4.8v8.6",
            Icon::Close => "M4 4l8 8M12 4l-8 8",
            Icon::FoldLeft => "M2.5 3h11v10h-11zM6.5 3v10",
            Icon::FoldRight => "M2.5 3h11v10h-11zM9.5 3v10",
            Icon::Warning => "M8 3 14 13H2zM8 7v3M8 11.4v.4",
            Icon::Stop => "M4 4h8v8H4z",
            Icon::Check => "M3 8.5l3.2 3.2L13 4.8",
        }
    }

    const fn is_filled(self) -> bool {
        match self {
            Icon::First | Icon::StageBack | Icon::Back | Icon::Play | Icon::Pause => true,
            Icon::Forward | Icon::StageForward | Icon::Last | Icon::Stop => true,
            Icon::ZoomIn | Icon::ZoomOut | Icon::Fit | Icon::Contrast | Icon::Help | Icon::Link | Icon::Book => false,
            Icon::Close | Icon::FoldLeft | Icon::FoldRight | Icon::Warning | Icon::Check => false,
        }
    }
}

/// Draws an icon.
pub(crate) fn icon(icon: Icon) -> Html {
    let class = if icon.is_filled() { "icon filled" } else { "icon" };
    html! { <svg {class} viewBox="0 0 16 16" aria-hidden="true"><path d={icon.path()} /></svg> }
}

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct IconButtonProps {
    pub(crate) icon: Icon,
    /// Its name, which is also its tooltip.
    pub(crate) name: String,
    pub(crate) onclick: Callback<MouseEvent>,
    #[prop_or_default]
    pub(crate) testid: Option<&'static str>,
    #[prop_or_default]
    pub(crate) disabled: bool,
    #[prop_or_default]
    pub(crate) pressed: Option<bool>,
    #[prop_or_default]
    pub(crate) class: Classes,
}

/// A button with an icon alone.
#[component]
pub(crate) fn IconButton(props: &IconButtonProps) -> Html {
    let pressed = props.pressed.map(|pressed| pressed.to_string());
    html! {
        <button type="button" class={classes!("icon-button", props.class.clone())} aria-label={props.name.clone()} title={props.name.clone()}
            aria-pressed={pressed} data-testid={props.testid} disabled={props.disabled} onclick={props.onclick.clone()}>
            { icon(props.icon) }
        </button>
    }
}
