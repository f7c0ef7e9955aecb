// A bare JavaScript engine: GNOME's, SpiderMonkey without the web or Node (Debian: apt-get install gjs):
//   gjs -m examples/embed/gjs.mjs
import Gio from "gi://Gio";
import GLib from "gi://GLib";
import { report, train } from "./training.mjs";

const [, bytes] = Gio.File.new_for_uri(import.meta.url)
  .get_parent()
  .resolve_relative_path("../../build/core.wasm")
  .load_contents(null);
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
const outcome = train(exports);
const hash = GLib.compute_checksum_for_bytes(GLib.ChecksumType.SHA256, new GLib.Bytes(outcome.parameters));
print(
  report(
    outcome,
    hash.match(/../g).map((byte) => Number.parseInt(byte, 16)),
  ),
);
