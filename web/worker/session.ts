/** What the worker holds for the page: the text that was read, the run or the loaded model, and whether it is training. */

import type { LanguageModel } from "../../src/index.ts";
import { parameterCount } from "../../src/index.ts";
import type { EventName, Events } from "../protocol/protocol.ts";
import type { Curves, ModelSummary, Phase, Status } from "../protocol/run.ts";
import type { Run } from "./run.ts";
import type { Text } from "./texts.ts";
import { Vault } from "./vault.ts";

/** Steps go on for so long before the worker listens again: short, so that the page is answered within 50 ms. */
const SLICE = 20;
/** Milliseconds between two tellings of how the run stands: a screen shows no more. */
const TELL_EVERY = 100;
/** The same of curves and samples, which take longer to draw. */
const SHOW_EVERY = 250;
/** Milliseconds between two copies that survive a closed tab; more where they would take more than this share of the time. */
const SAVE_EVERY = 2000;
const SAVE_SHARE = 0.05;
/**
 * Training waits for a copy to be written, for so many milliseconds at most: the writing has a dozen parts, and with steps
 * between them it took seconds, of which a tab that is left has none.
 */
const SAVE_PATIENCE = 1000;

export class Session {
  /** The text that was read last. */
  text: Text | undefined;
  private currentRun: Run | undefined;
  private loaded: { model: LanguageModel; name: string } | undefined;
  private phase: Phase = "empty";
  private failure: string | undefined;
  private running = false;
  private lastTold = 0;
  private lastShown = 0;
  private nextSave = 0;
  private saving: Promise<void> | undefined;
  private saveDue = false;
  /** Whether training waits for a copy. */
  private holding = false;
  readonly vault = new Vault();
  private readonly turn = new MessageChannel();
  /** Whether a turn has been asked for: two would train twice as often as the page is answered. */
  private turnAsked = false;
  /** Work that training waits for, and when the last of it is done. */
  private lookers = 0;
  private lastLook: Promise<unknown> = Promise.resolve();

  constructor(private readonly emitEvent: (name: EventName, value: unknown) => void) {
    // a message, not a timer: browsers make nested timers wait four milliseconds
    this.turn.port1.onmessage = () => this.takeTurn();
  }

  emit<Name extends EventName>(name: Name, value: Events[Name]): void {
    this.emitEvent(name, value);
  }

  get run(): Run | undefined {
    return this.currentRun;
  }

  /** The model that all parts of the page look at: the run's, else the loaded one. */
  get model(): LanguageModel | undefined {
    return this.currentRun?.trainer.model ?? this.loaded?.model;
  }

  /** The same, where there must be one. Throws an Error with what to do. */
  requireModel(): LanguageModel {
    const { model } = this;
    if (model === undefined)
      throw new Error("model: expected one that is trained or loaded, got none; start a run first");
    return model;
  }

  /** Throws an Error with what to do. */
  requireRun(): Run {
    if (this.currentRun !== undefined) return this.currentRun;
    throw new Error("run: expected one, got none; choose a text and start");
  }

  /** Takes a run in the place of what was there, paused. */
  useRun(run: Run): void {
    this.release();
    this.currentRun = run;
    this.phase = run.ended && run.trainer.steps > 0 ? "done" : "paused";
    this.tell(true);
  }

  /** Takes a model that is not trained in the place of what was there. */
  useModel(model: LanguageModel, name: string): void {
    this.release();
    this.loaded = { model, name };
    this.phase = "paused";
    this.tell(true);
  }

  /** Forgets run and model, and what was saved of them. */
  async forget(): Promise<void> {
    this.release();
    await this.saving;
    await this.vault.empty();
    this.tell(true);
  }

  goOn(): void {
    this.requireRun();
    if (this.running) return;
    this.running = true;
    this.phase = "running";
    this.failure = undefined;
    this.tell(false);
    this.askForTurn();
  }

  async pause(): Promise<void> {
    if (!this.running) return;
    this.rest("paused");
    await this.save();
  }

  async stepOnce(): Promise<void> {
    const run = this.requireRun();
    this.running = false;
    this.phase = "paused";
    this.attempt(() => run.train(0));
    if (run.comparisonDue) await run.compare();
    this.tell(true);
    await this.save();
  }

  status(): Status {
    const { currentRun: run, phase, failure } = this;
    const model = this.summary();
    const base = {
      phase,
      ...(model === undefined ? {} : { model }),
      ...(failure === undefined ? {} : { failure }),
      ...(this.vault.whyClosed === undefined ? {} : { whyNotSaved: this.vault.whyClosed }),
    };
    if (run === undefined) return { ...base, ...NOTHING_YET };
    const { trainer, report, validationLoss, secondsLeft, agreement, warning } = run;
    const { recipe } = trainer.model;
    const savedStep = this.vault.savedStep(run);
    return {
      ...base,
      step: trainer.steps,
      target: run.target,
      epoch: trainer.epoch,
      loss: report?.loss ?? run.curve.points.at(-1)?.loss ?? Number.NaN,
      smoothLoss: trainer.currentSmoothLoss,
      gradientNorm: report?.gradientNorm ?? run.curve.points.at(-1)?.gradientNorm ?? Number.NaN,
      learningRate: recipe.learningRate,
      clipValue: recipe.clipValue,
      temperature: run.temperature,
      tokensPerSecond: run.tokensPerSecond,
      ...(validationLoss === undefined ? {} : { validationLoss }),
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
      ...(savedStep === undefined ? {} : { savedStep }),
      ...(run.expected === undefined ? {} : { expected: run.expected }),
      ...(agreement === undefined ? {} : { agreement }),
      ...(warning === undefined ? {} : { warning }),
    };
  }

