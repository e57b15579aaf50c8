// The colours of YAML, line by line: enough to tell keys, values, literals and comments apart. The manifest reader judges the text.

const KEY = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#&*!|>%@`{}[\],-][^#{}[\],]*?|-[^\s#{}[\],][^#{}[\],]*?)(?=\s*:(?:\s|$))/;
const TOKENS = [
  ["comment", /^#.*/],
  ["mark", /^(?:[{}[\],:]|[-?](?=\s|$))/],
  ["value", /^(?:"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?)/],
  ["mark", /^(?:[&*][^\s,[\]{}]+|![^\s]*)/],
  ["value", /^(?:[^\s,[\]{}#:]|:(?!\s|$)|(?<!\s)#|\s+(?=[^\s#,[\]{}:]))+/],
];
const LITERAL = /^(?:true|false|null|~|[-+]?\.?\d[\d_.eE+-]*)$/;

const escaped = (text) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
const span = (name, text) => `<span class="yaml-${name}">${escaped(text)}</span>`;

// One line of HTML. `block` is the indentation of the line whose block scalar goes on here, or -1.
function highlightLine(line, block) {
  const indent = line.search(/\S/);
  if (0 <= block && (indent < 0 || block < indent)) return [span("value", line), block];
  let html = "";
  let rest = line;
  let beginsBlock = false;
  if (/^(?:---|\.\.\.)(?:\s|$)/.test(rest)) [html, rest] = [span("mark", rest.slice(0, 3)), rest.slice(3)];
  while (rest) {
    const blank = rest.match(/^\s+/);
    if (blank) {
      html += blank[0];
      rest = rest.slice(blank[0].length);
      continue;
    }
    const key = rest.match(KEY);
    const [name, text] = key ? ["key", key[0]] : token(rest);
    html += span(name, text);
    rest = rest.slice(text.length);
    beginsBlock = /^[|>][-+\d]*$/.test(text) || (beginsBlock && name === "comment");
  }
  return [html, beginsBlock ? indent : -1];
}

function token(rest) {
  for (const [name, pattern] of TOKENS) {
    const found = rest.match(pattern);
    if (found?.[0]) return [name === "value" && LITERAL.test(found[0].trim()) ? "literal" : name, found[0]];
  }
  return ["value", rest[0]];
}

/** The lines of `text` as HTML. */
export function highlight(text) {
  let block = -1;
  return text.split("\n").map((line) => {
    let html;
    [html, block] = highlightLine(line, block);
    return html;
  });
}
