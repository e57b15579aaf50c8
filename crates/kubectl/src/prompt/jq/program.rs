//! A program of jq on its input.
//!
//! The language is jaq's. What is said of errors is put in the words of jq 1.7 as far as jaq tells the same.

use jaq_core::load::{Arena, Error, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::write::{Pp, write};
use jaq_json::{Val, read};
use podlapse_core::client::Outcome;
use serde_json::Value;

use super::options::Options;

/// Filters in the language itself.
const DEFS: &str = include_str!("defs.jq");
/// What a program may print, in bytes: some would never end.
const MAX_OUTPUT: usize = 16 << 20;
/// The filters that look at a clock or an environment beyond the simulation.
const OUTSIDE: &[&str] = &["now", "env", "localtime", "strflocaltime"];

/// Runs it.
pub(super) fn run(words: &[String], stdin: &str, read: &dyn Fn(&str) -> Option<String>) -> Outcome {
    let options = match Options::read(words, read) {
        Ok(options) => options,
        Err(outcome) => return outcome,
    };
    let mut out = Outcome::default();
    let (mut text, mut name) = (stdin.to_owned(), "<stdin>");
    if !options.files.is_empty() {
        text.clear();
        name = "<unknown>";
    }
    for path in &options.files {
        match read(path) {
            Some(more) => text = text + &more + "\n",
            None => {
                out.stderr.push_str(&format!("jq: error: Could not open {path}: No such file or directory\n"));
                out.exit = 2;
            }
        }
    }
    if let Err((message, exit)) = filter(&options, &text, name, &mut out) {
        out.stderr.push_str(&message);
        out.exit = exit;
    }
    out
}

/// The values that `--arg` and its like name, `$ARGS` last.
fn variables(options: &Options) -> Result<(Vec<String>, Vec<Val>), String> {
    let mut names = Vec::new();
    let mut values = Vec::new();
    for (name, text, is_json) in &options.named {
        let value = match is_json {
            true => read::parse_single(text.as_bytes()).map_err(|_| "jq: Invalid JSON text passed to --argjson\n".to_owned())?,
            false => Val::from(text.clone()),
        };
        names.push(format!("${name}"));
        values.push(value);
    }
    let named = options.named.iter().zip(&values).map(|((name, _, _), value)| (Val::from(name.clone()), value.clone()));
    let named = Val::obj(named.collect());
    let all = [(Val::from("positional".to_owned()), Val::from_iter([])), (Val::from("named".to_owned()), named)];
    names.push("$ARGS".to_owned());
    values.push(Val::obj(all.into_iter().collect()));
    Ok((names, values))
}

fn filter(options: &Options, text: &str, name: &str, out: &mut Outcome) -> Result<(), (String, i32)> {
    let (names, values) = variables(options).map_err(|message| (message, 2))?;
    let program = options.program.as_str();
    let own = jaq_core::load::parse(DEFS, |parser| parser.defs()).expect("a test reads the definitions").into_iter();
    let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).chain(own);
    let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let funs = funs.filter(|fun| !OUTSIDE.contains(&fun.0));
    let arena = Arena::default();
    let modules = Loader::new(defs).load(&arena, File { code: program, path: () });
    let modules = modules.map_err(|errors| (unread(program, &errors), 3))?;
    let compiler = Compiler::default().with_funs(funs).with_global_vars(names.iter().map(String::as_str));
    let filter = compiler.compile(modules).map_err(|errors| {
        let undefined = errors.iter().flat_map(|(_, errors)| errors);
        let told = undefined.map(|(name, what)| {
            let arity = if let jaq_core::compile::Undefined::Filter(arity) = what { format!("/{arity}") } else { String::new() };
            format!("jq: error: {name}{arity} is not defined at <top-level>, line 1:\n{program}\n")
        });
        let told: Vec<String> = told.collect();
        (format!("{}{}", told.concat(), compile_errors(told.len())), 3)
    })?;
    let lines = text.matches('\n').count();
    let mut last = None;
    for input in inputs(options, text) {
        let input = input.map_err(|message| (format!("jq: parse error: {message}\n"), 2))?;
        let context = Ctx::<data::JustLut<Val>>::new(&filter.lut, Vars::new(values.clone()));
        for value in filter.id.run((context, input)).map(unwrap_valr) {
            match value {
                Ok(value) => {
                    print(options, &value, &mut out.stdout);
                    last = Some(value);
                }
                Err(error) => {
                    out.stderr.push_str(&format!("jq: error (at {name}:{lines}): {}\n", in_jqs_words(&error.to_string())));
                    out.exit = 5;
                    break;
                }
            }
            if MAX_OUTPUT < out.stdout.len() {
                return Err(("podlapse: jq is stopped after 16 MiB of output\n".to_owned(), 130));
            }
        }
    }
    if options.tells && out.exit == 0 {
        out.exit = match last {
            None => 4,
            Some(Val::Null | Val::Bool(false)) => 1,
            Some(_) => 0,
        };
    }
    Ok(())
}

