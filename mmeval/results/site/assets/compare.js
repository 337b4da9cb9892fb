"use strict";
/* Two runs side by side, those problems first on which they differ; or a run and the one
   on the questions that were made from its own, forward and backward. */

(() => {
  const { el } = mmeval;
  const SAME = {
    lost: "right in A alone",
    gained: "right in B alone",
    right: "right in both",
    wrong: "right in neither",
    untold: "undecided in one of them",
  };
  const TWINS = { ...SAME, lost: "right forward alone", gained: "right backward alone" };

  const holder = document.getElementById("compare");
  if (holder) begin().catch((error) => holder.replaceChildren(el("p", { class: "error", role: "alert" }, error.message)));

  async function begin() {
    const all = await mmeval.load("all");
    if (all.runs.length < 2) {
      holder.replaceChildren(el("p", { class: "note" }, "This report has one run; comparing needs two."));
      return;
    }
    const comparison = new Comparison(all);
    holder.replaceChildren(comparison.root);
    await comparison.readAddress();
    addEventListener("popstate", () => comparison.readAddress());
  }

  class Comparison {
    constructor(all) {
      this.all = all;
      this.state = {};
      this.loading = 0;
      this.top = el("form", { class: "filters", "aria-label": "What is compared", on: { submit: (event) => event.preventDefault() } });
      this.numbers = el("p", { class: "numbers", "aria-live": "polite" });
      this.filters = el("form", { class: "filters", "aria-label": "Filters", on: { submit: (event) => event.preventDefault() } });
      this.list = mmeval.list({
        label: "Problems",
        line: (entry) => this.line(entry),
        href: (entry) => `#${new URLSearchParams({ ...this.state, p: entry.b.id })}`,
        open: (entry) => this.open(entry, true),
      });
      this.panes = mmeval.panes(this.list, this.filters);
      this.root = el("div", {}, this.top, this.numbers, this.panes.root);
    }

    slugs(name) {
      const found = this.all.runs.findIndex((each) => each.slug === this.state[name]);
      return found;
    }

    /* Places of the runs that may stand beside one: of its task, or its twins. */
    partners(place) {
      const twin = new Set(this.all.twins.filter(([forward]) => forward === place).map(([, backward]) => backward));
      return this.all.runs.flatMap((each, other) =>
        other !== place && (each.task === this.all.runs[place].task || twin.has(other)) ? [other] : []);
    }

    isTwin(a, b) {
      return this.all.twins.some(([forward, backward]) => forward === a && backward === b) &&
        this.all.runs[a].task !== this.all.runs[b].task;
    }

    async readAddress() {
      this.state = mmeval.readState();
      await this.load();
    }

    async load() {
      const mine = ++this.loading;
      const first = this.all.runs.findIndex((_, place) => this.partners(place).length);
      let a = this.slugs("a");
      if (a < 0) a = Math.max(0, first);
      const partners = this.partners(a);
      let b = this.slugs("b");
      if (!partners.includes(b)) b = partners[0] ?? -1;
      this.drawTop(a, b, partners);
      if (b < 0) {
        this.numbers.textContent = "No other run of this report has the same problems.";
        this.panes.root.hidden = true;
        return;
      }
      this.panes.root.hidden = false;
      this.state.a = this.all.runs[a].slug;
      this.state.b = this.all.runs[b].slug;
      this.twins = this.isTwin(a, b);
      const [runA, runB] = await Promise.all([mmeval.run(this.state.a), mmeval.run(this.state.b)]);
      if (mine !== this.loading) return;
      this.a = runA;
      this.b = runB;
      this.shared = runA.checkers.filter((name) => runB.checkers.includes(name));
      this.telling = this.shared[mmeval.telling([runA, runB], this.shared)];
      this.pairUp();
      this.drawTop(a, b, partners);
      this.drawFilters();
      this.filter();
      const entry = this.entries.find((each) => each.b.id === this.state.p);
      if (entry) await this.open(entry, false);
      else this.close();
    }

    get checker() {
      if (this.shared.includes(this.state.c)) return this.state.c;
      return this.telling;
    }

    get names() {
      return this.twins ? TWINS : SAME;
    }

    drawTop(a, b, partners) {
      const name = (place) => `${this.all.runs[place].label}, ${this.all.runs[place].task}`;
      const change = (key) => (value) => {
        const { c } = this.state;
        this.state = { a: this.state.a, b: this.state.b, c, [key]: value };
        mmeval.writeState(this.state, true);
        this.load();
      };
      const runs = this.all.runs.map((each, place) => [each.slug, name(place)]);
      const choices = [
        mmeval.choice("A", runs, this.all.runs[a].slug, change("a")),
        mmeval.choice("B", partners.map((place) => [this.all.runs[place].slug, name(place)]), b < 0 ? "" : this.all.runs[b].slug, change("b")),
      ];
      if (this.shared?.length > 1) {
        choices.push(mmeval.choice("checker", this.shared.map((each) => [each, each]), this.checker, (value) => {
          this.state.c = value;
          this.pairUp();
          this.drawFilters();
          this.filter();
          if (this.opened) this.open(this.entries.find((each) => each.b.id === this.opened.b.id), false);
        }));
      }
      choices.push(mmeval.switchRendering(() => {
        this.filter();
        if (this.opened) this.open(this.opened, false);
      }));
      this.top.replaceChildren(el("div", { class: "row" }, choices));
    }

    /* The problems that both have, or a backward one with its forward one; flips first. */
    pairUp() {
      if (!this.shared.length) {
        this.entries = [];
        return;
      }
      const first = new Map(this.a.problems.map((each) => [each.id, each]));
      const [one, two] = [this.a, this.b].map((run) => run.checkers.indexOf(this.checker));
      const order = Object.keys(SAME);
      this.entries = this.b.problems.flatMap((b) => {
        const a = first.get(this.twins ? b.twin : b.id);
        return a ? [{ a, b, kind: kind(share(a, one), share(b, two)) }] : [];
      });
      this.entries.sort((x, y) => order.indexOf(x.kind) - order.indexOf(y.kind) || x.b.place - y.b.place);
      this.places = [one, two];
    }

    drawFilters() {
      const counts = {};
      for (const { kind: each } of this.entries) counts[each] = (counts[each] ?? 0) + 1;
      const boxes = Object.entries(this.names).filter(([name]) => counts[name]).map(([name, said]) =>
        mmeval.tick(`${said} (${mmeval.count(counts[name])})`, this.wanted().has(name), (on) => {
          const wanted = this.wanted();
          if (on) wanted.add(name);
          else wanted.delete(name);
          this.state.k = [...wanted].join(",");
          this.filter();
        }));
      const box = el("input", { type: "search", autocomplete: "off", spellcheck: "false", on: {
        input: () => { this.state.q = box.value; this.filter(); },
      } });
      box.value = this.state.q ?? "";
      this.filters.replaceChildren(
        mmeval.labelled("search", "Search beginnings of questions, answers found, golds and ids", box),
        el("fieldset", {}, el("legend", {}, "Show (none ticked: all, those that differ first)"), boxes),
        el("div", { class: "row" }, mmeval.partFilters(this.entries.map((each) => each.b), this.state, () => this.filter())));
      this.drawNumbers();
    }

    wanted() {
      return new Set((this.state.k ?? "").split(",").filter((name) => Object.hasOwn(SAME, name)));
    }

    /* What `mmeval compare` says of these two, turned round where they are. */
    drawNumbers() {
      if (!this.shared.length) {
        this.numbers.textContent = "No checker judged both runs; mmeval judge does.";
        return;
      }
      const points = (value) => `${value < 0 ? "\u2212" : "+"}${Math.abs(100 * value).toFixed(1)}`;
      const of = (x, y) => this.all.pairs.find((each) => each.a === x.slug && each.b === y.slug && each.checker === this.checker);
      const straight = of(this.a, this.b);
      const turned = of(this.b, this.a);
      const found = straight ?? (turned && { ...turned, difference: -turned.difference, low: -turned.high, high: -turned.low });
      const said = [`${mmeval.count(this.entries.length)} problems, ${this.checker}.`];
      if (found) {
        said.push(`B \u2212 A: ${points(found.difference)} points, 95 % interval ${points(found.low)} to ${points(found.high)}; p = ${found.p.toPrecision(2)} (${found.test}).`);
        if (found.undecided) said.push(`${mmeval.count(found.undecided)} undecided in one of them: the interval holds both ways.`);
      } else if (this.twins) {
        said.push("A forward, B backward; the reversal gap is on the first page.");
      } else {
        said.push("mmeval compare says what their difference means.");
      }
      this.numbers.replaceChildren(...mmeval.visible(said.join(" ")));
    }

    filter() {
      const wanted = this.wanted();
      const needle = (this.state.q ?? "").trim().toLowerCase();
      const found = this.entries.filter((entry) =>
        (!wanted.size || wanted.has(entry.kind)) &&
        mmeval.partsMatch(entry.b, this.state) &&
        (!needle || this.texts(entry).includes(needle)));
      const all = this.entries.length;
      this.list.show(found, `${mmeval.count(found.length)} of ${mmeval.count(all)} problems that both have`);
      if (this.opened) this.list.choose(this.opened);
      mmeval.writeState(this.state, false);
    }

    texts({ a, b }) {
      const said = [a, b].flatMap((each) => [each.id, each.title, each.gold, ...each.answers.flatMap((one) => one.extracted)]);
      return said.filter(Boolean).join("\n").toLowerCase();
    }

    line({ a, b, kind: each }) {
      const [one, two] = [a, b].map((problem, side) => outcomes(problem, this.places[side]));
      return [
        el("span", { class: "top" }, "A ", one, " B ", two, el("span", { class: "unseen" }, ` ${this.names[each]}`)),
        mmeval.title(b.title ?? a.title ?? b.id),
      ];
    }

    async open(entry, asked) {
      const [rowA, rowB] = await Promise.all([
        mmeval.problem(this.a, entry.a.place),
        mmeval.problem(this.b, entry.b.place),
      ]);
      this.opened = entry;
      this.state.p = entry.b.id;
      mmeval.writeState(this.state, asked);
      this.list.choose(entry);
      const side = (letter, run, row, place, question) => el("section", { class: "side" },
        el("h4", {}, `${letter}: ${mmeval.plain(run.label)}`, el("span", { class: "note" }, ` ${mmeval.plain(run.task)}`)),
        question ? mmeval.asked(run, row) : [],
        mmeval.answers(run, row, place, "h5"));
      const known = rowB.question !== undefined ? [this.b, rowB] : [this.a, rowA];
      this.panes.open([
        mmeval.steps(this.list, entry, (next) => this.open(next, true), () => { this.close(); mmeval.writeState(this.state, true); }),
        el("h3", { tabindex: "-1" }, mmeval.plain(entry.b.id)),
        el("p", { class: "chips" }, mmeval.chips(entry.b), el("span", { class: "chip" }, this.names[entry.kind])),
        ...(this.twins ? [] : mmeval.asked(...known)),
        el("div", { class: "sides" },
          side("A", this.a, rowA, this.places[0], this.twins),
          side("B", this.b, rowB, this.places[1], this.twins)),
      ], asked);
    }

    close() {
      this.opened = null;
      delete this.state.p;
      this.list.choose(null);
      this.panes.close();
    }
  }

  /* The share of right answers, or null where one was not told. */
  function share(problem, checker) {
    const said = problem.answers.map((each) => each.outcomes[checker]);
    if (!said.length || said.some((each) => each === null || each === "undecided" || each === "failed")) return null;
    return said.filter((each) => each === "right").length / said.length;
  }

  function kind(a, b) {
    if (a === null || b === null) return "untold";
    if (a > b) return "lost";
    if (b > a) return "gained";
    return a === 1 ? "right" : "wrong";
  }

  function outcomes(problem, checker) {
    const said = problem.answers.map((each) => each.outcomes[checker]);
    if (said.length === 1) return mmeval.badge(said[0]);
    return el("span", { class: "badge many" }, `${said.filter((each) => each === "right").length}/${said.length} right`);
  }
})();
