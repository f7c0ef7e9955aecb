/**
 * Completes words in an editor: a server of the Language Server Protocol over standard input and output, with a model of your own
 * prose (or code) behind it. In Neovim, for one:
 *
 *     vim.lsp.start({ name = "charloom", cmd = { "node", "language-server.mjs", "model.safetensors" } })
 *
 * It offers the likeliest ways to go on from what stands before the cursor, each to the end of its word.
 */

import { TextReader } from "charloom";
import { loadModel } from "charloom/node";

const [modelPath] = process.argv.slice(2);
if (modelPath === undefined) throw new Error("usage: node language-server.mjs MODEL");
const model = await loadModel(modelPath);

/** Characters before the cursor that the model reads: more would take longer and tell it little. */
const CONTEXT = 200;
const OFFERS = 5;
const LONGEST = 24;

/** The likeliest continuations of a text, each begun by another character and ended with its word. */
function completions(text) {
  const reader = new TextReader(model);
  const { vocabulary } = model;
  const known = [...text.slice(-CONTEXT)].filter((character) => vocabulary.indexOf(character) !== undefined);
  reader.feed(known.length > 0 ? known.join("") : vocabulary.tokens[0]);
  const state = reader.save();
  const first = likeliest(reader.probabilities(), OFFERS);
  return first.map(({ token, probability }) => {
    reader.restore(state);
    let word = "";
    for (let next = token; word.length < LONGEST; next = likeliest(reader.probabilities(), 1)[0].token) {
      const character = vocabulary.tokenText(next);
      if (/\s/u.test(character) && word !== "") break;
      word += character;
      reader.feedToken(next);
    }
    return { word, probability };
  });
}

/** The indices of the largest probabilities. */
function likeliest(probabilities, count) {
  const ranked = Array.from(probabilities, (probability, token) => ({ token, probability }));
  return ranked.sort((a, b) => b.probability - a.probability).slice(0, count);
}

const documents = new Map();

const HANDLERS = {
  initialize: () => ({
    capabilities: { textDocumentSync: 1, completionProvider: {} },
    serverInfo: { name: "charloom" },
  }),
  "textDocument/didOpen": ({ textDocument }) => void documents.set(textDocument.uri, textDocument.text),
  "textDocument/didChange": ({ textDocument, contentChanges }) =>
    void documents.set(textDocument.uri, contentChanges.at(-1).text),
  "textDocument/didClose": ({ textDocument }) => void documents.delete(textDocument.uri),
  "textDocument/completion": ({ textDocument, position }) => {
    const lines = (documents.get(textDocument.uri) ?? "").split("\n").slice(0, position.line + 1);
    const before = [...lines.slice(0, -1), (lines.at(-1) ?? "").slice(0, position.character)].join("\n");
    return completions(before).map(({ word, probability }, rank) => ({
      label: word,
      detail: `${(100 * probability).toFixed(0)} %`,
      sortText: String(rank),
      textEdit: { range: { start: position, end: position }, newText: word },
    }));
  },
  shutdown: () => null,
  exit: () => process.exit(0),
};

/** Each message is "Content-Length: N", an empty line and N bytes of JSON. */
let received = Buffer.alloc(0);
process.stdin.on("data", (piece) => {
  received = Buffer.concat([received, piece]);
  for (;;) {
    const end = received.indexOf("\r\n\r\n");
    const length = Number(/content-length: (\d+)/i.exec(received.subarray(0, Math.max(0, end)).toString())?.[1]);
    if (end < 0 || received.length < end + 4 + length) return;
    const message = JSON.parse(received.subarray(end + 4, end + 4 + length).toString());
    received = received.subarray(end + 4 + length);
    answer(message);
  }
});

function answer({ id, method, params }) {
  const handler = HANDLERS[method];
  if (id === undefined) return void handler?.(params);
  const outcome =
    handler === undefined
      ? { error: { code: -32601, message: `${method}: not a method of this server` } }
      : { result: handler(params) ?? null };
  const text = JSON.stringify({ jsonrpc: "2.0", id, ...outcome });
  process.stdout.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}
