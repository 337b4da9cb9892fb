"use strict";
/* The LaTeX commands that tex.js knows: a symbol each, or what is done with their arguments. */

(() => {
  const table = (text) => new Map(text.trim().split(/\s+/).map((each) => each.split(":")));
  const GREEK = table(`
    alpha:α beta:β gamma:γ delta:δ epsilon:ϵ varepsilon:ε zeta:ζ eta:η theta:θ vartheta:ϑ iota:ι
    kappa:κ lambda:λ mu:μ nu:ν xi:ξ pi:π rho:ρ sigma:σ tau:τ upsilon:υ phi:ϕ varphi:φ chi:χ psi:ψ
    omega:ω Gamma:Γ Delta:Δ Theta:Θ Lambda:Λ Xi:Ξ Pi:Π Sigma:Σ Upsilon:Υ Phi:Φ Psi:Ψ Omega:Ω
    infty:∞ ell:ℓ hbar:ℏ emptyset:∅ varnothing:∅ Re:ℜ Im:ℑ aleph:ℵ partial:∂ nabla:∇ top:⊤ bot:⊥
    degree:° prime:′ dots:… ldots:… cdots:⋯ vdots:⋮ ddots:⋱ dotsc:… dotsb:⋯ checkmark:✓ imath:ı jmath:ȷ
    square:□ Box:□ triangle:△ angle:∠ measuredangle:∡ clubsuit:♣ spadesuit:♠ heartsuit:♡ diamondsuit:♢`);
  const SIGNS = table(`
    cdot:⋅ times:× div:÷ pm:± mp:∓ ast:∗ star:⋆ circ:∘ bullet:∙ oplus:⊕ otimes:⊗ setminus:∖ cup:∪ cap:∩
    wedge:∧ land:∧ vee:∨ lor:∨ neg:¬ lnot:¬ forall:∀ exists:∃ leq:≤ le:≤ leqslant:≤ geq:≥ ge:≥ geqslant:≥
    neq:≠ ne:≠ approx:≈ equiv:≡ sim:∼ simeq:≃ cong:≅ propto:∝ in:∈ notin:∉ ni:∋ subset:⊂ subseteq:⊆
    supset:⊃ supseteq:⊇ ll:≪ gg:≫ mid:∣ nmid:∤ parallel:∥ perp:⊥ to:→ rightarrow:→ leftarrow:←
    leftrightarrow:↔ Rightarrow:⇒ Leftarrow:⇐ Leftrightarrow:⇔ implies:⟹ impliedby:⟸ iff:⟺ mapsto:↦ longrightarrow:⟶
    Longrightarrow:⟹ uparrow:↑ downarrow:↓ therefore:∴ because:∵ colon:: backslash:∖ triangleq:≜ doteq:≐
    lvert:| rvert:| lVert:‖ rVert:‖ vert:| Vert:‖ langle:⟨ rangle:⟩ lfloor:⌊ rfloor:⌋ lceil:⌈ rceil:⌉
    lbrace:{ rbrace:} lbrack:[ rbrack:] prec:≺ succ:≻ models:⊨ vdash:⊢ surd:√`);
  const LARGE = table(`
    sum:∑ prod:∏ int:∫ iint:∬ iiint:∭ oint:∮ bigcup:⋃ bigcap:⋂ bigvee:⋁ bigwedge:⋀ coprod:∐ bigoplus:⨁`);
  const NAMED = new Set(`sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp lim max
    min sup inf gcd lcm det dim ker arg deg mod Pr hom limsup liminf`.split(/\s+/));
  const LIMITS = new Set(["lim", "max", "min", "sup", "inf", "limsup", "liminf", "gcd", "det"]);
  const SPACES = new Map([
    [",", 0.17], [":", 0.22], [">", 0.22], [";", 0.28], [" ", 0.33], ["!", -0.17], ["quad", 1],
    ["qquad", 2], ["enspace", 0.5], ["thinspace", 0.17], ["medspace", 0.22], ["thickspace", 0.28],
  ]);
  const SILENT = new Set(`displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits hline
    big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm middle nonumber notag
    substack centering noindent allowbreak nobreak strut bf rm it sf tt cal`.split(/\s+/));
  const DROPPED = new Set(["label", "hspace", "hspace*", "vspace", "vspace*", "color", "cline", "phantom", "hphantom", "vphantom"]);
  const WORDS = new Set(["text", "mbox", "textrm", "textnormal", "textit", "textsf", "texttt", "operatorname", "hbox"]);
  const STYLED = new Map([
    ["mathbf", "bold"], ["boldsymbol", "bold"], ["bm", "bold"], ["textbf", "bold"], ["mathrm", "upright"],
    ["mathit", "plain"], ["mathsf", "upright"], ["mathtt", "upright"], ["mathcal", "plain"],
    ["mathfrak", "plain"], ["mathscr", "plain"], ["cancel", "cancel"], ["not", "cancel"],
    ["boxed", "boxed"], ["fbox", "boxed"], ["mathop", "plain"], ["mathrel", "plain"], ["ensuremath", "plain"],
  ]);
  const OVER = table(`overline:¯ bar:¯ hat:^ widehat:^ vec:→ overrightarrow:→ overleftarrow:←
    overleftrightarrow:↔ tilde:~ widetilde:~ dot:˙ ddot:¨ overbrace:⏞ overarc:⌒ wideparen:⌒ arc:⌒`);
  const UNDER = table("underline:_ underbrace:⏟");
  const DOUBLE = new Map([..."CHNPQRZ"].map((each, i) => [each, [..."ℂℍℕℙℚℝℤ"][i]]));
  const PAIRS = new Map([["pmatrix", "()"], ["bmatrix", "[]"], ["Bmatrix", "{}"], ["vmatrix", "||"], ["Vmatrix", "‖‖"]]);

  /* A sign that stands before a number, not between two, has no room around it. */
  function signed(node, before) {
    const sign = node.localName === "mo" && /^[+\u2212±∓]$/.test(node.textContent);
    const between = before && (before.localName !== "mo" || /^[)\]}|!′]$/.test(before.textContent));
    if (sign && !between) node.setAttribute("form", "prefix");
    return node;
  }

  mmeval.symbols = {
    GREEK, SIGNS, LARGE, NAMED, LIMITS, SPACES, SILENT, DROPPED,
    WORDS, STYLED, OVER, UNDER, DOUBLE, PAIRS, signed,
  };
})();
