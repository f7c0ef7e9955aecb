/** The options of `charloom train` that are fields of the recipe: one table for the command line and for the recipe it makes. */

import { type Command, Option } from "commander";
import { ACTIVATIONS, LIMITS } from "../core/engine.ts";
import { MIN_CHAR_RNN, type Recipe } from "../model/recipe.ts";
import { choice, decimal, fraction, initialization, schedule, wholeNumber } from "./arguments.ts";

interface RecipeOption {
  readonly field: keyof Recipe;
  readonly flags: string;
  readonly description: string;
  /** From the option's argument to the field; without one, the option stands for `value`. */
  readonly parse?: (text: string) => unknown;
  readonly value?: boolean;
}

const OPTIONS: readonly RecipeOption[] = [
  {
    field: "cell",
    flags: "--cell <name>",
    description: "rnn, lstm or gru",
    parse: asGiven, // the engine knows its cells
  },
  {
    field: "activation",
    flags: "--activation <name>",
    description: "of an rnn: tanh, relu or linear",
    parse: choice("--activation", ACTIVATIONS),
  },
  {
    field: "hiddenSize",
    flags: "--hidden <n>",
    description: "hidden units of a layer",
    parse: wholeNumber("--hidden", 1, LIMITS.hiddenSize),
  },
  {
    field: "layers",
    flags: "--layers <n>",
    description: "layers, one on the other",
    parse: wholeNumber("--layers", 1, LIMITS.layers),
  },
  {
    field: "embeddingSize",
    flags: "--embedding <n>",
    description: "width of an embedding; 0 reads characters one-hot",
    parse: wholeNumber("--embedding", 0, LIMITS.hiddenSize),
  },
  { field: "tied", flags: "--tied", description: "let the decoder share the embedding's weight", value: true },
  { field: "bias", flags: "--no-bias", description: "leave out all biases", value: false },
  {
    field: "dropout",
    flags: "--dropout <p>",
    description: "probability of dropping an element between two layers",
    parse: fraction("--dropout"),
  },
  {
    field: "batchSize",
    flags: "--batch <n>",
    description: "slices of the text that are read side by side",
    parse: wholeNumber("--batch", 1, LIMITS.batchSize),
  },
  {
    field: "validationFraction",
    flags: "--val-fraction <x>",
    description: "last part of the text that is kept to validate on",
    parse: fraction("--val-fraction"),
  },
  {
    field: "sequenceLength",
    flags: "--seq <n>",
    description: "characters of a slice in a step, over which gradients flow back",
    parse: wholeNumber("--seq", 1, LIMITS.sequenceLength),
  },
  {
    field: "initialization",
    flags: "--init <how>",
    description: "initial weights: normal:DEVIATION, uniform:BOUND, or fan, ±1/√(width read)",
    parse: initialization("--init"),
  },
  {
    field: "forgetBias",
    flags: "--forget-bias <x>",
    description: "what an lstm's forget biases start at",
    parse: decimal("--forget-bias", -1e6, 1e6),
  },
  {
    field: "loss",
    flags: "--loss <how>",
    description: "gradients of the loss's sum over a step or of its mean",
    parse: choice("--loss", ["sum", "mean"]),
  },
  {
    field: "optimizer",
    flags: "--optimizer <name>",
    description: "adagrad, sgd, rmsprop, adam or adamw, each with its own default rate",
    parse: asGiven, // the recipe knows its optimizers
  },
  { field: "learningRate", flags: "--lr <x>", description: "learning rate", parse: decimal("--lr", 0, 1e6) },
  {
    field: "schedule",
    flags: "--schedule <how>",
    description:
      "of the rate: constant, step:FACTOR:STEPS, exponential:FACTOR:AFTER_EPOCHS, linear:STEPS or cosine:STEPS (:WARMUP)",
    parse: schedule("--schedule"),
  },
  { field: "momentum", flags: "--momentum <x>", description: "of sgd and rmsprop", parse: fraction("--momentum") },
  { field: "nesterov", flags: "--nesterov", description: "Nesterov's momentum, of sgd", value: true },
  { field: "beta1", flags: "--beta1 <x>", description: "decay of the first moment (adam)", parse: fraction("--beta1") },
  {
    field: "beta2",
    flags: "--beta2 <x>",
    description: "decay of the second moment (adam, rmsprop)",
    parse: fraction("--beta2"),
  },
  { field: "epsilon", flags: "--epsilon <x>", description: "the optimizer's ε", parse: decimal("--epsilon", 0, 1) },
  {
    field: "epsilonInRoot",
    flags: "--epsilon-beside-root",
    description: "adagrad with ε beside the root, as PyTorch has it",
    value: false,
  },
  {
    field: "weightDecay",
    flags: "--weight-decay <x>",
    description: "decoupled in adamw, part of the gradient elsewhere",
    parse: decimal("--weight-decay", 0, 1e6),
  },
  {
    field: "clipNorm",
    flags: "--clip-norm <x>",
    description: "bound on the norm of all gradients, or none",
    parse: decimalOrNone("--clip-norm"),
  },
  {
    field: "clipValue",
    flags: "--clip-value <x>",
    description: "bound on each gradient element, or none",
    parse: decimalOrNone("--clip-value"),
  },
  {
    field: "seed",
    flags: "--seed <n>",
    description: "seed of weights, dropout and samples",
    parse: wholeNumber("--seed", 0, Number.MAX_SAFE_INTEGER),
  },
  {
    field: "backend",
    flags: "--backend <name>",
    description: "wasm, or js: plain TypeScript",
    parse: choice("--backend", ["wasm", "js"]),
  },
  {
    field: "precision",
    flags: "--precision <name>",
    description: "float32, or float64 (js backend)",
    parse: choice("--precision", ["float32", "float64"]),
  },
];

/** Adds the options to a command. None has a default of its own: those are the recipe's. */
export function addRecipeOptions(command: Command): void {
  for (const { field, flags, description, parse, value } of OPTIONS) {
    const standard = MIN_CHAR_RNN[field];
    const shown = typeof standard === "object" ? Object.values(standard).join(":") : standard;
    const hint = value === undefined ? ` (default: ${shown === Number.POSITIVE_INFINITY ? "none" : shown})` : "";
    const option = new Option(flags, description + hint);
    if (parse !== undefined) option.argParser(parse);
    command.addOption(option);
  }
}

/** The recipe's fields among a command's parsed options: those that were given. */
export function recipeFields(options: Readonly<Record<string, unknown>>): Partial<Recipe> {
  const fields: Record<string, unknown> = {};
  for (const { field, flags, value } of OPTIONS) {
    const given = options[new Option(flags).attributeName()];
    if (given === undefined) continue;
    // commander gives an option that negates the value true where it was not used
    if (value === undefined) fields[field] = given;
    else if (given === !flags.startsWith("--no-")) fields[field] = value;
  }
  return fields;
}

/** The option behind a field, so that an error of the recipe can name what the user typed. */
export function optionOfField(field: string): string | undefined {
  return OPTIONS.find((option) => option.field === field)?.flags.replace(/ .*/, "");
}

function decimalOrNone(option: string): (text: string) => number {
  return (text) => (text === "none" ? Number.POSITIVE_INFINITY : decimal(option, 1e-30, 1e30)(text));
}

function asGiven(text: string): string {
  return text;
}
