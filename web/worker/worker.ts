/** The page's worker: all models, all arithmetic and all files are here, so that the page stays free to answer. */

import type { Call, Calls, Handlers, Message } from "../protocol/protocol.ts";
import { keepHandlers } from "./keep-handlers.ts";
import { neuronsHandlers } from "./neurons.ts";
import { runHandlers } from "./run-handlers.ts";
import { Session } from "./session.ts";
import { understandHandlers } from "./understand.ts";
import { useHandlers } from "./use.ts";

const send = (message: Message) => postMessage(message);

const session = new Session((name, value) => send({ kind: "event", name, value }));

const handlers: Handlers<Calls> = {
  ...runHandlers(session),
  ...understandHandlers(session),
  ...neuronsHandlers(session),
  ...useHandlers(session),
  ...keepHandlers(session),
};

addEventListener("message", async ({ data }: MessageEvent<Call>) => {
  const { id, name, argument } = data;
  try {
    const handle = handlers[name] as (argument: unknown) => unknown;
    send({ kind: "answer", id, result: await handle(argument) });
  } catch (error) {
    send({ kind: "refusal", id, reason: error instanceof Error ? error.message : String(error) });
  }
});
