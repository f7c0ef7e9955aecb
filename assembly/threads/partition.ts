/**
 * Who computes what. Alone, a member has all. No element is ever computed by two members together, so the cut does not show in
 * the result.
 *
 * Small work is cut into shares, known beforehand: contiguous, one a member, as equal as whole grains allow.
 *
 * Large work is cut into parts, which members claim as they come to them, for they are never equally fast: other programs, or other
 * guests of a processor, slow one and then the other. The first parts are large, since a product is fastest over many rows; the last
 * are small, so that all end at about the same time.
 */

import { memberCount, memberIndex, nextClaim } from "./team.ts";

/** The first of `count` things that is this member's, a multiple of `grain`. */
export function shareStart(count: i32, grain: i32): i32 {
  return cut(count, grain, memberIndex());
}

/** The first behind this member's share. */
export function shareEnd(count: i32, grain: i32): i32 {
  return cut(count, grain, memberIndex() + 1);
}

function cut(count: i32, grain: i32, index: i32): i32 {
  const members = memberCount();
  if (index == members) return count;
  const grains = (count + grain - 1) / grain;
  return min(count, <i32>((<i64>grains * <i64>index) / <i64>members) * grain);
}

/** This member's part: it stands in globals, which no other instance sees. */
let first: i32 = 0;
let end: i32 = 0;

/**
 * Takes on another part of `count` things, or returns false: all are taken. All members call it until it does, once between two
 * barriers. A part is of whole grains, where that is no more than each member's share of what is left, and of `least` at least.
 */
export function claim(count: i32, grain: i32, least: i32): bool {
  let parts = nextClaim();
  end = 0;
  do {
    first = end;
    if (first == count) return false;
    end += partOf(count - first, grain, least);
  } while (parts-- > 0);
  return true;
}

/** The next part of what is left: three quarters of what would be each member's. */
function partOf(left: i32, grain: i32, least: i32): i32 {
  const members = memberCount();
  if (members == 1) return left;
  const share = (left + members - 1) / members;
  const part = ((3 * share) / 4 / grain + 1) * grain;
  return min(left, max(least, min(part, share)));
}

/** The first thing of the part that this member claimed last. */
export function claimStart(): i32 {
  return first;
}

/** The first behind that part. */
export function claimEnd(): i32 {
  return end;
}

/*
 * The rows of a batch, at every time step: of (T, N, …), a member that has claimed all rows has one run of T·N, another one a run
 * of its part of N at each of the T time steps.
 */

/** Claims rows of a batch (N): an even number of them, as the widest register tile has, where there are enough. */
export function claimRows(rows: i32): bool {
  return claim(rows, 2, 1);
}

/** How many runs of the claimed rows there are in (T, N). */
export function runsOfRows(timeSteps: i32, rows: i32): i32 {
  return end - first == rows ? 1 : timeSteps;
}

/** How many rows each run has. */
export function rowsOfRun(timeSteps: i32, rows: i32): i32 {
  const part = end - first;
  return part == rows ? timeSteps * rows : part;
}

/** Number of the first row of a run among the T·N. */
export function startOfRun(run: i32, rows: i32): i32 {
  return run * rows + first;
}
