/**
 * Choosing the next token from its logits:
 *
 *   repetition penalty → temperature, softmax → top-k → top-p → min-p → draw
 *
 * The filters compare, add and multiply probabilities and nothing else, so the same seed draws the same tokens on every
 * JavaScript engine.
 */

import { drawIndex } from "../core/draw.ts";
import type { FloatArray, SamplingEngine } from "../core/engine.ts";
import { checkWholeNumber } from "../core/engine.ts";
import { InvalidValueError } from "../core/errors.ts";
import type { RandomStream } from "../core/random.ts";

/**
 * How the next token is chosen. Settings work in the order of the file's heading: penalty, temperature, top-k, top-p,
 * min-p.
 */
export interface SamplingSettings {
  /** 1 draws from the model's own distribution, less is more cautious, 0 always takes the likeliest; 1 if left out. */
  readonly temperature?: number;
  /** Only the k likeliest tokens; 0, or left out, for all. */
  readonly topK?: number;
  /** Only the likeliest tokens that together reach this probability (nucleus sampling); 1, or left out, for all. */
  readonly topP?: number;
  /** Only tokens with at least this fraction of the likeliest one's probability; 0, or left out, for all. */
  readonly minP?: number;
  /**
   * Divides the positive and multiplies the negative logits of tokens among the last 64 (Keskar et al. 2019); above 1 makes
   * them rarer; 1, or left out, for none.
   */
  readonly repetitionPenalty?: number;
}

/** How many of the last tokens the repetition penalty looks at. */
const PENALTY_WINDOW = 64;

/** Throws a RangeError that names the setting that is out of range. */
export function checkSampling(settings: SamplingSettings): void {
  const { temperature = 1, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1 } = settings;
  checkTemperature("temperature", temperature);
  checkWholeNumber("topK", topK, 0, Number.MAX_SAFE_INTEGER);
  checkInterval("topP", topP, topP > 0 && topP <= 1, "a number above 0 up to 1");
  checkInterval("minP", minP, minP >= 0 && minP <= 1, "a number from 0 to 1");
  checkInterval(
    "repetitionPenalty",
    repetitionPenalty,
    repetitionPenalty >= 0.01 && repetitionPenalty <= 100,
    "a number from 0.01 to 100",
  );
}

/** Throws a RangeError unless `value` is 0 or a temperature that float32 can divide by. */
export function checkTemperature(name: string, value: number): void {
  checkInterval(
    name,
    value,
    value === 0 || (value >= 0.001 && value <= 1000),
    "0 (always the likeliest) or a number from 0.001 to 1000",
  );
}

function checkInterval(name: string, value: number, fits: boolean, expected: string): void {
  if (!fits) throw new InvalidValueError(`${name}: expected ${expected}, got ${String(value)}`);
}

export class TokenPicker {
  private readonly settings: SamplingSettings;
  private readonly temperature: number;
  private readonly penalty: number;
  private readonly recent: number[] = [];
  /** Whether tokens are drawn from the model's own distribution, at some temperature, with nothing left out. */
  private readonly isPlain: boolean;

  /** Takes settings that `checkSampling` accepts. */
  constructor(settings: SamplingSettings = {}) {
    const { temperature = 1, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1 } = settings;
    this.settings = settings;
    this.temperature = temperature;
    this.penalty = repetitionPenalty;
    this.isPlain = repetitionPenalty === 1 && temperature !== 0 && topK === 0 && topP === 1 && minP === 0;
  }

  /** The next token, from the engine's sampler as it stands, or as it stands once it was fed `last`. */
  pick(engine: SamplingEngine, random: RandomStream, last?: number): number {
    if (last !== undefined && this.isPlain) return engine.samplerDraw(last, this.temperature, random.nextUnit());
    if (last !== undefined) engine.samplerStep(last);
    if (this.penalty !== 1) this.penalize(engine.samplerLogits());
    const token =
      this.temperature === 0
        ? likeliest(engine.samplerLogits())
        : drawIndex(
            filterProbabilities(engine.samplerProbabilities(this.temperature), this.settings),
            random.nextUnit(),
          );
    if (this.penalty !== 1) {
      this.recent.push(token);
      if (this.recent.length > PENALTY_WINDOW) this.recent.shift();
    }
    return token;
  }

  /** Changes the logits of recent tokens, in place. */
  private penalize(logits: FloatArray): void {
    for (const token of new Set(this.recent)) {
      const logit = logits[token]!;
      logits[token] = logit > 0 ? logit / this.penalty : logit * this.penalty;
    }
  }
}

/**
 * Sets the probabilities of tokens that top-k, top-p and min-p exclude to 0, in place, and returns them: a token is drawn with what
 * is left of its probability, divided by the sum of all. Takes settings that `checkSampling` accepts.
 */
export function filterProbabilities(
  probabilities: FloatArray,
  { topK = 0, topP = 1, minP = 0 }: SamplingSettings,
): FloatArray {
  if (topK > 0 || topP < 1) {
    const order = byProbability(probabilities);
    const kept = topK > 0 ? Math.min(topK, order.length) : order.length;
    let total = 0;
    for (let rank = 0; rank < kept; rank++) total += probabilities[order[rank]!]!;
    // top-p is of what top-k left
    const enough = topP * total;
    let reached = 0;
    for (let rank = 0; rank < order.length; rank++) {
      const token = order[rank]!;
      if (rank >= kept || reached >= enough) probabilities[token] = 0;
      else reached += probabilities[token]!;
    }
  }
  if (minP > 0) {
    const least = minP * probabilities[likeliest(probabilities)]!;
    for (let i = 0; i < probabilities.length; i++) if (probabilities[i]! < least) probabilities[i] = 0;
  }
  return probabilities;
}

/** Indices from the likeliest to the least likely; of equals the lower index first. */
function byProbability(probabilities: FloatArray): Uint32Array {
  const order = Uint32Array.from(probabilities, (_, i) => i);
  return order.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
}

/** The index of the largest value, the first of several. */
function likeliest(values: FloatArray): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
