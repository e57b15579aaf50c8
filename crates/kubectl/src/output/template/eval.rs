//! Templates run over a value.

use serde_json::Value;

use super::functions::{arity, call, is_true, print as print_item};
use super::{Failed, Item, Node, Operand, Pipe, text};

/// The text that the nodes make of a value.
pub(super) fn print(nodes: &[Node], root: &Value, text: &str) -> Result<String, Failed> {
    let root = Item::Json(root.clone());
    let mut run = Run { variables: vec![("$".to_owned(), root.clone())], out: String::new(), place: (0, String::new()) };
    match run.nodes(nodes, &root) {
        Ok(_) => Ok(run.out),
        Err(error) => {
            let (at, node) = run.place;
            let before = text.get(..at).unwrap_or_default();
            let column = at - before.rfind('\n').map_or(0, |end| end + 1);
            let line = 1 + before.matches('\n').count();
            Err((run.out, format!("template: output:{line}:{column}: executing \"output\" at <{node}>: {error}")))
        }
    }
}

struct Run {
    variables: Vec<(String, Item)>,
    out: String,
    /// Where the run is, and what stands there, for errors (`state.at`).
    place: (usize, String),
}

/// How a list of nodes came to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
}

impl Run {
    fn nodes(&mut self, nodes: &[Node], dot: &Item) -> Result<Flow, String> {
        let known = self.variables.len();
        let mut flow = Flow::On;
        for node in nodes {
            flow = self.node(node, dot)?;
            if flow != Flow::On {
                break;
            }
        }
        self.variables.truncate(known);
        Ok(flow)
    }

