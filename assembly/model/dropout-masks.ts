import { STEP_DROPOUT, STEP_NUMBER_HIGH, STEP_NUMBER_LOW, STEP_SEED_HIGH, STEP_SEED_LOW } from "../abi/constants.ts";

/** What a pass needs to know of the step record to draw its dropout masks: p = 0 for none. */
export class DropoutMasks {
  probability: f32 = 0;
  stepLow: u32 = 0;
  stepHigh: u32 = 0;
  seedLow: u32 = 0;
  seedHigh: u32 = 0;

  read(step: usize): void {
    this.probability = load<f32>(step, STEP_DROPOUT);
    this.stepLow = load<u32>(step, STEP_NUMBER_LOW);
    this.stepHigh = load<u32>(step, STEP_NUMBER_HIGH);
    this.seedLow = load<u32>(step, STEP_SEED_LOW);
    this.seedHigh = load<u32>(step, STEP_SEED_HIGH);
  }
}
