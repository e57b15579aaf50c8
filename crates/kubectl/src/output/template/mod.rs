//! `-o go-template=...`.
//!
//! Models Go's `text/template` as `GoTemplatePrinter` of `k8s.io/cli-runtime/pkg/printers` uses it, as far as templates for
//! kubectl go: fields, variables, pipelines, `if`, `with`, `range`, `break`, `continue`, trimmed space, comments, and the
//! functions below. Numbers of an object are `int64` or `float64`, as they are written. Not modelled: `define`, `template`, `block`.

mod eval;
mod functions;
mod read;

use serde_json::Value;

/// A template.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template {
    /// As it was given.
    text: String,
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    Action(Pipe),
    /// The branches in order, and what is left.
    If(Vec<(Pipe, Vec<Node>)>, Vec<Node>),
    With(Pipe, Vec<Node>, Vec<Node>),
    Range(Pipe, Vec<Node>, Vec<Node>),
    Break,
    Continue,
}

/// `$a, $b := command | command`.
#[derive(Clone, Debug, Default, PartialEq)]
struct Pipe {
    variables: Vec<String>,
    /// `=` in place of `:=`.
    assigns: bool,
    commands: Vec<Vec<Operand>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Dot,
    Nil,
    Literal(Item),
    /// `.a.b`, and where the last of them stands that errors name.
    Field(Vec<String>, usize),
    /// `$a.b`.
    Variable(String, Vec<String>, usize),
    Function(String, usize),
    /// `(pipe).a`.
    Chain(Box<Pipe>, Vec<String>, usize),
}

impl Operand {
    /// Where it stands in the template.
    fn at(&self) -> usize {
        match self {
            Operand::Dot | Operand::Nil | Operand::Literal(_) => 0,
            Operand::Field(_, at) | Operand::Variable(_, _, at) | Operand::Function(_, at) | Operand::Chain(_, _, at) => *at,
        }
    }

    /// As Go writes it in an error (`parse.Node.String`).
    fn text(&self) -> String {
        let fields = |names: &[String]| names.iter().map(|name| format!(".{name}")).collect::<String>();
        match self {
            Operand::Dot => ".".to_owned(),
            Operand::Nil => "nil".to_owned(),
            Operand::Literal(Item::Json(Value::String(text))) => podlapse_model::go_text::quote(text),
            Operand::Literal(item) => functions::print(item),
            Operand::Field(names, _) => fields(names),
            Operand::Variable(name, names, _) => format!("{name}{}", fields(names)),
            Operand::Function(name, _) => name.clone(),
            Operand::Chain(pipe, names, _) => {
                let commands: Vec<String> = pipe.commands.iter().map(|command| text(command)).collect();
                format!("({}){}", commands.join(" | "), fields(names))
            }
        }
    }
}

/// A command as Go writes it.
fn text(command: &[Operand]) -> String {
    command.iter().map(Operand::text).collect::<Vec<_>>().join(" ")
}

/// What a template printed before it failed with what helps to find out why, and the error.
pub(super) type Failed = (String, String);

/// A value while a template runs.
#[derive(Clone, Debug, PartialEq)]
enum Item {
    Json(Value),
    /// A whole number of the template itself.
    Int(i64),
    /// What is not there.
    Missing,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Go's words for what cannot be read.
    pub(super) fn parse(text: &str) -> Result<Template, String> {
        let nodes =
            read::template(text).map_err(|error| format!("error parsing template {text}, template: output:1: {error}"))?;
        Ok(Template { text: text.to_owned(), nodes })
    }

