//! A line of the prompt taken apart: commands in sequence, each a pipeline whose stages are kubectl or the shell's.
//!
//! Models as much of the grammar of POSIX `sh` as lies around a call of kubectl: `;`, `&&`, `||`, `|`, `for`, `while`, `until` and `if`,
//! variables of one command, redirections, here-documents, comments. What lies inside a stage that is the shell's own is left to the
//! shell.

mod compound;
mod tokens;

pub(super) use compound::Compound;
use compound::compounds;
use tokens::{DEPTH, Token, tokens};

/// When a command of a list runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// Whatever came before.
    Always,
    /// `&&`.
    Success,
    /// `||`.
    Failure,
}

/// A pipeline and when it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pipeline {
    pub(super) after: After,
    /// `!` stands before it: it succeeds where it fails.
    pub(super) is_negated: bool,
    pub(super) stages: Vec<Stage>,
}

/// One command of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Kubectl(Call),
    /// `xargs kubectl ...`: the arguments come from standard input.
    Xargs {
        options: Vec<String>,
        call: Call,
    },
    /// `jq ...`.
    Jq(Call),
    /// `watch [-n SECONDS] COMMAND`: as it was typed, and what it runs.
    Watch {
        seconds: u64,
        typed: String,
        body: Vec<Pipeline>,
    },
    /// Stages in a row that the shell runs.
    Shell(String),
    /// A loop or a choice.
    Compound(Compound<String, Vec<Pipeline>>),
}

/// A call of kubectl: its line without the word `kubectl`, and where its streams lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) line: String,
    pub(super) input: Option<Source>,
    pub(super) outputs: Vec<Redirect>,
    /// Variables of this command alone, as in `KUBE_EDITOR=... kubectl edit`.
    pub(super) variables: Vec<(String, String)>,
}

/// Where standard input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    File(String),
    Text(String),
}

/// A redirection of an output, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Redirect {
    File {
        is_stderr: bool,
        is_stdout: bool,
        path: String,
        appends: bool,
    },
    /// `2>&1`.
    ErrorsToOutput,
    /// `>&2`.
    OutputToErrors,
}

/// Takes a line apart.
///
/// # Errors
/// What is wrong with it, in the shell's words.
pub(super) fn parse(line: &str) -> Result<Vec<Pipeline>, String> {
    let (tokens, documents) = tokens(line)?;
    list(compounds(tokens, DEPTH)?, &mut documents.into_iter())
}

/// The pipelines of a list of commands.
fn list(tokens: Vec<Token>, documents: &mut std::vec::IntoIter<String>) -> Result<Vec<Pipeline>, String> {
    let mut pipelines = Vec::new();
    let mut after = After::Always;
    let mut stages: Vec<Vec<Token>> = vec![Vec::new()];
    for token in tokens.into_iter().chain([Token::Operator(";")]) {
        let next = match token {
            Token::Operator(";") => After::Always,
            Token::Operator("&&") => After::Success,
            Token::Operator("||") => After::Failure,
            Token::Operator("|") => {
                stages.push(Vec::new());
                continue;
            }
            other @ (Token::Word(_) | Token::Operator(_) | Token::Compound(_)) => {
                if let Some(stage) = stages.last_mut() {
                    stage.push(other);
                }
                continue;
            }
        };
        let mut done = std::mem::replace(&mut stages, vec![Vec::new()]);
        let is_negated = matches!(done[0].first(), Some(Token::Word(word)) if word == "!");
        if is_negated {
            done[0].remove(0);
        }
        match done.iter().position(Vec::is_empty) {
            Some(0) if done.len() == 1 && next == After::Always && after == After::Always => {}
            Some(_) => return Err("sh: syntax error: unexpected end of a command\n".to_owned()),
            None => {
                let count = done.len();
                let mut pipeline = Pipeline { after, is_negated, stages: Vec::with_capacity(count) };
                for (index, stage) in done.into_iter().enumerate() {
                    push(&mut pipeline.stages, stage, index == 0, documents)?;
                }
                pipelines.push(pipeline);
            }
        }
        after = next;
    }
    Ok(pipelines)
}

