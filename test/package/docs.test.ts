import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/** Pages that add a part, whose code is quoted from the sources, and every source file that knows of the part. */
const PAGES: Readonly<Record<string, { readonly part: RegExp; readonly known: readonly string[] }>> = {
  "docs/add-a-cell.md": {
    part: /mingru/i,
    known: [
      "assembly/cells/mingru.ts",
      "assembly/cells/registry.ts",
      "src/inspect/cell-gates.ts",
      "src/inspect/cell-quantities.ts",
      "src/interchange/onnx-cells.ts",
      "src/interchange/torch-cells.ts",
      "src/reference/cells/mingru.ts",
      "src/reference/registry.ts",
    ],
  },
  "docs/add-an-optimizer.md": {
    part: /adamax/i,
    known: [
      "assembly/optimizers/adamax.ts",
      "assembly/optimizers/registry.ts",
      "src/model/recipe.ts",
      "src/reference/optimizers/adamax.ts",
      "src/reference/registry.ts",
      "web/views/train/recipe-form.ts",
      "web/views/understand/optimizer-account.ts",
    ],
  },
};

for (const [path, { part, known }] of Object.entries(PAGES)) {
  describe(path, () => {
    const page = readFileSync(path, "utf8");
    const excerpts = [...page.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```/gm)].map(
      ([, file, code]) => [file!, code!] as const,
    );

    test("quotes code", () => {
      expect(excerpts.length).toBeGreaterThan(5);
      expect(excerpts.length).toBe([...page.matchAll(/^```/gm)].length / 2);
    });

    for (const [index, [file, code]] of excerpts.entries()) {
      test(`excerpt ${index + 1} stands in ${file}`, () => {
        expect(readFileSync(file, "utf8")).toContain(code);
      });
    }

    test("names every source file that knows of its part", () => {
      const folders = known.some((file) => file.startsWith("web/")) ? ["assembly", "src", "web"] : ["assembly", "src"];
      const files = folders
        .flatMap((folder) =>
          readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
        )
        .filter((name) => name.endsWith(".ts") && !name.includes("generated"));
      expect(files.filter((file) => part.test(readFileSync(file, "utf8"))).sort()).toEqual(known);
      for (const file of known) expect(page).toContain(file);
    });
  });
}

test("every link from one of our documents to another leads somewhere", () => {
  const documents = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    ...readdirSync("docs")
      .filter((name) => name.endsWith(".md"))
      .map((name) => join("docs", name)),
  ];
  for (const document of documents) {
    for (const [, target] of readFileSync(document, "utf8").matchAll(/\]\(([^)#:]+)\)/g)) {
      expect(() => readFileSync(join(document, "..", target!)), `${document}: ${target}`).not.toThrow();
    }
  }
});
