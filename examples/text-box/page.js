/**
 * A text box that a model writes on in. It needs `npm install charloom` beside it and a server of files:
 *
 *     python3 -m http.server        then http://localhost:8000/index.html
 */

import { generateAsync, modelFromBytes } from "charloom/inference";

const [file, text, suggestion] = ["file", "text", "suggestion"].map((id) => document.getElementById(id));

let model;
let typing = new AbortController();

file.addEventListener("change", async () => {
  const [chosen] = file.files;
  if (chosen === undefined) return;
  try {
    model = await modelFromBytes(new Uint8Array(await chosen.arrayBuffer()), chosen.name);
    text.disabled = false;
    text.focus();
    await suggest();
  } catch (error) {
    suggestion.value = error.message; // says what is wrong with the file
  }
});

text.addEventListener("input", suggest);

text.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || suggestion.value === "") return;
  event.preventDefault();
  text.value += suggestion.value;
  suggest();
});

/** Shows, piece by piece, how the text may go on, until it is typed in again. */
async function suggest() {
  typing.abort();
  typing = new AbortController();
  suggestion.value = "";
  const options = { prime: text.value, length: 60, temperature: 0.6, unknown: "skip", signal: typing.signal };
  try {
    for await (const piece of generateAsync(model, options)) suggestion.value += piece;
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}
