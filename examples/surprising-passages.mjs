/**
 * Finds what a model would not have expected in a text: misprints, quotations, another hand. Prints its lines by their surprise, in
 * bits per character, with the characters that surprise most in brackets.
 *
 *     node surprising-passages.mjs model.safetensors chapter.txt 10
 */

import { scoreTokens } from "charloom";
import { loadModel, readText } from "charloom/node";

const [modelPath, textPath, count = "10"] = process.argv.slice(2);
if (textPath === undefined) throw new Error("usage: node surprising-passages.mjs MODEL TEXT [LINES]");

/** Characters less likely than this are marked. */
const UNLIKELY = 0.01;

const model = await loadModel(modelPath);
const lines = [];
let line = { number: 1, text: "", nats: 0, characters: 0 };
for (const { token, nats, probability } of scoreTokens(model, readText(textPath), "skip")) {
  if (token === "\n") {
    lines.push(line);
    line = { number: line.number + 1, text: "", nats: 0, characters: 0 };
    continue;
  }
  line.text += probability < UNLIKELY ? `[${token}]` : token;
  line.nats += nats;
  line.characters++;
}
lines.push(line);

const bits = ({ nats, characters }) => nats / Math.LN2 / characters;
const longEnough = lines.filter(({ characters }) => characters >= 8);
for (const each of longEnough.sort((a, b) => bits(b) - bits(a)).slice(0, Number(count))) {
  console.log(`${bits(each).toFixed(2).padStart(6)} bits  line ${String(each.number).padEnd(6)} ${each.text}`);
}
