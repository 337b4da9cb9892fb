"use strict";
/* Data of a report: scripts that hand over the base64 of a gzip of JSON. A page opened from
   disk may load such scripts where it may not fetch a file. */

(() => {
  const KEY = /^(all|run-[a-z0-9.-]+\/(index|\d{4}))$/;
  const HELD = 40; /* shards that are kept, about 4 MB of JSON each */
  const policy = globalThis.trustedTypes
    ? trustedTypes.createPolicy("mmeval", { createScriptURL: checked })
    : { createScriptURL: checked };
  const waiting = new Map();
  const loaded = new Map();

  function checked(address) {
    if (!address.startsWith("data/") || !address.endsWith(".js") || !KEY.test(address.slice(5, -3))) {
      throw new TypeError(`no file of a report: ${address}`);
    }
    return address;
  }

  /* Called by the scripts in `data/`. */
  mmeval.arrived = (key, packed) => waiting.get(key)?.resolve(packed);

  /* A promise of what was packed as that key. */
  mmeval.load = (key) => {
    if (loaded.has(key)) {
      const found = loaded.get(key);
      loaded.delete(key); /* and again at the end: the one used longest ago is dropped */
      loaded.set(key, found);
      return found;
    }
    const found = script(key).then(unpacked);
    loaded.set(key, found);
    found.catch(() => loaded.delete(key));
    const shards = [...loaded.keys()].filter((each) => /\d{4}$/.test(each));
    if (shards.length > HELD) loaded.delete(shards[0]);
    return found;
  };

  function script(key) {
    return new Promise((resolve, reject) => {
      const element = document.createElement("script");
      const missing = () => reject(new Error(`data/${key}.js is missing or cut; copy the whole folder`));
      waiting.set(key, { resolve });
      element.src = policy.createScriptURL(`data/${key}.js`);
      element.addEventListener("error", missing);
      element.addEventListener("load", () => {
        missing(); /* does nothing when the script has handed its data over */
        waiting.delete(key);
        element.remove();
      });
      document.head.append(element);
    });
  }

  async function unpacked(packed) {
    const letters = atob(packed);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  /* Which of some checkers is shown first: the first that found an answer in half of what
     these runs said, else the first. Its place among them. */
  mmeval.telling = (runs, checkers) => {
    const found = checkers.findIndex((name) => runs.every((run) => {
      const at = run.checkers.indexOf(name);
      const said = run.problems.flatMap((problem) => problem.answers.map((each) => each.outcomes[at]));
      return 2 * said.filter((outcome) => outcome === "no_answer").length <= said.length;
    }));
    return Math.max(0, found);
  };

  /* A run's index, with the place of every problem in its shards. */
  mmeval.run = async (slug) => {
    const run = await mmeval.load(`${slug}/index`);
    run.problems.forEach((problem, place) => { problem.place = place; });
    return run;
  };

  const shardKey = (run, shard) => `${run.slug}/${String(shard).padStart(4, "0")}`;

  /* The whole of one problem. */
  mmeval.problem = async (run, place) => {
    const shard = run.shards.findLastIndex((start) => start <= place);
    const rows = await mmeval.load(shardKey(run, shard));
    return rows[place - run.shards[shard]];
  };

  /* Every problem of a run, shard by shard: [place of the first, rows]. */
  mmeval.shards = async function* (run) {
    for (let shard = 0; shard < run.shards.length; shard++) {
      yield [run.shards[shard], await mmeval.load(shardKey(run, shard))];
    }
  };
})();
