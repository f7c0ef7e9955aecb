/**
 * Who computes what. Work is cut into contiguous shares, one a member of the team, as equal as whole grains allow; alone, a
 * member has all. No element is ever computed by two members together, so the cut does not show in the result.
 */

import { memberCount, memberIndex } from "./team.ts";

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

/*
 * The rows of a batch, at every time step: of (T, N, …), a member that has all rows has one run of T·N, another one a run of
 * its share of N at each of the T time steps.
 */

/** How many runs of rows this member has in (T, N). */
export function runsOfRows(timeSteps: i32, rows: i32): i32 {
  const share = shareEnd(rows, 1) - shareStart(rows, 1);
  return share == rows ? 1 : share == 0 ? 0 : timeSteps;
}

/** How many rows each run has. */
export function rowsOfRun(timeSteps: i32, rows: i32): i32 {
  const share = shareEnd(rows, 1) - shareStart(rows, 1);
  return share == rows ? timeSteps * rows : share;
}

/** Number of the first row of a run among the T·N. */
export function startOfRun(run: i32, rows: i32): i32 {
  return run * rows + shareStart(rows, 1);
}
