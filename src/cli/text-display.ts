import { basename, relative } from "node:path";
import { unitNoun } from "../data/unit.ts";
import { parameterCount, stateBytes } from "../model/language-model.ts";
import { endOfLine } from "../sample/sampler.ts";
import type { StepReport, Trainer } from "../train/trainer.ts";
import { counted, fileSize, grouped, span } from "./format.ts";
import type { RunDisplay, RunProgress, RunSummary } from "./run-display.ts";
import type { Terminal } from "./terminal.ts";
import type { RunEstimate } from "./training-estimate.ts";

/** Between two lines of progress where there is no live line, in milliseconds. */
const PLAIN_PROGRESS_GAP = 5000;
const LIVE_PROGRESS_GAP = 100;
/** Steps after which the smooth loss has all but forgotten where it started. */
const SMOOTH_STEPS = 5000;

/** A training run for people: samples on standard output, all else on standard error, with one live line on a terminal. */
export class TextDisplay implements RunDisplay {
  readonly progressGap: number;
  /** "character", "word" or "byte". */
  private noun = "token";

  constructor(private readonly terminal: Terminal) {
    this.progressGap = terminal.live ? LIVE_PROGRESS_GAP : PLAIN_PROGRESS_GAP;
  }

  introduce(
    { model, training, validation }: Trainer,
    corpus: string,
    wantedSequence: number,
    estimate?: RunEstimate,
  ): void {
    const { terminal } = this;
    const { recipe, vocabulary, engine } = model;
    const { sequenceLength, batchSize } = recipe;
    this.noun = unitNoun(vocabulary.unit);
    const kept = validation?.lines ?? validation?.tokens.length ?? 0;
    const lines = training.lines === undefined ? "" : ` in ${counted(training.lines, "line")}`;
    terminal.note(
      `${corpus}: ${counted(training.lines === undefined ? training.tokens.length : training.targets, this.noun)}${lines}` +
        `${kept === 0 ? "" : `, and ${training.lines === undefined ? grouped(kept) : counted(kept, "line")} to validate on`}, ${grouped(vocabulary.size)} distinct`,
    );
    if (training.lines === undefined && sequenceLength < wantedSequence) {
      terminal.note(
        `The text is shorter than ${batchSize > 1 ? `${batchSize} rows of ` : ""}--seq ${wantedSequence}: ` +
          `training with sequences of ${counted(sequenceLength, this.noun)}.`,
      );
    }
    const where =
      recipe.backend === "wasm"
        ? `in WebAssembly${recipe.numerics === "fused" ? ", fused" : ""}${engine.threads > 1 ? `, on up to ${engine.threads} threads` : ""}`
        : `in plain TypeScript, ${recipe.precision}`;
    const layers = recipe.layers === 1 ? "" : `${recipe.layers} layers of `;
    const rows = batchSize === 1 ? "" : `${batchSize} rows of `;
    const size = counted(sequenceLength, this.noun);
    const lineRows = batchSize === 1 ? "a line" : `${batchSize} lines`;
    const step = training.lines === undefined ? `${rows}${size} a step` : `${lineRows} of up to ${size} a step`;
    terminal.note(
      `${recipe.cell} with ${layers}${counted(recipe.hiddenSize, "hidden unit")}: ${grouped(parameterCount(model))} ` +
        `parameters, ${step}, ${recipe.optimizer} at ${recipe.learningRate}, seed ${recipe.seed}, ${where}`,
    );
    terminal.note(
      `Memory: ${fileSize(engine.memoryBytes)} for the model, ${fileSize(stateBytes(model))} for its last good state, ` +
        `${fileSize(training.bytes)} for the text.`,
    );
    if (estimate?.seconds !== undefined) {
      terminal.note(`On a typical machine this takes about ${span(estimate.seconds)}.`);
    }
  }

  progress({ report, validationLoss, tokensPerSecond, lastStep, secondsLeft }: RunProgress): void {
    const { terminal } = this;
    const short = this.noun === "character" ? "char" : this.noun;
    const steps = lastStep === undefined ? grouped(report.step) : `${grouped(report.step)}/${grouped(lastStep)}`;
    const line = [
      `step ${steps}`,
      `loss ${report.loss.toFixed(3)}, smooth ${report.smoothLoss.toFixed(3)} nats/${short}`,
      ...(validationLoss === undefined ? [] : [`validation ${validationLoss.toFixed(3)}`]),
      `${grouped(tokensPerSecond)} ${short}/s`,
      ...(secondsLeft === undefined ? [] : [`${span(secondsLeft)} left`]),
    ].join("   ");
    if (terminal.live) terminal.progress(line);
    else terminal.note(line);
  }

