/**
 * Each cell as PyTorch has it: its shapes, by which an import knows it, and the module that an export builds. A cell that
 * PyTorch lacks is written out, time step by time step.
 *
 * Tensors are batch-first, (N, T, D); states are (L, N, H).
 */

import type { Recipe } from "../model/recipe.ts";

export interface TorchCell {
  /** Blocks of H rows in weight_ih. */
  readonly gates: number;
  /** Whether it has weight_hh, and bias_hh where there are biases. */
  readonly recurrent: boolean;
  /** Blocks, from the first, whose two biases are only ever added to each other. */
  readonly summedBlocks: number;
  /** The class of the module. */
  readonly module: (recipe: Recipe) => string;
  /** Options of its own, as Python writes them after those of all. */
  readonly options?: (recipe: Recipe) => string;
  /** The class's definition, where it is not PyTorch's. */
  readonly definition?: (recipe: Recipe) => string;
}

/** What the written-out cells share: parameters under PyTorch's names, layers, dropout between them. */
const WRITTEN_OUT = `

class WrittenOut(nn.Module):
    """Layers of a cell that PyTorch lacks: x (N, T, D), state (L, N, H) -> outputs (N, T, H), state."""

    gates, recurrent = 1, True

    def __init__(self, inputs, hidden, num_layers, bias, dropout):
        super().__init__()
        self.hidden, self.layers, self.dropout = hidden, num_layers, dropout
        for layer in range(num_layers):
            self.add(f"weight_ih_l{layer}", self.gates * hidden, hidden if layer else inputs)
            if self.recurrent:
                self.add(f"weight_hh_l{layer}", self.gates * hidden, hidden)
            for name in ("bias_ih", "bias_hh") if self.recurrent else ("bias_ih",):
                if bias:
                    self.add(f"{name}_l{layer}", self.gates * hidden)
                else:
                    self.register_parameter(f"{name}_l{layer}", None)

    def add(self, name, *shape):
        bound = 1 / math.sqrt(self.hidden)
        self.register_parameter(name, nn.Parameter(torch.empty(shape).uniform_(-bound, bound)))

    def forward(self, x, state=None):
        last = []
        for layer in range(self.layers):
            h = x.new_zeros(x.shape[0], self.hidden) if state is None else state[layer]
            if layer:
                x = functional.dropout(x, self.dropout, self.training)
            weights = {name[: -len(f"_l{layer}")]: p for name, p in self.named_parameters() if name.endswith(f"_l{layer}")}
            sums = functional.linear(x, weights["weight_ih"], weights.get("bias_ih"))
            outputs = []
            for total in sums.unbind(1):
                h = self.step(total, h, weights)
                outputs.append(h)
            x = torch.stack(outputs, 1)
            last.append(h)
        return x, torch.stack(last)

`;

export const TORCH_CELLS: Readonly<Record<string, TorchCell>> = {
  rnn: {
    gates: 1,
    recurrent: true,
    summedBlocks: 1,
    module: ({ activation }) => (activation === "linear" ? "LinearRNN" : "nn.RNN"),
    options: ({ activation }) => (activation === "linear" ? "" : `, nonlinearity="${activation}"`),
    definition: ({ activation }) =>
      activation === "linear"
        ? `${WRITTEN_OUT}
class LinearRNN(WrittenOut):
    """h' = W_ih x + b + W_hh h"""

    def step(self, total, h, weights):
        return total + functional.linear(h, weights["weight_hh"], weights.get("bias_hh"))
`
        : "",
  },
  lstm: { gates: 4, recurrent: true, summedBlocks: 4, module: () => "nn.LSTM" },
  // b_hn stands inside the reset gate's product
  gru: { gates: 3, recurrent: true, summedBlocks: 2, module: () => "nn.GRU" },
  mingru: {
    gates: 2,
    recurrent: false,
    summedBlocks: 2,
    module: () => "MinGRU",
    definition: () => `${WRITTEN_OUT}
class MinGRU(WrittenOut):
    """z = sigmoid(W_iz x + b_z), c = W_ih x + b_h, h' = (1 - z) h + z c (arXiv:2410.01201)"""

    gates, recurrent = 2, False

    def step(self, total, h, weights):
        z, candidate = total.chunk(2, -1)
        z = torch.sigmoid(z)
        return (1 - z) * h + z * candidate
`,
  },
};
