import { describe, expect, test } from "vitest";
import { figure, setting } from "../../src/report/html.ts";
import { reportPage } from "../../src/report/report-page.ts";
import { parseRunLog } from "../../src/report/run-records.ts";
import { entry, logOf, logOfSteps } from "./log-lines.ts";

const HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=\"a()\"> & 'q' ]]> <!-- \u0000\u001b[31m \ud800";
const hostileRun = {
  corpus: HOSTILE,
  unit: HOSTILE,
  preset: HOSTILE,
  recipe: {
    [HOSTILE]: HOSTILE,
    nested: { [HOSTILE]: HOSTILE, deeper: { deeper: [HOSTILE] } },
    cell: HOSTILE,
    hiddenSize: 5,
  },
};

/** The page of a log of so many steps that has everything in it. */
function fullPage(steps = 500): string {
  const log = logOfSteps(steps, (step) => ({
    ...(step === 1 ? { run: hostileRun, initialSample: HOSTILE, initialTrainLoss: 4.2 } : {}),
    ...(step % 100 === 0 ? { valLoss: 3.9 - step / 1000, trainLoss: 3.7 - step / 1000, sample: HOSTILE } : {}),
  }));
  return reportPage(parseRunLog(log, `${HOSTILE}.jsonl`));
}

/** Text and elements of a page, read as strictly as XML: tags balance, attributes are quoted, entities are known. */
function parsed(page: string): { elements: { name: string; attributes: Map<string, string> }[]; text: string } {
  const elements: { name: string; attributes: Map<string, string> }[] = [];
  const open: string[] = [];
  let text = "";
  const token = /<!DOCTYPE html>|<(\/?)([a-z][a-z0-9]*)((?: [a-zA-Z-]+="[^"<]*")*)(\/?)>|[^<]+/gy;
  while (token.lastIndex < page.length) {
    const at = token.lastIndex;
    const match = token.exec(page);
    if (match === null) throw new Error(`not well-formed: ${page.slice(at, at + 80)}`);
    const [whole, slash, name, attributes = "", empty] = match;
    for (const [entity] of whole.matchAll(/&[^;]{0,8};?/g))
      expect(["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"]).toContain(entity);
    if (name === undefined) text += open.at(-1) === "style" ? "" : whole;
    else if (slash === "/") expect(open.pop(), page.slice(at - 80, at)).toBe(name);
    else {
      const pairs = [...attributes.matchAll(/ ([a-zA-Z-]+)="([^"]*)"/g)].map(
        ([, key, value]) => [key!, value!] as const,
      );
      const map = new Map(pairs);
      expect(map.size, whole).toBe(pairs.length);
      elements.push({ name, attributes: map });
      if (empty !== "/") open.push(name);
    }
  }
  expect(open).toEqual([]);
  return { elements, text };
}

