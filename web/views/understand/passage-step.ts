/** Step 1: the text, a token of which is chosen to be read, as numbers and as columns with a single one. */

import { button, element, field, svg } from "../../dom.ts";
import { grouped, visibleToken } from "../../numbers.ts";
import type { LessonPicture } from "../../protocol/understand.ts";
import { createHeatMap } from "./heat-map.ts";
import { followWidth } from "./laid-out-width.ts";
import { createStepFrame, type LessonDesk, type LessonStep, nounOf, tokensOf } from "./lesson-step.ts";

export function createPassageStep(desk: LessonDesk): LessonStep {
  const passage = element("div", {
    class: "lesson-passage",
    attributes: { role: "radiogroup", "aria-label": "What is read now" },
    on: { keydown: (event) => move(event) },
  });
  const columns = element("div", { class: "one-hot" });
  const embedded = createHeatMap({ title: "What the table has for it", placeName: (_, column) => `number ${column}` });
  const looked = element(
    "figure",
    { class: "tensor-map" },
    element("figcaption", {}, "What the table has for it"),
    embedded.element,
  );
  const own = element("input", { attributes: { type: "text", spellcheck: "false", autocomplete: "off" } });
  const form = element(
    "form",
    {
      class: "own-passage",
      on: {
        submit: (event) => {
          event.preventDefault();
          void desk.change(() => desk.page.worker.call("lessonRead", { text: own.value }));
        },
      },
    },
    field("Or a passage of your own", own),
    button("Read it", () => form.requestSubmit()),
  );
  const frame = createStepFrame(1, "Text becomes numbers", passage, columns, looked, form);
  const columnsWidth = followWidth(columns, drawColumns);
  let picture: LessonPicture | undefined;
  let focusWanted = false;

  function choose(position: number): void {
    void desk.change(() => desk.page.worker.call("lessonChoose", { position }));
  }

  function move(event: KeyboardEvent): void {
    if (picture === undefined) return;
    const { position } = picture.pair;
    const last = picture.passage.length - 2;
    const next = {
      ArrowRight: position + 1,
      ArrowDown: position + 1,
      ArrowLeft: position - 1,
      ArrowUp: position - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    if (next < 0 || next > last || next === position) return;
    focusWanted = true;
    choose(next);
  }

  function drawColumns(): void {
    const width = columnsWidth();
    if (picture === undefined || width === 0) return;
    columns.replaceChildren(oneHotPlot(picture, width));
  }

  return {
    element: frame.element,
    update(next) {
      picture = next;
      const { pair, tokens, recipe, forward } = next;
      const { token, target } = tokensOf(next);
      const noun = nounOf(next);
      passage.replaceChildren(
        ...Array.from(next.passage, (index, position) => {
          const chosen = position === pair.position;
          const shown = visibleToken(tokens[index]!);
          // nothing is known to follow the last
          if (position === next.passage.length - 1)
            return element("span", { class: mark(position, pair.position) }, shown);
          return element(
            "button",
            {
              class: mark(position, pair.position),
              attributes: {
                type: "button",
                role: "radio",
                "aria-checked": String(chosen),
                "aria-label": `${shown}, ${noun} ${position}`,
                tabindex: chosen ? 0 : -1,
              },
              on: { click: () => choose(position) },
            },
            shown,
          );
        }),
      );
      if (focusWanted) passage.querySelector<HTMLElement>('[aria-checked="true"]')?.focus();
      focusWanted = false;
      drawColumns();
      looked.hidden = forward.embedded === undefined;
      if (forward.embedded !== undefined) {
        embedded.draw({ rows: 1, columns: forward.embedded.length, values: forward.embedded });
      }
      frame.say(
        `This network knows ${grouped(tokens.length)} different ${noun}s, in a fixed order: ${token} is number ${grouped(pair.token)}, ` +
          `${target} number ${grouped(pair.target)}. To it, a ${noun} is a column of ${grouped(tokens.length)} zeros with a single one, ` +
          "at that number: one-hot, as it is called.",
        recipe.embeddingSize === 0
          ? "Such a column is less odd than it looks: multiplied with a table of numbers, it picks out one column of it."
          : `Such a column multiplied with a table of numbers picks out one row of it: here, ${recipe.embeddingSize} numbers ` +
              `for each ${noun}, which are learnt like all others.`,
        `Choose the ${noun} that is read now. The one after it is what the network should guess.`,
      );
    },
    redraw: embedded.redraw,
  };
}

function mark(position: number, read: number): string {
  if (position === read) return "lesson-token read";
  return position === read + 1 ? "lesson-token target" : position < read ? "lesson-token past" : "lesson-token";
}

const HEIGHT = 190;
const LEFT = 38;

/** A column for each token of the passage, in it a mark at the token's number. */
function oneHotPlot({ passage, pair, tokens }: LessonPicture, width: number): SVGSVGElement {
  const pitch = (width - LEFT) / passage.length;
  const rows = tokens.length;
  const y = (index: number) => 4 + ((HEIGHT - 8) * (index + 0.5)) / rows;
  const size = Math.max(3, Math.min(8, (HEIGHT - 8) / rows));
  const x = (position: number) => LEFT + position * pitch;
  const text =
    `One column for each of ${passage.length} places, ${rows} high. In column ${pair.position} the one is at ` +
    `number ${pair.token}, in the next at number ${pair.target}.`;
  return svg(
    "svg",
    { role: "img", "aria-label": text, viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT },
    svg("text", { x: LEFT - 6, y: 14, "text-anchor": "end" }, "0"),
    svg("text", { x: LEFT - 6, y: HEIGHT - 4, "text-anchor": "end" }, String(rows - 1)),
    ...Array.from(passage, (index, position) => {
      const role = position === pair.position ? "read" : position === pair.position + 1 ? "target" : "other";
      const mark = svg("rect", {
        class: `one ${role}`,
        x: x(position) + 1,
        y: y(index) - size / 2,
        width: Math.max(2, pitch - 2),
        height: size,
      });
      mark.append(svg("title", {}, `${visibleToken(tokens[index]!)}: number ${index}`));
      const column = svg("rect", {
        class: `zeros ${role}`,
        x: x(position) + 1,
        y: 2,
        width: Math.max(2, pitch - 2),
        height: HEIGHT - 4,
      });
      return svg("g", {}, column, mark);
    }),
  );
}
