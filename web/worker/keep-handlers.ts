/** Answers to the calls of protocol/keep.ts. */

import { type LanguageModel, modelToBytes, parseRunLog, reportPage, trainerToBytes } from "../../src/index.ts";
import type { Download, FileToSave, KeepCalls, Keeping, LoadedModel } from "../protocol/keep.ts";
import type { Handlers } from "../protocol/protocol.ts";
import { type ModelFile, openModel, readModelFile, resumedWith, runOf, runOnOther } from "./open-model.ts";
import { begunAnew } from "./reproduction.ts";
import type { Run } from "./run.ts";
import { estimateOf } from "./run-handlers.ts";
import { runLog } from "./run-log.ts";
import type { Session } from "./session.ts";
import { decodeLink, encodeLink } from "./share-link.ts";
import { shared, whyNotShared } from "./shared-run.ts";
import { readText, type Text } from "./texts.ts";

/** The model that was loaded last, and the file that it came from. */
interface Loaded {
  readonly model: LanguageModel;
  readonly file: ModelFile;
  readonly whyNoRun?: string;
}

export function keepHandlers(session: Session): Handlers<KeepCalls> {
  let last: Loaded | undefined;

  /** The loaded model, while it is the one that the page looks at. */
  const loaded = () => (last?.model === session.model ? last : undefined);
  const requireLoaded = () => {
    const found = loaded();
    if (found === undefined) throw new Error("model: expected a loaded one, got none; open its file first");
    return found;
  };

  /** What is there now is saved before something else takes its place: a reload brings it back until that is saved too. */
  async function replaceBy(run: Run): Promise<void> {
    await session.save();
    session.useRun(run);
    await session.save();
  }

  /** Texts at hand that a run may be of. */
  const texts = () => [session.text, session.run?.text].filter((text) => text !== undefined);

  return {
    keeping: async () => keepingOf(session, loaded(), await session.vault.list()),
    download: ({ what }) => download(what, session, loaded()),
    openModel: async ({ file: given }) => {
      const file = await readModelFile(given);
      let whyNoRun: string | undefined;
      const run = await runOf(file, texts()).catch((error: Error) => {
        whyNoRun = error.message;
      });
      if (run !== undefined) {
        await replaceBy(run);
        return session.status();
      }
      // tells also what is wrong with a file that is no model at all
      const model = await openModel(file);
      await session.save();
      session.useModel(model, file.name);
      last = { model, file, ...(whyNoRun === undefined ? {} : { whyNoRun }) };
      return session.status();
    },
    trainLoaded: async ({ text: source, exactly }) => {
      const { file, model } = requireLoaded();
      const text = source.kind === "chosen" ? requireText(session.text) : await readText(source);
      const run = exactly ? await resumedWith(file, text) : await runOnOther(file, text, model);
      if (run === undefined) {
        throw new Error(
          `${text.name} is not the text that ${file.name} was trained on, to the letter; it can go on with it as another text`,
        );
      }
      await replaceBy(run);
      return session.status();
    },
    share: async () => {
      const run = await shared(session.requireRun());
      return { fragment: encodeLink(run), step: run.step, hash: run.hash };
    },
    readLink: async ({ fragment }) => {
      const run = decodeLink(fragment);
      if (!("builtin" in run.text)) return { run };
      const text = await readText({ kind: "builtin", name: run.text.builtin });
      return { run, estimate: estimateOf(text, run.recipe) };
    },
    reproduce: async ({ fragment, file }) => {
      const given = file === undefined ? texts() : [await readText({ kind: "file", file })];
      await replaceBy(await begunAnew(decodeLink(fragment), given));
      session.goOn();
      return session.status();
    },
    save: async () => {
      await session.save();
      return undefined;
    },
    forgetKept: async ({ place }) => {
      await session.vault.empty(place);
      return undefined;
    },
  };
}

function requireText(text: Text | undefined): Text {
  if (text === undefined) throw new Error("text: expected one to go on with, got none; choose or drop one");
  return text;
}

function keepingOf(session: Session, loaded: Loaded | undefined, kept: Keeping["kept"]): Keeping {
  const { run, text } = session;
  const why = run === undefined ? undefined : whyNotShared(run);
  const modelFile = modelFileName(session, loaded);
  return {
    kept,
    ...(modelFile === undefined ? {} : { modelFile }),
    ...(run === undefined || run.text.builtin !== undefined ? {} : { textFile: textFileName(run.text) }),
    ...(loaded === undefined ? {} : { loaded: described(loaded) }),
    ...(text === undefined ? {} : { chosenText: text.name }),
    ...(why === undefined ? {} : { whyNotShared: why }),
  };
}

function described({ file, whyNoRun }: Loaded): LoadedModel {
  const { name, step, isCheckpoint, trainedOn } = file;
  return {
    name,
    step,
    isCheckpoint,
    ...(trainedOn === undefined ? {} : { trainedOn }),
    ...(whyNoRun === undefined ? {} : { whyNoRun }),
  };
}

function download(what: Download, session: Session, loaded: Loaded | undefined): FileToSave {
  if (what === "model") {
    const { run } = session;
    // what was loaded goes as it came, with all that training would go on from
    const bytes =
      run === undefined ? (loaded?.file.bytes ?? modelToBytes(session.requireModel(), 0)) : trainerToBytes(run.trainer);
    const content = new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "application/octet-stream" });
    return { name: modelFileName(session, loaded)!, content };
  }
  const run = session.requireRun();
  if (what === "text") return { name: textFileName(run.text), content: new Blob([run.text.content]) };
  const name = stem(run);
  const log = runLog(run);
  if (what === "log") return { name: `${name}.jsonl`, content: new Blob([log], { type: "application/jsonl" }) };
  const page = reportPage(parseRunLog(log, `${name}.jsonl`));
  return { name: `${name}.html`, content: new Blob([page], { type: "text/html" }) };
}

function modelFileName({ run, model }: Session, loaded: Loaded | undefined): string | undefined {
  if (run !== undefined) return `${stem(run)}.safetensors`;
  return model === undefined ? undefined : (loaded?.file.name ?? "model.safetensors");
}

/** "sonnets-lstm-5000" */
function stem({ text, trainer }: Run): string {
  return `${plain(text.name)}-${trainer.model.recipe.cell}-${trainer.steps}`;
}

function textFileName({ name }: Text): string {
  return /\.\w+$/.test(name) ? name : `${plain(name)}.txt`;
}

/** A name without its ending, and without what file systems or shells would make something of. */
function plain(name: string): string {
  const kept = name
    .replace(/\.[^.]*$/, "")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
  return kept.slice(0, 40) || "text";
}