/// The values that the program is given one by one.
fn inputs<'a>(options: &Options, text: &'a str) -> Box<dyn Iterator<Item = Result<Val, String>> + 'a> {
    if options.has_no_input {
        return Box::new(std::iter::once(Ok(Val::Null)));
    }
    let all: Box<dyn Iterator<Item = Result<Val, String>> + 'a> = match (options.reads_lines, options.slurps) {
        (true, true) => return Box::new(std::iter::once(Ok(Val::from(text.to_owned())))),
        (true, false) => Box::new(text.lines().map(|line| Ok(Val::from(line.to_owned())))),
        (false, _) => Box::new(read::parse_many(text.as_bytes()).map(|value| value.map_err(|error| error.to_string()))),
    };
    match options.slurps {
        true => Box::new(std::iter::once(all.collect::<Result<Vec<Val>, String>>().map(|values| values.into_iter().collect()))),
        false => all,
    }
}

fn print(options: &Options, value: &Val, out: &mut String) {
    if let (true, Val::TStr(text)) = (options.is_raw, value) {
        out.push_str(&String::from_utf8_lossy(text));
    } else {
        let pp = Pp {
            indent: options.indent.clone(),
            sort_keys: options.sorts_keys,
            sep_space: options.indent.is_some(),
            ..Pp::default()
        };
        let mut bytes = Vec::new();
        // Memory takes every byte.
        let _ = write(&mut bytes, &pp, 0, value);
        out.push_str(&String::from_utf8_lossy(&bytes));
    }
    if !options.is_joined {
        out.push('\n');
    }
}

fn compile_errors(count: usize) -> String {
    format!("jq: {count} compile error{}\n", if count == 1 { "" } else { "s" })
}

/// What is said of a program that cannot be read.
fn unread(program: &str, errors: &[(File<&str, ()>, Error<&str>)]) -> String {
    let found = errors.iter().find_map(|(_, error)| match error {
        Error::Io(_) => None,
        Error::Lex(errors) => errors.first().map(|(_, found)| *found),
        Error::Parse(errors) => errors.first().map(|(_, found)| *found),
    });
    let what = match found {
        None | Some("") => "unexpected end of file".to_owned(),
        Some(found) => format!("unexpected {found:?}"),
    };
    format!("jq: error: syntax error, {what} at <top-level>, line 1:\n{program}\n{}", compile_errors(1))
}

/// The words of jq for what jaq says of a value that does not fit.
fn in_jqs_words(message: &str) -> String {
    let kind = |json: &str| match serde_json::from_str(json) {
        Ok(Value::Null) => "null",
        Ok(Value::Bool(_)) => "boolean",
        Ok(Value::Number(_)) => "number",
        Ok(Value::String(_)) => "string",
        Ok(Value::Array(_)) => "array",
        Ok(Value::Object(_)) | Err(_) => "object",
    };
    if let Some((value, index)) = message.strip_prefix("cannot index ").and_then(|rest| rest.rsplit_once(" with ")) {
        let index = if index.starts_with('"') { index.to_owned() } else { kind(index).to_owned() };
        return format!("Cannot index {} with {index}", kind(value));
    }
    if let Some(value) = message.strip_prefix("cannot use ").and_then(|rest| rest.strip_suffix(" as iterable (array or object)"))
    {
        return format!("Cannot iterate over {} ({value})", kind(value));
    }
    let mut characters = message.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + characters.as_str())
}
