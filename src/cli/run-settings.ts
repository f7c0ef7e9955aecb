/** How a run is run: from the options, over what a preset or a checkpoint says, over the defaults. */

import type { RunRecord } from "../formats/metadata.ts";
import type { Preset } from "../model/presets.ts";
import { UsageError } from "./arguments.ts";
import type { TrainOptions } from "./train.ts";
import type { RunSettings } from "./training-run.ts";

/** What neither an option nor a preset says. */
const DEFAULTS = { evalEvery: 1000, sampleLength: 200, temperature: 1, onNan: "stop" } as const;
const DEFAULT_STEPS = 100_000;
const CHECKPOINT_EVERY = { seconds: 60 };

const ENDS = ["steps", "time", "epochs", "untilLoss"] as const;
/** What changes the steps of a run, and so can change only by name when it is taken up again. */
const DECISIVE = ["patience", "evalEvery", "onNan"] as const;
/** How a run is shown, which leaves no trace in its steps. */
const SHOWN = ["sampleEvery", "sampleLength", "temperature"] as const;

/** What was given, over what the preset says, over the defaults. Any end that is given is the only one. */
export function runSettings(preset: Preset | undefined, options: TrainOptions): RunSettings {
  const { schedule, patience } = options;
  let ends = givenEnds(options);
  if (ends === undefined) {
    // a rate that has come down to 0 learns nothing more
    if (schedule !== undefined && "total" in schedule) ends = { steps: schedule.total };
    else if (preset !== undefined) {
      ends = { steps: preset.run.steps, epochs: preset.run.epochs, untilLoss: preset.run.untilLoss };
    } else ends = patience === undefined ? { steps: DEFAULT_STEPS } : {};
  }
  const sampleEvery = options.sampleEvery ?? (preset === undefined ? undefined : { steps: preset.run.sampleEvery });
  return {
    ...ends,
    patience,
    sampleEvery,
    sampleLength: options.sampleLength ?? preset?.run.sampleLength ?? DEFAULTS.sampleLength,
    evalEvery: options.evalEvery ?? DEFAULTS.evalEvery,
    temperature: options.temperature ?? DEFAULTS.temperature,
    onNan: options.onNan ?? DEFAULTS.onNan,
    quiet: options.quiet,
    checkpointEvery: options.checkpointEvery ?? CHECKPOINT_EVERY,
  };
}

/**
 * The settings of a run that is taken up again, and what of it `--override` changes: what each was and became. Throws a
 * UsageError for what changes without it, and where neither the checkpoint nor an option says where the run ends.
 */
export function resumedSettings(
  record: RunRecord | undefined,
  options: TrainOptions,
  file: string,
): { settings: RunSettings; overrides: Record<string, [unknown, unknown]> } {
  const before: RunRecord = record ?? { ...DEFAULTS };
  const ends = givenEnds(options) ?? recordedEnds(before);
  const overrides: Record<string, [unknown, unknown]> = {};
  for (const name of DECISIVE) {
    const given = options[name];
    if (given !== undefined && given !== before[name]) overrides[name] = [before[name] ?? null, given];
  }
  const settings: RunSettings = {
    ...decided(before),
    ...pick(options, DECISIVE),
    ...pick(options, SHOWN),
    ...ends,
    quiet: options.quiet,
    checkpointEvery: options.checkpointEvery ?? CHECKPOINT_EVERY,
  };
  if (Object.keys(ends).length === 0 && settings.patience === undefined) {
    throw new UsageError(`--resume: ${file} does not say where its run was to end; give --steps, --epochs or --time`);
  }
  return { settings, overrides };
}

/** What a checkpoint remembers of how its run is run. */
export function runRecord(settings: RunSettings, preset: string | undefined): RunRecord {
  const record = { ...pick(settings, ENDS), ...pick(settings, DECISIVE), ...pick(settings, SHOWN) } as RunRecord;
  return { ...record, ...(preset === undefined ? {} : { preset }) };
}

/** All but the ends, any of which replaces all of them. */
function decided({ evalEvery, patience, onNan, sampleEvery, sampleLength, temperature }: RunRecord) {
  return { evalEvery, patience, onNan, sampleEvery, sampleLength, temperature };
}

function givenEnds(options: TrainOptions): Partial<RunSettings> | undefined {
  const ends = pick(options, ENDS);
  return Object.keys(ends).length === 0 ? undefined : ends;
}

function recordedEnds(record: RunRecord): Partial<RunSettings> {
  return { ...pick(record, ENDS), secondsBefore: record.seconds };
}

/** The properties of these names that are not undefined. */
function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  const kept = names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]);
  return Object.fromEntries(kept) as Pick<T, K>;
}
