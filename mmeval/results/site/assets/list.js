"use strict";
/* A list with pages beside the thing that is open, and the filters above it. On a narrow
   screen either the list or the open thing is shown. */

(() => {
  const { el, button } = mmeval;
  const PAGE = 50;

  /* `line(entry)` gives the nodes of an entry, `href(entry)` its address, `open(entry)` shows
     it; `show(entries)` fills the list, `choose(entry)` marks the open one. */
  mmeval.list = ({ line, href, open, label }) => {
    let entries = [];
    let first = 0;
    let chosen = null;
    const status = el("p", { class: "status", role: "status" });
    const items = el("ol", { class: "items", "aria-label": label, on: { keydown: arrows } });
    const earlier = button(`Previous ${PAGE}`, () => turn(-PAGE));
    const later = button(`Next ${PAGE}`, () => turn(PAGE));
    const place = el("span");
    const pages = el("nav", { class: "pages", "aria-label": "Pages of the list" }, earlier, place, later);

    function turn(by) {
      first = Math.max(0, Math.min(first + by, Math.max(0, entries.length - 1)));
      first -= first % PAGE;
      draw();
      items.scrollTop = 0;
    }

    function draw() {
      const shown = entries.slice(first, first + PAGE);
      items.start = first + 1;
      items.replaceChildren(...shown.map((entry) =>
        el("li", {}, el("a", {
          href: href(entry),
          "aria-current": entry === chosen ? "true" : null,
          on: { click: (event) => { event.preventDefault(); open(entry); } },
        }, line(entry)))));
      pages.hidden = entries.length <= PAGE;
      earlier.disabled = first === 0;
      later.disabled = first + PAGE >= entries.length;
      place.textContent = `${mmeval.count(first + 1)}\u2013${mmeval.count(first + shown.length)} of ${mmeval.count(entries.length)}`;
    }

    /* Up and down go from entry to entry, as they do in a list of messages. */
    function arrows(event) {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const links = [...items.querySelectorAll("a")];
      const at = links.indexOf(document.activeElement);
      const next = links[at + (event.key === "ArrowDown" ? 1 : -1)];
      if (at < 0 || !next) return;
      event.preventDefault();
      next.focus();
    }

    return {
      nodes: [status, items, pages],
      status,
      show(found, said) {
        entries = found;
        first = 0;
        status.textContent = said;
        draw();
      },
      choose(entry) {
        chosen = entry;
        const at = entries.indexOf(entry);
        if (at >= 0) first = at - (at % PAGE);
        draw();
      },
      beside(entry, step) { return entries[entries.indexOf(entry) + step] ?? null; },
      focus() { (items.querySelector("[aria-current]") ?? items.querySelector("a"))?.focus(); },
    };
  };

  /* List and open thing beside each other; on a narrow screen one of them. */
  mmeval.panes = (list, filters) => {
    const detail = el("article", { class: "detail" });
    const left = el("div", { class: "left" }, list.nodes);
    const panes = el("div", { class: "panes" }, left, detail);
    const root = el("div", { class: "browser" }, filters, panes);
    return {
      root,
      detail,
      /* Shows nodes, the first of them a heading that gets the focus. */
      open(nodes, focused) {
        detail.replaceChildren(...nodes);
        root.classList.add("opened");
        if (!focused) return;
        detail.querySelector("h3")?.focus({ preventScroll: true });
        const narrow = getComputedStyle(left).display === "none";
        (narrow ? panes : detail).scrollIntoView({ block: "start" });
      },
      close() {
        root.classList.remove("opened");
        detail.replaceChildren(el("p", { class: "note hint" }, "Choose a problem from the list."));
      },
    };
  };

  /* The bar above an open problem: back to the list, and to its neighbours. */
  mmeval.steps = (list, entry, open, close) => {
    const before = list.beside(entry, -1);
    const after = list.beside(entry, 1);
    return el("div", { class: "steps" },
      button("Back to the list", () => { close(); list.focus(); }, { class: "back" }),
      button("Previous", () => open(before), { disabled: !before }),
      button("Next", () => open(after), { disabled: !after }));
  };

  /* Choices of subject, level and style, those that these problems have. */
  mmeval.partFilters = (problems, state, changed) => ["subject", "level", "style"].flatMap((name) => {
    const counts = new Map();
    for (const each of problems) {
      if (each[name] !== undefined) counts.set(each[name], (counts.get(each[name]) ?? 0) + 1);
    }
    if (counts.size < 2) return [];
    const sorted = [...counts].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
    const options = [["", "all"], ...sorted.map(([value, count]) => [value, `${value} (${mmeval.count(count)})`])];
    return [mmeval.choice(name, options, state[name] ?? "", (value) => { state[name] = value; changed(); })];
  });

  mmeval.partsMatch = (problem, state) =>
    ["subject", "level", "style"].every((name) => !state[name] || problem[name] === state[name]);
})();