/// Adds a stage to a pipeline; the shell's own that follow each other become one.
fn push(
    stages: &mut Vec<Stage>,
    tokens: Vec<Token>,
    is_first: bool,
    documents: &mut std::vec::IntoIter<String>,
) -> Result<(), String> {
    if let [Token::Compound(compound)] = tokens.as_slice() {
        stages.push(Stage::Compound(compound.clone().read(documents)?));
        return Ok(());
    }
    let word = |index: usize| match tokens.get(index) {
        Some(Token::Word(word)) => word.as_str(),
        Some(Token::Operator(_) | Token::Compound(_)) | None => "",
    };
    let is_kubectl = |word: &str| matches!(word, "kubectl" | "k");
    let assigned: Vec<(String, String)> = (0..tokens.len()).map_while(|index| assignment(word(index))).collect();
    if !assigned.is_empty() && is_kubectl(word(assigned.len())) {
        let call = call(&tokens[assigned.len() + 1..], documents)?;
        stages.push(Stage::Kubectl(Call { variables: assigned, ..call }));
    } else if is_kubectl(word(0)) {
        stages.push(Stage::Kubectl(call(&tokens[1..], documents)?));
    } else if is_first && crate::command::is_verb(word(0)) {
        stages.push(Stage::Kubectl(call(&tokens, documents)?));
    } else if word(0) == "jq" {
        stages.push(Stage::Jq(call(&tokens[1..], documents)?));
    } else if word(0) == "watch" {
        stages.push(watch(&tokens[1..], documents)?);
    } else if word(0) == "xargs"
        && let Some(at) = (1..tokens.len()).find(|index| is_kubectl(word(*index)))
    {
        let options = (1..at).map(|index| word(index).to_owned()).collect();
        stages.push(Stage::Xargs { options, call: call(&tokens[at + 1..], documents)? });
    } else {
        let mut text = shell_text(&tokens, documents);
        match stages.last_mut() {
            Some(Stage::Shell(before)) if !before.contains('\n') => *before = format!("{before} | {text}"),
            Some(_) | None => stages.push(Stage::Shell(std::mem::take(&mut text))),
        }
    }
    Ok(())
}

/// `watch` with its options; what it runs may be one quoted word.
fn watch(tokens: &[Token], documents: &mut std::vec::IntoIter<String>) -> Result<Stage, String> {
    const SECONDS: u64 = 2;
    let mut seconds = SECONDS;
    let mut rest = tokens;
    while let [Token::Word(option), after @ ..] = rest
        && option.starts_with('-')
    {
        rest = after;
        let attached = option.strip_prefix("-n").or_else(|| option.strip_prefix("--interval=")).unwrap_or_default();
        let value = match (option.as_str(), after) {
            ("-n" | "--interval", [Token::Word(value), after @ ..]) => {
                rest = after;
                value
            }
            _ => attached,
        };
        // Less than a second is not waited.
        seconds = value.parse::<f64>().map_or(seconds, |given| given.clamp(1.0, 3_600.0) as u64);
    }
    let typed = shell_text(rest, documents);
    let body = match rest {
        [] => return Err("watch: no command is given\n".to_owned()),
        [Token::Word(word)] => parse(&crate::command::words(word)?.join(" "))?,
        rest => list(rest.to_vec(), documents)?,
    };
    Ok(Stage::Watch { seconds, typed, body })
}

/// `NAME=value`.
fn assignment(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| (name.to_owned(), value.to_owned()))
}

/// The stage as the shell reads it, here-documents included.
fn shell_text(tokens: &[Token], documents: &mut std::vec::IntoIter<String>) -> String {
    let mut text = String::new();
    let mut below = String::new();
    for (index, token) in tokens.iter().enumerate() {
        if index > 0 && !matches!(tokens[index - 1], Token::Operator("2>" | ">&" | "2>&" | "&>")) {
            text.push(' ');
        }
        match token {
            Token::Word(word) => text.push_str(word),
            Token::Operator(operator) => text.push_str(operator),
            // A loop within a command of the shell cannot be; it is one of its own.
            Token::Compound(_) => {}
        }
        if *token == Token::Operator("<<") {
            // Its text is taken as it stands: a name that no line can be.
            below.push_str(&format!("\n{}__HERE__\n", documents.next().unwrap_or_default()));
        }
    }
    if below.is_empty() {
        return text;
    }
    let mut out = String::new();
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        out.push_str(word);
        out.push(' ');
        if word == "<<" {
            words.next();
            out.push_str("'__HERE__' ");
        }
    }
    out + &below
}

