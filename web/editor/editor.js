// The editors of the playground: CodeMirror with YAML, the problems of the text at their lines, and nothing of the simulator.
// The page reaches it through `globalThis.podlapseEditor`.

import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { Annotation, EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import "../offline/register.js";
import "./link.js";

// Marks a change that the page made itself, which it need not hear of.
const fromPage = Annotation.define();

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "13px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0 12px 0 4px" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--text-faint)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 4px 0 4px", minWidth: "28px" },
  ".cm-gutter-lint": { width: "18px" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "3px 1px 0 3px" },
  ".cm-activeLine": { backgroundColor: "var(--line-active)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--line-active)", color: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--line-strong)", borderRadius: "4px" },
  ".cm-diagnostic": { fontFamily: "var(--sans)", padding: "6px 10px" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--failing)" },
  ".cm-diagnostic-warning": { borderLeft: "3px solid var(--unknown)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--syntax-key)" },
  { tag: [tags.string, tags.content, tags.attributeValue], color: "var(--syntax-value)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--syntax-literal)" },
  { tag: tags.comment, color: "var(--text-faint)", fontStyle: "italic" },
  { tag: [tags.separator, tags.punctuation, tags.meta, tags.brace, tags.squareBracket], color: "var(--text-quiet)" },
]);

// Tab leaves the editor, as everywhere else on the page; lines are indented by Ctrl or Cmd with the brackets.
const indentation = [
  { key: "Mod-]", run: indentMore },
  { key: "Mod-[", run: indentLess },
];

const severities = { error: "error", warning: "warning", note: "info" };

class Editor {
  constructor(parent, text, label, onChange) {
    const listener = EditorView.updateListener.of((update) => {
      const own = update.transactions.some((transaction) => transaction.annotation(fromPage));
      if (update.docChanged && !own) onChange(update.state.doc.toString());
    });
    const extensions = [
      lineNumbers(),
      lintGutter(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      history(),
      drawSelection(),
      indentOnInput(),
      indentUnit.of("  "),
      bracketMatching(),
      yaml(),
      syntaxHighlighting(colours),
      look,
      keymap.of([...indentation, ...defaultKeymap, ...historyKeymap]),
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
      listener,
    ];
    this.view = new EditorView({ parent, state: EditorState.create({ doc: text, extensions }) });
  }

  // Only what differs is replaced, so that the cursor and the scrolled place stay where they are.
  setText(text) {
    const old = this.view.state.doc.toString();
    if (old === text) return;
    const most = Math.min(old.length, text.length);
    let from = 0;
    while (from < most && old[from] === text[from]) from += 1;
    let same = 0;
    while (same < most - from && old[old.length - 1 - same] === text[text.length - 1 - same]) same += 1;
    const changes = { from, to: old.length - same, insert: text.slice(from, text.length - same) };
    this.view.dispatch({ changes, annotations: fromPage.of(true) });
  }

  setLabel(label) {
    this.view.contentDOM.setAttribute("aria-label", label);
  }

  // `problems` is a list of {line, column, severity, message}, counted from 1.
  setProblems(problems) {
    const { doc } = this.view.state;
    const marks = problems.map(({ line, column, severity, message }) => {
      const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
      const from = Math.min(at.from + Math.max(column, 1) - 1, at.to);
      return { from, to: Math.max(from, at.to), severity: severities[severity] ?? "error", message };
    });
    marks.sort((a, b) => a.from - b.from);
    this.view.dispatch(setDiagnostics(this.view.state, marks));
  }

  // Puts the cursor at a place and shows it.
  reveal(line, column) {
    const { doc } = this.view.state;
    const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
    const position = Math.min(at.from + Math.max(column, 1) - 1, at.to);
    this.view.dispatch({ selection: { anchor: position }, effects: EditorView.scrollIntoView(position, { y: "center" }) });
    this.view.focus();
  }

  destroy() {
    this.view.destroy();
  }
}

globalThis.podlapseEditor = {
  create: (parent, text, label, onChange) => new Editor(parent, text, label, onChange),
};
