/** A Python that has what a test compares with: Debian's python3-torch and python3-onnx, or whatever else is there. */

import { spawnSync } from "node:child_process";

/** The first Python that imports a module; undefined, after a word about what is not tested, where none does. */
export function pythonWith(module: string): string | undefined {
  const found = ["/usr/bin/python3", "python3"].find(
    (python) => spawnSync(python, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0,
  );
  if (found === undefined) {
    console.warn(`No python3 with ${module}: not compared with it. Debian has it as python3-${module}.`);
  }
  return found;
}

/** Runs a script; throws an Error with what it said where it fails. Returns its standard output. */
export function runPython(python: string, script: string, args: readonly string[], cwd = "."): string {
  // -B: no __pycache__ beside our sources
  const { status, stdout, stderr } = spawnSync(python, ["-B", script, ...args], { encoding: "utf8", cwd });
  if (status !== 0) throw new Error(`${script}: exit code ${status}: ${stderr}`);
  return stdout;
}
