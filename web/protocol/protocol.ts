/**
 * What page and worker say to each other. The page calls, the worker answers each call once; the worker also tells of events,
 * unasked. Each part of the page declares its calls in a file beside this one; here they meet.
 */

import type { KeepCalls } from "./keep.ts";
import type { NeuronsCalls } from "./neurons.ts";
import type { RunCalls, RunEvents } from "./run.ts";
import type { UnderstandCalls } from "./understand.ts";

import type { UseCalls, UseEvents } from "./use.ts";

export interface Calls extends RunCalls, UnderstandCalls, NeuronsCalls, UseCalls, KeepCalls {}

export interface Events extends RunEvents, UseEvents {}

export type CallName = keyof Calls;
export type Argument<Name extends CallName> = Calls[Name]["argument"];
export type Result<Name extends CallName> = Calls[Name]["result"];

export type EventName = keyof Events;

export interface Call<Name extends CallName = CallName> {
  readonly id: number;
  readonly name: Name;
  readonly argument: Argument<Name>;
}

/** What the worker sends: an answer to a call, or an event. */
export type Message =
  | { readonly kind: "answer"; readonly id: number; readonly result: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly reason: string }
  | { readonly kind: "event"; readonly name: EventName; readonly value: unknown };

/** Functions that answer the calls of one part. */
export type Handlers<Part> = {
  readonly [Name in keyof Part]: Part[Name] extends { argument: infer A; result: infer R }
    ? (argument: A) => R | Promise<R>
    : never;
};
