//! `cargo xtask size`: what a visitor downloads, file by file.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::site;

/// What all files of the site are to weigh together at the most, compressed with brotli at quality 11.
const BUDGET: usize = 700_000;

/// What they may weigh until the budget is reached. It is raised only for what the page can do by then, never for how it is written.
const CEILING: usize = 1_468_000;

/// Prints every file of the built site, raw and brotli, and their total.
pub(crate) fn run() -> Result<(), String> {
    let folder = site::folder();
    let mut files = Vec::new();
    collect(&folder, &mut files)?;
    files.sort();
    let mut rows = Vec::new();
    for file in &files {
        let bytes = std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let name = file.strip_prefix(&folder).unwrap_or(file).display().to_string();
        rows.push((name, bytes.len(), brotli_size(&bytes)));
    }
    let total = rows.iter().fold((0, 0), |sum, row| (sum.0 + row.1, sum.1 + row.2));
    rows.push(("all files".to_owned(), total.0, total.1));
    let width = rows.iter().map(|row| row.0.chars().count()).max().unwrap_or(0);
    println!("{:<width$}  {:>9}  {:>9}", "file", "raw", "brotli");
    for (name, raw, compressed) in &rows {
        println!("{name:<width$}  {raw:>9}  {compressed:>9}");
    }
    if CEILING < total.1 {
        return Err(format!("the site weighs {} bytes compressed; it may not grow beyond {CEILING}", total.1));
    }
    match total.1.checked_sub(BUDGET).filter(|over| *over != 0) {
        Some(over) => println!("over the budget of {BUDGET} bytes by {over}, below the ceiling of {CEILING}"),
        None => println!("within the budget of {BUDGET} bytes"),
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("cannot list {}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

fn brotli_size(bytes: &[u8]) -> usize {
    let mut compressed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut compressed, 1 << 16, 11, 22);
    writer.write_all(bytes).expect("memory takes every byte");
    drop(writer);
    compressed.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetition_weighs_little_compressed() {
        assert!(brotli_size(&[b'a'; 100_000]) < 100);
    }
}
