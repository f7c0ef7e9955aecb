/** Keeping: taking models and reports away, bringing models, sharing a run by a link, and what lies in this browser. */

import type { Recipe } from "../../src/index.ts";
import type { CorpusName, Estimate, PlannedChange, Status, TextSource } from "./run.ts";

/** What the part of an address that holds a run begins with. */
export const LINK_PREFIX = "#run=";

/** What can be taken away. */
export type Download = "model" | "report" | "log" | "text";

/** A file to be handed to the visitor. */
export interface FileToSave {
  readonly name: string;
  readonly content: Blob;
}

/** All that a link holds of a run: enough for any browser to do it again, to the bit. */
export interface SharedRun {
  readonly text: SharedText;
  /** As it was begun, every field. */
  readonly recipe: Recipe;
  /** What was changed after which steps while it ran, in that order. */
  readonly changes: readonly PlannedChange[];
  /** Where it was shared. */
  readonly step: number;
  /** SHA-256 of all parameters there, in hexadecimal. */
  readonly hash: string;
}

/** The text of a shared run: one that comes with the page, or what tells whether a text is the same. */
export type SharedText =
  | { readonly builtin: CorpusName }
  | {
      readonly name: string;
      /** Of what the model sees, in hexadecimal. */
      readonly sha256: string;
      readonly tokens: number;
      readonly vocabularySize: number;
    };

/** A run that this browser keeps. */
export interface KeptRun {
  readonly place: string;
  /** Of what text and after how many steps; undefined of one that cannot be read. */
  readonly text?: string;
  readonly step?: number;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Whether this tab, another open one, or none keeps its run there. */
  readonly whose: "this" | "other" | "none";
}

/** A model that was loaded to be looked at, and how it could go on. */
export interface LoadedModel {
  /** Of the file. */
  readonly name: string;
  readonly step: number;
  /** What it was trained on, as far as the file says. */
  readonly trainedOn?: string;
  /** Whether it holds all that the next step depends on. */
  readonly isCheckpoint: boolean;
  /** Why it did not become a run although its text was at hand. */
  readonly whyNoRun?: string;
}

/** What the Keep view shows beside the status. */
export interface Keeping {
  /** What a downloaded model is called; undefined where there is no model. */
  readonly modelFile?: string;
  /** The text that a run would want beside it to go on in Node; undefined of one that comes with charloom. */
  readonly textFile?: string;
  readonly loaded?: LoadedModel;
  /** The text that was read last. */
  readonly chosenText?: string;
  /** Why there can be no link, where there is a run. */
  readonly whyNotShared?: string;
  readonly kept: readonly KeptRun[];
}

export interface KeepCalls {
  keeping: { argument: undefined; result: Keeping };
  download: { argument: { readonly what: Download }; result: FileToSave };
  /** Opens a model file; it becomes a run where it is a checkpoint and its text is at hand. */
  openModel: { argument: { readonly file: File }; result: Status };
  /** Has the loaded model go on: exactly, with the text that it was trained on, or with another one. */
  trainLoaded: {
    argument: {
      readonly text: Extract<TextSource, { kind: "file" }> | { readonly kind: "chosen" };
      readonly exactly: boolean;
    };
    result: Status;
  };
  /** What to write after the page's address for the run as it stands. */
  share: { argument: undefined; result: { readonly fragment: string; readonly step: number; readonly hash: string } };
  /** What a link asks for, and what it would cost where its text is at hand. */
  readLink: {
    argument: { readonly fragment: string };
    result: { readonly run: SharedRun; readonly estimate?: Estimate };
  };
  /** Begins a shared run anew and trains to its step; `file` is its text, where that does not come with the page. */
  reproduce: { argument: { readonly fragment: string; readonly file?: File }; result: Status };
  /** Writes the copy that survives a closed tab, now. */
  save: { argument: undefined; result: undefined };
  /** Forgets what is kept in a place. */
  forgetKept: { argument: { readonly place: string }; result: undefined };
}