fn call(tokens: &[Token], documents: &mut std::vec::IntoIter<String>) -> Result<Call, String> {
    let mut call = Call::default();
    let mut words: Vec<&str> = Vec::new();
    let mut tokens = tokens.iter();
    while let Some(token) = tokens.next() {
        let operator = match token {
            Token::Word(word) => {
                words.push(word);
                continue;
            }
            Token::Operator(operator) => *operator,
            Token::Compound(_) => continue,
        };
        if operator == "2>&1" {
            call.outputs.push(Redirect::ErrorsToOutput);
            continue;
        }
        if operator == ">&2" {
            call.outputs.push(Redirect::OutputToErrors);
            continue;
        }
        let Some(Token::Word(target)) = tokens.next() else {
            return Err("sh: syntax error: a redirection without a target\n".to_owned());
        };
        let target = crate::command::words(target)?.concat();
        let file = |is_stdout, is_stderr, appends| Redirect::File { is_stderr, is_stdout, path: target.clone(), appends };
        match operator {
            "<" => call.input = Some(Source::File(target)),
            "<<<" => call.input = Some(Source::Text(target + "\n")),
            "<<" => call.input = Some(Source::Text(documents.next().unwrap_or_default())),
            ">" => call.outputs.push(file(true, false, false)),
            ">>" => call.outputs.push(file(true, false, true)),
            "2>" => call.outputs.push(file(false, true, false)),
            "2>>" => call.outputs.push(file(false, true, true)),
            _ => call.outputs.push(file(true, true, false)),
        }
    }
    call.line = words.join(" ");
    Ok(call)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kubectl(line: &str) -> Stage {
        Stage::Kubectl(Call { line: line.to_owned(), ..Call::default() })
    }

    #[track_caller]
    fn check(line: &str, expected: &[(After, Vec<Stage>)]) {
        let parsed: Vec<_> = parse(line).unwrap().into_iter().map(|pipeline| (pipeline.after, pipeline.stages)).collect();
        assert_eq!(parsed, expected, "{line}");
    }

    #[test]
    fn pipes_lead_from_kubectl_to_the_shell() {
        let secret = "kubectl get secrets S -o yaml | grep 'dockerconfigjson:' | awk '{print $NF}' | base64 -d";
        let shell = Stage::Shell("grep 'dockerconfigjson:' | awk '{print $NF}' | base64 -d".to_owned());
        check(secret, &[(After::Always, vec![kubectl("get secrets S -o yaml"), shell])]);
        check("get pods", &[(After::Always, vec![kubectl("get pods")])]);
        let both =
            [(After::Always, vec![kubectl("get po")]), (After::Success, vec![Stage::Shell("echo 'a; b' $(date)".to_owned())])];
        check("k get po && echo 'a; b' $(date) # done", &both);
    }

    #[test]
    fn loops_and_variables_are_seen() {
        let body = vec![Pipeline { after: After::Always, is_negated: false, stages: vec![kubectl("logs $p")] }];
        let words = "$(kubectl get po -o name)".to_owned();
        let stage = Stage::Compound(Compound::For { name: "p".to_owned(), words, body });
        let sorted = [(After::Always, vec![stage, Stage::Shell("sort".to_owned())])];
        check("for p in $(kubectl get po -o name); do kubectl logs $p; done | sort", &sorted);
        let edit = Call {
            line: "edit po a".to_owned(),
            variables: vec![("KUBE_EDITOR".to_owned(), "'sed -i s/a/b/'".to_owned())],
            ..Call::default()
        };
        check("KUBE_EDITOR='sed -i s/a/b/' kubectl edit po a", &[(After::Always, vec![Stage::Kubectl(edit)])]);
        assert!(parse("for p in a; do kubectl get po").is_err());
    }

    #[test]
    fn here_documents_are_standard_input() {
        let text = "kubectl apply -f - <<EOF\nkind: Pod\n# not a comment\nEOF\nkubectl get po";
        let apply = Call {
            line: "apply -f -".to_owned(),
            input: Some(Source::Text("kind: Pod\n# not a comment\n".to_owned())),
            outputs: Vec::new(),
            variables: Vec::new(),
        };
        check(text, &[(After::Always, vec![Stage::Kubectl(apply)]), (After::Always, vec![kubectl("get po")])]);
    }

    #[test]
    fn outputs_are_redirected() {
        let file = |path: &str, appends| Redirect::File { is_stderr: false, is_stdout: true, path: path.to_owned(), appends };
        let call = Call {
            line: "get po -o yaml".to_owned(),
            input: None,
            outputs: vec![file("a b.yaml", true), Redirect::ErrorsToOutput],
            variables: Vec::new(),
        };
        check("kubectl get po -o yaml >> 'a b.yaml' 2>&1", &[(After::Always, vec![Stage::Kubectl(call)])]);
        assert!(parse("get po |").is_err());
        assert!(parse("get 'po").is_err());
    }
}
