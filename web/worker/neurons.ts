/** Answers to the calls of protocol/neurons.ts. */

import {
  type Activations,
  type LanguageModel,
  type PropertyRanking,
  rankUnits,
  readActivationsAsync,
  type Saturation,
  sample,
  saturation,
  TEXT_PROPERTIES,
  type TextProperty,
  Turns,
} from "../../src/index.ts";
import type { NeuronsCalls, NeuronsLook, NeuronsWish, UnitChoice } from "../protocol/neurons.ts";
import type { Handlers } from "../protocol/protocol.ts";
import { piecesOf } from "./pieces.ts";
import type { Session } from "./session.ts";
import { SLICE } from "./turns.ts";

/** Code units of a passage at most. */
const PASSAGE = 600;
/** Units that are named for each property. */
const RANKED = 8;
/** What is ranked: what goes from step to step. Gates would say the same again, more faintly. */
const RANKED_QUANTITIES = ["hidden", "cell"];
const PROPERTIES = Object.keys(TEXT_PROPERTIES) as TextProperty[];

/** A reading, with what was found in it, of one text by one model at one step. */
interface Reading {
  readonly model: LanguageModel;
  readonly step: number;
  readonly text: string;
  readonly activations: Activations;
  readonly rankings: readonly PropertyRanking[];
  readonly saturation: readonly Saturation[];
}

export function neuronsHandlers(session: Session): Handlers<NeuronsCalls> {
  // looking at another unit of the same reading asks nothing of the model
  let last: Reading | undefined;

  async function reading(text: string): Promise<Reading> {
    const model = session.requireModel();
    const step = stepsOf(session);
    if (last?.model === model && last.step === step && last.text === text) return last;
    const activations = await readActivationsAsync(model, text, { unknown: "skip" });
    const turns = new Turns(undefined, SLICE);
    const rankings: PropertyRanking[] = [];
    for (const property of PROPERTIES) {
      const options = { properties: [property], quantities: RANKED_QUANTITIES, count: RANKED };
      rankings.push(...rankUnits(activations, options));
      if (turns.over) await turns.next();
    }
    last = { model, step, text, activations, rankings, saturation: saturation(activations) };
    return last;
  }

  return {
    passage: (source) =>
      source.kind === "corpus"
        ? passageAt(session, source.at)
        : session.look(async () =>
            sample(session.requireModel(), { length: 400, seed: source.seed, temperature: 0.8 }),
          ),
    lookAtNeurons: (wish) => session.look(async () => describe(await reading(wish.text), wish)),
  };
}

/** Steps of training that the session's model has had; 0 of a loaded one. */
export function stepsOf(session: Session): number {
  return session.run?.trainer.steps ?? 0;
}

function passageAt({ run }: Session, at: number): string {
  if (run === undefined) throw new Error("text: expected a run's, got none; paste a text, or let the model write one");
  const { content } = run.text;
  const from = Math.floor(at * Math.max(0, content.length - PASSAGE));
  // from the beginning of a line, if there is one near
  const lineBreak = from === 0 ? -1 : content.indexOf("\n", from - 1);
  const start = lineBreak >= 0 && lineBreak < from + PASSAGE ? lineBreak + 1 : from;
  // no half of a pair of surrogates at either end
  return content.slice(start, endOfPassage(content, start)).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
}

/** Where a line ends, or a word, if there is one near. */
function endOfPassage(content: string, start: number): number {
  const last = start + PASSAGE;
  if (last >= content.length) return content.length;
  for (const sign of ["\n", " "]) {
    const found = content.lastIndexOf(sign, last);
    if (found > start + PASSAGE / 2) return found;
  }
  return last;
}

function describe(
  { model, step, activations, rankings, saturation: saturated }: Reading,
  wish: NeuronsWish,
): NeuronsLook {
  const { quantities, units, layers } = activations;
  const shown: UnitChoice = {
    layer: Math.min(wish.layer, layers.length - 1),
    quantity: quantities.some(({ name }) => name === wish.quantity) ? wish.quantity : quantities[0]!.name,
    unit: Math.min(wish.unit, units - 1),
  };
  const rows = activations.tokens.length;
  const values = Object.fromEntries(
    Object.entries(layers[shown.layer]!).map(([name, matrix]) => [
      name,
      Float32Array.from({ length: rows }, (_, token) => matrix[token * units + shown.unit]!),
    ]),
  );
  return {
    step,
    pieces: piecesOf(activations, model.vocabulary.unit),
    layers: layers.length,
    units,
    quantities,
    shown,
    values,
    rankings,
    saturation: saturated,
  };
}
