/** The recipe as a form: a preset, and the fields that decide most, within limits that a tab can bear. */

import { MIN_CHAR_RNN, PRESETS, type PresetName, type Recipe } from "../../../src/index.ts";
import { element, field, select } from "../../dom.ts";

/** What the form says. */
export interface FormPlan {
  readonly preset: PresetName;
  readonly recipe: Partial<Recipe>;
  readonly target: number;
}

export interface RecipeForm {
  readonly element: HTMLElement;
  /** Undefined while a field holds what it may not. `complain` has the browser show which. */
  plan(complain: boolean): FormPlan | undefined;
  /** Sets all fields to a preset's. */
  usePreset(name: PresetName): void;
  /** Sets all fields to those of a run that is there. */
  useRecipe(recipe: Recipe, target: number): void;
}

/** A number with its limits. */
interface NumberField {
  readonly name: keyof Recipe;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number | "any";
  readonly note: string;
}

const SIZES: readonly NumberField[] = [
  { name: "hiddenSize", label: "Hidden units", min: 1, max: 1024, step: 1, note: "the numbers that it remembers by" },
  { name: "layers", label: "Layers", min: 1, max: 4, step: 1, note: "networks on top of one another" },
  { name: "batchSize", label: "Batch", min: 1, max: 256, step: 1, note: "places in the text read side by side" },
  {
    name: "sequenceLength",
    label: "Sequence",
    min: 0,
    max: 512,
    step: 1,
    note: "characters of a step; 0 for whole lines",
  },
];

const LEARNING: readonly NumberField[] = [
  { name: "learningRate", label: "Learning rate", min: 1e-6, max: 10, step: "any", note: "how far a step goes" },
  {
    name: "clipValue",
    label: "Clip",
    min: 0.001,
    max: 1e6,
    step: "any",
    note: "bound on each gradient; empty for none",
  },
  {
    name: "clipNorm",
    label: "Clip norm",
    min: 0.001,
    max: 1e6,
    step: "any",
    note: "bound on all gradients together; empty for none",
  },
  { name: "dropout", label: "Dropout", min: 0, max: 0.9, step: "any", note: "share of units left out, between layers" },
  {
    name: "validationFraction",
    label: "Held out",
    min: 0,
    max: 0.5,
    step: "any",
    note: "share of the text to check on",
  },
  { name: "seed", label: "Seed", min: 0, max: Number.MAX_SAFE_INTEGER, step: 1, note: "where randomness begins" },
];

const CELLS = [
  { value: "rnn", text: "Vanilla RNN" },
  { value: "gru", text: "GRU" },
  { value: "lstm", text: "LSTM" },
  { value: "mingru", text: "minGRU" },
];
const OPTIMIZERS = [
  { value: "adagrad", text: "Adagrad" },
  { value: "rmsprop", text: "RMSprop" },
  { value: "adam", text: "Adam" },
  { value: "adamw", text: "AdamW" },
  { value: "adamax", text: "Adamax" },
  { value: "sgd", text: "SGD" },
];
const ACTIVATIONS = [
  { value: "tanh", text: "tanh" },
  { value: "relu", text: "relu" },
  { value: "linear", text: "linear" },
];
const UNITS = [
  { value: "char", text: "characters" },
  { value: "word", text: "words" },
  { value: "byte", text: "bytes" },
];
/** Fields that may be left empty: then there is no bound. */
const UNBOUNDED: readonly (keyof Recipe)[] = ["clipValue", "clipNorm"];
/** Stands in the form for a bound that is infinite. */
const NO_BOUND = "";

/** Steps where a preset ends by another measure: about as many as it takes. */
const TYPICAL_STEPS: Partial<Record<PresetName, number>> = { dinosaurs: 35_000, "char-rnn": 5000, "word-rnn": 20_000 };
const STEPS = 100_000;

