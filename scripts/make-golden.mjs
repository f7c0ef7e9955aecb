// Makes test/golden/min-char-rnn.*, numpy's losses on the first 20,000 characters of the sonnets; five-systems.*, numpy's losses
// of the five presets on small texts; torch-parity.json, PyTorch's gradients and optimizer steps; and preset-hashes.json, our own
// parameters after some steps of every preset. Needs python3 with numpy
// and torch (Debian: apt-get install python3-numpy python3-torch) and a built dist/.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createTrainer, PRESETS, parameterHash } from "../dist/src/index.js";
import { BUILTIN_CORPORA, builtinCorpus } from "../dist/src/node.js";

const textFile = "build/golden.txt";
const corpora = "build/corpora";
mkdirSync(corpora, { recursive: true });
writeFileSync(textFile, (await builtinCorpus("sonnets")).slice(0, 20_000));
for (const name of BUILTIN_CORPORA) writeFileSync(`${corpora}/${name}.txt`, await builtinCorpus(name));
run("test/golden/min_char_rnn.py", textFile, "test/golden");
run("test/golden/five_systems.py", corpora, "test/golden");
run("test/golden/torch_parity.py", "test/golden");

// parameters after so many steps of each preset, the same wherever they are made: fewer of the one that takes its time
const hashes = {};
for (const [name, { recipe, run: preset }] of Object.entries(PRESETS)) {
  const steps = name === "char-rnn" ? 50 : 500;
  const trainer = await createTrainer(await builtinCorpus(preset.corpus), recipe);
  for (let i = 0; i < steps; i++) trainer.step();
  hashes[name] = { steps, corpus: preset.corpus, hash: await parameterHash(trainer.model.engine) };
}
writeFileSync("test/golden/preset-hashes.json", `${JSON.stringify(hashes, null, 2)}\n`);

function run(...script) {
  for (const python of ["/usr/bin/python3", "python3"]) {
    if (spawnSync(python, ["-B", ...script], { stdio: "inherit" }).status === 0) return;
  }
  console.error(
    "python3 with numpy and torch: expected on this machine, got none that works; see scripts/make-golden.mjs",
  );
  process.exit(1);
}
