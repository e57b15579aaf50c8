// The editors of the playground: a text field under its own text in colour, with numbered lines and the problems at theirs. It knows
// nothing of the simulator. The page reaches it through `globalThis.podlapseEditor`. Why no library: docs/adr/0007-editor.md.

import "./link.js";
import { highlight } from "./highlight.js";

const INDENT = "  ";

function element(name, className, parent) {
  const made = document.createElement(name);
  made.className = className;
  parent.append(made);
  return made;
}

// Typed text goes through the browser, so that it can be undone; what has no focus takes it directly.
function insert(area, text) {
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input"));
  }
}

class Editor {
  constructor(parent, text, label, onChange) {
    this.problems = [];
    this.root = element("div", "code", parent);
    this.gutter = element("div", "code-gutter", this.root);
    this.gutter.setAttribute("aria-hidden", "true");
    this.body = element("div", "code-body", this.root);
    this.paint = element("pre", "code-paint", this.body);
    this.paint.setAttribute("aria-hidden", "true");
    this.area = element("textarea", "code-text", this.body);
    Object.assign(this.area, { value: text, wrap: "off", spellcheck: false, autocapitalize: "off", autocomplete: "off" });
    this.area.setSelectionRange(0, 0);
    this.setLabel(label);
    this.area.addEventListener("input", () => {
      this.draw();
      onChange(this.area.value);
    });
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.onSelection = () => {
      if (document.activeElement === this.area) this.markLine();
    };
    document.addEventListener("selectionchange", this.onSelection);
    this.draw();
  }

  // The lines on which the selection begins and ends, counted from 0.
  selectedLines() {
    const { value, selectionStart, selectionEnd } = this.area;
    const line = (at) => value.slice(0, at).split("\n").length - 1;
    return [line(selectionStart), line(selectionEnd)];
  }

  markLine() {
    const [line] = this.selectedLines();
    this.root.style.setProperty("--line", line);
    this.gutter.querySelector(".active")?.classList.remove("active");
    this.gutter.children[line]?.classList.add("active");
  }

  draw() {
    const lines = highlight(this.area.value);
    this.paint.innerHTML = lines.map((line) => `<div>${line || "\n"}</div>`).join("");
    this.gutter.innerHTML = lines.map((_, at) => `<div>${at + 1}</div>`).join("");
    for (const { line, column, severity, message } of this.problems) {
      const at = Math.min(Math.max(line, 1), lines.length) - 1;
      const number = this.gutter.children[at];
      number.classList.add(severity);
      number.title = number.title ? `${number.title}\n${message}` : message;
      const mark = element("i", `code-problem ${severity}`, this.paint.children[at]);
      const length = this.paint.children[at].textContent.trimEnd().length;
      const from = Math.min(Math.max(column, 1) - 1, length);
      mark.style.left = `${from}ch`;
      mark.style.width = `${Math.max(length - from, 1)}ch`;
    }
    this.markLine();
  }

  // Tab leaves the field, as everywhere else on the page; lines are indented by Ctrl or Cmd with the brackets.
  key(event) {
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (isCommand && (event.key === "]" || event.key === "[")) {
      event.preventDefault();
      this.indentLines(event.key === "]");
    } else if (event.key === "Enter" && !isCommand && !event.altKey && !event.isComposing) {
      event.preventDefault();
      const { value, selectionStart } = this.area;
      const line = value.slice(value.lastIndexOf("\n", selectionStart - 1) + 1, selectionStart);
      const [, blanks, dashes] = line.match(/^(\s*)((?:-\s+)*)/);
      const deeper = /:\s*(?:[|>][-+\d]*)?\s*$/.test(line) ? INDENT : "";
      insert(this.area, `\n${blanks}${" ".repeat(dashes.length)}${deeper}`);
    }
  }

  indentLines(isDeeper) {
    const { area } = this;
    const [first, last] = this.selectedLines();
    const lines = area.value.split("\n");
    const start = lines.slice(0, first).join("\n").length + (0 < first ? 1 : 0);
    const old = lines.slice(first, last + 1);
    const changed = old.map((line) => (isDeeper ? (line ? INDENT + line : line) : line.replace(/^ {1,2}/, "")));
    const moved = changed[0].length - old[0].length;
    const [from, to] = [area.selectionStart, area.selectionEnd];
    area.setSelectionRange(start, start + old.join("\n").length);
    insert(area, changed.join("\n"));
    const grown = changed.join("\n").length - old.join("\n").length;
    area.setSelectionRange(Math.max(from + moved, start), Math.max(to + grown, start));
  }

  setText(text) {
    if (this.area.value === text) return;
    this.area.value = text;
    this.draw();
  }

  setLabel(label) {
    this.area.setAttribute("aria-label", label);
  }

  // `problems` is a list of {line, column, severity, message}, counted from 1.
  setProblems(problems) {
    this.problems = problems;
    this.area.setAttribute("aria-invalid", String(problems.some(({ severity }) => severity === "error")));
    this.draw();
  }

  // Puts the cursor at a place and shows it.
  reveal(line, column) {
    const lines = this.area.value.split("\n");
    const at = Math.min(Math.max(line, 1), lines.length) - 1;
    const start = lines.slice(0, at).join("\n").length + (0 < at ? 1 : 0);
    const place = start + Math.min(Math.max(column, 1) - 1, lines[at].length);
    this.area.focus({ preventScroll: true });
    this.area.setSelectionRange(place, place);
    this.gutter.children[at].scrollIntoView({ block: "center" });
  }

  destroy() {
    document.removeEventListener("selectionchange", this.onSelection);
    this.root.remove();
  }
}

globalThis.podlapseEditor = {
  create: (parent, text, label, onChange) => new Editor(parent, text, label, onChange),
};
