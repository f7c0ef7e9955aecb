/** Looking at what single units do while the model reads a text. */

import type { CellQuantity, PropertyRanking, Saturation } from "../../src/index.ts";

/** Where the text comes from that is read. */
export type PassageSource =
  /** Of the run's text, the passage that begins at the first line after a share of it, from 0 to 1. */
  | { readonly kind: "corpus"; readonly at: number }
  /** What the model itself writes, by a seed. */
  | { readonly kind: "written"; readonly seed: number };

/** A unit of the model. */
export interface UnitChoice {
  readonly layer: number;
  /** Name of the quantity to colour by. */
  readonly quantity: string;
  readonly unit: number;
}

export interface NeuronsWish extends UnitChoice {
  readonly text: string;
}

/** What the model's units did at every token of a text. */
export interface NeuronsLook {
  /** Steps of training that the model had had. */
  readonly step: number;
  /** The text in pieces, one for each token: what stands before it and is no token, and the token. */
  readonly pieces: readonly Piece[];
  readonly layers: number;
  readonly units: number;
  readonly quantities: readonly CellQuantity[];
  /** The unit that was wished for, or the nearest that the model has. */
  readonly shown: UnitChoice;
  /** Of that unit, by quantity: a value for each token. */
  readonly values: Readonly<Record<string, Float32Array>>;
  /** Among hidden and cell states of all layers. */
  readonly rankings: readonly PropertyRanking[];
  readonly saturation: readonly Saturation[];
}

export interface Piece {
  /** White space between words, or characters that the model does not know. */
  readonly before: string;
  /** Empty of a byte that does not yet complete a character. */
  readonly text: string;
}

export interface NeuronsCalls {
  /** A text to look at. */
  passage: { argument: PassageSource; result: string };
  lookAtNeurons: { argument: NeuronsWish; result: NeuronsLook };
}
