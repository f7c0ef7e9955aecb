import type { FloatArray } from "../core/engine.ts";
import { checkToken } from "../core/engine.ts";
import { encodeText, type TextModel } from "../model/text-model.ts";
import { claimSampler } from "./sampler.ts";

/** Where a reader stands in its text: the recurrent state and what the model expects from there. */
export interface ReaderState {
  /** The sampler's tensors by name. */
  readonly state: ReadonlyMap<string, FloatArray>;
  /** (V), of the next token. */
  readonly logits: FloatArray;
}

/**
 * A model step by step: feed it text or tokens, look at what it expects next, keep its state and return to it. It has the
 * model's one sampler: any sample, score or other reader that is started on the model ends it with an Error.
 */
export class TextReader {
  private readonly owns: () => void;

  /** Starts from a zero state, before any token. */
  constructor(
    /** The model that reads. */
    readonly model: TextModel,
  ) {
    this.owns = claimSampler(model.engine);
    model.engine.resetSampler();
  }

  /** Reads a text's tokens. Throws an UnknownTokenError at one that the model does not know. */
  feed(text: string): void {
    for (const token of encodeText(this.model, text)) this.feedToken(token);
  }

  /** Reads one token, an index into the vocabulary. */
  feedToken(token: number): void {
    this.owns();
    checkToken(token, this.model.vocabulary.size);
    this.model.engine.samplerStep(token);
  }

  /** A copy of the logits (V) of the next token; meaningful after the first token. */
  logits(): FloatArray {
    this.owns();
    return this.model.engine.samplerLogits().slice();
  }

  /** A copy of the probabilities (V) of the next token, at a temperature above 0. */
  probabilities(temperature = 1): FloatArray {
    this.owns();
    return this.model.engine.samplerProbabilities(temperature).slice();
  }

  /** A copy of where the reader stands. */
  save(): ReaderState {
    this.owns();
    const { engine } = this.model;
    const tensors = engine.tensors.filter(({ role }) => role === "sampler-state");
    return {
      state: new Map(tensors.map(({ name }) => [name, engine.readTensor(name)])),
      logits: engine.samplerLogits().slice(),
    };
  }

  /** Goes back to where a reader of the same model stood: what follows is the same, to the bit. */
  restore({ state, logits }: ReaderState): void {
    this.owns();
    const { engine } = this.model;
    for (const [name, values] of state) engine.writeTensor(name, values);
    engine.samplerLogits().set(logits);
  }
}
