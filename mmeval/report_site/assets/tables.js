"use strict";
/* Tables that are sorted by a click on a column's name; rows never leave their group. */

(() => {
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows].at(-1).cells;
    const shift = table.tHead.rows.length > 1 ? 1 : 0; /* the model's name spans both rows */
    for (const [place, head] of [...heads].entries()) {
      const name = head.textContent;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      button.title = `Sort by ${name}`;
      head.append(button);
      button.addEventListener("click", () => sort(table, head, place + shift));
    }
  }

  function sort(table, head, place) {
    const first = head.classList.contains("number") ? "descending" : "ascending";
    const now = head.getAttribute("aria-sort");
    const descending = now ? now === "ascending" : first === "descending";
    for (const each of table.tHead.querySelectorAll("[aria-sort]")) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    for (const body of table.tBodies) {
      const fixed = [...body.rows].filter((row) => row.classList.contains("group"));
      const rows = [...body.rows].filter((row) => !row.classList.contains("group"));
      rows.sort((a, b) => order(a.cells[place], b.cells[place], descending));
      body.append(...fixed, ...rows);
    }
  }

  /* Numbers by their value, texts by their letters, nothing last. */
  function order(a, b, descending) {
    const [x, y] = [a, b].map((cell) => cell?.dataset.value ?? (cell?.classList.contains("number") ? "" : cell?.textContent ?? ""));
    if (x === "" || y === "") return (x === "") - (y === "");
    const numbers = !Number.isNaN(Number(x)) && !Number.isNaN(Number(y));
    const found = numbers ? Number(x) - Number(y) : x.localeCompare(y, "en", { numeric: true });
    return descending ? -found : found;
  }
})();
