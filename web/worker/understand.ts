/** Answers to the calls of protocol/understand.ts: a lesson on a copy of whatever the session holds. */

import {
  type BackwardTrace,
  createLesson,
  createTrainer,
  type LanguageModel,
  type Lesson,
  type Trainer,
  type UpdateTrace,
} from "../../src/index.ts";
import type { Handlers } from "../protocol/protocol.ts";
import type { ElementUpdate, LessonOrigin, LessonPicture, MapKind, UnderstandCalls } from "../protocol/understand.ts";
import type { Session } from "./session.ts";
import { readText } from "./texts.ts";

/** Rows of a table of elements, as far as each parameter has one. */
const ELEMENTS_SHOWN = 15;
/** Of the text of a model that is not trained: enough to have all its characters. */
const UNTRAINED_LENGTH = 200_000;

/** A lesson and where it came from. */
interface Taken {
  readonly lesson: Lesson;
  readonly origin: LessonOrigin;
  /** Undefined where nothing was there. */
  readonly source: Trainer | LanguageModel["engine"] | undefined;
  readonly text: Session["text"];
}

/** What was found of the pair, until the pair or the copy is another. */
interface Found {
  readonly backward: BackwardTrace;
  readonly update: UpdateTrace;
}

export function understandHandlers(session: Session): Handlers<UnderstandCalls> {
  let taken: Taken | undefined;
  let found: Found | undefined;

  function sourceNow(): Taken["source"] {
    return session.run?.trainer ?? session.model?.engine;
  }

  async function take(): Promise<LessonPicture> {
    const source = sourceNow();
    const { run, model, text } = session;
    const origin = run !== undefined ? "run" : model !== undefined ? "model" : "untrained";
    const lesson = await createLesson(run?.trainer ?? model ?? (await untrainedTrainer(session)));
    taken = { lesson, origin, source, text };
    return look();
  }

  function current(): Lesson {
    if (taken !== undefined) return taken.lesson;
    throw new Error("lesson: expected one that was taken, got none; take a copy first");
  }

  /** The picture after the pair or the copy has changed. */
  function look(): LessonPicture {
    const lesson = current();
    const backward = lesson.backward();
    const update = lesson.preview();
    found = { backward, update };
    return {
      origin: taken!.origin,
      steps: lesson.steps,
      stepsLearnt: lesson.stepsLearnt,
      recipe: lesson.recipe,
      tokens: lesson.vocabulary.tokens.map((_, index) => lesson.vocabulary.tokenText(index)),
      passage: lesson.passage.slice(),
      pair: lesson.pair,
      parameters: backward.parameters.map(({ name, shape }) => ({ name, shape })),
      forward: lesson.forward(),
      untrained: lesson.untrainedProbabilities(),
      loss: backward.loss,
      gradLogits: backward.logits,
      gradLayers: backward.layers,
      gradientNorm: backward.gradientNorm,
      memories: update.parameters[0]!.slots.map(({ name }) => name),
      learningRate: update.settings.learningRate,
      updates: elementUpdates(backward, update),
    };
  }

  return {
    lessonTake: take,
    lessonLook: () => {
      const same = taken !== undefined && taken.source === sourceNow();
      // before anything runs, the text that is chosen decides
      const sameText = taken?.origin !== "untrained" || taken.text === session.text;
      return same && sameText ? look() : take();
    },
    lessonChoose: ({ position }) => {
      current().choose(position);
      return look();
    },
    lessonRead: ({ text }) => {
      current().read(text);
      return look();
    },
    lessonLearn: ({ steps }) => {
      const curve = current().learnTimes(steps);
      return { picture: look(), curve };
    },
    lessonStartOver: () => {
      current().startOver();
      return look();
    },
    lessonCheck: ({ elements }) => current().checkGradients(elements),
    lessonMap: ({ name, kind }) => {
      const update = found?.update.parameters.find((parameter) => parameter.name === name);
      const backward = found?.backward.parameters.find((parameter) => parameter.name === name);
      if (update === undefined || backward === undefined)
        throw new Error(`parameter: expected a known one, got ${name}`);
      return mapOf(backward, update, kind);
    },
  };
}

function mapOf(
  backward: BackwardTrace["parameters"][number],
  { before, after, slots }: UpdateTrace["parameters"][number],
  kind: MapKind,
): Float32Array {
  switch (kind.of) {
    case "value":
      return backward.values;
    case "gradient":
      return backward.gradient;
    case "change":
      return after.map((value, i) => value - before[i]!);
    case "memory":
      return slots.find(({ name }) => name === kind.memory)!.after;
  }
}

function elementUpdates(backward: BackwardTrace, update: UpdateTrace): ElementUpdate[] {
  const each = Math.max(1, Math.floor(ELEMENTS_SHOWN / backward.parameters.length));
  return backward.parameters.flatMap(({ name, largest }, p) =>
    largest.slice(0, each).map((index) => {
      const { before, after, gradient, slots } = update.parameters[p]!;
      return {
        tensor: name,
        index,
        before: before[index]!,
        gradient: gradient[index]!,
        memory: slots.map((slot) => ({ name: slot.name, before: slot.before[index]!, after: slot.after[index]! })),
        after: after[index]!,
      };
    }),
  );
}

/** What there is to look at before anything was started. */
async function untrainedTrainer({ text }: Session): Promise<Trainer> {
  const { content } = text ?? (await readText({ kind: "builtin", name: "sonnets" }));
  return createTrainer(content.slice(0, UNTRAINED_LENGTH));
}
