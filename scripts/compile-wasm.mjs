// A thread of scripts/build-wasm.mjs: compiles one target of asconfig.json. asc reads no entry there.
import { workerData } from "node:worker_threads";
import asc from "assemblyscript/asc";

const { target, entry } = workerData;
const { error, stderr } = await asc.main([entry, "--config", "asconfig.json", "--target", target]);
// of the optimizer's last pass over a large module; nothing comes of it
const messages = stderr.toString().replace("Last converge was suboptimal.\n", "");
if (messages !== "") process.stderr.write(messages);
process.exit(error ? 1 : 0);
