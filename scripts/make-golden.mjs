// Makes test/golden/min-char-rnn.*, numpy's losses on the first 20,000 characters of the sonnets; five-systems.*, numpy's losses
// of the five presets on small texts; torch-parity.json, PyTorch's gradients and optimizer steps; and, by make-preset-hashes.mjs,
// our own parameters. Needs python3 with numpy and torch (Debian: apt-get install python3-numpy python3-torch) and a built dist/.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { BUILTIN_CORPORA, builtinCorpus } from "../dist/src/node.js";

const textFile = "build/golden.txt";
const corpora = "build/corpora";
mkdirSync(corpora, { recursive: true });
writeFileSync(textFile, (await builtinCorpus("sonnets")).slice(0, 20_000));
for (const name of BUILTIN_CORPORA) writeFileSync(`${corpora}/${name}.txt`, await builtinCorpus(name));
run("test/golden/min_char_rnn.py", textFile, "test/golden");
run("test/golden/five_systems.py", corpora, "test/golden");
run("test/golden/torch_parity.py", "test/golden");

await import("./make-preset-hashes.mjs");

function run(...script) {
  for (const python of ["/usr/bin/python3", "python3"]) {
    if (spawnSync(python, ["-B", ...script], { stdio: "inherit" }).status === 0) return;
  }
  console.error(
    "python3 with numpy and torch: expected on this machine, got none that works; see scripts/make-golden.mjs",
  );
  process.exit(1);
}
