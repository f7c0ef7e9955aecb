using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .trainer)],
  sockets = [(name = "http", address = "localhost:8787", http = (), service = "main")],
);

const trainer :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "training.mjs", esModule = embed "training.mjs"),
    (name = "core.wasm", wasm = embed "../../build/core.wasm"),
  ],
  compatibilityDate = "2026-01-01",
);
