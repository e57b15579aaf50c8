//! `cargo xtask tidy`: rules of the code base that no compiler checks, also run by `cargo test`.
//!
//! Each submodule is one family of rules and returns findings as lines; any finding fails.

mod crates;
mod layers;
mod licences;
mod modules;
mod text;
mod weight;

/// A family of rules: its findings, or why it could not look.
type Rule = fn() -> Result<Vec<String>, String>;

/// Checks every rule and prints what is only worth a look.
pub(crate) fn run() -> Result<(), String> {
    for line in modules::notices()? {
        println!("    {line}");
    }
    let rules: [(&str, Rule); 6] = [
        ("dependencies of crates", crates::findings),
        ("layers of the core", layers::findings),
        ("modules", modules::findings),
        ("texts", text::findings),
        ("weight", weight::findings),
        ("licences", licences::findings),
    ];
    let mut all = Vec::new();
    for (name, findings) in rules {
        let findings = findings()?;
        println!(
            "    {name}: {}",
            if findings.is_empty() { "in order".to_owned() } else { format!("{} findings", findings.len()) }
        );
        all.extend(findings);
    }
    if all.is_empty() { Ok(()) } else { Err(format!("tidy found:\n    {}", all.join("\n    "))) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_code_base_is_tidy() {
        super::run().unwrap();
    }
}