/** `onChange` is told of every change that leaves a valid plan. */
export function createRecipeForm(onChange: () => void): RecipeForm {
  let base: Partial<Recipe> = {};
  let preset: PresetName = "min-char-rnn";
  const inputs = new Map<keyof Recipe, HTMLInputElement>();
  const presets = select(
    Object.entries(PRESETS).map(([name]) => ({ value: name, text: name })),
    preset,
    (name) => {
      usePreset(name as PresetName);
      onChange();
    },
  );
  const description = element("span", {});
  const cell = select(CELLS, "rnn", onChange);
  const activation = select(ACTIVATIONS, "tanh", onChange);
  const unit = select(UNITS, "char", onChange);
  // each optimizer has its own idea of a good rate
  const optimizer = select(OPTIMIZERS, "adagrad", (name) => {
    inputs.get("learningRate")!.value = String(RATES[name]);
    onChange();
  });
  const target = numberInput(1, 1e9, 1);

  function numberInput(min: number, max: number, step: number | "any"): HTMLInputElement {
    return element("input", {
      attributes: { type: "number", min, max, step, required: true, inputmode: step === 1 ? "numeric" : "decimal" },
      on: { input: onChange },
    });
  }

  function numberField({ name, label, min, max, step, note }: NumberField): HTMLElement {
    const input = numberInput(min, max, step);
    if (UNBOUNDED.includes(name)) input.required = false;
    inputs.set(name, input);
    return field(label, input, note);
  }

  function usePreset(name: PresetName): void {
    preset = name;
    presets.value = name;
    base = PRESETS[name].recipe;
    description.textContent = PRESETS[name].description;
    show({ ...MIN_CHAR_RNN, ...base });
    if (base.examples === "lines" && base.sequenceLength === undefined) inputs.get("sequenceLength")!.value = "0";
    const { run } = PRESETS[name];
    target.value = String(TYPICAL_STEPS[name] ?? ("steps" in run ? run.steps : STEPS));
  }

  function useRecipe(recipe: Recipe, steps: number): void {
    base = recipe;
    description.textContent = "The fields are those of the present run; choose another to begin from that.";
    show(recipe);
    target.value = String(steps);
  }

  function show(recipe: Recipe): void {
    cell.value = recipe.cell;
    activation.value = recipe.activation;
    unit.value = recipe.unit;
    optimizer.value = recipe.optimizer;
    for (const [field, input] of inputs) {
      const value = recipe[field] as number;
      input.value = Number.isFinite(value) ? String(value) : NO_BOUND;
    }
  }

  const form = element(
    "form",
    { class: "recipe-form", attributes: { novalidate: true }, on: { submit: (event) => event.preventDefault() } },
    field("Recipe", presets, description),
    element(
      "div",
      { class: "pair" },
      field("Cell", cell, "what carries the memory"),
      numberField(SIZES[0]!),
      numberField(SIZES[1]!),
      field("Steps", target, "then it rests"),
    ),
    element(
      "details",
      {},
      element("summary", {}, "All settings"),
      element(
        "div",
        { class: "pair" },
        field("Tokens", unit, "what it reads and writes"),
        field("Optimizer", optimizer, "how steps are taken"),
        field("Activation", activation, "of a vanilla RNN alone"),
        ...[...SIZES.slice(2), ...LEARNING].map(numberField),
      ),
    ),
  );
  usePreset(preset);

  return {
    element: form,
    usePreset,
    useRecipe,
    plan(complain) {
      if (!(complain ? form.reportValidity() : form.checkValidity())) return undefined;
      const fields: Partial<Record<keyof Recipe, unknown>> = { ...base };
      fields.cell = cell.value;
      fields.activation = activation.value;
      fields.unit = unit.value;
      fields.optimizer = optimizer.value;
      for (const [name, input] of inputs) {
        fields[name] = input.value === NO_BOUND ? Number.POSITIVE_INFINITY : Number(input.value);
      }
      return { preset, recipe: fields as Partial<Recipe>, target: Number(target.value) };
    },
  };
}

/** Rates that suit most texts. */
const RATES: Readonly<Record<string, number>> = {
  adagrad: 0.1,
  rmsprop: 0.002,
  adam: 0.002,
  adamw: 0.002,
  adamax: 0.002,
  sgd: 0.01,
};
