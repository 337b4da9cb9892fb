"use strict";
/* Tables that are sorted by a click on a column's name. */

(() => {
  for (const table of document.querySelectorAll("table.sortable")) {
    for (const [place, head] of [...table.tHead.rows[0].cells].entries()) {
      const name = head.textContent;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      button.title = `Sort by ${name}`;
      head.append(button);
      button.addEventListener("click", () => sort(table, head, place));
    }
  }

  function sort(table, head, place) {
    const first = head.classList.contains("number") ? "descending" : "ascending";
    const now = head.getAttribute("aria-sort");
    const descending = now ? now === "ascending" : first === "descending";
    for (const each of table.tHead.querySelectorAll("[aria-sort]")) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    for (const body of table.tBodies) {
      const rows = [...body.rows];
      rows.sort((a, b) => order(a.cells[place], b.cells[place], descending));
      body.append(...rows);
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
