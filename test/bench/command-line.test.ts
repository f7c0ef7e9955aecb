import { expect, test } from "vitest";
import { WorkFolder } from "../cli/command-line.ts";

test("bench --quick --only W1,S1 verifies, times, and writes figures that can be", () => {
  const folder = new WorkFolder();
  const { code, stdout, stderr } = folder.run("bench", "--quick", "--only", "w1,S1", "--json", "figures.json");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout).toContain("command    charloom bench --quick --only w1,S1 --json figures.json");
  expect(stdout).toMatch(/core\.wasm [\d,]+ bytes/);
  expect(stdout).toContain("verified: losses of 3 steps against TypeScript float64");

  const figures = JSON.parse(folder.read("figures.json").toString());
  expect(figures.verified).toBe(true);
  expect(figures.kernels).toBeUndefined();
  expect(figures.workloads.map(({ name }: { name: string }) => name)).toEqual(["W1", "S1"]);
  for (const { name, contenders } of figures.workloads) {
    expect(contenders.map((each: { name: string }) => each.name)).toEqual([
      ...figures.numerics.map((numerics: string) => `wasm ${numerics}`),
      "TypeScript float64",
    ]);
    for (const contender of contenders) {
      expect(contender.charactersPerSecond, `${name} ${contender.name}`).toBeGreaterThan(100);
      expect(contender.charactersPerSecond, `${name} ${contender.name}`).toBeLessThan(1e8);
      expect(contender.difference, `${name} ${contender.name}`).toBeLessThan(1e-5);
    }
    const [strict, reference] = [contenders[0], contenders.at(-1)];
    expect(strict.difference, `${name}: float32 differs from float64`).toBeGreaterThan(0);
    expect(reference.difference).toBe(0);
    // ten times and more, even on a machine that does other things
    expect(strict.charactersPerSecond, name).toBeGreaterThan(2 * reference.charactersPerSecond);
    expect(reference.firstIs.median).toBeGreaterThan(2);
  }
  const [training] = figures.workloads;
  expect(training.flops).toBe(2_455_000);
}, 120_000);

test("bench --quick --only kernels gives a peak, and shares of it", () => {
  const folder = new WorkFolder();
  const { code, stderr } = folder.run("bench", "--quick", "--only", "kernels", "--json", "figures.json");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const { kernels } = JSON.parse(folder.read("figures.json").toString());
  for (const { flopsPerSecond } of kernels.peaks) {
    expect(flopsPerSecond).toBeGreaterThan(1e9);
    expect(flopsPerSecond).toBeLessThan(1e12);
  }
  expect(kernels.kernels.length).toBeGreaterThan(15);
  for (const { name, shape, unit, wasm } of kernels.kernels) {
    for (const { shareOfPeak, perSecond, difference } of wasm) {
      expect(perSecond, `${name} ${shape}`).toBeGreaterThan(0);
      expect(difference, `${name} ${shape}`).toBeLessThan(4e-6);
      if (unit === "element") expect(shareOfPeak).toBeUndefined();
      // of a machine that does other things; more than the peak would be a peak that is none
      else expect(shareOfPeak, `${name} ${shape}`).toBeGreaterThan(0.01);
    }
  }
}, 120_000);

test("bench refuses parts that it has not, and a file that it cannot write, before it measures", () => {
  const folder = new WorkFolder();
  const parts = folder.run("bench", "--only", "W1,W9");
  expect(parts.code).toBe(2);
  expect(parts.stderr).toContain(
    '--only: expected some of kernels, W1, W2, W3, W4, S1, S2, S3 with commas between, got "W9"',
  );
  expect(parts.stdout).toBe("");
  const both = folder.run("bench", "--scaling", "--only", "W1");
  expect(both.code).toBe(2);
  expect(both.stderr).toContain("--only: expected without --scaling");
  const file = folder.run("bench", "--json", "nowhere/figures.json");
  expect(file.code).toBe(1);
  expect(file.stdout).toBe("");
  expect(file.stderr).toContain("nowhere/figures.json: its folder does not exist");
});
