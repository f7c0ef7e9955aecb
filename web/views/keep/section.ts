/** What the sections of the Keep view have in common. */

import { element } from "../../dom.ts";
import type { Keeping } from "../../protocol/keep.ts";
import type { Status } from "../../protocol/run.ts";

export interface Section {
  readonly element: HTMLElement;
  /** Called whenever run, model, or what is kept of them has changed while the view is in sight. */
  update(status: Status, keeping: Keeping): void;
}

/** A heading, and what stands below it. */
export function section(title: string, ...children: readonly (Node | string | undefined | false)[]): HTMLElement {
  return element("section", { class: "keep-section" }, element("h2", {}, title), ...children);
}

/** What a visitor types elsewhere, as it is typed. */
export function command(text: string): HTMLElement {
  return element("code", {}, text);
}

/**
 * A button that opens a file chooser: a label to its input, as the Train view's. `id` is the input's; `accept` a list of endings
 * and types.
 */
export function fileButton(
  text: string,
  { id, accept, onFile }: { readonly id: string; readonly accept: string; readonly onFile: (file: File) => void },
): readonly [HTMLElement, HTMLElement] {
  const input = element("input", {
    class: "visually-hidden",
    attributes: { type: "file", id, accept },
    on: {
      change: () => {
        const file = input.files?.[0];
        if (file !== undefined) onFile(file);
        input.value = "";
      },
    },
  });
  return [input, element("label", { class: "button", attributes: { for: id } }, text)];
}

/** Whether a visitor who has trained for long agrees to have something else take the run's place. */
export function mayReplace({ model, step }: Status): boolean {
  const isLong = model?.trainable === true && step > 1000;
  return (
    !isLong || confirm("This takes the place of the run that is here. Download its model first if you want it back.")
  );
}