  async sample(text: string, { step, smoothLoss }: StepReport, validationLoss: number | undefined): Promise<void> {
    const validation = validationLoss === undefined ? "" : `, validation ${validationLoss.toFixed(3)}`;
    const heading = `---- step ${grouped(step)}, loss ${smoothLoss.toFixed(3)}${validation} nats per ${this.noun} ----`;
    await this.terminal.output(`${this.terminal.heading(heading)}\n${text}\n\n`);
  }

  note(text: string): void {
    this.terminal.note(text);
  }

  warn(text: string): void {
    this.terminal.warn(text);
  }

  nothingToDo(file: string, { step }: StepReport): void {
    const { terminal } = this;
    terminal.note(`${file} stands at ${counted(step, "step")}, the end of its run. To train further, for one:`);
    terminal.note(`  ${commandName()} train --resume ${quoted(file)} --steps ${2 * step}`);
  }

  diverged(): void {}

  endProgress(): void {
    this.terminal.clearLive();
  }

  conclude(summary: RunSummary): void {
    const { report, trainer, finished, stepsBefore, seconds, tokens, saved, savedBytes, ...rest } = summary;
    const { terminal, noun } = this;
    const { engine, vocabulary } = trainer.model;
    const { threads } = engine;
    const guessing = Math.log(vocabulary.size);
    const speed = seconds > 0 ? tokens / seconds : 0;
    // time and speed are of this session's steps
    const steps =
      stepsBefore === 0
        ? counted(report.step, "step")
        : `${counted(report.step - stepsBefore, "more step")}, ${grouped(report.step)} in all`;
    terminal.note(
      `${finished ? "Trained" : "Stopped after"} ${steps} (${report.epoch.toFixed(1)} times through the text) ` +
        `in ${span(seconds)}, ${grouped(speed)} ${noun}s/s${threads > 1 ? ` on ${threads} threads` : ""}.`,
    );
    // the smooth loss comes from guessing's, and takes its time
    const lag =
      report.step >= SMOOTH_STEPS ? "" : ` (smoothed over 1,000 steps; the last one's is ${report.loss.toFixed(2)})`;
    const verb = report.smoothLoss < guessing ? "fell" : "went";
    terminal.note(
      `Loss ${verb} from ${guessing.toFixed(2)} (guessing) to ${report.smoothLoss.toFixed(2)} nats per ${noun}${lag}.`,
    );
    if (rest.trainLoss !== undefined) {
      terminal.note(`Mean over all examples: ${rest.trainLoss.toFixed(3)} nats per ${noun}.`);
    }
    if (rest.validationLoss !== undefined) {
      terminal.note(`Validation: ${rest.validationLoss.toFixed(3)} nats per ${noun}.`);
    }
    if (rest.best !== undefined) {
      terminal.note(
        `Kept the parameters of step ${grouped(rest.best.step)}, whose validation loss of ${rest.best.loss.toFixed(3)} was the least.`,
      );
    }
    terminal.note(`Saved ${saved} (${fileSize(savedBytes)}).`);
    const command = commandName();
    terminal.note("");
    terminal.note("Next:");
    if (!finished) terminal.note(`  ${command} train --resume ${quoted(saved)}`);
    const lines = endOfLine(trainer.model) === undefined ? "" : " --count 10";
    terminal.note(`  ${command} sample ${quoted(saved)} --temperature 0.7${lines}`);
    terminal.note(`  ${command} train YOUR.txt --hidden 200 --lr 0.03 --time 2m`);
    terminal.note(`  ${command} train --help`);
  }
}

/** How this program was called, so that what it suggests can be pasted. */
function commandName(): string {
  if (process.env.npm_lifecycle_event === "npx") return "npx charloom";
  const script = process.argv[1] ?? "charloom";
  return basename(script) === "charloom" ? "charloom" : `node ${quoted(relative(process.cwd(), script))}`;
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
