import { expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { cliPage } from "./cli-page.ts";

test("docs/cli.md says what the command line knows (npm run docs:cli writes it)", async () => {
  await expect(cliPage(createProgram())).toMatchFileSnapshot("../../docs/cli.md");
});