    fn node(&mut self, node: &Node, dot: &Item) -> Result<Flow, String> {
        match node {
            Node::Text(text) => self.out.push_str(text),
            Node::Action(pipe) => {
                let value = self.pipe(pipe, dot)?;
                if pipe.variables.is_empty() {
                    self.out.push_str(&print_item(&value));
                }
            }
            Node::If(branches, otherwise) => {
                let known = self.variables.len();
                let mut body = otherwise;
                for (condition, then) in branches {
                    if is_true(&self.pipe(condition, dot)?) {
                        body = then;
                        break;
                    }
                }
                let flow = self.nodes(body, dot);
                self.variables.truncate(known);
                return flow;
            }
            Node::With(pipe, body, otherwise) => {
                let known = self.variables.len();
                let value = self.pipe(pipe, dot)?;
                let flow = if is_true(&value) { self.nodes(body, &value) } else { self.nodes(otherwise, dot) };
                self.variables.truncate(known);
                return flow;
            }
            Node::Range(pipe, body, otherwise) => return self.range(pipe, body, otherwise, dot),
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn range(&mut self, pipe: &Pipe, body: &[Node], otherwise: &[Node], dot: &Item) -> Result<Flow, String> {
        let known = self.variables.len();
        let unnamed = Pipe { variables: Vec::new(), ..pipe.clone() };
        let pairs: Vec<(Item, Item)> = match self.pipe(&unnamed, dot)? {
            Item::Json(Value::Array(elements)) => (0..).map(Item::Int).zip(elements.into_iter().map(Item::Json)).collect(),
            Item::Json(Value::Object(fields)) => podlapse_model::go_text::sorted(&fields)
                .into_iter()
                .map(|(name, field)| (Item::Json(name.as_str().into()), Item::Json(field.clone())))
                .collect(),
            Item::Int(count) => (0..count).map(|index| (Item::Int(index), Item::Int(index))).collect(),
            Item::Missing | Item::Json(Value::Null) => Vec::new(),
            other @ Item::Json(_) => return Err(format!("range can't iterate over {}", print_item(&other))),
        };
        let is_empty = pairs.is_empty();
        for (key, element) in pairs {
            match pipe.variables.as_slice() {
                [] => {}
                [one] => self.variables.push((one.clone(), element.clone())),
                [first, second, ..] => {
                    self.variables.push((first.clone(), key));
                    self.variables.push((second.clone(), element.clone()));
                }
            }
            let flow = self.nodes(body, &element)?;
            self.variables.truncate(known);
            if flow == Flow::Break {
                break;
            }
        }
        if is_empty { self.nodes(otherwise, dot) } else { Ok(Flow::On) }
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Item) -> Result<Item, String> {
        let mut last = None;
        for command in &pipe.commands {
            last = Some(self.command(command, dot, last)?);
        }
        let value = last.unwrap_or(Item::Missing);
        for name in &pipe.variables {
            let held = self.variables.iter_mut().rev().find(|(known, _)| known == name);
            match held.filter(|_| pipe.assigns) {
                Some((_, held)) => *held = value.clone(),
                None => self.variables.push((name.clone(), value.clone())),
            }
        }
        Ok(value)
    }

    fn command(&mut self, command: &[Operand], dot: &Item, last: Option<Item>) -> Result<Item, String> {
        let Some((first, rest)) = command.split_first() else { return Ok(Item::Missing) };
        if let Operand::Function(name, at) = first {
            self.place = (*at, name.clone());
            arity(name, rest.len() + usize::from(last.is_some()))?;
            let mut arguments = Vec::new();
            for operand in rest {
                let value = self.operand(operand, dot)?;
                // What follows what decides is not looked at.
                let decides = (name == "and" && !is_true(&value)) || (name == "or" && is_true(&value));
                arguments.push(value);
                if decides {
                    return call(name, &arguments);
                }
            }
            arguments.extend(last);
            self.place = (*at, if arguments.is_empty() { name.clone() } else { text(command) });
            return call(name, &arguments).map_err(|error| format!("error calling {name}: {error}"));
        }
        if !rest.is_empty() || last.is_some() {
            self.place = (first.at(), first.text());
            let names = match first {
                Operand::Field(names, _) | Operand::Variable(_, names, _) | Operand::Chain(_, names, _) => names.as_slice(),
                Operand::Dot | Operand::Nil | Operand::Literal(_) | Operand::Function(..) => &[],
            };
            return Err(match names.last() {
                Some(name) => format!("{name} is not a method but has arguments"),
                None => format!("can't give argument to non-function {}", first.text()),
            });
        }
        if *first == Operand::Nil {
            self.place = (0, "nil".to_owned());
            return Err("nil is not a command".to_owned());
        }
        self.operand(first, dot)
    }

    fn operand(&mut self, operand: &Operand, dot: &Item) -> Result<Item, String> {
        if !matches!(operand, Operand::Chain(..)) {
            self.place = (operand.at(), operand.text());
        }
        let (from, names) = match operand {
            Operand::Dot => return Ok(dot.clone()),
            Operand::Nil => return Ok(Item::Json(Value::Null)),
            Operand::Literal(item) => return Ok(item.clone()),
            Operand::Function(name, _) => return call(name, &[]).map_err(|error| format!("error calling {name}: {error}")),
            Operand::Field(names, _) => (dot.clone(), names),
            Operand::Variable(name, names, _) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                (found.ok_or_else(|| format!("undefined variable {name:?}"))?.1.clone(), names)
            }
            Operand::Chain(pipe, names, at) => {
                let found = self.pipe(pipe, dot)?;
                if !names.is_empty() {
                    self.place = (*at, operand.text());
                }
                (found, names)
            }
        };
        names.iter().try_fold(from, |from, name| field(from, name))
    }
}

fn field(from: Item, name: &str) -> Result<Item, String> {
    match from {
        Item::Json(Value::Object(mut fields)) => Ok(fields.remove(name).map_or(Item::Missing, Item::Json)),
        Item::Missing => Ok(Item::Missing),
        Item::Json(Value::Null) => Err(format!("nil pointer evaluating interface {{}}.{name}")),
        Item::Json(_) | Item::Int(_) => Err(format!("can't evaluate field {name} in type interface {{}}")),
    }
}
