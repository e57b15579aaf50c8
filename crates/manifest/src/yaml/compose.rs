//! Tokens to nodes.
//!
//! Upstream: the parser of go-yaml v2 (`parserc.go`), which is a state machine over events; here each state is a function and
//! the depth of nesting is bounded. Anchors are looked up while parsing, as upstream, so that an unknown one is reported before
//! a later syntax error.

#![allow(clippy::wildcard_enum_match_arm, reason = "what goes on with nothing is an error or an end, whatever token it is")]

use podlapse_model::SortedMap;

use super::scan::{Scanner, Token, TokenKind};
use super::{Mark, YamlError};
use crate::limits::MAX_DEPTH;

/// Index of a node in its document.
pub(super) type NodeId = usize;

/// What a node holds.
#[derive(Clone, Debug)]
pub(super) enum NodeKind {
    Scalar { text: String, is_plain: bool },
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
    Alias(NodeId),
}

/// A node of the document.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    /// The full tag; empty when none was written.
    pub(super) tag: String,
    /// The name it is anchored by; empty when none.
    pub(super) anchor: String,
    pub(super) mark: Mark,
}

/// The nodes of one document; the last one is the root.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) root: Option<NodeId>,
}

struct Composer {
    scanner: Scanner,
    tree: Tree,
    anchors: SortedMap<String, NodeId>,
    handles: SortedMap<String, String>,
    depth: usize,
}

/// Reads the first document of `text`.
pub(super) fn compose(text: &str) -> Result<Tree, YamlError> {
    let mut composer = Composer {
        scanner: Scanner::new(text)?,
        tree: Tree::default(),
        anchors: SortedMap::new(),
        handles: SortedMap::new(),
        depth: 0,
    };
    composer.document()?;
    Ok(composer.tree)
}

impl Composer {
    fn document(&mut self) -> Result<(), YamlError> {
        let first = self.scanner.peek()?.clone();
        let is_explicit =
            matches!(first.kind, TokenKind::VersionDirective { .. } | TokenKind::TagDirective { .. } | TokenKind::DocumentStart);
        if first.kind == TokenKind::StreamEnd {
            return Ok(());
        }
        let mut is_empty = false;
        if is_explicit {
            self.directives()?;
            let start = self.scanner.peek()?.clone();
            if start.kind != TokenKind::DocumentStart {
                return Err(YamlError::parser(None, "did not find expected <document start>", start.mark));
            }
            self.scanner.take()?;
            is_empty = matches!(
                self.scanner.peek()?.kind,
                TokenKind::VersionDirective { .. }
                    | TokenKind::TagDirective { .. }
                    | TokenKind::DocumentStart
                    | TokenKind::DocumentEnd
                    | TokenKind::StreamEnd
            );
        }
        let root = if is_empty { self.empty(first.mark) } else { self.node(true, false)? };
        self.tree.root = Some(root);
        // The document's end is looked at before the document counts as read.
        self.scanner.peek()?;
        Ok(())
    }

    fn directives(&mut self) -> Result<(), YamlError> {
        let mut has_version = false;
        loop {
            let token = self.scanner.peek()?.clone();
            match token.kind {
                TokenKind::VersionDirective { major, minor } => {
                    if has_version {
                        return Err(YamlError::parser(None, "found duplicate %YAML directive", token.mark));
                    }
                    if (major, minor) != (1, 1) {
                        return Err(YamlError::parser(None, "found incompatible YAML document", token.mark));
                    }
                    has_version = true;
                }
                TokenKind::TagDirective { handle, prefix } => {
                    if self.handles.insert(handle, prefix).is_some() {
                        return Err(YamlError::parser(None, "found duplicate %TAG directive", token.mark));
                    }
                }
                _ => return Ok(()),
            }
            self.scanner.take()?;
        }
    }

    fn add(&mut self, kind: NodeKind, tag: String, anchor: String, mark: Mark) -> NodeId {
        self.tree.nodes.push(Node { kind, tag, anchor, mark });
        self.tree.nodes.len() - 1
    }

    fn empty(&mut self, mark: Mark) -> NodeId {
        self.add(NodeKind::Scalar { text: String::new(), is_plain: true }, String::new(), String::new(), mark)
    }

    fn skip_if(&mut self, kind: &TokenKind) -> Result<bool, YamlError> {
        let found = self.scanner.peek()?.kind == *kind;
        if found {
            self.scanner.take()?;
        }
        Ok(found)
    }

