//! The page of the documentation shows what the program prints.
//!
//! A block that begins with `$ podlapse` is a call and its output; a YAML block that begins with `# NAME` is the file of that name. With
//! PODLAPSE_BLESS set in the environment the outputs on the page are written anew.

use std::path::Path;
use std::process::Command;

use crate::common::file;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/command-line.md");

#[test]
fn every_output_on_the_page_is_real() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let mut renewed = String::new();
    for (index, part) in page.split("```").enumerate() {
        if index != 0 {
            renewed.push_str("```");
        }
        match (part.strip_prefix("yaml\n# "), part.strip_prefix("console\n$ podlapse ")) {
            (Some(yaml), _) => {
                let (name, _) = yaml.split_once('\n').unwrap();
                file(&format!("page/{name}"), &part["yaml\n".len()..]);
                renewed.push_str(part);
            }
            (None, Some(call)) => {
                let line = call.lines().next().unwrap();
                renewed.push_str(&format!("console\n$ podlapse {line}\n{}", output(line)));
            }
            (None, None) => renewed.push_str(part),
        }
    }
    if std::env::var_os("PODLAPSE_BLESS").is_some() {
        std::fs::write(PAGE, renewed).unwrap();
    } else {
        assert!(
            page == renewed,
            "renew the page with: PODLAPSE_BLESS=1 cargo test -p podlapse-cli --test cli documentation\n{renewed}"
        );
    }
}

/// Both outputs of a call, as a terminal shows them.
fn output(line: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(&folder).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_podlapse")).args(line.split(' ')).current_dir(folder).output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}
