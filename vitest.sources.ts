/** How the package's own names for the module's bytes (`imports` of package.json) are found in the sources, of which tests are. */

import { fileURLToPath } from "node:url";

export const sources = {
  alias: [
    {
      find: /^#((?:core|inference).*-wasm)$/,
      replacement: fileURLToPath(new URL("src/core/generated/$1.ts", import.meta.url)),
    },
  ],
};
