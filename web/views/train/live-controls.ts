/** What may be changed while it runs: the learning rate, the clip value, the temperature of samples. */

import { element, field } from "../../dom.ts";
import { significant } from "../../numbers.ts";
import type { Page } from "../../page.ts";

/** A slider over powers of ten, since a rate matters by its size. */
interface LogarithmicSlider {
  readonly element: HTMLElement;
  set(value: number): void;
}

export function createLiveControls(page: Page): HTMLElement {
  const rate = logarithmic("Learning rate", 1e-6, 10, (learningRate) => change({ learningRate }));
  const clip = logarithmic("Clip", 0.01, 100, (clipValue) => change({ clipValue }));
  const temperature = logarithmic("Temperature of samples", 0.1, 3, (value) => change({ temperature: value }));

  function change(fields: { learningRate?: number; clipValue?: number; temperature?: number }): void {
    void page.attempt(page.worker.call("change", fields));
  }

  const made = element(
    "fieldset",
    { class: "live" },
    element("legend", {}, "While it runs"),
    rate.element,
    clip.element,
    temperature.element,
  );
  page.worker.on("status", (status) => {
    made.hidden = status.model?.trainable !== true;
    rate.set(status.learningRate);
    clip.set(status.clipValue);
    temperature.set(status.temperature);
  });
  made.hidden = true;
  return made;
}

function logarithmic(label: string, min: number, max: number, onChange: (value: number) => void): LogarithmicSlider {
  const output = element("output", {});
  const input = element("input", {
    attributes: { type: "range", min: Math.log10(min), max: Math.log10(max), step: 0.02 },
    on: {
      input: () => say(rounded()),
      change: () => onChange(rounded()),
    },
  });
  /** To two digits: what one reads is what is set. */
  function rounded(): number {
    return Number((10 ** Number(input.value)).toPrecision(2));
  }
  function say(value: number): void {
    output.textContent = Number.isFinite(value) ? significant(value) : "none";
    input.setAttribute("aria-valuetext", output.textContent);
  }
  return {
    element: field(label, input, output),
    set(value) {
      // not under the visitor's hand
      if (document.activeElement === input && input.matches(":active")) return;
      input.value = String(Math.log10(Number.isFinite(value) ? value : max));
      say(value);
    },
  };
}
