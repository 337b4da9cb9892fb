"use strict";
/* One problem whole: question, prompt, solution, and every answer with what the checkers
   say of it, the answer that they found marked in the text. */

(() => {
  const { el, button } = mmeval;
  let rendered = true; /* LaTeX as formulas; else every text as it was written */

  /* The switch between formulas and the text as written; `changed` draws again. */
  mmeval.switchRendering = (changed) =>
    mmeval.tick("Show LaTeX as formulas", rendered, (on) => {
      rendered = on;
      changed();
    });

  mmeval.chips = (problem) =>
    [["subject", ""], ["level", "level "], ["style", ""]]
      .filter(([name]) => problem[name] !== undefined)
      .map(([name, before]) => el("span", { class: "chip" }, before + mmeval.plain(problem[name])));

  /* The beginning of a question, for a list. */
  mmeval.title = (text) => el("span", { class: "title", dir: "auto" }, mmeval.prose(text, null, rendered, true));

  /* A block of quoted text. */
  mmeval.block = (text, span = null, name = "text") =>
    el("div", { class: `prose ${name}`, dir: "auto" }, mmeval.prose(text, span, rendered));

  /* What all answers to a problem have in common. */
  mmeval.asked = (run, row) => {
    const parts = [];
    if (row.question === undefined) {
      parts.push(el("p", { class: "note" }, "The texts of this run were left out of the report."));
    } else {
      parts.push(mmeval.block(row.question, null, "question"));
    }
    parts.push(el("p", { class: "gold" }, el("span", {}, "Gold answer: "), short(row.gold)));
    if (row.solution) parts.push(fold("Worked solution", () => mmeval.block(row.solution)));
    if (row.question !== undefined) parts.push(fold("Prompt", () => prompt(run.asking, row.question)));
    return parts;
  };

  /* An answer on its own line: a formula where it is one. */
  function short(answer) {
    if (answer === null || answer === undefined) return el("span", { class: "none" }, "none");
    const whole = rendered && /[\\^_{}]/.test(answer) && !answer.includes("$") && answer.length < 300;
    const made = whole ? mmeval.tex(answer) : null;
    return el("span", { class: "answer-text", dir: "auto" },
      made ?? mmeval.prose(answer, null, rendered, true));
  }
  mmeval.short = short;

  /* What was found beside the gold answer, for a list. */
  mmeval.against = (found, gold) => el("span", { class: "found" },
    found === undefined ? null : [short(found), " / "], short(gold));

  function fold(title, inside) {
    const details = el("details", {}, el("summary", {}, title));
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(...[inside()].flat());
    });
    return details;
  }

  /* The prompt exactly as the model saw it, or turn by turn for a chat. */
  function prompt(asking, question) {
    if (!asking.known) return el("p", { class: "note" }, asking.why);
    const last = asking.before + question + asking.after;
    const turns = asking.chat ? [...asking.turns, ["user", last]] : [["", last]];
    return turns.flatMap(([role, text]) => [
      role ? el("p", { class: "role" }, mmeval.plain(role)) : null,
      el("pre", { dir: "auto", tabindex: "0", "aria-label": "Prompt" }, mmeval.visible(text)),
    ]).filter(Boolean);
  }

  /* All answers of a run to a problem; `checker` is the place of the one that marks. */
  mmeval.answers = (run, row, checker, level = "h4") => {
    if (!row.answers.length) return [el("p", { class: "note" }, "There is no answer to this problem.")];
    return row.answers.map((answer, place) => {
      const several = row.answers.length > 1;
      const outcome = answer.verdicts[checker]?.outcome;
      if (!several) return el("section", { class: "said" }, body(run, answer, checker));
      const heading = el(level, {}, `Answer ${answer.sample + 1} of ${row.answers.length} `, mmeval.badge(outcome));
      const details = el("details", { class: "said", open: place === 0 }, el("summary", {}, heading));
      const fill = () => {
        if (details.open && details.children.length === 1) details.append(body(run, answer, checker));
      };
      details.addEventListener("toggle", fill);
      fill();
      return details;
    });
  };

  /* The verdicts, then the text. */
  function body(run, answer, checker) {
    const holder = el("div", { class: "output" });
    const show = (place) => {
      const span = answer.verdicts[place]?.span ?? null;
      holder.replaceChildren(...output(answer, span));
      for (const [other, line] of [...table.tBodies[0].rows].entries()) {
        line.classList.toggle("chosen", other === place && span !== null);
      }
    };
    const table = verdicts(run, answer, (place) => {
      show(place);
      (holder.querySelector("mark") ?? holder.querySelector(".answer"))?.scrollIntoView({ block: "center" });
    });
    const wide = el("div", { class: "wide", role: "region", "aria-label": "Verdicts", tabindex: "0" }, table);
    show(checker);
    return el("div", {}, wide, holder, footer(answer));
  }

  function output(answer, span) {
    if (answer.text === undefined) return [];
    if (answer.error) return [el("p", { class: "note" }, "The engine failed: ", mmeval.visible(answer.error))];
    const said = [];
    if (answer.thought_state) said.push(thought(answer));
    if (answer.text.trim()) said.push(mmeval.block(answer.text, span));
    else if (answer.thought_state !== "open") said.push(el("p", { class: "note" }, "The answer is empty."));
    return said;
  }

  /* What the model thought before it answered, folded; a model may keep it to itself. */
  function thought(answer) {
    const size = Number.isInteger(answer.thought_tokens)
      ? `${mmeval.count(answer.thought_tokens)} tokens`
      : answer.thought === undefined ? null : `${mmeval.count(answer.thought_characters)} characters`;
    const open = answer.thought_state === "open" ? "unfinished: there is no answer" : null;
    const told = [size, open].filter(Boolean).join(", ");
    const title = `Thought${told ? ` (${told})` : ""}`;
    if (answer.thought === undefined) return el("p", { class: "note" }, `${title}; the server does not show it.`);
    const cut = [...answer.thought].length < answer.thought_characters;
    return fold(title, () => [
      mmeval.block(answer.thought, null, "thought"),
      cut ? el("p", { class: "note" }, "Cut here; the run folder has it whole.") : null,
    ].filter(Boolean));
  }

  function verdicts(run, answer, marked) {
    const heads = ["checker", "verdict", "answer found", "how"];
    const rows = run.checkers.map((name, place) => {
      const verdict = answer.verdicts[place];
      const link = verdict?.span
        ? button("show", () => marked(place), { class: "show", "aria-label": `Mark the answer that ${mmeval.plain(name)} found` })
        : null;
      return el("tr", {},
        el("th", { scope: "row" }, mmeval.plain(name)),
        el("td", {}, mmeval.badge(verdict?.outcome)),
        el("td", {}, short(verdict?.extracted), " ", link),
        el("td", { class: "why" }, mmeval.visible(how(verdict))));
    });
    return el("table", { class: "verdicts" },
      el("thead", {}, el("tr", {}, heads.map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, rows));
  }

  /* By which rules, and why where these do not say it. */
  function how(verdict) {
    const said = [];
    if (verdict?.extract_rule) said.push(`found by: ${verdict.extract_rule}`);
    if (verdict?.compare_rule) said.push(`compared by: ${verdict.compare_rule}`);
    if (verdict?.note) said.push(verdict.note);
    return said.join("; ");
  }

  function footer(answer) {
    const said = [];
    if (answer.finish === "length") said.push("ran out of tokens");
    if (answer.finish === "filter") said.push("ended by a filter of the server");
    if (answer.finish === "unknown") said.push("the server did not say how it ended");
    if (answer.finish_reason !== undefined) said.push(`its word for the end: ${answer.finish_reason}`);
    if (answer.stop_string !== undefined) said.push(`stopped by ${JSON.stringify(answer.stop_string)}`);
    if (Number.isInteger(answer.tokens)) said.push(`${mmeval.count(answer.tokens)} tokens`);
    said.push(`${mmeval.count(answer.characters)} characters`);
    if (answer.text !== undefined && [...answer.text].length < answer.characters) {
      said.push("cut here; the run folder has it whole");
    }
    if (answer.same_as !== undefined) said.push(`the answer to an identical request, ${answer.same_as}`);
    return el("p", { class: "note" }, mmeval.visible(said.join(" \u00b7 ")));
  }

  /* Marks every place of a searched text inside an element, where the browser can. */
  mmeval.highlight = (element, wanted) => {
    if (!globalThis.CSS?.highlights) return;
    CSS.highlights.delete("found");
    const needle = wanted.trim().toLowerCase();
    if (!needle) return;
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const ranges = [];
    for (let node = walker.nextNode(); node && ranges.length < 1000; node = walker.nextNode()) {
      const text = node.data.toLowerCase();
      if (text.length !== node.data.length) continue;
      for (let at = text.indexOf(needle); at >= 0 && ranges.length < 1000; at = text.indexOf(needle, at + needle.length)) {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + needle.length);
        ranges.push(range);
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  };
})();