describe("the page", () => {
  const page = fullPage();
  const { elements, text } = parsed(page);

  test("is well-formed, with one doctype, a language, a character set and a viewport", () => {
    expect(page).toMatch(/^<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"\/>/);
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1"/>');
    expect(page.match(/<!DOCTYPE/g)).toHaveLength(1);
  });

  test("has no element from the log, no script and no reference to anything outside", () => {
    const names = new Set(elements.map(({ name }) => name));
    for (const name of ["script", "img", "link", "iframe", "object", "a", "use", "image", "b"]) {
      expect(names, name).not.toContain(name);
    }
    const attributes = new Set(elements.flatMap(({ attributes }) => [...attributes.keys()]));
    for (const name of attributes) expect(name).not.toMatch(/^(on.*|src|href|style|action|srcset|xlink.*)$/);
    expect(page).not.toMatch(/https?:|url\(|@import/);
  });

  test("has a policy that lets nothing load or run", () => {
    const policy = elements.find(({ attributes }) => attributes.get("http-equiv") === "Content-Security-Policy");
    expect(policy!.attributes.get("content")).toMatch(/^default-src 'none'; style-src 'unsafe-inline'; img-src data:;/);
  });

  test("shows control characters as pictures and half characters as a replacement", () => {
    expect(text).toContain("␀␛[31m \ufffd");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
    expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  });

  test("has charts with titles, descriptions and ids of their own", () => {
    const charts = elements.filter(({ name }) => name === "svg");
    expect(charts).toHaveLength(5);
    const ids = elements.flatMap(({ attributes }) => attributes.get("id") ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { attributes } of charts) {
      for (const id of attributes.get("aria-labelledby")!.split(" ")) expect(ids).toContain(id);
    }
  });

  test("draws validation and training data with their own dashes and markers", () => {
    expect(page).toMatch(/<g class="validation"><path class="line"[^>]*><circle class="mark"/);
    expect(page).toMatch(/<g class="training"><path class="line"[^>]*><path class="mark"/);
    expect(page).toMatch(/\.training \.line \{[^}]*stroke-dasharray/);
  });

  test("has a dark and a printed look", () => {
    expect(page).toContain("@media (prefers-color-scheme: dark)");
    expect(page).toContain("@media print");
  });

  test("is the same for the same log", () => {
    expect(fullPage()).toBe(page);
  });
});

test("the summary has final and lowest losses, and where they were", () => {
  const losses = [4, 2, 1, 3];
  const log = logOf(
    ...losses.map((loss, i) =>
      entry(i + 1, { smoothLoss: loss, valLoss: loss + 0.5, ...(i === 0 ? { run: { unit: "word" } } : {}) }),
    ),
  );
  const text = parsed(reportPage(parseRunLog(log))).text.replaceAll(/\s+/g, " ");
  expect(text).toContain("Final loss, smoothed3.000 nats4.328 bits per wordlowest 1.000at step 3");
  expect(text).toContain("Best validation loss1.500 nats2.164 bits per wordat step 33.500 at the end");
  expect(text).toContain("Mean speed9,000words a second");
});

test("the mean speed is that of all tokens over all the time", () => {
  const log = logOf(...[0, 100, 100, 400].map((tokensPerSecond, i) => entry(i + 1, { tokensPerSecond })));
  expect(parsed(reportPage(parseRunLog(log))).text).toContain("Mean speed133");
});

test("a log whose lines are means of several steps makes a page that says so", () => {
  const lines = [4, 8, 12].map((step) => entry(step, step === 4 ? { run: { stepsPerLine: 4 } } : {}));
  const page = reportPage(parseRunLog(logOf(...lines)));
  expect(page).toContain("Each value is the mean of 4 steps.");
  expect(page).toContain(">4 steps");
  expect(page).toContain("mean loss");
  expect(page).not.toMatch(/each step|loss of the step|from step/);
});

test("a log of bare losses makes a page without what it does not know", () => {
  const page = reportPage(parseRunLog('{"step":1,"loss":3}\n{"step":2,"loss":2}\n', "old.jsonl"));
  const { text, elements } = parsed(page);
  expect(text).toContain("Final loss2.000 nats");
  expect(text).toContain("bits per token");
  expect(elements.filter(({ name }) => name === "svg")).toHaveLength(2);
  for (const absent of ["Recipe", "Samples over time", "Learning rate", "validation", "undefined", "NaN"]) {
    expect(text, absent).not.toContain(absent);
  }
});

test("a run without any finite loss makes a page that says so", () => {
  expect(parsed(reportPage(parseRunLog('{"step":1,"loss":null}\n'))).text).toContain("No loss of this run is a finite");
});

test("a run that went back says so", () => {
  const log = logOfSteps(20) + logOf(entry(11));
  expect(parsed(reportPage(parseRunLog(log))).text).toContain("The run went back from step 20 to 10.");
});

test("of very many or very long samples a page shows some, and a part", () => {
  const log = logOfSteps(2000, (step) => ({ sample: `<${step}>${"🙂".repeat(5000)}` }));
  const page = reportPage(parseRunLog(log));
  const { text } = parsed(page);
  expect(text).toContain("97 of 2,000, evenly spaced.");
  expect(text).toContain("&lt;1&gt;");
  expect(text).toContain("&lt;2000&gt;");
  expect(text).toContain("cut here, after 3,000 characters");
  expect(text).not.toContain("\ufffd");
});

test("a page of one sample says so", () => {
  const page = reportPage(parseRunLog(logOf(entry(1, { initialSample: "noise" }), entry(2))));
  expect(parsed(page).text).toContain("Samples over time\nOne sample.\n");
});

test("the table has evenly spaced rows, and a value only where it was measured since the row above", () => {
  const log = logOfSteps(100, (step) => ({
    ...(step === 1 ? { initialTrainLoss: 9 } : {}),
    ...(step % 4 === 0 ? { valLoss: step } : {}),
    ...(step === 50 ? { trainLoss: 7 } : {}),
  }));
  const page = reportPage(parseRunLog(log));
  const rows = [...page.matchAll(/<tr><td>.*?<\/tr>/g)].map(([row]) => [...row.matchAll(/<td>(.*?)<\/td>/g)]);
  expect(rows.map((cells) => Number(cells[0]![1]))).toEqual([4, 12, 20, 28, 36, 44, 52, 60, 68, 76, 84, 92, 100]);
  expect(rows.map((cells) => cells[5]![1]).join()).toBe(",,,,,,7.000,,,,,,");
});

test("a sample keeps its lines, spaces and leading newline", () => {
  const page = reportPage(parseRunLog(logOf(entry(1, { sample: "\n  two\r\n\tlines\n" }))));
  expect(page).toContain('<pre dir="auto">\n\n  two\n\tlines\n</pre>');
});

test("a page of 300,000 steps is under 300 KB and made in seconds", () => {
  const log = logOfSteps(300_000, (step) => ({
    loss: 1 + 3 / (1 + step / 1e4) + 0.3 * Math.sin(step * step),
    gradNorm: 50 + 40 * Math.cos(step * step),
    tokensPerSecond: 90_000 + 5000 * Math.sin(step),
    ...(step % 1000 === 0 ? { valLoss: 2, sample: "x".repeat(200) } : {}),
  }));
  const started = performance.now();
  const page = reportPage(parseRunLog(log));
  expect(performance.now() - started).toBeLessThan(20_000);
  expect(page.length).toBeLessThan(300_000);
});

test("numbers have the digits that matter", () => {
  expect([1.69, 48.213, 123.45, 97_077, 0.00213, 3.1e-9, 0, -2].map(figure)).toEqual([
    "1.690",
    "48.21",
    "123.5",
    "97,077",
    "0.00213",
    "3.10 × 10⁻⁹",
    "0",
    "-2.000",
  ]);
  expect([0.1, 0.002, 1, 100, 1000, 3e-9, 1.5].map(setting)).toEqual([
    "0.1",
    "0.002",
    "1",
    "100",
    "1,000",
    "3 × 10⁻⁹",
    "1.5",
  ]);
});
