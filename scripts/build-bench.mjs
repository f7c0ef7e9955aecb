// Bundles bench/ to dist/bench/: the bench with its timer, which users do not install, around the library as it is installed:
// what it imports of src/ stays an import, of dist/src/.
import { rolldown } from "rolldown";

const library = {
  name: "the library stays outside",
  resolveId(source) {
    const path = /^(?:\.\.\/)+(src\/.*)\.ts$/.exec(source)?.[1];
    return path === undefined ? null : { id: `../${path}.js`, external: true };
  },
};

const bundle = await rolldown({
  input: { main: "bench/main.ts", "node-worker": "bench/node-worker.ts" },
  platform: "node",
  plugins: [library],
});
await bundle.write({ dir: "dist/bench", format: "esm", chunkFileNames: "shared.js" });
await bundle.close();
