/** What the page says of cells and optimizers, against the registries: a new one is missed here. */

import { expect, test } from "vitest";
import { createLesson, createTrainer, MIN_CHAR_RNN } from "../../src/index.ts";
import { REFERENCE_CELLS, REFERENCE_OPTIMIZERS } from "../../src/reference/registry.ts";
import { accountOf, gradientAccount, stripsOf, unitAccount } from "../../web/views/understand/cell-account.ts";
import { percent, signed } from "../../web/views/understand/notation.ts";
import { memoryName, optimizerAccount, updateEquations } from "../../web/views/understand/optimizer-account.ts";

test.each(Object.keys(REFERENCE_CELLS))("%s: the sums of a unit that are written out are true", async (cell) => {
  const trainer = await createTrainer("to be or not to be\n".repeat(9), { cell, hiddenSize: 6, optimizer: "adam" });
  for (let i = 0; i < 50; i++) trainer.step();
  const lesson = await createLesson(trainer);
  const layer = lesson.forward().layers[0]!;
  const gradients = lesson.backward().layers[0]!;
  expect(accountOf(cell).equations(trainer.model.recipe).length).toBeGreaterThan(0);
  expect(stripsOf(layer).at(-1)!.strips.at(-1)!.values).toBe(layer.hidden);
  for (let unit = 0; unit < 6; unit++) {
    const lines = unitAccount(cell, layer, unit);
    expect(lines.at(-1)).toContain(signed(layer.hidden[unit]!));
    for (const line of lines) expectTrue(line);
    const back = gradientAccount(cell, layer, gradients, unit);
    for (const line of back) expectTrue(line);
    // every sum has its line, and ends at the module's gradient
    for (const { symbol, gradient } of gradients.sums) {
      const name = gradients.sums.length === 1 ? "∂sum =" : `∂sum of ${symbol} =`;
      expect(back.find((line) => line.startsWith(name))).toContain(` = ${signed(gradient[unit]!)}`);
    }
  }
});

test.each(Object.keys(REFERENCE_OPTIMIZERS))("%s: its equations and its memories have names", (optimizer) => {
  const recipe = { ...MIN_CHAR_RNN, optimizer, weightDecay: 0.1, momentum: 0.9 };
  expect(optimizerAccount(optimizer).name).toBeTruthy();
  expect(updateEquations(recipe).at(-1)).toMatch(/^p′ = p − rate/);
  for (const slot of REFERENCE_OPTIMIZERS[optimizer]!.slots) {
    expect(memoryName(optimizer, slot).symbol, slot).toMatch(/^\w$/);
  }
});

test("numbers are written as people write them", () => {
  expect([0, 1.5, -0.012345, 123456, 7.2e-8, -3e12].map((value) => signed(value))).toEqual([
    "0",
    "1.5",
    "−0.0123",
    "123000",
    "7.20 × 10⁻⁸",
    "−3.00 × 10¹²",
  ]);
  expect([1, 0.99999, 0.9951, 0.5, 0.0123, 0.0004, 1e-9].map(percent)).toEqual([
    "100 %",
    "100 %",
    "99.51 %",
    "50.0 %",
    "1.2 %",
    "0.04 %",
    "< 0.001 %",
  ]);
});

/** Every "a · b + c = d" of a line holds, within the three digits that are shown of each. */
function expectTrue(line: string): void {
  const sides = line.split(/,\s+/).flatMap((equation) => {
    const parts = equation.split(" = ");
    return parts.slice(1).map((part, i) => [parts[i]!, part] as const);
  });
  const figures = sides.filter(([left]) => /^[−(\d][\d.−() ·+×⁻⁰¹²³⁴-⁹]*$/.test(left));
  expect(figures.length, line).toBeGreaterThan(0);
  for (const [left, right] of figures) {
    const terms = left
      .split(" + ")
      .map((product) => product.split(" · ").reduce((result, factor) => result * figureOf(factor), 1));
    const value = terms.reduce((sum, term) => sum + term);
    const size = terms.reduce((sum, term) => sum + Math.abs(term), 0);
    expect(Math.abs(value - figureOf(right)), line).toBeLessThan(0.03 * size + 1e-9);
  }
}

function figureOf(text: string): number {
  const [mantissa, exponent] = text.replace(/[()]/g, "").replace("−", "-").split(" × 10");
  const power = (exponent ?? "⁰")
    .replace("⁻", "-")
    .replace(/[⁰¹²³⁴-⁹]/g, (digit) => String("⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(digit)));
  return Number(mantissa) * 10 ** Number(power);
}
