// Makes test/golden/min-char-rnn.*: numpy's losses on the first 20,000 characters of the sonnets. Needs python3 with numpy
// (Debian: apt-get install python3-numpy) and a built dist/.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { builtinCorpus } from "../dist/src/node.js";

const textFile = "build/golden.txt";
mkdirSync("build", { recursive: true });
writeFileSync(textFile, (await builtinCorpus("sonnets")).slice(0, 20_000));
const script = ["test/golden/min_char_rnn.py", textFile, "test/golden"];
for (const python of ["/usr/bin/python3", "python3"]) {
  if (spawnSync(python, script, { stdio: "inherit" }).status === 0) process.exit(0);
}
console.error("python3 with numpy: expected on this machine, got none that works; apt-get install python3-numpy");
process.exit(1);
