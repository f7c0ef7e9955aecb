/** Pythons on this machine that have what a contender needs. */

import { spawnSync } from "node:child_process";

export interface Python {
  readonly command: string;
  /** Of the module that was asked for. */
  readonly version: string;
  /** "Python 3.11.2, numpy 1.24.2, libblas.so.3.11.0". */
  readonly description: string;
  /** Whether its BLAS is the reference implementation, which nobody who wants speed uses. */
  readonly plainBlas: boolean;
}

/**
 * Where the module is, versions, and the library that makes its products, as far as the system tells which it has loaded.
 */
function probe(module: string): string {
  return `
import json, os, platform, ${module}
maps = open("/proc/self/maps").read().split() if os.path.exists("/proc/self/maps") else []
libraries = [os.path.basename(path) for path in maps if "/" in path]
# the most telling first: a libblas.so may be a thin one over OpenBLAS
known = [name for sign in ("openblas", "mkl_core", "blis", "blas") for name in libraries if sign in name]
blas = (known + ["BLAS unknown"])[0]
print(json.dumps([${module}.__file__, platform.python_version(), ${module}.__version__, blas]))
`;
}

/**
 * The system's Python and the user's, where they have the module. All race: numpy and PyTorch are as fast as their BLAS,
 * and the plain one of a Linux distribution takes several times as long over a product as OpenBLAS.
 */
export function findPythons(module: "numpy" | "torch"): Python[] {
  const found = new Map<string, Python>();
  for (const command of ["/usr/bin/python3", "python3"]) {
    const { status, stdout } = spawnSync(command, ["-c", probe(module)], { encoding: "utf8" });
    if (status !== 0) continue;
    const [file, python, version, blas] = JSON.parse(stdout) as [string, string, string, string];
    if (found.has(file)) continue;
    const description = `Python ${python}, ${module} ${version}, ${blas}`;
    found.set(file, { command, version, description, plainBlas: blas.startsWith("libblas.so") });
  }
  return [...found.values()];
}
