"use strict";
/* The problems of one run: filtered, searched, and opened one by one. */

(() => {
  const { el } = mmeval;
  const FLAGS = { truncated: "ran out of tokens", stopped: "cut by a stop string", empty: "empty", unfinished: "thought unfinished" };
  const BREATH = 12; /* milliseconds of searching before the page may move again */

  const holder = document.getElementById("browser");
  if (holder) begin().catch((error) => holder.replaceChildren(el("p", { class: "error", role: "alert" }, error.message)));

  async function begin() {
    holder.replaceChildren(el("p", { class: "note" }, "Loading the list of problems."));
    const run = await mmeval.run(holder.dataset.run);
    const browser = new Browser(run);
    holder.replaceChildren(browser.panes.root);
    await browser.readAddress();
    addEventListener("popstate", () => browser.readAddress());
  }

  class Browser {
    constructor(run) {
      this.run = run;
      this.telling = mmeval.telling([run], run.checkers);
      this.state = {};
      this.hits = null; /* places of problems that a search found; null without a search */
      this.searching = 0;
      this.list = mmeval.list({
        label: "Problems",
        line: (problem) => this.line(problem),
        href: (problem) => `#${new URLSearchParams({ p: problem.id })}`,
        open: (problem) => this.open(problem, true),
      });
      this.filters = el("form", { class: "filters", "aria-label": "Filters", on: { submit: (event) => event.preventDefault() } });
      this.panes = mmeval.panes(this.list, this.filters);
    }

    /* The place of the checker whose verdicts are listed. */
    get checker() {
      const named = this.run.checkers.indexOf(this.state.c);
      return named < 0 ? this.telling : named;
    }

    async readAddress() {
      const state = mmeval.readState();
      if (!Object.keys(state).length && location.hash.length > 1) return; /* a jump on the page */
      const searched = this.state.q ?? "";
      this.state = state;
      this.drawFilters();
      if ((state.q ?? "") !== searched) await this.search();
      else this.filter();
      const problem = this.run.problems.find((each) => each.id === state.p);
      if (problem) await this.open(problem, false);
      else this.close();
    }

    drawFilters() {
      const changed = () => this.filter();
      const { state, run } = this;
      const choices = [];
      if (run.checkers.length > 1) {
        const names = run.checkers.map((name) => [name, name]);
        choices.push(mmeval.choice("checker", names, run.checkers[this.checker], (value) => {
          state.c = value;
          this.drawFilters();
          this.filter();
          this.redraw();
        }));
      }
      choices.push(...mmeval.partFilters(run.problems, state, changed), ...this.flagFilter(changed));
      const ticks = [mmeval.switchRendering(() => this.redraw())];
      if (run.checkers.length > 1) {
        ticks.unshift(mmeval.tick("Where checkers disagree", state.d === "1", (on) => { state.d = on ? "1" : ""; changed(); }));
      }
      this.filters.replaceChildren(
        this.searchBox(),
        this.outcomeFilter(changed),
        el("div", { class: "row" }, choices),
        el("div", { class: "row" }, ticks));
    }

    searchBox() {
      const box = el("input", { type: "search", name: "q", autocomplete: "off", spellcheck: "false", on: {
        input: () => {
          clearTimeout(this.typing);
          this.typing = setTimeout(() => { this.state.q = box.value; this.search(); }, 300);
        },
        keydown: (event) => {
          if (event.key !== "Enter") return;
          clearTimeout(this.typing);
          this.state.q = box.value;
          this.search();
        },
      } });
      box.value = this.state.q ?? "";
      const what = this.run.text ? "Search questions, answers and ids" : "Search answers found, golds and ids";
      this.progress = el("progress", { max: this.run.problems.length, hidden: true, "aria-label": "Searched" });
      return mmeval.labelled("search", what, box, this.progress);
    }

    outcomeFilter(changed) {
      const counts = {};
      for (const problem of this.run.problems) {
        for (const answer of problem.answers) {
          const outcome = answer.outcomes[this.checker] ?? "unjudged";
          counts[outcome] = (counts[outcome] ?? 0) + 1;
        }
      }
      const boxes = Object.entries(mmeval.OUTCOMES).filter(([name]) => counts[name]).map(([name, said]) =>
        mmeval.tick(`${said} (${mmeval.count(counts[name])})`, this.wanted().has(name), (on) => {
          const wanted = this.wanted();
          if (on) wanted.add(name);
          else wanted.delete(name);
          this.state.o = [...wanted].join(",");
          changed();
        }));
      return el("fieldset", {}, el("legend", {}, "Verdict (none ticked: all)"), boxes);
    }

    wanted() {
      return new Set((this.state.o ?? "").split(",").filter((name) => Object.hasOwn(mmeval.OUTCOMES, name)));
    }

    flagFilter(changed) {
      const seen = new Set(this.run.problems.flatMap((problem) => problem.answers.flatMap((each) => each.flags ?? [])));
      const options = Object.entries(FLAGS).filter(([name]) => seen.has(name));
      if (!options.length) return [];
      return [mmeval.choice("answer was", [["", "any"], ...options], this.state.f ?? "", (value) => { this.state.f = value; changed(); })];
    }

    /* Whether one of a problem's answers has all that was asked of answers. */
    matches(problem) {
      if (this.hits && !this.hits.has(problem.place)) return false;
      if (!mmeval.partsMatch(problem, this.state)) return false;
      const wanted = this.wanted();
      const { f, d } = this.state;
      if (!wanted.size && !f && d !== "1") return true;
      return problem.answers.some((answer) =>
        (!wanted.size || wanted.has(answer.outcomes[this.checker])) &&
        (!f || (answer.flags ?? []).includes(f)) &&
        (d !== "1" || new Set(answer.outcomes).size > 1));
    }

    filter() {
      const found = this.run.problems.filter((problem) => this.matches(problem));
      const all = this.run.problems.length;
      const said = found.length === all ? `${mmeval.count(all)} problems` : `${mmeval.count(found.length)} of ${mmeval.count(all)} problems`;
      this.list.show(found, `${said}: answer found / gold answer`);
      if (this.opened) this.list.choose(this.opened);
      mmeval.writeState(this.state, false);
    }

    /* Reads every text of the run, shard by shard, and lets the page move in between. */
    async search() {
      const mine = ++this.searching;
      const wanted = (this.state.q ?? "").trim().toLowerCase().replace(/\s+/g, " ");
      if (!wanted) {
        this.hits = null;
        this.progress.hidden = true;
        this.filter();
        return;
      }
      const hits = new Set();
      let rested = performance.now();
      this.progress.value = 0;
      this.progress.hidden = false;
      this.list.status.textContent = "Searching.";
      try {
        for await (const [first, rows] of mmeval.shards(this.run)) {
          for (const [offset, row] of rows.entries()) {
            if (performance.now() - rested > BREATH) {
              this.progress.value = first + offset;
              await new Promise((resolve) => setTimeout(resolve));
              rested = performance.now();
            }
            if (mine !== this.searching) return;
            if (holds(row, wanted)) hits.add(first + offset);
          }
        }
      } catch (error) {
        this.progress.hidden = true;
        this.list.status.textContent = error.message;
        return;
      }
      if (mine !== this.searching) return;
      this.hits = hits;
      this.progress.hidden = true;
      this.filter();
      if (this.opened) mmeval.highlight(this.panes.detail, this.state.q ?? "");
    }

    line(problem) {
      const outcomes = problem.answers.map((answer) => answer.outcomes[this.checker]);
      const found = problem.answers[0]?.extracted[this.checker];
      const said = problem.answers.length === 1
        ? [mmeval.badge(outcomes[0]), mmeval.against(found, problem.gold)]
        : [el("span", { class: "badge many" }, `${outcomes.filter((each) => each === "right").length} of ${outcomes.length} right`), mmeval.against(undefined, problem.gold)];
      return [
        el("span", { class: "top" }, said),
        mmeval.title(problem.title ?? problem.id),
      ];
    }

    async open(problem, asked) {
      const row = await mmeval.problem(this.run, problem.place);
      this.opened = problem;
      this.state.p = problem.id;
      mmeval.writeState(this.state, asked);
      this.list.choose(problem);
      const nodes = [
        mmeval.steps(this.list, problem, (next) => this.open(next, true), () => { this.close(); mmeval.writeState(this.state, true); }),
        el("h3", { tabindex: "-1" }, mmeval.plain(problem.id)),
        el("p", { class: "chips" }, mmeval.chips(problem)),
        ...mmeval.asked(this.run, row),
        ...mmeval.answers(this.run, row, this.checker),
      ];
      this.panes.open(nodes, asked);
      mmeval.highlight(this.panes.detail, this.state.q ?? "");
    }

    redraw() {
      this.filter();
      if (this.opened) this.open(this.opened, false);
    }

    close() {
      this.opened = null;
      delete this.state.p;
      this.list.choose(null);
      this.panes.close();
    }
  }

  /* Whether a problem has the text, in any case and with any white space. */
  function holds(row, wanted) {
    const texts = [row.id, row.question, row.gold];
    for (const answer of row.answers) {
      texts.push(answer.text, answer.thought, answer.error);
      for (const verdict of answer.verdicts) texts.push(verdict?.extracted);
    }
    return texts.some((text) => typeof text === "string" && text.toLowerCase().replace(/\s+/g, " ").includes(wanted));
  }
})();
