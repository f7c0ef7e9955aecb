/** A lesson on a copy of the model: one pair of tokens through every stage of training. */

import type {
  CheckedElement,
  ForwardTrace,
  LayerGradients,
  LearningCurve,
  LessonPair,
  Recipe,
  TensorElement,
} from "../../src/index.ts";

/** What the copy was taken of. */
export type LessonOrigin =
  /** The run, at a step. */
  | "run"
  /** A loaded model, which has no text. */
  | "model"
  /** Nothing runs yet: min-char-rnn with its first weights, on the text that is chosen. */
  | "untrained";

/** A parameter, without its values. */
export interface ParameterOutline {
  /** PyTorch's name. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** What the optimizer would do with one element. */
export interface ElementUpdate extends TensorElement {
  readonly before: number;
  readonly gradient: number;
  readonly memory: readonly { readonly name: string; readonly before: number; readonly after: number }[];
  readonly after: number;
}

/** The lesson as it stands; all numbers are out of the copy's memory but for its large tensors, which are asked for by name. */
export interface LessonPicture {
  readonly origin: LessonOrigin;
  /** Steps of the run when the copy was taken. */
  readonly steps: number;
  /** Steps that the copy has made since. */
  readonly stepsLearnt: number;
  readonly recipe: Recipe;
  /** The vocabulary, as it can be read. */
  readonly tokens: readonly string[];
  /** Indices of what is read. */
  readonly passage: Uint32Array;
  readonly pair: LessonPair;
  readonly parameters: readonly ParameterOutline[];
  readonly forward: ForwardTrace;
  /** (V): probabilities of the next token before any training. */
  readonly untrained: Float32Array;
  /** Nats. */
  readonly loss: number;
  /** (V): ∂loss/∂logits. */
  readonly gradLogits: Float32Array;
  /** From the first layer to the last. */
  readonly gradLayers: readonly LayerGradients[];
  readonly gradientNorm: number;
  /** What the optimizer remembers, by its names: "sum_of_squares". */
  readonly memories: readonly string[];
  /** Of the next update. */
  readonly learningRate: number;
  /** The elements with the largest gradients, of each parameter. */
  readonly updates: readonly ElementUpdate[];
}

/** What a heat map shows of a parameter: itself, its gradient, what the next update adds to it, or a memory of the optimizer. */
export type MapKind =
  | { readonly of: "value" | "gradient" | "change" }
  | { readonly of: "memory"; readonly memory: string };

export interface UnderstandCalls {
  /** Takes a new copy of what there is. */
  lessonTake: { argument: undefined; result: LessonPicture };
  /** The lesson that there is; takes a copy where there is none, or where the model is another by now. */
  lessonLook: { argument: undefined; result: LessonPicture };
  /** Takes the pair at a position of the passage. */
  lessonChoose: { argument: { readonly position: number }; result: LessonPicture };
  /** Takes another passage. */
  lessonRead: { argument: { readonly text: string }; result: LessonPicture };
  /** Training steps on the pair. */
  lessonLearn: { argument: { readonly steps: number }; result: { picture: LessonPicture; curve: LearningCurve } };
  /** Makes the copy what it was when it was taken. */
  lessonStartOver: { argument: undefined; result: LessonPicture };
  /** Gradients of the pair beside central differences. */
  lessonCheck: { argument: { readonly elements: readonly TensorElement[] }; result: readonly CheckedElement[] };
  /** The values of a heat map, row-major in the parameter's shape. */
  lessonMap: { argument: { readonly name: string; readonly kind: MapKind }; result: Float32Array };
}
