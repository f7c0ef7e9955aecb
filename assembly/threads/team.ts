/**
 * The team: instances of this module over one shared memory, one a thread, that run the same function side by side. Each member
 * computes its share, or what parts it can claim (partition.ts), and waits for the others where it needs theirs.
 *
 * One member, the leader, is the host's own instance: it alone allocates, begins jobs and returns to the host between them. The
 * others are in `serve` for as long as they live. The team's record lies in the shared memory (TEAM_… of abi/constants.ts);
 * which member this instance is stands in its globals, which no other instance sees.
 *
 * A member that waits turns for a while, since most waits are short, then sleeps. If another has failed, or does not come
 * within the team's patience, it traps: the host turns that into an error, and nobody waits forever.
 *
 * In the builds without threads there is one member, and the barrier is nothing.
 */

import {
  TEAM_ARRIVED,
  TEAM_BYTES,
  TEAM_CLAIMS,
  TEAM_FAILED,
  TEAM_JOB,
  TEAM_LEADER_SLEEPS,
  TEAM_MODEL,
  TEAM_PATIENCE,
  TEAM_PHASE,
  TEAM_SLEEPERS,
  TEAM_STEP,
  TEAM_TIME_STEPS,
  TEAM_TURNS,
  TEAM_WORK,
  Work,
} from "../abi/constants.ts";

/** Members of a job stand in the low bits of TEAM_JOB, its number above them, so that one load tells both. */
const MEMBER_BITS = 8;
const MEMBER_MASK = 0xff;
/** Nobody sleeps longer without looking for a failure; nanoseconds. */
const NAP: i64 = 1_000_000_000;
const TIMED_OUT = 2;

/** Address of the record; 0 in an instance that belongs to no team. */
let team: usize = 0;
let index: i32 = 0;
/** Of the running job; 1 outside of jobs. */
let members: i32 = 1;
let turn: i32 = 0;
/** Parts that were claimed since the last barrier by a member that is alone. */
let claims: i32 = 0;

/** This instance becomes member `memberIndex` of the team at `record`. */
export function joinTeam(record: usize, memberIndex: i32): void {
  team = record;
  index = memberIndex;
}

/** Room for a team's record, all zeros. */
export function allocateTeam(): usize {
  const record = heap.alloc(TEAM_BYTES);
  memory.fill(record, 0, TEAM_BYTES);
  return record;
}

/** Whether this instance may share its work with others. */
export function hasTeam(): bool {
  return ASC_FEATURE_THREADS && team != 0;
}

/** Which member this instance is: 0 is the leader. */
export function memberIndex(): i32 {
  return ASC_FEATURE_THREADS ? index : 0;
}

/** How many members the running job has. */
export function memberCount(): i32 {
  return ASC_FEATURE_THREADS ? members : 1;
}

/**
 * 1 and 0 in turn, the same for every member of a job: which of two buffers to fill, so that the slowest may still read the
 * other one.
 */
export function alternate(): i32 {
  turn ^= 1;
  return turn;
}

/** The leader's: writes what the next job is. */
export function tellTeam(work: Work, model: usize, step: usize, timeSteps: i32): void {
  if (!ASC_FEATURE_THREADS) return;
  store<i32>(team, work, TEAM_WORK);
  store<usize>(team, model, TEAM_MODEL);
  store<usize>(team, step, TEAM_STEP);
  store<i32>(team, timeSteps, TEAM_TIME_STEPS);
}

/** The leader's: has the first `count` members run what the record says. To be followed by the same work, then `endJob`. */
export function beginJob(count: i32): void {
  turn = 0;
  claims = 0;
  if (!ASC_FEATURE_THREADS) return;
  members = count;
  if (count == 1) return;
  if (atomic.load<i32>(team, TEAM_FAILED) != 0) unreachable();
  const number = (load<i32>(team, TEAM_JOB) >>> MEMBER_BITS) + 1;
  atomic.store<i32>(team, (number << MEMBER_BITS) | count, TEAM_JOB);
  if (atomic.load<i32>(team, TEAM_SLEEPERS) != 0) atomic.notify(team + TEAM_JOB, -1);
}

/** The leader's: returns when all members are done. */
export function endJob(): void {
  barrier();
  members = 1;
}

/** A member's: waits for the next job that it is part of. `last` is what it returned before, 0 at first. */
export function awaitJob(last: i32): i32 {
  if (!ASC_FEATURE_THREADS) return 0;
  let job = last;
  do {
    awaitChange(TEAM_JOB, job, false);
    job = atomic.load<i32>(team, TEAM_JOB);
    members = job & MEMBER_MASK;
  } while (index >= members);
  turn = 0;
  return job;
}

/** The number of another claim: how many the members have made since the last barrier. */
export function nextClaim(): i32 {
  return ASC_FEATURE_THREADS && members > 1 ? atomic.add<i32>(team, 1, TEAM_CLAIMS) : claims++;
}

/** Returns when all members of the job are here, and everything that they wrote before can be read. */
export function barrier(): void {
  claims = 0;
  if (!ASC_FEATURE_THREADS) return;
  if (members == 1) return;
  const phase = atomic.load<i32>(team, TEAM_PHASE);
  if (atomic.add<i32>(team, 1, TEAM_ARRIVED) == members - 1) {
    atomic.store<i32>(team, 0, TEAM_ARRIVED);
    atomic.store<i32>(team, 0, TEAM_CLAIMS);
    atomic.store<i32>(team, phase + 1, TEAM_PHASE);
    if (atomic.load<i32>(team, TEAM_SLEEPERS) != 0) atomic.notify(team + TEAM_PHASE, -1);
  } else {
    awaitChange(TEAM_PHASE, phase, true);
  }
}

/** Returns when the word at `offset` of the record is no longer `value`; traps if that cannot come any more. */
function awaitChange(offset: usize, value: i32, patiently: bool): void {
  const word = team + offset;
  const turns = load<i32>(team, TEAM_TURNS);
  for (let i = 0; i < turns; i++) {
    if (atomic.load<i32>(word) != value) return;
  }
  // a page's own thread must not sleep
  const sleeps = index != 0 || load<i32>(team, TEAM_LEADER_SLEEPS) != 0;
  let naps = load<i32>(team, TEAM_PATIENCE);
  // counted before the word is looked at again: whoever changes it looks at the count afterwards
  atomic.add<i32>(team, 1, TEAM_SLEEPERS);
  while (atomic.load<i32>(word) == value) {
    if (atomic.load<i32>(team, TEAM_FAILED) != 0) unreachable();
    const timedOut = sleeps ? atomic.wait<i32>(word, value, NAP) == TIMED_OUT : turnAbout(word, value);
    if (timedOut && patiently && --naps <= 0) fail();
  }
  atomic.sub<i32>(team, 1, TEAM_SLEEPERS);
}

/** Turns for about as long as a nap; whether the word is still the same. */
function turnAbout(word: usize, value: i32): bool {
  for (let i = 0; i < 500_000_000; i++) {
    if (atomic.load<i32>(word) != value) return false;
  }
  return true;
}

/** Tells the others that this job cannot end, and traps. */
function fail(): void {
  atomic.store<i32>(team, 1, TEAM_FAILED);
  atomic.notify(team + TEAM_PHASE, -1);
  atomic.notify(team + TEAM_JOB, -1);
  unreachable();
}
