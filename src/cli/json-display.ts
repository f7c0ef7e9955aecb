import { parameterCount, stateBytes } from "../model/language-model.ts";
import type { DivergenceError } from "../train/divergence.ts";
import type { StepReport, Trainer } from "../train/trainer.ts";
import type { RunDisplay, RunProgress, RunSummary } from "./run-display.ts";
import type { Terminal } from "./terminal.ts";
import type { RunEstimate } from "./training-estimate.ts";

/** A training run for machines (`--json`): an object a line on standard output, its kind in "event". */
export class JsonDisplay implements RunDisplay {
  readonly progressGap = 1000;

  constructor(private readonly terminal: Terminal) {}

  introduce(
    { model, training, validation }: Trainer,
    corpus: string,
    _wantedSequence: number,
    estimate: RunEstimate | undefined,
  ): void {
    this.write("start", {
      corpus,
      tokens: training.targets,
      validationTokens: validation?.targets ?? 0,
      vocabulary: model.vocabulary.size,
      parameters: parameterCount(model),
      memoryBytes: model.engine.memoryBytes + stateBytes(model) + training.tokens.bytes,
      estimate,
      recipe: model.recipe,
    });
  }

  progress({ report, validationLoss, tokensPerSecond, secondsLeft }: RunProgress): void {
    const { gradientNorm, tokens: _, ...rest } = report;
    this.write("progress", {
      ...rest,
      gradNorm: gradientNorm,
      valLoss: validationLoss,
      tokensPerSecond: Math.round(tokensPerSecond),
      secondsLeft,
    });
  }

  sample(text: string, { step }: StepReport): Promise<void> {
    return this.write("sample", { step, text });
  }

  note(text: string, { step }: StepReport): void {
    this.write("note", { step, text });
  }

  warn(text: string, report: StepReport): void {
    this.terminal.warn(text);
    this.note(text, report);
  }

  nothingToDo(file: string, { step, epoch, smoothLoss }: StepReport): void {
    this.write("end", { finished: true, step, epoch, seconds: 0, smoothLoss, saved: file });
  }

  diverged({ step, what, message }: DivergenceError): void {
    this.write("diverged", { step, what, message });
  }

  endProgress(): void {}

  conclude({
    report,
    trainer,
    finished,
    seconds,
    validationLoss,
    trainLoss,
    best,
    saved,
    savedBytes,
  }: RunSummary): void {
    const { step, epoch, smoothLoss } = report;
    this.write("end", {
      finished,
      step,
      epoch,
      seconds,
      smoothLoss,
      valLoss: validationLoss,
      trainLoss,
      best,
      saved,
      savedBytes,
      threads: trainer.model.engine.threads,
    });
  }

  private async write(event: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.terminal.quiet) return;
    await this.terminal.output(`${JSON.stringify({ event, ...fields })}\n`);
  }
}
