import type { FloatArray } from "../core/engine.ts";
import type { LanguageModel } from "../model/language-model.ts";

/** Watches a validation loss: keeps the parameters of its least value, and says when it has not fallen for long enough. */
export class EarlyStopping {
  /** The least loss so far, in nats per token. */
  best = Number.POSITIVE_INFINITY;
  /** The step of the best. */
  bestStep = 0;
  private looksSince = 0;
  private parameters = new Map<string, FloatArray>();

  /** `patience` is how many looks in a row may bring no lower loss. */
  constructor(
    private readonly model: LanguageModel,
    readonly patience: number,
  ) {}

  /** Takes in the loss after a step. */
  look(loss: number, step: number): void {
    if (loss < this.best) {
      this.best = loss;
      this.bestStep = step;
      this.looksSince = 0;
      const { engine } = this.model;
      const parameters = engine.tensors.filter(({ role }) => role === "parameter");
      this.parameters = new Map(parameters.map(({ name }) => [name, engine.readTensor(name)]));
    } else {
      this.looksSince++;
    }
  }

  get exhausted(): boolean {
    return this.looksSince >= this.patience;
  }

  /** Puts the parameters of the best loss back, if there was any. */
  restoreBest(): void {
    for (const [name, values] of this.parameters) this.model.engine.writeTensor(name, values);
  }
}
