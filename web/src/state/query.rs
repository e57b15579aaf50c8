//! What an address says, frozen by tests: links must go on working.

use podlapse_model::SimTime;
use podlapse_view::{Language, example};

use crate::state::{Mode, State, Theme, View};

/// The part of an address after the question mark.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// `ex`: the slug of an example.
    pub example: Option<&'static str>,
    /// Whether `ex` names an example that does not exist.
    pub is_example_unknown: bool,
    /// `t`: seconds of virtual time.
    pub at: Option<SimTime>,
    /// `view`
    pub view: Option<View>,
    /// `mode`
    pub mode: Mode,
    /// `theme`
    pub theme: Option<Theme>,
    /// `lang`
    pub language: Option<Language>,
}

impl Query {
    /// Reads names and values; what is not known is passed over.
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Query {
        let mut query = Query::default();
        for (name, value) in pairs {
            match name {
                "ex" => {
                    query.example = example(value).map(|example| example.slug);
                    query.is_example_unknown = query.example.is_none();
                }
                "t" => query.at = instant(value),
                "view" => query.view = View::from_slug(value),
                "mode" if value == "embed" => query.mode = Mode::Embed,
                "theme" => query.theme = Theme::from_slug(value),
                "lang" => query.language = Language::from_tag(value),
                _ => {}
            }
        }
        query
    }

    /// The address of what is shown. Texts of one's own and changes of the run are not in it.
    pub fn of(state: &State) -> Query {
        Query {
            example: state.example.filter(|_| state.document().is_none()),
            is_example_unknown: false,
            at: state.run().map(|_| state.playhead.at),
            view: Some(state.view).filter(|view| *view != View::default()),
            mode: state.mode,
            theme: Some(state.theme).filter(|theme| *theme != Theme::default()),
            language: Some(state.language),
        }
    }

    /// The text after the question mark.
    pub fn write(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.example.map(|slug| format!("ex={slug}")));
        parts.extend(self.at.map(|at| format!("t={}", seconds(at))));
        parts.extend(self.view.map(|view| format!("view={}", view.slug())));
        if self.mode == Mode::Embed {
            parts.push("mode=embed".to_owned());
        }
        parts.extend(self.theme.map(|theme| format!("theme={}", theme.slug())));
        parts.extend(self.language.map(|language| format!("lang={}", language.tag())));
        parts.join("&")
    }
}

/// Seconds with as many figures as there are, up to the nanosecond.
fn seconds(at: SimTime) -> String {
    let ns = at.as_nanos();
    let sign = if ns < 0 { "-" } else { "" };
    let (whole, part) = (ns.unsigned_abs() / 1_000_000_000, ns.unsigned_abs() % 1_000_000_000);
    let part = format!("{part:09}");
    let part = part.trim_end_matches('0');
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

fn instant(text: &str) -> Option<SimTime> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if 9 < part.len() || !(whole.bytes().chain(part.bytes())).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: i64 = format!("{part:0<9}").parse().ok()?;
    let ns = whole.parse::<i64>().ok()?.checked_mul(1_000_000_000)?.checked_add(part)?;
    Some(SimTime::from_nanos(if negative { -ns } else { ns }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        let query = Query {
            example: Some("crash-loop"),
            is_example_unknown: false,
            at: Some(SimTime::from_nanos(12_318_000_000)),
            view: Some(View::Object),
            mode: Mode::Embed,
            theme: Some(Theme::Dark),
            language: Some(Language::Chinese),
        };
        let text = query.write();
        assert_eq!(text, "ex=crash-loop&t=12.318&view=object&mode=embed&theme=dark&lang=zh-CN");
        assert_eq!(Query::read(text.split('&').filter_map(|pair| pair.split_once('='))), query);
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        let wrong = [("t", "soon"), ("t", "99999999999999999999"), ("view", ""), ("mode", "x"), ("lang", "de")];
        assert_eq!(Query::read(wrong), Query::default());
        assert!(Query::read([("ex", "nothing")]).is_example_unknown);
        assert_eq!(Query::read([("t", "-0.5")]).at, Some(SimTime::from_nanos(-500_000_000)));
    }
}
