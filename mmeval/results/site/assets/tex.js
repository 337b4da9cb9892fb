"use strict";
/* LaTeX as MathML: the part of it that problems and answers use. What is not known is shown
   as it was written. Nothing is executed: there are no macros, and depth and length are
   bounded. Every node is built by name, here or in symbols.js; the text becomes text nodes. */

(() => {
  const DEEPEST = 40;
  const { GREEK, SIGNS, LARGE, NAMED, LIMITS, SPACES, SILENT, DROPPED,
    WORDS, STYLED, OVER, UNDER, DOUBLE, PAIRS, signed } = mmeval.symbols;
  const m = mmeval.math;

  /* A <math> element for a formula without its dollars; null where it cannot be read.
     `span`: the characters that are the answer; `source`: what is read aloud without MathML. */
  mmeval.tex = (text, { display = false, span = null, source = text } = {}) => {
    try {
      const reader = new Reader(text, span);
      const inside = reader.lines(() => false, display);
      const attributes = { display: display ? "block" : "inline", alttext: source };
      return m("math", attributes, m("mstyle", { displaystyle: display }, inside));
    } catch (error) {
      if (error instanceof Unreadable) return null;
      throw error;
    }
  };

  class Unreadable extends Error {}

  class Reader {
    constructor(text, span) {
      this.text = text;
      this.span = span;
      this.at = 0;
      this.depth = 0;
    }

    get done() { return this.at >= this.text.length; }
    get next() { return this.text[this.at]; }
    looking(text) { return this.text.startsWith(text, this.at); }

    blanks() {
      while (!this.done && /\s/.test(this.next)) this.at++;
    }

    /* A node that stands for the text from `start` to here, marked where it is the answer. */
    made(start, name, attributes, ...children) {
      const node = m(name, attributes, ...children);
      if (this.span) {
        const [from, to] = this.span;
        const whole = start >= from && this.at <= to;
        const part = !node.firstElementChild && start < to && this.at > from;
        if (from < to && (whole || part)) node.classList.add("answer");
      }
      return node;
    }

    /* Rows divided by `\\`, cells by `&`: a table, or what is in its only cell. */
    lines(ended, display) {
      const rows = [[[]]];
      for (this.blanks(); !this.done && !ended(); this.blanks()) {
        const row = rows.at(-1);
        if (this.looking("\\\\")) {
          this.at += 2;
          if (/^\[[^\]]*\]/.test(this.text.slice(this.at, this.at + 20))) this.at = this.text.indexOf("]", this.at) + 1;
          rows.push([[]]);
        } else if (this.next === "&") {
          this.at++;
          row.push([]);
        } else {
          const node = this.scripted();
          if (node) row.at(-1).push(signed(node, row.at(-1).at(-1)));
        }
      }
      if (rows.length === 1 && rows[0].length === 1) return m("mrow", {}, rows[0][0]);
      const kept = rows.filter((row) => row.some((cell) => cell.length));
      return m("mtable", { displaystyle: display }, kept.map((row) =>
        m("mtr", {}, row.map((cell) => m("mtd", {}, cell)))));
    }

    /* An atom with what stands above and below it. */
    scripted() {
      const start = this.at;
      const base = /[\^_]/.test(this.next) ? m("mrow") : this.atom();
      if (!base) return null;
      let sub = null;
      let sup = null;
      for (;;) {
        this.blanks();
        if (this.looking("\\limits")) this.at += 7;
        else if (this.next === "'") sup = m("mrow", {}, sup ?? [], this.primes());
        else if (this.next === "^") sup = m("mrow", {}, sup ?? [], this.argument(1));
        else if (this.next === "_" && !sub) sub = this.argument(1);
        else break;
      }
      if (!sub && !sup) return base;
      const limits = base.classList?.contains("limits");
      const [both, below, above] = limits
        ? ["munderover", "munder", "mover"]
        : ["msubsup", "msub", "msup"];
      if (sub && sup) return this.made(start, both, {}, base, sub, sup);
      return sub ? this.made(start, below, {}, base, sub) : this.made(start, above, {}, base, sup);
    }

    primes() {
      const start = this.at;
      while (this.next === "'") this.at++;
      return this.made(start, "mo", {}, "′".repeat(this.at - start));
    }

    /* What a command or a `^` takes: a group, a command, or one character. */
    argument(skipped = 0) {
      this.at += skipped;
      this.blanks();
      if (this.done || this.next === "}" || this.next === "&") return m("mrow");
      if (/\d/.test(this.next)) {
        const start = this.at++;
        return this.made(start, "mn", {}, this.text[start]);
      }
      return this.atom() ?? m("mrow");
    }

    atom() {
      if (++this.depth > DEEPEST) throw new Unreadable();
      try {
        return this.atomHere();
      } finally {
        this.depth--;
      }
    }

    atomHere() {
      this.blanks();
      if (this.done) return null;
      const start = this.at;
      const letter = this.next;
      if (letter === "{") return this.group();
      if (letter === "\\") return this.command();
      const number = /^\d+(?:\{?,\}?\d{3}(?!\d))*(?:\.\d+)?|^\.\d+/.exec(this.text.slice(start, start + 400));
      if (number) {
        this.at += number[0].length;
        return this.made(start, "mn", {}, number[0].replace(/[{}]/g, ""));
      }
      const whole = String.fromCodePoint(this.text.codePointAt(start));
      this.at += whole.length;
      if (/[A-Za-z]/.test(letter)) return this.made(start, "mi", {}, letter);
      if (letter === "~") return this.made(start, "mspace", { width: "0.33em" });
      if (letter === "}" || letter === "$" || letter === "%") return letter === "}" ? null : this.made(start, "mtext", {}, letter);
      if (letter.charCodeAt(0) < 128) {
        const sign = letter === "-" ? "−" : letter;
        return this.made(start, "mo", { stretchy: "false" }, mmeval.plain(sign));
      }
      return this.made(start, "mtext", {}, mmeval.visible(whole));
    }

    group() {
      const start = this.at++;
      const inside = this.lines(() => this.next === "}", false);
      this.at++;
      return this.made(start, "mrow", {}, inside);
    }

    command() {
      const start = this.at++;
      const name = /^[A-Za-z]+\*?|^[^]/.exec(this.text.slice(this.at, this.at + 40))?.[0] ?? "";
      this.at += name.length;
      const token = (kind, text, attributes = {}) => this.made(start, kind, attributes, text);
      if (GREEK.has(name)) return token("mi", GREEK.get(name));
      if (SIGNS.has(name)) return token("mo", SIGNS.get(name), { stretchy: "false" });
      if (LARGE.has(name)) {
        return token("mo", LARGE.get(name), { class: name.endsWith("int") ? "large" : "large limits", largeop: "true" });
      }
      if (NAMED.has(name)) return token("mi", name, { class: LIMITS.has(name) ? "limits" : "named" });
      if (SPACES.has(name)) return token("mspace", [], { width: `${SPACES.get(name)}em` });
      if (SILENT.has(name)) return null;
      return this.construct(name, start) ?? token("mtext", mmeval.visible(`\\${name}`), { class: "unknown" });
    }

    construct(name, start) {
      if (/^[%$#&_{}]$/.test(name)) return this.made(start, "mo", { stretchy: "false" }, name);
      if (name === "|") return this.made(start, "mo", { stretchy: "false" }, "‖");
      if (/^[dtc]?frac$|^sfrac$/.test(name)) return this.two(start, "mfrac", {});
      if (/^[dt]?binom$|^choose$/.test(name)) return this.binomial(start);
      if (name === "sqrt") return this.root(start);
      if (name === "left") return this.fenced(start);
      if (name === "right") throw new Unreadable();
      if (name === "begin") return this.environment(start);
      if (name === "end") throw new Unreadable();
      if (WORDS.has(name.replace("*", ""))) return this.words(start, name);
      if (DROPPED.has(name)) return this.argument() && m("mrow");
      if (name === "mathbb") return this.doubled(start);
      if (STYLED.has(name)) return this.made(start, "mrow", { class: STYLED.get(name) }, this.argument());
      if (OVER.has(name)) return this.accented(start, "mover", OVER.get(name), name);
      if (UNDER.has(name)) return this.accented(start, "munder", UNDER.get(name), name);
      if (name === "overset" || name === "stackrel") return this.swapped(start, "mover");
      if (name === "underset") return this.swapped(start, "munder");
      if (/^p?mod$|^bmod$/.test(name)) return this.modulo(start, name);
      if (name === "tag") return this.made(start, "mrow", {}, m("mtext", {}, " ("), this.argument(), m("mtext", {}, ")"));
      return null;
    }

    two(start, kind, attributes) {
      const both = [this.argument(), this.argument()];
      return this.made(start, kind, attributes, ...both);
    }

    swapped(start, kind) {
      const [above, base] = [this.argument(), this.argument()];
      return this.made(start, kind, {}, base, above);
    }

    binomial(start) {
      const inside = this.two(start, "mfrac", { linethickness: "0" });
      return this.made(start, "mrow", {}, m("mo", {}, "("), inside, m("mo", {}, ")"));
    }

    root(start) {
      this.blanks();
      if (this.next !== "[") return this.made(start, "msqrt", {}, this.argument());
      this.at++;
      const degree = this.lines(() => this.next === "]", false);
      this.at++;
      const inside = this.argument();
      return this.made(start, "mroot", {}, inside, degree);
    }

    accented(start, kind, sign, name) {
      const wide = /over|under|wide|arc/.test(name);
      const inside = this.argument();
      const mark = m("mo", { stretchy: wide ? "true" : "false" }, sign);
      return this.made(start, kind, kind === "mover" ? { accent: "true" } : {}, inside, mark);
    }

    modulo(start, name) {
      const word = m("mi", { class: "named" }, "mod");
      const gap = m("mspace", { width: "0.3em" });
      if (name !== "pmod") return this.made(start, "mrow", {}, gap, word, gap.cloneNode());
      const inside = this.argument();
      return this.made(start, "mrow", {}, gap, m("mo", {}, "("), word, gap.cloneNode(), inside, m("mo", {}, ")"));
    }

    doubled(start) {
      this.blanks();
      const inside = this.next === "{" ? this.braced() : this.text[this.at++] ?? "";
      const text = [...inside].map((each) => DOUBLE.get(each) ?? each).join("");
      return this.made(start, "mi", {}, mmeval.visible(text));
    }

    /* The text up to the brace that closes the one here. */
    braced() {
      const from = ++this.at;
      for (let depth = 1; !this.done; this.at++) {
        if (this.next === "\\") this.at++;
        else if (this.next === "{") depth++;
        else if (this.next === "}" && --depth === 0) return this.text.slice(from, this.at++);
      }
      return this.text.slice(from);
    }

    words(start, name) {
      this.blanks();
      if (this.next !== "{") return m("mrow");
      const text = this.braced().replace(/\$|\\[ ,;]/g, " ").replace(/\\([%$#&_{}])/g, "$1");
      const kind = name.startsWith("operatorname") ? "mi" : "mtext";
      return this.made(start, kind, {}, mmeval.visible(text.replace(/^ | $/g, "\u00a0")));
    }

    delimiter() {
      this.blanks();
      if (this.next !== "\\") return this.text[this.at++] ?? "";
      const name = /^\\([A-Za-z]+|[^])/.exec(this.text.slice(this.at, this.at + 20))?.[1] ?? "";
      this.at += name.length + 1;
      return SIGNS.get(name) ?? (name === "|" ? "‖" : name);
    }

    fenced(start) {
      const open = this.delimiter();
      const inside = this.lines(() => /^\\right(?![A-Za-z])/.test(this.text.slice(this.at, this.at + 7)), false);
      if (this.done) throw new Unreadable();
      this.at += 6;
      const close = this.delimiter();
      const fence = (sign) => (sign === "." || !sign ? [] : m("mo", { fence: "true", stretchy: "true" }, mmeval.plain(sign)));
      return this.made(start, "mrow", {}, fence(open), inside, fence(close));
    }

    environment(start) {
      const name = this.next === "{" ? this.braced() : "";
      if (/^(array|tabular)$/.test(name)) {
        this.blanks();
        if (this.next === "{") this.braced();
      }
      const close = `\\end{${name}}`;
      const inside = this.lines(() => this.looking(close), !PAIRS.has(name) && name !== "cases");
      if (this.done) throw new Unreadable();
      this.at += close.length;
      const [open, shut] = name === "cases" ? ["{", ""] : PAIRS.get(name) ?? ["", ""];
      const fence = (sign) => (sign ? m("mo", { fence: "true", stretchy: "true" }, sign) : []);
      inside.classList.add(name === "cases" || /align|split/.test(name) ? "left" : "middle");
      return this.made(start, "mrow", {}, fence(open), inside, fence(shut));
    }
  }
})();
