//! The timeline as text and as a picture.

use crate::common::podlapse;

#[test]
fn a_timeline_has_a_lane_for_each_pod_and_container() {
    let ran = podlapse(&["run", "--example", "graceful-delete", "-o", "timeline"]);
    let lanes: Vec<&str> = ran.stdout.lines().map(str::trim_end).collect();
    assert!(lanes[0].trim_start().starts_with("0s") && lanes[0].ends_with("1m30s"), "{}", ran.stdout);
    assert!(lanes[1].starts_with("web    ===") && lanes[1].contains("#>>>>"), "{}", ran.stdout);
    assert!(lanes[2].starts_with("  app  "), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("= Running, not ready   # Ready   > Terminating   _ Completed\n"), "{}", ran.stdout);
}

#[test]
fn a_picture_is_whole_and_says_in_words_what_it_shows() {
    let ran = podlapse(&["run", "--example", "crash-loop", "-o", "svg"]);
    let svg = ran.stdout;
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
    assert!(svg.contains("<desc id=\"told\">crash: Pending at 0s, ContainerCreating at "), "{svg}");
    assert!(svg.contains("@media(prefers-color-scheme:dark)"));
    for tag in ["svg", "g", "text", "title", "defs", "style", "pattern"] {
        let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
        let opened = svg.match_indices(&open).filter(|(at, _)| svg[at + open.len()..].starts_with([' ', '>'])).count();
        assert_eq!(opened, svg.matches(&close).count(), "{tag}");
    }
}

#[test]
fn names_cannot_break_a_picture() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: nginx, command: [sh, -c, 'echo <&']}]}\n";
    let ran = crate::common::podlapse_with(&["run", "-", "-o", "svg"], pod);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!ran.stdout.contains("<&"));
}
