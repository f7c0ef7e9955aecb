import { expect, test } from "vitest";
import { type Activations, rankUnits, readActivations, TEXT_PROPERTIES, type TextProperty } from "../../src/index.ts";
import { randomModel, rewrite } from "./planted.ts";

const TEXT = [
  "Nor “Love” is not love,",
  "  which (so (It) says) “alters 12",
  "    When” it finds [37].",
  "O no! It is an ever-fixed mark",
  "  That “looks” on (tempests) 4, 99",
].join("\n");

/** Far more than any count in the text: what a relu takes from a unit to bring it to 0. */
const ALL = -1000;

/** The first layer's units with a rule each: what a character adds to the unit's state, and whether the state stays. */
const PLANTED: Record<string, { unit: number; keeps: boolean; adds: (character: string) => number }> = {
  quotes: { unit: 2, keeps: true, adds: (c) => ({ "“": 1, "”": -1 })[c] ?? 0 },
  brackets: { unit: 3, keeps: true, adds: (c) => (/[([]/.test(c) ? 1 : /[)\]]/.test(c) ? -1 : 0) },
  linePosition: { unit: 5, keeps: true, adds: (c) => (c === "\n" ? ALL : 1) },
  wordPosition: { unit: 7, keeps: true, adds: (c) => (/[a-z0-9]/i.test(c) ? 1 : ALL) },
  capitals: { unit: 8, keeps: false, adds: (c) => (/[A-Z]/.test(c) ? 1 : 0) },
  spaces: { unit: 11, keeps: false, adds: (c) => (/\s/.test(c) ? 1 : 0) },
  punctuation: { unit: 13, keeps: false, adds: (c) => (/[“”,()[\].!-]/.test(c) ? 1 : 0) },
  digits: { unit: 14, keeps: false, adds: (c) => (/[0-9]/.test(c) ? 1 : 0) },
};

/** Of the first layer: 1 from a line break to the first character that is no space; the line break itself. */
const LEADING = 16;
const LINE_BREAK = 17;
/** 1 at a space that leads a line: 1 of the space and 1 of LEADING, less 1. */
const LEADING_SPACE = 18;
/** Of the second layer: counts LEADING_SPACE until LINE_BREAK. */
const INDENTATION = { layer: 1, unit: 6 };

/** A model of two layers of relu units, all random but the planted ones. */
async function plantedModel() {
  const model = await randomModel(TEXT, { activation: "relu", hiddenSize: 20, layers: 2 });
  const characters = model.vocabulary.tokens;
  /** A unit of a layer reads nothing but what is written into its weights afterwards. */
  const clear = (layer: number, unit: number) => {
    for (const name of [`rnn.weight_ih_l${layer}`, `rnn.weight_hh_l${layer}`]) {
      const columns = model.engine.tensors.find((tensor) => tensor.name === name)!.shape[1]!;
      rewrite(model, name, (at) => {
        for (let column = 0; column < columns; column++) at(unit, column).set(0);
      });
    }
  };
  const plant = (unit: number, keeps: boolean, adds: (character: string) => number) => {
    clear(0, unit);
    rewrite(model, "rnn.weight_hh_l0", (at) => at(unit, unit).set(keeps ? 1 : 0));
    rewrite(model, "rnn.weight_ih_l0", (at) => {
      for (const [token, character] of characters.entries()) at(unit, token).set(adds(character));
    });
  };
  for (const { unit, keeps, adds } of Object.values(PLANTED)) plant(unit, keeps, adds);
  plant(LEADING, true, (c) => (c === "\n" ? 1 : c === " " ? 0 : ALL));
  plant(LINE_BREAK, false, (c) => (c === "\n" ? 1 : 0));
  plant(LEADING_SPACE, false, (c) => (c === " " ? 0 : ALL));
  rewrite(model, "rnn.weight_hh_l0", (at) => at(LEADING_SPACE, LEADING).set(1));
  clear(INDENTATION.layer, INDENTATION.unit);
  rewrite(model, "rnn.weight_hh_l1", (at) => at(INDENTATION.unit, INDENTATION.unit).set(1));
  rewrite(model, "rnn.weight_ih_l1", (at) => {
    at(INDENTATION.unit, LEADING_SPACE).set(1);
    at(INDENTATION.unit, LINE_BREAK).set(ALL);
  });
  return model;
}