  /** Tells the page how things stand, with curves and samples if they may have changed. */
  tell(all: boolean): void {
    this.lastTold = performance.now();
    this.emit("status", this.status());
    if (!all) return;
    this.lastShown = this.lastTold;
    this.emit("curves", curvesOf(this.currentRun));
    this.emit("samples", this.currentRun?.samples ?? []);
  }

  /** Writes the copy that survives a closed tab. While one is written, what is asked for meanwhile becomes one more. */
  async save(): Promise<void> {
    this.saveDue = true;
    this.saving ??= this.saveWhileDue().finally(() => {
      this.saving = undefined;
    });
    await this.saving;
  }

  private async saveWhileDue(): Promise<void> {
    while (this.saveDue && this.currentRun !== undefined) {
      this.saveDue = false;
      const start = performance.now();
      this.holding = true;
      const written = this.vault.save(this.currentRun);
      await Promise.race([written, new Promise((resolve) => setTimeout(resolve, SAVE_PATIENCE))]);
      this.nextSave = start + Math.max(SAVE_EVERY, (performance.now() - start) / SAVE_SHARE);
      this.holding = false;
      if (this.running) this.askForTurn();
      await written;
      this.tell(false);
    }
  }

  /** What an earlier visit left, made the present run; false if it left nothing. Throws an Error for what cannot be read. */
  async restore(): Promise<boolean> {
    const run = await this.vault.load();
    if (run === undefined || this.model !== undefined) return false;
    this.text = run.text;
    this.useRun(run);
    // it may have been left between its last step and its hash
    if (run.comparisonDue) void run.compare().then(() => this.tell(false));
    return true;
  }

  /**
   * Work on the model as it stands, its sampler included, that takes more than one turn: calls are answered meanwhile, while training
   * and other such work wait.
   */
  async look<T>(work: () => Promise<T>): Promise<T> {
    this.lookers++;
    const look = this.lastLook.then(work);
    this.lastLook = look.catch(() => undefined);
    try {
      return await look;
    } finally {
      this.lookers--;
      if (this.lookers === 0 && this.running) this.askForTurn();
    }
  }

  private askForTurn(): void {
    if (this.turnAsked) return;
    this.turnAsked = true;
    this.turn.port2.postMessage(undefined);
  }

  private takeTurn(): void {
    this.turnAsked = false;
    const { currentRun: run } = this;
    if (!this.running || run === undefined || this.lookers > 0 || this.holding) return;
    this.attempt(() => run.train(SLICE));
    if (!this.running) {
      this.tell(true);
      return;
    }
    const now = performance.now();
    if (now - this.lastTold > TELL_EVERY) this.tell(now - this.lastShown > SHOW_EVERY);
    if (now > this.nextSave) void this.save();
    if (run.comparisonDue) {
      void run.compare().then(() => this.nextTurn());
      return;
    }
    this.nextTurn();
  }

  private nextTurn(): void {
    const { currentRun: run } = this;
    if (!this.running || run === undefined) return;
    if (!run.ended) {
      this.askForTurn();
      return;
    }
    run.validate();
    run.drawSample();
    this.rest("done");
    void this.save();
  }

  /** Runs what trains; a failure ends the training and is told. */
  private attempt(train: () => void): void {
    try {
      train();
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      this.running = false;
      this.phase = "failed";
    }
  }

  private rest(phase: Phase): void {
    this.running = false;
    this.phase = phase;
    this.tell(true);
  }

  private release(): void {
    this.running = false;
    this.saveDue = false;
    this.phase = "empty";
    this.failure = undefined;
    this.model?.engine.dispose();
    this.currentRun = undefined;
    this.loaded = undefined;
  }

  private summary(): ModelSummary | undefined {
    const { currentRun: run, loaded, model } = this;
    if (model === undefined) return undefined;
    const builtin = run?.text.builtin;
    const whyOneThread = run?.whyOneThread;
    return {
      name: run?.text.name ?? loaded!.name,
      recipe: model.recipe,
      vocabularySize: model.vocabulary.size,
      parameters: parameterCount(model),
      threads: model.engine.threads,
      trainable: run !== undefined,
      ...(builtin === undefined ? {} : { builtin }),
      ...(whyOneThread === undefined ? {} : { whyOneThread }),
    };
  }
}

const NOTHING_YET = {
  step: 0,
  target: 0,
  epoch: 0,
  loss: Number.NaN,
  smoothLoss: Number.NaN,
  gradientNorm: Number.NaN,
  learningRate: Number.NaN,
  clipValue: Number.NaN,
  temperature: 1,
  tokensPerSecond: 0,
};

function curvesOf(run: Run | undefined): Curves {
  const points = run?.curve.points ?? [];
  const validation = run?.curve.validation ?? [];
  return {
    steps: Float64Array.from(points, ({ step }) => step),
    loss: Float64Array.from(points, ({ loss }) => loss),
    gradientNorm: Float64Array.from(points, ({ gradientNorm }) => gradientNorm),
    tokensPerSecond: Float64Array.from(points, ({ tokensPerSecond }) => tokensPerSecond),
    validationSteps: Float64Array.from(validation, ({ step }) => step),
    validationLoss: Float64Array.from(validation, ({ loss }) => loss),
    guess: run === undefined ? Number.NaN : Math.log(run.trainer.model.vocabulary.size),
  };
}
