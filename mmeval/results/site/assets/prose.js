"use strict";
/* A text of a model or of a data file as nodes: plain text, LaTeX as MathML, code as it is,
   and the answer that a checker found marked where it stands. */

(() => {
  const LONGEST = 60000; /* characters; a longer text is shown as it was written */
  const FORMULA = 3000;
  const CODE = 20000;
  const OPEN = /\\\\|\\\$|\$\$|\$|\\\(|\\\[|\\begin\{|\\boxed\{|\[asy\]|```/g;
  const DISPLAY = new Set([
    "align", "align*", "aligned", "gather", "gather*", "equation", "equation*", "array",
    "cases", "matrix", "pmatrix", "bmatrix", "vmatrix", "eqnarray", "eqnarray*", "multline",
    "multline*", "split", "tabular",
  ]);

  /* Nodes for a text; `span` is [start, end) in UTF-16 units, or null. `inline`: no formula
     takes a line of its own. */
  mmeval.prose = (text, span, rendered, inline = false) => {
    const pieces = rendered && text.length <= LONGEST ? segments(text) : [[0, text.length, "text"]];
    return pieces.flatMap(([start, end, kind, from, to]) => {
      if (kind === "math" || kind === "display") {
        const made = mmeval.tex(text.slice(from, to), {
          display: kind === "display" && !inline,
          span: span && [span[0] - from, span[1] - from],
          source: text.slice(start, end),
        });
        if (made) return [made];
      }
      const nodes = marked(text, start, end, span);
      return kind === "code" ? [mmeval.el("code", { class: "block" }, nodes)] : nodes;
    });
  };

  /* A piece of plain text; what of the span is in it stands in a <mark>. */
  function marked(text, start, end, span) {
    const from = span ? Math.max(start, span[0]) : end;
    const to = span ? Math.min(end, span[1]) : end;
    if (from >= to) return mmeval.visible(text.slice(start, end));
    return [
      ...mmeval.visible(text.slice(start, from)),
      mmeval.el("mark", {}, mmeval.visible(text.slice(from, to))),
      ...mmeval.visible(text.slice(to, end)),
    ];
  }

  /* [start, end, kind, start and end of what is inside] of the pieces, in their order. */
  function segments(text) {
    const found = [];
    let plain = 0;
    OPEN.lastIndex = 0;
    for (let open = OPEN.exec(text); open; open = OPEN.exec(text)) {
      const piece = closed(text, open.index, open[0]);
      if (!piece) continue;
      if (piece[2] === "display") alone(text, piece, plain);
      if (plain < piece[0]) found.push([plain, piece[0], "text"]);
      found.push(piece);
      plain = OPEN.lastIndex = piece[1];
    }
    if (plain < text.length) found.push([plain, text.length, "text"]);
    return found;
  }

  /* A formula on a line of its own takes the ends of line around it with it. */
  function alone(text, piece, plain) {
    let [start, end] = piece;
    while (start > plain && (text[start - 1] === " " || text[start - 1] === "\t")) start--;
    if (start > plain && text[start - 1] === "\n") piece[0] = start - 1;
    while (text[end] === " " || text[end] === "\t") end++;
    if (text[end] === "\n") piece[1] = end + 1;
  }

  /* The piece that begins there, or null where it has no end. */
  function closed(text, at, open) {
    const inside = at + open.length;
    switch (open) {
      case "$$": return until(text, at, inside, "$$", "display");
      case "$": return dollars(text, at);
      case "\\(": return until(text, at, inside, "\\)", "math");
      case "\\[": return until(text, at, inside, "\\]", "display");
      case "```": return until(text, at, inside, "```", "code", true);
      case "[asy]": return until(text, at, inside, "[/asy]", "code", true);
      case "\\begin{": return environment(text, at, inside);
      case "\\boxed{": return braces(text, at, inside);
      default: return null; /* `\\` and `\$` */
    }
  }

  function until(text, at, inside, close, kind, whole = false) {
    const near = text.slice(inside, inside + (whole ? CODE : FORMULA));
    const length = near.indexOf(close);
    if (length <= 0 || (!whole && /\n\s*\n/.test(near.slice(0, length)))) return null;
    const end = inside + length;
    return [at, end + close.length, kind, inside, end];
  }

  function environment(text, at, inside) {
    const [name] = text.slice(inside, inside + 20).split("}");
    if (!DISPLAY.has(name)) return null;
    const close = `\\end{${name}}`;
    const end = text.slice(at, at + FORMULA).indexOf(close);
    if (end < 0) return null;
    return [at, at + end + close.length, "display", at, at + end + close.length];
  }

  function braces(text, at, inside) {
    let depth = 1;
    for (let i = inside; i < Math.min(text.length, inside + FORMULA); i++) {
      if (text[i] === "\\") i++;
      else if (text[i] === "{") depth++;
      else if (text[i] === "}" && --depth === 0) return [at, i + 1, "math", at, i + 1];
    }
    return null;
  }

  /* `$x$`, but not the prices in `$5 and then $6 more`. */
  function dollars(text, at) {
    const limit = Math.min(text.length, at + FORMULA);
    let end = at + 1;
    while (end < limit && text[end] !== "$" && text[end] !== "\n") end += text[end] === "\\" ? 2 : 1;
    if (end === at + 1 || end >= limit || text[end] !== "$") return null;
    const inside = text.slice(at + 1, end);
    const bare = inside.replace(/\\(text|mbox|mathrm|textbf|operatorname)\s*\{[^{}]*\}/g, "").replace(/\\[A-Za-z]+/g, "");
    if (/[A-Za-z]{4,}|\b[a-z]{3,}\b/.test(bare)) return null;
    const formula = /[\\^_={}<>]/.test(inside);
    if (!formula && (/^\s|\s$/.test(inside) || /\d/.test(text[end + 1] ?? ""))) return null;
    if (formula && /^[\d.,\s]+\s/.test(inside) && /\s$/.test(inside)) return null;
    return [at, end + 1, "math", at + 1, end];
  }
})();