test("a unit that was planted for a property is the first in its ranking, at a correlation of 1", async () => {
  const activations = readActivations(await plantedModel(), TEXT);
  const rankings = rankUnits(activations, { quantities: ["hidden"] });
  expect(rankings.map(({ property }) => property)).toEqual(Object.keys(TEXT_PROPERTIES));
  for (const { property, units } of rankings) {
    const planted = property === "indentation" ? INDENTATION : { layer: 0, unit: PLANTED[property]!.unit };
    const [first, second] = units;
    expect(first, property).toMatchObject({ ...planted, quantity: "hidden" });
    expect(first!.correlation, property).toBeCloseTo(1, 6);
    expect(Math.abs(second!.correlation), `${property}: no other is as close`).toBeLessThan(0.999);
    expect(units).toHaveLength(10);
  }
});

test("a unit that does the opposite of a property is found as well, at -1", async () => {
  const model = await plantedModel();
  rewrite(model, "rnn.weight_ih_l0", (at) => {
    for (const [token, character] of model.vocabulary.tokens.entries())
      at(8, token).set(/[A-Z]/.test(character) ? 0 : 1);
  });
  const [ranking] = rankUnits(readActivations(model, TEXT), { properties: ["capitals"], quantities: ["hidden"] });
  expect(ranking!.units[0]).toMatchObject({ layer: 0, unit: 8 });
  expect(ranking!.units[0]!.correlation).toBeCloseTo(-1, 6);
});

/** Hand-made activations of two units over a text of characters. */
function handMade(text: string, columns: [number[], number[]]): Activations {
  const hidden = new Float32Array(2 * text.length);
  for (const [unit, column] of columns.entries())
    for (const [i, value] of column.entries()) hidden[2 * i + unit] = value;
  return {
    text,
    tokens: [...text],
    positions: Uint32Array.from(text, (_, i) => i),
    units: 2,
    quantities: [{ name: "hidden", label: "hidden state", range: "signed" }],
    layers: [{ hidden }],
  };
}

function correlations(activations: Activations, property: TextProperty): number[] {
  const [ranking] = rankUnits(activations, { properties: [property] });
  return ranking!.units.map(({ correlation }) => correlation);
}

test("correlations are Pearson's: hand-made numbers", () => {
  // capitals 1 0 0 1; (3 1 1 2) has r = 1.5 / √(1 · 2.75), (0 1 0 0) has r = -0.5 / √(1 · 0.75)
  const found = correlations(
    handMade("AbcD", [
      [3, 1, 1, 2],
      [0, 1, 0, 0],
    ]),
    "capitals",
  );
  expect(found[0]).toBeCloseTo(1.5 / Math.sqrt(2.75), 6);
  expect(found[1]).toBeCloseTo(-0.5 / Math.sqrt(0.75), 6);
});

test("a unit that never moves, or has lost its numbers, follows nothing", () => {
  const constant = [0.1, 0.1, 0.1, 0.1];
  expect(correlations(handMade("AbcD", [constant, [1, 0, 0, 1]]), "capitals")).toEqual([expect.closeTo(1, 6), 0]);
  const lost = [Number.NaN, 1, 1, Number.POSITIVE_INFINITY];
  expect(correlations(handMade("AbcD", [lost, [1, 0, 0, 1]]), "capitals")).toEqual([expect.closeTo(1, 6), 0]);
});

test("a property that is the same everywhere ranks nothing, and support counts where one is not 0", () => {
  const activations = handMade("AbcD", [
    [3, 1, 1, 2],
    [0, 1, 0, 0],
  ]);
  expect(rankUnits(activations, { properties: ["digits", "capitals"], count: 1 })).toMatchObject([
    { property: "digits", support: 0, units: [] },
    { property: "capitals", support: 2, units: [{ unit: 0 }] },
  ]);
});

test("tokens are compared where they stand: bytes of a character share it, skipped ones are left out", async () => {
  const model = await randomModel("", { unit: "byte", activation: "relu", hiddenSize: 3 });
  rewrite(model, "rnn.weight_hh_l0", (at) => {
    for (let column = 0; column < 3; column++) at(1, column).set(0);
  });
  // É is C3 89 in UTF-8, é C3 A9: a unit for the second byte is on at one of the two tokens of the capital
  rewrite(model, "rnn.weight_ih_l0", (at) => {
    for (let byte = 0; byte < 256; byte++) at(1, byte).set(byte === 0x89 ? 1 : 0);
  });
  const activations = readActivations(model, "éÉéé");
  const [ranking] = rankUnits(activations, { properties: ["capitals"] });
  expect(ranking!.support).toBe(2);
  const found = ranking!.units.find(({ unit, quantity }) => unit === 1 && quantity === "hidden")!;
  // p 2 of 8, a 1 of 8, both at 1: (1/8 - 2/64) / √(2/8 · 6/8 · 1/8 · 7/8)
  expect(found.correlation).toBeCloseTo((1 / 8 - 2 / 64) / Math.sqrt((2 / 8) * (6 / 8) * (1 / 8) * (7 / 8)), 5);
});
