/** The worker's answers on units and use, without a browser: they are the library's, and leave the thread free meanwhile. */

import { expect, test } from "vitest";
import {
  createTrainer,
  type LanguageModel,
  nextTokens,
  type Recipe,
  sample,
  score,
  scoreTokens,
} from "../../src/index.ts";
import { neuronsHandlers } from "../../web/worker/neurons.ts";
import { Session } from "../../web/worker/session.ts";
import { useHandlers } from "../../web/worker/use.ts";

const TEXT = "how now, brown cow\nto be or not to be\n".repeat(9);

async function sessionOf(
  fields: Partial<Recipe>,
): Promise<{ model: LanguageModel; session: Session; told: unknown[][] }> {
  const { model } = await createTrainer(TEXT, { hiddenSize: 12, ...fields });
  model.engine.initializeParameters({ kind: "normal", scale: 0.4 }, 3);
  const told: unknown[][] = [];
  const session = new Session((name, value) => told.push([name, value]));
  session.useModel(model, "a model");
  return { model, session, told };
}

for (const [what, fields, prompts] of [
  ["a stream", {}, ["how now", "h", ""]],
  ["lines", { examples: "lines" }, ["to b", ""]],
  ["words", { unit: "word" }, ["to be", "how now,"]],
  ["bytes", { unit: "byte" }, ["how", ""]],
  ["lower case", { lowercase: true }, ["HOW"]],
] as const) {
  test(`of ${what}: what is expected next is what the library expects`, async () => {
    const { model, session } = await sessionOf(fields);
    const { expectNext } = useHandlers(session);
    for (const text of prompts) {
      const { next } = await expectNext({ text, settings: {} });
      const expected = nextTokens(model, text, 12);
      expect(
        next.map(({ token, probability }) => ({ token, probability })),
        `after "${text}"`,
      ).toEqual(expected);
      expect(next.every(({ kept }) => kept)).toBe(true);
    }
  });

  test(`of ${what}: surprise is the library's score, token by token`, async () => {
    const { model, session } = await sessionOf(fields);
    const text = "to be\nhow now, cow\n\nor not";
    // words of this text that the model knows
    const known = what === "words" ? "to be\nhow now,\n\nor not" : text;
    const map = await useHandlers(session).surprise({ text: known });
    const scored = [...scoreTokens(model, known)];
    expect(map.score).toEqual(score(model, known));
    expect([...map.nats]).toEqual(scored.map(({ nats }) => Math.fround(nats)));
    expect(map.pieces).toHaveLength(scored.length);
    const read = (map.opening + map.pieces.join("")).trim();
    // lines are scored one by one, without the empty one
    if (what === "lines") expect(read).toBe(known.replace("\n\n", "\n"));
    else expect(read).toBe(what === "words" ? known.split(/\s+/).join(" ") : known.toLowerCase());
    expect(map.unknown).toEqual([]);
  });
}

test("tokens that may come next say what they add to the text", async () => {
  const words = await useHandlers((await sessionOf({ unit: "word" })).session).expectNext({ text: "to", settings: {} });
  for (const { token, adds } of words.next) expect(adds).toBe(` ${token}`);
  const bytes = await useHandlers((await sessionOf({ unit: "byte" })).session).expectNext({ text: "to", settings: {} });
  for (const { token, adds } of bytes.next) {
    const [, code] = /^<0x(..)>$/.exec(token) ?? [];
    if (code === undefined) expect(adds).toBe(token);
    else expect(adds).toBe(Number.parseInt(code, 16) < 0x80 ? String.fromCharCode(Number.parseInt(code, 16)) : "");
  }
});

test("writing is told of as it goes on, and stops where it is when it is asked to", async () => {
  const { model, session, told } = await sessionOf({ cell: "lstm", hiddenSize: 128 });
  const handlers = useHandlers(session);
  const wish = { prompt: "how", settings: {}, length: 200_000, seed: 4 };
  const writing = handlers.write(wish);
  setTimeout(() => handlers.stopWriting(undefined), 150);
  const { text } = await writing;
  const whole = sample(model, { prime: "how", length: text.length, seed: 4 });
  expect(text.length).toBeGreaterThan(0);
  expect(text.length).toBeLessThan(200_000);
  expect(text).toBe(whole);
  const written = told.filter(([name]) => name === "written").map(([, value]) => value as string);
  expect(written.length).toBeGreaterThan(0);
  for (const part of written) expect(text.startsWith(part)).toBe(true);
});

test("who asks again before the answer gets the later one, and the earlier is refused", async () => {
  const { model, session } = await sessionOf({ cell: "lstm", hiddenSize: 96 });
  const { expectNext } = useHandlers(session);
  const earlier = expectNext({ text: TEXT.repeat(20), settings: {} });
  const later = expectNext({ text: "to b", settings: {} });
  await expect(earlier).rejects.toThrow("another has been asked about");
  expect((await later).next[0]!.token).toBe(nextTokens(model, "to b", 1)[0]!.token);
});

test("looks that meet wait for each other, are what each is alone, and leave the thread free", async () => {
  const { session } = await sessionOf({ cell: "lstm", hiddenSize: 64, layers: 2 });
  const { lookAtNeurons } = neuronsHandlers(session);
  const { surprise, write } = useHandlers(session);
  const wish = { text: TEXT.repeat(5), layer: 1, quantity: "f", unit: 3 };
  const writing = { prompt: "how", settings: {}, length: 300, seed: 4 };
  const alone = [await lookAtNeurons(wish), await surprise({ text: TEXT }), await write(writing)];
  const { lookAtNeurons: lookAnew } = neuronsHandlers(session);
  let turns = 0;
  const timer = setInterval(() => turns++);
  const together = await Promise.all([lookAnew(wish), surprise({ text: TEXT }), write(writing)]);
  clearInterval(timer);
  expect(together).toEqual(alone);
  expect(turns, "turns of others").toBeGreaterThan(3);
});

test("a unit, layer or quantity that the model lacks becomes the nearest that it has", async () => {
  const { session } = await sessionOf({ cell: "gru" });
  const look = await neuronsHandlers(session).lookAtNeurons({ text: "to be", layer: 4, quantity: "cell", unit: 99 });
  expect(look.shown).toEqual({ layer: 0, quantity: "hidden", unit: 11 });
  expect(Object.keys(look.values)).toEqual(["hidden", "r", "z", "n"]);
});

test("a loaded model has no text of its own to look at, and writes one; without a model there is none", async () => {
  const { model, session } = await sessionOf({});
  const { passage } = neuronsHandlers(session);
  await expect((async () => passage({ kind: "corpus", at: 0 }))()).rejects.toThrow(
    "text: expected a run's, got none; paste a text, or let the model write one",
  );
  expect(await passage({ kind: "written", seed: 2 })).toBe(sample(model, { length: 400, seed: 2, temperature: 0.8 }));
  const empty = new Session(() => undefined);
  await expect(
    neuronsHandlers(empty).lookAtNeurons({ text: "a", layer: 0, quantity: "hidden", unit: 0 }),
  ).rejects.toThrow(/^model: expected one/);
});
