/**
 * Matrix–vector products y = s + W x made by the module, with the bits that they have inside a cell, whose sums the
 * nonlinearity overwrites in place.
 *
 * An engine of its own does nothing else. Its one token has the embedding 1, so that a linear cell whose W_ih (D, 1) is x, from a
 * state of zero, has x for its state; the decoder then makes W x, beginning with its bias, s. Every sum of the module has one
 * order, so what comes out is what any cell of the same numerics class gets.
 *
 * W (R, D) row-major · x (D) · s, y (R).
 */

import { createWasmEngine, type WasmEngine } from "../core/wasm-engine.ts";
import type { Numerics } from "../core/wasm-module.ts";

export class ModuleProducts {
  private constructor(
    /** One for each width D. */
    private readonly engines: ReadonlyMap<number, WasmEngine>,
    private readonly rows: number,
  ) {}

  /** For weights of `rows` rows and any of `widths` columns. */
  static async create(rows: number, widths: Iterable<number>, numerics: Numerics): Promise<ModuleProducts> {
    const engines = new Map<number, WasmEngine>();
    for (const width of new Set(widths)) {
      const engine = await createWasmEngine(
        {
          cell: "rnn",
          activation: "linear",
          optimizer: "sgd",
          vocabularySize: rows,
          hiddenSize: width,
          embeddingSize: 1,
          layers: 1,
          bias: true,
          tied: false,
          batchSize: 1,
          sequenceLength: 1,
        },
        { numerics },
      );
      const table = new Float32Array(rows);
      table[0] = 1;
      engine.writeTensor("embedding.weight", table);
      engines.set(width, engine);
    }
    return new ModuleProducts(engines, rows);
  }

  /** s + W x; from 0 where no s is given. */
  product(weight: Float32Array, x: Float32Array, start: Float32Array = new Float32Array(this.rows)): Float32Array {
    const engine = this.engines.get(x.length);
    if (engine === undefined) {
      throw new RangeError(`product: expected a width of ${[...this.engines.keys()].join(" or ")}, got ${x.length}`);
    }
    engine.writeTensor("rnn.weight_ih_l0", x);
    engine.writeTensor("decoder.weight", weight);
    engine.writeTensor("decoder.bias", start);
    engine.resetSampler();
    engine.samplerStep(0);
    return engine.samplerLogits().slice();
  }
}
