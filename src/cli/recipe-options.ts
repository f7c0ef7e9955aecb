/** The options of `charloom train` that are fields of the recipe: one table for the command line and for the recipe it makes. */

import { type Command, Option } from "commander";
import { ACTIVATIONS, LIMITS } from "../core/engine.ts";
import { NUMERICS } from "../core/wasm-module.ts";
import { UNITS } from "../data/unit.ts";
import { MIN_CHAR_RNN, type Recipe } from "../model/recipe.ts";
import { REFERENCE_CELLS, REFERENCE_OPTIMIZERS } from "../reference/registry.ts";
import { choice, decimal, fraction, initialization, schedule, wholeNumber } from "./arguments.ts";

interface RecipeOption {
  readonly field: keyof Recipe;
  /** Of a field that is true or false the option that sets it; --no-… takes it back. */
  readonly flags: string;
  readonly description: string;
  /** From the option's argument to the field; without one, the field is true or false. */
  readonly parse?: (text: string) => unknown;
}

/** By what they are about: these are the headings of the help. */
const GROUPS: Readonly<Record<string, readonly RecipeOption[]>> = {
  Text: [
    {
      field: "unit",
      flags: "--unit <name>",
      description: "what a token is: char (a Unicode code point), word (between white space) or byte",
      parse: choice("--unit", UNITS),
    },
    {
      field: "examples",
      flags: "--examples <what>",
      description: "stream: one continuous text; lines: an example a line, each from a fresh state",
      parse: choice("--examples", ["stream", "lines"]),
    },
    {
      field: "order",
      flags: "--order <what>",
      description: "of lines: file, or shuffle, another one every pass",
      parse: choice("--order", ["file", "shuffle"]),
    },
    { field: "lowercase", flags: "--lowercase", description: "read the text in lower case" },
    {
      field: "minCount",
      flags: "--min-count <n>",
      description: "tokens that occur less often become <unk>",
      parse: wholeNumber("--min-count", 1, Number.MAX_SAFE_INTEGER),
    },
    {
      field: "limit",
      flags: "--limit <n>",
      description: "use only the first n tokens, or lines; the vocabulary stays that of the whole text",
      parse: (text) =>
        text === "none" ? Number.POSITIVE_INFINITY : wholeNumber("--limit", 1, Number.MAX_SAFE_INTEGER)(text),
    },
    {
      field: "validationFraction",
      flags: "--val-fraction <x>",
      description: "last part of the text that is kept to validate on",
      parse: fraction("--val-fraction"),
    },
  ],
  Model: [
    {
      field: "cell",
      flags: "--cell <name>",
      description: `of each layer: ${Object.keys(REFERENCE_CELLS).join(", ")}`,
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
    { field: "tied", flags: "--tied", description: "let the decoder share the embedding's weight" },
    { field: "bias", flags: "--bias", description: "biases in cells and decoder; --no-bias leaves them out" },
    {
      field: "initialization",
      flags: "--init <how>",
      description:
        "initial weights: normal:DEVIATION or uniform:BOUND (:GATE_MEAN), fan, ±1/√(width read), or pytorch, its ±1/√hidden",
      parse: initialization("--init"),
    },
    {
      field: "forgetBias",
      flags: "--forget-bias <x>",
      description: "what an lstm's forget biases start at",
      parse: decimal("--forget-bias", -1e6, 1e6),
    },
  ],
  Training: [
    {
      field: "batchSize",
      flags: "--batch <n>",
      description: "slices of the text, or lines, that are read side by side",
      parse: wholeNumber("--batch", 1, LIMITS.batchSize),
    },
    {
      field: "sequenceLength",
      flags: "--seq <n>",
      description: "tokens of a slice in a step, over which gradients flow back; 0 for whole lines",
      parse: wholeNumber("--seq", 0, LIMITS.sequenceLength),
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
      description: `${Object.keys(REFERENCE_OPTIMIZERS).join(", ")}, each with its own default rate`,
      parse: asGiven, // the recipe knows its optimizers
    },
    { field: "learningRate", flags: "--lr <x>", description: "learning rate", parse: decimal("--lr", 0, 1e6) },
    {
      field: "schedule",
      flags: "--schedule <how>",
      description:
        "of the rate: constant, step:FACTOR:STEPS, exponential:FACTOR:AFTER_EPOCHS, halve-on-rise:EPOCHS, linear:STEPS or cosine:STEPS (:WARMUP)",
      parse: schedule("--schedule"),
    },
    { field: "momentum", flags: "--momentum <x>", description: "of sgd and rmsprop", parse: fraction("--momentum") },
    { field: "nesterov", flags: "--nesterov", description: "Nesterov's momentum, of sgd" },
    {
      field: "beta1",
      flags: "--beta1 <x>",
      description: "decay of the first moment (adam)",
      parse: fraction("--beta1"),
    },
    {
      field: "beta2",
      flags: "--beta2 <x>",
      description: "decay of the second moment (adam, rmsprop)",
      parse: fraction("--beta2"),
    },
    { field: "epsilon", flags: "--epsilon <x>", description: "the optimizer's ε", parse: decimal("--epsilon", 0, 1) },
    {
      field: "epsilonInRoot",
      flags: "--epsilon-in-root",
      description: "adagrad's ε inside the root, as min-char-rnn has it; --no-… beside it, as PyTorch",
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
      field: "dropout",
      flags: "--dropout <p>",
      description: "probability of dropping an element between two layers",
      parse: fraction("--dropout"),
    },
    {
      field: "seed",
      flags: "--seed <n>",
      description: "seed of weights, dropout, the order of lines and samples",
      parse: wholeNumber("--seed", 0, Number.MAX_SAFE_INTEGER),
    },
  ],
  Machine: [
    {
      field: "backend",
      flags: "--backend <name>",
      description: "wasm, or js: plain TypeScript",
      parse: choice("--backend", ["wasm", "js"]),
    },
    {
      field: "numerics",
      flags: "--numerics <name>",
      description:
        "strict: the same bits on every engine; fused: faster, where the processor multiplies and adds in one",
      parse: choice("--numerics", NUMERICS),
    },
    {
      field: "precision",
      flags: "--precision <name>",
      description: "float32, or float64 (js backend)",
      parse: choice("--precision", ["float32", "float64"]),
    },
  ],
};

const OPTIONS = Object.values(GROUPS).flat();

/** Adds the options to a command. None has a default of its own: those are the recipe's, or a preset's. */
export function addRecipeOptions(command: Command): void {
  for (const [heading, options] of Object.entries(GROUPS)) {
    command.optionsGroup(`${heading}:`);
    for (const option of options) addOption(command, option);
  }
}

function addOption(command: Command, { field, flags, description, parse }: RecipeOption): void {
  const standard = MIN_CHAR_RNN[field];
  const shown = typeof standard === "object" ? Object.values(standard).join(":") : standard;
  const hint =
    shown === Number.POSITIVE_INFINITY ? "none" : typeof shown === "boolean" ? (shown ? "yes" : "no") : shown;
  const option = new Option(flags, `${description} (default: ${hint})`);
  if (parse !== undefined) option.argParser(parse);
  command.addOption(option);
  // the positive one first: otherwise commander gives the field a default
  if (parse === undefined) command.addOption(new Option(flags.replace("--", "--no-")).hideHelp());
}

/** The recipe's fields among a command's parsed options: those that were given. */
export function recipeFields(options: Readonly<Record<string, unknown>>): Partial<Recipe> {
  const fields: Record<string, unknown> = {};
  for (const { field, flags } of OPTIONS) {
    const given = options[new Option(flags).attributeName()];
    if (given !== undefined) fields[field] = given;
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