    /// A node, or an empty one where the next token is one of `ends`.
    fn node_unless(&mut self, ends: &[TokenKind], is_block: bool, indentless: bool) -> Result<NodeId, YamlError> {
        let token = self.scanner.peek()?;
        if ends.contains(&token.kind) {
            let mark = token.mark;
            return Ok(self.empty(mark));
        }
        self.node(is_block, indentless)
    }

    fn node(&mut self, is_block: bool, indentless: bool) -> Result<NodeId, YamlError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let mark = self.scanner.peek()?.mark;
            return Err(YamlError::plain(crate::limits::too_deep(), Some(mark)));
        }
        let id = self.node_within(is_block, indentless);
        self.depth -= 1;
        id
    }

    fn node_within(&mut self, is_block: bool, indentless: bool) -> Result<NodeId, YamlError> {
        let start = self.scanner.peek()?.mark;
        if let TokenKind::Alias(name) = &self.scanner.peek()?.kind {
            let name = name.clone();
            self.scanner.take()?;
            let Some(&target) = self.anchors.get(&name) else {
                return Err(YamlError::plain(format!("yaml: unknown anchor '{name}' referenced"), Some(start)));
            };
            return Ok(self.add(NodeKind::Alias(target), String::new(), name, start));
        }
        let (anchor, tag) = self.properties(start)?;
        let token = self.scanner.peek()?.clone();
        let mark = token.mark;
        // The place is reserved first, so that an alias inside the node finds it.
        let id = self.add(NodeKind::Scalar { text: String::new(), is_plain: true }, tag.clone(), anchor.clone(), mark);
        if !anchor.is_empty() {
            self.anchors.insert(anchor.clone(), id);
        }
        let kind = match token.kind {
            TokenKind::BlockEntry if indentless => self.indentless_sequence()?,
            TokenKind::Scalar { text, is_plain } => {
                self.scanner.take()?;
                NodeKind::Scalar { text, is_plain }
            }
            TokenKind::FlowSequenceStart => self.flow_sequence()?,
            TokenKind::FlowMappingStart => self.flow_mapping()?,
            TokenKind::BlockSequenceStart if is_block => self.block_sequence()?,
            TokenKind::BlockMappingStart if is_block => self.block_mapping()?,
            _ if !anchor.is_empty() || !tag.is_empty() => NodeKind::Scalar { text: String::new(), is_plain: true },
            _ => return Err(YamlError::parser(Some(start), "did not find expected node content", mark)),
        };
        self.tree.nodes[id].kind = kind;
        Ok(id)
    }

    /// Anchor and tag, in either order.
    fn properties(&mut self, start: Mark) -> Result<(String, String), YamlError> {
        let (mut anchor, mut tag) = (None, None);
        loop {
            match &self.scanner.peek()?.kind {
                TokenKind::Anchor(name) if anchor.is_none() => anchor = Some(name.clone()),
                TokenKind::Tag { handle, suffix } if tag.is_none() => tag = Some((handle.clone(), suffix.clone())),
                _ => break,
            }
            self.scanner.take()?;
        }
        let tag = match tag {
            None => String::new(),
            Some((handle, suffix)) => match (self.handles.get(&handle), handle.as_str()) {
                (Some(prefix), _) => format!("{prefix}{suffix}"),
                (None, "") => suffix,
                (None, "!") => format!("!{suffix}"),
                (None, "!!") => format!("tag:yaml.org,2002:{suffix}"),
                (None, _) => return Err(YamlError::parser(Some(start), "found undefined tag handle", start)),
            },
        };
        Ok((anchor.unwrap_or_default(), tag))
    }

    fn block_sequence(&mut self) -> Result<NodeKind, YamlError> {
        let start = self.scanner.take()?.mark;
        let mut items = Vec::new();
        loop {
            let token = self.scanner.peek()?.clone();
            match token.kind {
                TokenKind::BlockEntry => {
                    self.scanner.take()?;
                    items.push(self.node_unless(&[TokenKind::BlockEntry, TokenKind::BlockEnd], true, false)?);
                }
                TokenKind::BlockEnd => {
                    self.scanner.take()?;
                    return Ok(NodeKind::Sequence(items));
                }
                _ => return Err(YamlError::parser(Some(start), "did not find expected '-' indicator", token.mark)),
            }
        }
    }

    /// A sequence at the indentation of the key that holds it.
    fn indentless_sequence(&mut self) -> Result<NodeKind, YamlError> {
        let mut items = Vec::new();
        while self.skip_if(&TokenKind::BlockEntry)? {
            let ends = [TokenKind::BlockEntry, TokenKind::Key, TokenKind::Value, TokenKind::BlockEnd];
            items.push(self.node_unless(&ends, true, false)?);
        }
        Ok(NodeKind::Sequence(items))
    }

    fn block_mapping(&mut self) -> Result<NodeKind, YamlError> {
        let start = self.scanner.take()?.mark;
        let ends = [TokenKind::Key, TokenKind::Value, TokenKind::BlockEnd];
        let mut entries = Vec::new();
        loop {
            let token: Token = self.scanner.peek()?.clone();
            let key = match token.kind {
                TokenKind::Key => {
                    self.scanner.take()?;
                    self.node_unless(&ends, true, true)?
                }
                TokenKind::BlockEnd => {
                    self.scanner.take()?;
                    return Ok(NodeKind::Mapping(entries));
                }
                _ => return Err(YamlError::parser(Some(start), "did not find expected key", token.mark)),
            };
            let value = if self.skip_if(&TokenKind::Value)? {
                self.node_unless(&ends, true, true)?
            } else {
                let mark = self.scanner.peek()?.mark;
                self.empty(mark)
            };
            entries.push((key, value));
        }
    }

    fn flow_sequence(&mut self) -> Result<NodeKind, YamlError> {
        let start = self.scanner.take()?.mark;
        let mut items = Vec::new();
        while !self.skip_if(&TokenKind::FlowSequenceEnd)? {
            if !items.is_empty() {
                if !self.skip_if(&TokenKind::FlowEntry)? {
                    let mark = self.scanner.peek()?.mark;
                    return Err(YamlError::parser(Some(start), "did not find expected ',' or ']'", mark));
                }
                if self.skip_if(&TokenKind::FlowSequenceEnd)? {
                    break;
                }
            }
            let mark = self.scanner.peek()?.mark;
            if self.skip_if(&TokenKind::Key)? {
                let entry = self.flow_pair()?;
                items.push(self.add(NodeKind::Mapping(vec![entry]), String::new(), String::new(), mark));
            } else {
                items.push(self.node(false, false)?);
            }
        }
        Ok(NodeKind::Sequence(items))
    }

    /// `key: value` as an item of a flow sequence.
    fn flow_pair(&mut self) -> Result<(NodeId, NodeId), YamlError> {
        let ends = [TokenKind::FlowEntry, TokenKind::FlowSequenceEnd];
        let token = self.scanner.peek()?;
        let (is_empty, mark) = (ends.contains(&token.kind) || token.kind == TokenKind::Value, token.mark);
        let key = if is_empty {
            // The library steps over what follows a key that is not there.
            self.scanner.take()?;
            self.empty(mark)
        } else {
            self.node(false, false)?
        };
        let value = if self.skip_if(&TokenKind::Value)? {
            self.node_unless(&ends, false, false)?
        } else {
            let mark = self.scanner.peek()?.mark;
            self.empty(mark)
        };
        Ok((key, value))
    }

    fn flow_mapping(&mut self) -> Result<NodeKind, YamlError> {
        let start = self.scanner.take()?.mark;
        let ends = [TokenKind::FlowEntry, TokenKind::FlowMappingEnd];
        let mut entries = Vec::new();
        while !self.skip_if(&TokenKind::FlowMappingEnd)? {
            if !entries.is_empty() {
                if !self.skip_if(&TokenKind::FlowEntry)? {
                    let mark = self.scanner.peek()?.mark;
                    return Err(YamlError::parser(Some(start), "did not find expected ',' or '}'", mark));
                }
                if self.skip_if(&TokenKind::FlowMappingEnd)? {
                    break;
                }
            }
            if self.skip_if(&TokenKind::Key)? {
                let keys = [TokenKind::Value, TokenKind::FlowEntry, TokenKind::FlowMappingEnd];
                let key = self.node_unless(&keys, false, false)?;
                let value = if self.skip_if(&TokenKind::Value)? {
                    self.node_unless(&ends, false, false)?
                } else {
                    let mark = self.scanner.peek()?.mark;
                    self.empty(mark)
                };
                entries.push((key, value));
            } else {
                let key = self.node(false, false)?;
                let mark = self.scanner.peek()?.mark;
                let value = self.empty(mark);
                entries.push((key, value));
            }
        }
        Ok(NodeKind::Mapping(entries))
    }
}
