//! `podlapse examples`.

use std::fs;
use std::io;
use std::path::Path;

use podlapse_kubectl::TablePrinter;
use podlapse_view::{Example, example, examples as built_in};

use crate::args::Examples;
use crate::report::{Failure, Report};
use crate::source::unknown_example;

/// Lists the examples, shows one, or saves it.
pub(crate) fn examples(arguments: &Examples) -> Result<Report, Failure> {
    let stdout = match &arguments.name {
        None => list(),
        Some(name) => {
            let example = example(name).ok_or_else(|| unknown_example(name))?;
            match &arguments.save {
                None => show(example),
                Some(folder) => save(example, folder)
                    .map(|()| format!("{name} saved; run it with: podlapse run {}\n", folder.display()))
                    .map_err(|error| Failure(format!("{}: {error}\n", folder.display())))?,
            }
        }
    };
    Ok(Report { stdout, ..Report::default() })
}

fn list() -> String {
    let headers = ["NAME".to_owned(), "TITLE".to_owned()];
    let rows = built_in().iter().map(|example| [example.slug.to_owned(), example.title().to_owned()]);
    let rows: Vec<[String; 2]> = std::iter::once(headers).chain(rows).collect();
    TablePrinter::default().print(&rows)
}

fn show(example: &Example) -> String {
    let Example { readme, workload, cluster, .. } = example;
    format!("{}\n\n--- workload.yaml\n{workload}\n--- cluster.yaml\n{cluster}", readme.trim_end())
}

fn save(example: &Example, folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)?;
    fs::write(folder.join("workload.yaml"), example.workload)?;
    fs::write(folder.join("cluster.yaml"), example.cluster)?;
    fs::write(folder.join("README.md"), example.readme)
}