    /// The text that the template makes of a value (`GoTemplatePrinter.PrintObj`).
    ///
    /// # Errors
    /// Go's words for what cannot be done, after what was printed.
    pub(super) fn print(&self, root: &Value) -> Result<String, Failed> {
        eval::print(&self.nodes, root, &self.text).map_err(|(printed, error)| {
            let text = &self.text;
            let shown = crate::output::go_text(root);
            let help = format!(
                "{printed}Error executing template: {error}. Printing more information for debugging the template:\n\ttemplate \
                 was:\n\t\t{text}\n\traw data was:\n\t\t{root}\n\tobject given to template engine was:\n\t\t{shown}\n\n"
            );
            (help, format!("error executing template {}: {error}", podlapse_model::go_text::quote(text)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Template;
    use serde_json::json;

    #[test]
    fn templates_print_what_they_name() {
        let list = json!({"items": [
            {"metadata": {"name": "a", "labels": {"app": "x", "tier": "y"}}, "spec": {"replicas": 2.0, "paused": true}},
            {"metadata": {"name": "b"}, "spec": {"replicas": 0.0, "data": "aGk="}},
        ]});
        let print = |template: &str| Template::parse(template).unwrap().print(&list).unwrap();
        assert_eq!(print(r#"{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}"#), "a\nb\n");
        assert_eq!(print("{{range $i, $e := .items}}{{if $i}}, {{end}}{{$i}}={{$e.metadata.name}}{{end}}"), "0=a, 1=b");
        assert_eq!(
            print("{{ len .items }} {{- /* none */ -}} {{ (index .items 1).metadata.name | printf \"%5s|%v\" \"x\" }}"),
            "2    x|b"
        );
        assert_eq!(print("{{range .items}}{{with .metadata.labels}}{{.app}}{{else}}-{{end}};{{end}}"), "x;-;");
        assert_eq!(
            print(
                "{{range .items}}{{if and .spec.paused (eq .metadata.name \"a\")}}p{{else if .spec.replicas}}r{{else}}n{{end}}{{end}}"
            ),
            "pn"
        );
        assert_eq!(
            print("{{range $k, $v := (index .items 0).metadata.labels}}{{$k}}:{{$v}} {{end}}{{.none}}"),
            "app:x tier:y <no value>"
        );
        assert_eq!(
            print("{{(index .items 1).spec.data | base64decode}} {{not true}} {{(index .items 0).spec}}"),
            "hi false map[paused:true replicas:2]"
        );
        assert_eq!(
            print("{{range .items}}{{if eq .metadata.name \"b\"}}{{break}}{{end}}{{.metadata.name}}{{else}}none{{end}}"),
            "a"
        );
        let whole = json!({"replicas": 3, "share": 0.5, "name": "a<b"});
        let print = |template: &str| Template::parse(template).unwrap().print(&whole);
        let text = r#"{{if eq .replicas 3}}{{printf "%03d %s|%T" .replicas .name .share}}{{end}} {{lt .share 1.5}} {{js .name}} {{urlquery .name "/ é"}}"#;
        assert_eq!(print(text).unwrap(), r"003 a<b|float64 true a\u003Cb a%3Cb%2F+%C3%A9");
        assert_eq!(print("{{1e3}} {{0x10}} {{1_000}}").unwrap(), "1000 16 1000");
        let unlike = print("{{eq .replicas 3.0}}").unwrap_err().1;
        assert!(unlike.ends_with("error calling eq: incompatible types for comparison: int64 and float64"), "{unlike}");
        let failed = Template::parse("{{.items.name}}").unwrap().print(&list).unwrap_err();
        let place = "template: output:1:8: executing \"output\" at <.items.name>: can't evaluate field name in type interface {}";
        assert_eq!(failed.1, format!("error executing template \"{{{{.items.name}}}}\": {place}"));
        assert!(failed.0.starts_with(&format!("Error executing template: {place}. Printing more")), "{}", failed.0);
        assert_eq!(Template::parse("{{(.items)}} {{or 1 .items.x}}").unwrap().print(&json!({"items": "a"})).unwrap(), "a 1");
        let wrong = |template: &str| Template::parse(template).unwrap_err();
        assert!(wrong("{{$x}}").ends_with("template: output:1: undefined variable \"$x\""));
        assert!(wrong("{{break}}").ends_with("template: output:1: {{break}} outside {{range}}"));
        let few = Template::parse("{{len}}").unwrap().print(&list).unwrap_err().1;
        assert!(few.ends_with("output:1:2: executing \"output\" at <len>: wrong number of args for len: want 1 got 0"), "{few}");
        for broken in ["{{", "{{end}}", "{{if .a}}", "{{.a | }}", "{{frob .a}}", "{{\"a}}", "{{range}}{{end}}"] {
            assert!(Template::parse(broken).is_err(), "{broken}");
        }
    }
}
