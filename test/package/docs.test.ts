import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const page = readFileSync("docs/add-a-cell.md", "utf8");

describe("docs/add-a-cell.md", () => {
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

  test("names every source file that knows of minGRU: two of its own, two registries, and what it is called elsewhere", () => {
    const files = ["assembly", "src"]
      .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)))
      .filter((name) => name.endsWith(".ts") && !name.includes("generated"));
    const knowing = files.filter((file) => /mingru/i.test(readFileSync(file, "utf8"))).sort();
    expect(knowing).toEqual([
      "assembly/cells/mingru.ts",
      "assembly/cells/registry.ts",
      "src/inspect/cell-gates.ts",
      "src/inspect/cell-quantities.ts",
      "src/interchange/onnx-cells.ts",
      "src/interchange/torch-cells.ts",
      "src/reference/cells/mingru.ts",
      "src/reference/registry.ts",
    ]);
    for (const file of knowing) expect(page).toContain(file);
  });
});

test("every link from one of our documents to another leads somewhere", () => {
  const documents = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    ...readdirSync("docs").map((name) => join("docs", name)),
  ];
  for (const document of documents) {
    for (const [, target] of readFileSync(document, "utf8").matchAll(/\]\(([^)#:]+)\)/g)) {
      expect(() => readFileSync(join(document, "..", target!)), `${document}: ${target}`).not.toThrow();
    }
  }
});
