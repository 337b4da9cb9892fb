"use strict";
/* Elements and text. Everything that a model, a data file or a server wrote becomes a text
   node; no string of theirs is ever read as HTML, as a script, or as a name of anything. */

const mmeval = {};

(() => {
  const MATHML = "http://www.w3.org/1998/Math/MathML";
  /* What a browser would obey or not show: controls, and changes of direction. */
  const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/g;
  const MOST_SIGNS = 2000; /* places where hidden characters are named one by one */

  /* An element. Attributes: `class`, `href`, ... as strings; true is an empty one, false,
     null and undefined are none; `on` is an object of listeners. */
  mmeval.el = (name, attributes = {}, ...children) =>
    filled(document.createElement(name), attributes, children);

  mmeval.math = (name, attributes = {}, ...children) =>
    filled(document.createElementNS(MATHML, name), attributes, children);

  function filled(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "on") {
        for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
      } else if (value !== false && value !== null && value !== undefined) {
        element.setAttribute(name, value === true ? "" : String(value));
      }
    }
    element.append(...children.flat().filter((each) => each !== null && each !== undefined));
    return element;
  }

  /* A text as nodes: what is hidden in it is shown by its number, `U+202E`. */
  mmeval.visible = (text) => {
    const nodes = [];
    const lines = text.replaceAll("\r\n", "\n");
    let shown = 0;
    for (const found of lines.matchAll(HIDDEN)) {
      if (nodes.length > 2 * MOST_SIGNS) break;
      if (found.index > shown) nodes.push(document.createTextNode(lines.slice(shown, found.index)));
      nodes.push(mmeval.el("span", { class: "control" }, named(found[0])));
      shown = found.index + found[0].length;
    }
    const rest = lines.slice(shown).replace(HIDDEN, "\ufffd");
    if (rest) nodes.push(document.createTextNode(rest));
    return nodes;
  };

  function named(hidden) {
    const codes = [...hidden.slice(0, 4)].map((each) =>
      `U+${each.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
    return codes.join(" ") + (hidden.length > 4 ? ` and ${hidden.length - 4} more` : "");
  }

  /* A text on one line of a list: hidden characters become a sign. */
  mmeval.plain = (text) => String(text).replace(/\s+/g, " ").replace(HIDDEN, "\ufffd");

  mmeval.count = (number) => number.toLocaleString("en");

  mmeval.OUTCOMES = {
    right: "right",
    wrong: "wrong",
    no_answer: "no answer",
    undecided: "undecided",
    failed: "failed",
  };

  /* A badge that says an outcome in words, not by colour alone. */
  mmeval.badge = (outcome) => {
    const known = Object.hasOwn(mmeval.OUTCOMES, outcome ?? "");
    const said = known ? mmeval.OUTCOMES[outcome] : "not judged";
    return mmeval.el("span", { class: `badge ${known ? outcome : "unjudged"}` }, said);
  };

  /* A labelled choice; options are [value, text]. */
  mmeval.choice = (label, options, value, changed) => {
    const select = mmeval.el("select", { on: { change: () => changed(select.value) } });
    for (const [each, text] of options) {
      select.append(mmeval.el("option", { value: each }, mmeval.plain(text)));
    }
    select.value = value;
    if (select.selectedIndex < 0) select.selectedIndex = 0;
    return mmeval.labelled("choice", label, select);
  };

  /* A control below its label, whose text alone is its name. */
  let controls = 0;
  mmeval.labelled = (name, label, control, ...more) => {
    control.id = `control-${++controls}`;
    return mmeval.el("div", { class: name }, mmeval.el("label", { for: control.id }, label), control, ...more);
  };

  /* A labelled box to tick. */
  mmeval.tick = (label, checked, changed) => {
    const box = mmeval.el("input", { type: "checkbox", on: { change: () => changed(box.checked) } });
    box.checked = checked;
    return mmeval.el("label", { class: "tick" }, box, label);
  };

  mmeval.button = (text, clicked, attributes = {}) =>
    mmeval.el("button", { type: "button", ...attributes, on: { click: clicked } }, text);

  /* The state of a page, which its address keeps: `#c=mmeval/1&o=wrong`. */
  mmeval.readState = () => {
    const hash = location.hash.slice(1);
    return hash.includes("=") ? Object.fromEntries(new URLSearchParams(hash)) : {};
  };

  mmeval.writeState = (state, asNew) => {
    const kept = Object.entries(state).filter(([, value]) => value !== "" && value !== undefined);
    const hash = `#${new URLSearchParams(kept)}`;
    if (hash === location.hash || (hash === "#" && !location.hash)) return;
    const address = kept.length ? hash : location.pathname.split("/").pop() || ".";
    if (asNew) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  };
})();
