/** A worker that is killed within a step, again and again: each time the run is taken up from its last good state, and nothing is lost. */

import { expect, test } from "vitest";
import { EngineTrapError } from "../../src/core/engine.ts";
import { ThreadLostError, type WorkerTeam } from "../../src/core/worker-team.ts";
import type { Recipe } from "../../src/model/recipe.ts";
import { resumeTrainer, trainerToBytes } from "../../src/train/checkpoint.ts";
import { DivergenceGuard } from "../../src/train/divergence-guard.ts";
import { createTrainer, type Trainer } from "../../src/train/trainer.ts";
import { PATIENCE, scaled, seededNumbers, Tally } from "./scale.ts";

const KILLS = scaled(3, 60);
const tally = new Tally("lost workers");
const TEXT = "She sells sea shells by the sea shore.\n".repeat(40);
const RECIPE: Partial<Recipe> = {
  cell: "lstm",
  hiddenSize: 40,
  batchSize: 6,
  sequenceLength: 30,
  dropout: 0.1,
  layers: 2,
};
/** Seconds after which a worker that does not come counts as lost, of steps that take milliseconds. */
const TEAM_PATIENCE = 1;

function stopWorkers(trainer: Trainer): void {
  const { team } = trainer.model.engine as unknown as { team: WorkerTeam };
  team.patience = TEAM_PATIENCE;
  for (const worker of (team as unknown as { workers: { stop(): void }[] }).workers) worker.stop();
}

test(
  `${KILLS} workers killed within steps cost no step of the run`,
  async () => {
    const random = seededNumbers(11);
    let trainer = await createTrainer(TEXT, RECIPE, { threads: 2 });
    for (let kills = 0; kills < KILLS; kills++) {
      const guard = new DivergenceGuard(trainer);
      const before = trainer.steps + 1 + Math.floor(20 * random());
      while (trainer.steps < before) guard.step();
      stopWorkers(trainer); // nobody hears of it: the steps that follow are under way when the worker ends
      expect(() => {
        while (true) guard.step();
      }).toThrow(ThreadLostError);
      guard.restore();
      const bytes = trainerToBytes(trainer);
      trainer.model.engine.dispose();
      trainer = await resumeTrainer(bytes, TEXT, { host: { threads: 2 } });
      tally.add("lost");
    }
    const whole = await createTrainer(TEXT, RECIPE);
    while (whole.steps < trainer.steps) whole.step();
    expect(trainer.steps).toBeGreaterThan(0);
    expect(Buffer.compare(trainerToBytes(trainer), trainerToBytes(whole))).toBe(0);
    tally.add("steps survived", trainer.steps);
    trainer.model.engine.dispose();
  },
  PATIENCE,
);

/** A module whose one function, "trap", is unreachable. */
const TRAP = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // "\\0asm", version 1
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00], // a type: () -> ()
  ...[0x03, 0x02, 0x01, 0x00], // a function of it
  ...[0x07, 0x08, 0x01, 0x04, 0x74, 0x72, 0x61, 0x70, 0x00, 0x00], // exported as "trap"
  ...[0x0a, 0x05, 0x01, 0x03, 0x00, 0x00, 0x0b], // its body: unreachable
]);

test("a trap is an error of its own, and the last good state is there to save", async () => {
  const trainer = await createTrainer(TEXT, RECIPE);
  const guard = new DivergenceGuard(trainer);
  for (let i = 0; i < 10; i++) guard.step();
  const engine = trainer.model.engine as unknown as { core: { trainStep(...args: unknown[]): void } };
  const { core } = engine;
  // no argument makes the module trap: another one's trap stands for a fault of it
  const trap = new WebAssembly.Instance(new WebAssembly.Module(TRAP)).exports.trap;
  engine.core = new Proxy(core, {
    get: (target, name) => (name === "trainStep" ? trap : Reflect.get(target, name)),
  });
  expect(() => guard.step()).toThrow(EngineTrapError);
  engine.core = core;
  guard.restore();
  const again = await resumeTrainer(trainerToBytes(trainer), TEXT);
  const whole = await createTrainer(TEXT, RECIPE);
  while (whole.steps < 12) whole.step();
  while (again.steps < 12) again.step();
  expect(Buffer.compare(trainerToBytes(again), trainerToBytes(whole))).toBe(0);
});
