import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { createTrainer } from "../../src/train/trainer.ts";

const readme = readFileSync("README.md", "utf8");

/** The code blocks of one language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm"))].map((match) => match[1]!);
}

describe("the README's TypeScript", () => {
  const snippets = blocks("ts");

  test("is there", () => {
    expect(snippets.length).toBeGreaterThan(0);
  });

  for (const [index, snippet] of snippets.entries()) {
    test(`snippet ${index + 1} type-checks and runs`, () => {
      // inside the package, so that "charloom" is the package itself
      const folder = `build/readme-${index + 1}`;
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "input.txt"), "It was the best of times, it was the worst of times.\n".repeat(40));
      writeFileSync(join(folder, "snippet.mts"), snippet);
      const options: ts.CompilerOptions = {
        module: ts.ModuleKind.NodeNext,
        target: ts.ScriptTarget.ES2023,
        types: ["node"],
        strict: true,
        rootDir: folder,
        outDir: folder,
        skipLibCheck: true,
      };
      const program = ts.createProgram([join(folder, "snippet.mts")], options);
      const { diagnostics } = program.emit();
      const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
      expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
      const { status, stdout, stderr } = spawnSync(process.execPath, ["snippet.mjs"], {
        cwd: folder,
        encoding: "utf8",
      });
      expect(stderr).toBe("");
      expect(status).toBe(0);
      expect(stdout.length).toBeGreaterThan(0);
    });
  }
});

test("every command and option that the README names exists", () => {
  const commands = new Map(createProgram().commands.map((command) => [command.name(), command]));
  const lines = blocks("sh")
    .join("")
    .split("\n")
    .filter((line) => /(^|\s)charloom [a-z]/.test(line));
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) {
    const [, name = "", rest = ""] = /charloom ([a-z]+)(.*)$/.exec(line.replace(/\s#.*$/, "")) ?? [];
    const command = commands.get(name);
    expect(command, line).toBeDefined();
    for (const [, option] of rest.matchAll(/(--[a-z-]+)/g)) {
      expect(
        command!.options.map(({ long }) => long),
        line,
      ).toContain(option);
    }
  }
});

test("the README's first sample is the one that npm start draws", async () => {
  const trainer = await createTrainer(await builtinCorpus("sonnets"));
  const [, loss, sample] = /---- step 0, loss ([\d.]+) nats per character ----\n([\s\S]+?)…/.exec(readme) ?? [];
  expect(Number(loss)).toBeCloseTo(Math.log(trainer.model.vocabulary.size), 3);
  expect(trainer.sample(200).startsWith(sample!)).toBe(true);
});
