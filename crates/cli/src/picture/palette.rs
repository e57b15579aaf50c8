//! The colours and patterns of the picture: those of the playground (`web/style/tokens.css`), light and dark.

/// The name of a colour, in light and in dark.
pub(super) const COLORS: [(&str, &str, &str); 23] = [
    ("surface", "#ffffff", "#1a1e24"),
    ("text", "#1b1f26", "#e4e7ec"),
    ("text-quiet", "#4b5563", "#b0b8c4"),
    ("text-faint", "#667080", "#8f99a8"),
    ("line", "#e1e4ea", "#2b313b"),
    ("accent", "#1d4ed8", "#7da7ff"),
    ("waiting", "#6b7280", "#9aa4b2"),
    ("waiting-ground", "#eceef1", "#2a3038"),
    ("creating", "#2563eb", "#6ea2ff"),
    ("creating-ground", "#dbe7fe", "#1c2c4d"),
    ("running", "#0f766e", "#3fc9b6"),
    ("ready", "#0f766e", "#2fae9d"),
    ("on-ready", "#ffffff", "#06201c"),
    ("failing", "#b91c1c", "#f0716e"),
    ("on-failing", "#ffffff", "#2a0707"),
    ("back-off", "#b91c1c", "#f58a87"),
    ("back-off-ground", "#fde8e8", "#3d2021"),
    ("terminating", "#6d28d9", "#b79af7"),
    ("terminating-ground", "#ede7fb", "#2e2547"),
    ("completed", "#475569", "#94a3b8"),
    ("on-completed", "#ffffff", "#10151d"),
    ("unknown", "#92600a", "#e5b450"),
    ("unknown-ground", "#fdf0cf", "#3b3016"),
];

/// Looks that are hatched: the name, the distance of the strokes, their angle, and how much of the colour is in them, in percent.
const HATCHED: [(&str, u32, i32, u32); 5] = [
    ("waiting", 6, 45, 32),
    ("creating", 8, 0, 45),
    ("back-off", 5, -45, 42),
    ("terminating", 7, -60, 45),
    ("unknown", 9, 90, 45),
];

/// The rules of the style sheet; a colour stands as `{name}`.
const RULES: &str = "\
.ground{fill:{surface}}
text{font:12px ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:{text}}
.title{font:600 20px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}
.kind,.legend{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;fill:{text-faint}}
.name{font-weight:600}
.quiet,.words{fill:{text-quiet}}
.line{stroke:{line};fill:none}
.action{fill:{accent}}
.action.failed{fill:{surface};stroke:{failing};stroke-width:1.5}
.bar.running{fill:{surface};stroke:{running};stroke-width:1.5}
.bar.ready{fill:{ready}}
.bar.failing,.thin.failing,.mark.warning{fill:{failing};stroke:none}
.bar.completed{fill:{completed}}
.thin.creating{fill:{creating}}
.on{font-weight:600;paint-order:stroke;stroke-width:5;stroke-linejoin:round}
.on.ready{fill:{on-ready}}
.on.failing{fill:{on-failing}}
.on.completed{fill:{on-completed}}
.on.running{fill:{running}}
.mark{fill:{surface};stroke:{text-quiet};stroke-width:1.5}
.wait,.grace{fill:none;stroke:{back-off}}
.grace{stroke:{terminating}}
.wait-text,.grace-text{font-size:11px;text-anchor:middle;fill:{back-off};stroke:{surface};stroke-width:4;paint-order:stroke}
.grace-text{fill:{terminating}}
.probe{fill:none;stroke-width:1.5}
.probe.ok{stroke:{ready}}
.probe.bad{stroke:{failing}}
";

fn color(name: &str, is_dark: bool) -> &'static str {
    let found = COLORS.iter().find(|(known, _, _)| *known == name);
    found.map_or("#000000", |(_, light, dark)| if is_dark { dark } else { light })
}

/// So many percent of a colour in another one.
fn mixed(one: &str, other: &str, percent: u32) -> String {
    let part = |color: &str, at: usize| u32::from_str_radix(&color[at..at + 2], 16).unwrap_or_default();
    let mix = |at: usize| (part(one, at) * percent + part(other, at) * (100 - percent)) / 100;
    format!("#{:02x}{:02x}{:02x}", mix(1), mix(3), mix(5))
}

fn rules(is_dark: bool) -> String {
    let mut rules = RULES.to_owned();
    for (name, light, dark) in COLORS {
        rules = rules.replace(&format!("{{{name}}}"), if is_dark { dark } else { light });
    }
    for (name, _, _, percent) in HATCHED {
        let ground = color(&format!("{name}-ground"), is_dark);
        let stroke = mixed(color(name, is_dark), ground, percent);
        rules.push_str(&format!(
            ".bar.{name}{{fill:url(#{name})}}#{name} .under{{fill:{ground}}}#{name} .stroke{{fill:{stroke}}}.on.{name}{{stroke:{ground}}}\n"
        ));
    }
    rules
}

/// The style sheet: light, and dark where the reader likes it dark.
pub(super) fn styles() -> String {
    format!("{}@media(prefers-color-scheme:dark){{\n{}}}\n", rules(false), rules(true))
}

/// The hatchings that tell looks apart where colour does not.
pub(super) fn patterns() -> String {
    let pattern = |(name, size, turn, _): &(&str, u32, i32, u32)| {
        format!(
            "<pattern id=\"{name}\" width=\"{size}\" height=\"{size}\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate({turn})\">\
             <rect class=\"under\" width=\"{size}\" height=\"{size}\"/><rect class=\"stroke\" width=\"2\" height=\"{size}\"/></pattern>"
        )
    };
    HATCHED.iter().map(pattern).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colours_are_those_of_the_page() {
        let tokens = include_str!("../../../../web/style/tokens.css");
        for (name, light, dark) in COLORS {
            let value = if light == dark { (*light).to_owned() } else { format!("light-dark({light}, {dark})") };
            assert!(tokens.contains(&format!("--{name}: {value};")), "{name}");
        }
        assert!(!styles().contains("{text"));
    }

    #[test]
    fn colours_are_mixed() {
        assert_eq!(mixed("#ff0000", "#000000", 50), "#7f0000");
    }
}
