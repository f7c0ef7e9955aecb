// Names the tests that failed by one of vitest's JSON reports, each with the first lines of why: `node scripts/failed-tests.mjs REPORT`.
import { readFile } from "node:fs/promises";
import { relative } from "node:path";

/** How many lines of a failure's message are shown: what was expected and got, without the stack. */
const LINES = 12;

const report = JSON.parse(await readFile(process.argv[2], "utf8"));
for (const file of report.testResults) {
  const name = relative(process.cwd(), file.name);
  const failures = file.assertionResults.filter(({ status }) => status === "failed");
  for (const { fullName, failureMessages } of failures) print(`${name}: ${fullName}`, failureMessages.join("\n"));
  // A file that could not be loaded has no tests to blame.
  if (file.status === "failed" && failures.length === 0) print(name, file.message);
}

function print(what, why) {
  const lines = why.split("\n").filter((line) => !line.trim().startsWith("at "));
  console.log(
    `failed test: ${what}\n${lines
      .slice(0, LINES)
      .map((line) => `  ${line}\n`)
      .join("")}`,
  );
}
