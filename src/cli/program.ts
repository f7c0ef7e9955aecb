/** The commands and their options. Each command's own code is loaded only when it runs. */

import { Command, Option } from "commander";
import { ACTIVATIONS } from "../core/engine.ts";
import { VERSION } from "../core/generated/version.ts";
import { BUILTIN_CORPORA } from "../data/builtin-corpora.ts";
import { UNITS } from "../data/unit.ts";
import { EXPORT_FORMATS } from "../interchange/export-formats.ts";
import { PRESETS } from "../model/presets.ts";
import { choice, decimal, duration, interval, threadCount, UsageError, wholeNumber } from "./arguments.ts";
import { addRecipeOptions } from "./recipe-options.ts";

export function createProgram(): Command {
  const program = new Command("charloom");
  program
    .description("Trains recurrent language models on text, and samples from them.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  addTrain(program);
  addPresets(program);
  addSample(program);
  addPredict(program);
  addScore(program);
  addInspect(program);
  addExport(program);
  addImport(program);
  addReport(program);
  addGradcheck(program);
  addBench(program);
  addPlay(program);
  for (const command of program.commands) {
    command
      .helpOption("-h, --help", "print help")
      .exitOverride()
      .configureOutput({ outputError: () => {} });
  }
  return program;
}

function addTrain(program: Command): void {
  const command = program
    .command("train")
    .description("Train a model on a text: min-char-rnn, unless options say otherwise.")
    .argument(
      "[files...]",
      "texts in UTF-8, read one after another; - is standard input; without any, a corpus that comes with charloom",
    )
    .addOption(
      new Option(
        "--preset <name>",
        "one of the systems that people know, every part of which other options override; see charloom presets",
      ).argParser(choice("--preset", Object.keys(PRESETS))),
    )
    .addOption(
      new Option(
        "--corpus <name>",
        `train on a corpus that comes with charloom: ${BUILTIN_CORPORA.join(" or ")}`,
      ).argParser(choice("--corpus", BUILTIN_CORPORA)),
    )
    .option("--normalize-newlines", "read CR LF as LF");
  addRecipeOptions(command);
  command
    .optionsGroup("Run:")
    .addOption(
      new Option(
        "--threads <n>",
        "threads that share a step, with the same result whatever their number, or auto: as many as prove the fastest (default: auto)",
      ).argParser(threadCount("--threads")),
    )
    .option("--init-from <file>", "start from the weights of a safetensors file, charloom's or PyTorch's")
    .addOption(
      new Option(
        "--steps <n>",
        "stop after so many steps (default: 100000, or the schedule's, if no other end is given)",
      ).argParser(wholeNumber("--steps", 1, Number.MAX_SAFE_INTEGER)),
    )
    .addOption(
      new Option("--epochs <n>", "stop after so many passes over the text").argParser(decimal("--epochs", 1e-9, 1e9)),
    )
    .addOption(new Option("--time <duration>", "stop after 20s, 5m, 1h").argParser(duration("--time")))
    .addOption(
      new Option("--until-loss <x>", "stop when the smooth loss falls below x nats per token").argParser(
        decimal("--until-loss", 0, 1e6),
      ),
    )
    .addOption(
      new Option(
        "--patience <n>",
        "stop after n looks at the validation part without a lower loss, and keep the best parameters",
      ).argParser(wholeNumber("--patience", 1, Number.MAX_SAFE_INTEGER)),
    )
    .addOption(
      new Option(
        "--on-nan <what>",
        "when training diverges: stop, or rollback, to the last good parameters at half the rate (default: stop)",
      ).argParser(choice("--on-nan", ["stop", "rollback"])),
    )
    .addOption(
      new Option(
        "--eval-every <n>",
        "steps between two looks at the validation part (--val-fraction) (default: 1000)",
      ).argParser(wholeNumber("--eval-every", 1, Number.MAX_SAFE_INTEGER)),
    )
    .optionsGroup("Going on:")
    .option(
      "--resume <file>",
      "go on with the run that wrote this file, to the bit, up to its own end or a further --steps, --epochs, --time (from here) or --until-loss",
    )
    .option("--override", "with --resume, change what else is given from here on, and have the file record it")
    .option("--allow-new-data", "with --resume, go on with another text, of the same characters or words")
    .optionsGroup("Output:")
    .addOption(
      new Option(
        "--sample-every <n>",
        "show a sample every so many steps or seconds (100, 2s; 0 for never; default: 100, on a terminal at most one in 2s)",
      ).argParser(interval("--sample-every")),
    )
    .addOption(
      new Option("--sample-length <n>", "tokens of a sample (default: 200)").argParser(
        wholeNumber("--sample-length", 1, 1_000_000),
      ),
    )
    .addOption(
      new Option("--temperature <x>", "of the samples; 0 takes the likeliest (default: 1)").argParser(
        decimal("--temperature", 0, 1000),
      ),
    )
    .option(
      "--out <file>",
      "where the model goes (default: the text's name with .safetensors, and never over another file; with --resume that file)",
    )
    .addOption(
      new Option(
        "--checkpoint-every <n>",
        "write the model, and all that --resume needs, every so many steps or seconds (500, 30s; 0 for only at the end; default: 60s)",
      ).argParser(interval("--checkpoint-every")),
    )
    .addOption(
      new Option("--keep-last <n>", "keep the last n of these in files of their own, …-step500.safetensors").argParser(
        wholeNumber("--keep-last", 1, 1_000_000),
      ),
    )
    .option("--keep-best", "keep the model of the least validation loss in a file of its own, …-best.safetensors")
    .option("--log <file>", "write one line of JSON a step, over what the file held; with --resume, after it")
    .option("--json", "print JSON instead of text: an object a line for start, progress, samples and end")
    .option("-q, --quiet", "print nothing but errors")
    .addHelpText(
      "after",
      `
Defaults are min-char-rnn's; a preset brings its own, and so does an optimizer: its rate and constants.
Samples go to standard output, progress to standard error. Ctrl-C stops after the step, saves the model and exits
with 130; Ctrl-C again leaves at once. charloom train --resume MODEL goes on.

Examples:
  charloom train                                              a corpus that comes along, 100,000 steps
  charloom train book.txt --hidden 200 --lr 0.03 --time 5m    your own text
  charloom train book.txt --preset char-rnn                   two layers of LSTM, batches, RMSprop
  charloom train --preset dinosaurs                           names, until the loss is low
  cat *.txt | charloom train - --unit word                    words, from a pipe`,
    )
    .action(async (files: string[], options) => {
      const { train } = await import("./train.ts");
      process.exitCode = await train(files, options);
    });
}

function addPresets(program: Command): void {
  program
    .command("presets")
    .description("List the systems that charloom train --preset knows.")
    .option("--json", "print JSON: every preset with its recipe and how it is run")
    .action(async (options) => {
      const { presets } = await import("./presets.ts");
      process.exitCode = await presets(options);
    });
}

function addSample(program: Command): void {
  program
    .command("sample")
    .description("Draw text from a model.")
    .argument("<model>", "a file that charloom train wrote")
    .option("--prime <text>", "text to go on from")
    .addOption(
      new Option("--length <n>", "tokens to draw at most, or inf (default: 500, or 50 of a model of lines)").argParser(
        (text) =>
          text === "inf" ? Number.POSITIVE_INFINITY : wholeNumber("--length", 0, Number.MAX_SAFE_INTEGER)(text),
      ),
    )
    .addOption(
      number("--temperature <x>", "less is more cautious; 0 takes the likeliest", 1, decimal("--temperature", 0, 1000)),
    )
    .option("--greedy", "always the likeliest token: --temperature 0")
    .addOption(number("--top-k <n>", "only the n likeliest; 0 for all", 0, wholeNumber("--top-k", 0, 1e9)))
    .addOption(
      number("--top-p <x>", "only the likeliest that together reach x", 1, decimal("--top-p", Number.MIN_VALUE, 1)),
    )
    .addOption(
      number("--min-p <x>", "only those with x of the likeliest one's probability", 0, decimal("--min-p", 0, 1)),
    )
    .addOption(
      number(
        "--repetition-penalty <x>",
        "above 1, makes the last 64 tokens rarer",
        1,
        decimal("--repetition-penalty", 0.01, 100),
      ),
    )
    .addOption(
      new Option("--until <text>", "end before this text; may be given several times").argParser(
        (text: string, previous: string[] | undefined) => {
          if (text === "") throw new UsageError("--until: expected a text, got an empty one");
          return [...(previous ?? []), text];
        },
      ),
    )
    .addOption(number("--count <n>", "samples, from seeds one after the other", 1, wholeNumber("--count", 1, 1e6)))
    .addOption(
      new Option("--seed <n>", "the same seed, the same text (default: another text each time)").argParser(
        wholeNumber("--seed", 0, Number.MAX_SAFE_INTEGER),
      ),
    )
    .addOption(
      new Option("--threads <n>", "threads that share a token's work, of large models, or auto")
        .argParser(threadCount("--threads"))
        .default(1),
    )
    .addOption(unknownOption("--prime"))
    .addHelpText(
      "after",
      `
Example:
  charloom sample sonnets.safetensors --prime "Shall I " --temperature 0.7`,
    )
    .action(async (model: string, options) => {
      const { sample } = await import("./sample.ts");
      process.exitCode = await sample(model, options);
    });
}

function addPredict(program: Command): void {
  program
    .command("predict")
    .description(
      "Say what a model finds likeliest: the next token at every position of a text or, of a model of lines of characters, the rest of the line.",
    )
    .argument("<model>", "a file that charloom train wrote")
    .argument("<text>", "a text, or the beginning of a line")
    .option("--each", "the next token at every position, whatever the model")
    .addOption(number("--length <n>", "tokens of a line at most", 50, wholeNumber("--length", 0, 1e6)))
    .option("--json", "print JSON")
    .addOption(unknownOption("the text"))
    .addHelpText(
      "after",
      `
Examples:
  charloom predict dinosaurs.safetensors meo       Meosaurus, or the like
  charloom predict words.safetensors "the fair"    after each word, the likeliest next one`,
    )
    .action(async (model: string, text: string, options) => {
      const { predict } = await import("./predict.ts");
      process.exitCode = await predict(model, text, options);
    });
}

function addScore(program: Command): void {
  program
    .command("score")
    .description("Tell how surprising a text is to a model: nats and bits per token, perplexity.")
    .argument("<model>", "a file that charloom train wrote")
    .argument("<file>", "a text in UTF-8, or any file for a model of bytes; - is standard input")
    .option("--per-token", "print every token with its surprise and probability first")
    .option("--json", "print JSON: an object a token, then one for the whole")
    .option("--normalize-newlines", "read CR LF as LF")
    .addOption(unknownOption("the text"))
    .action(async (model: string, file: string, options) => {
      const { score } = await import("./score.ts");
      process.exitCode = await score(model, file, options);
    });
}

function addInspect(program: Command): void {
  program
    .command("inspect")
    .description("Show what a model is made of, or what it expects after a text.")
    .argument("<model>", "a file that charloom train wrote")
    .option("--next <text>", "a table of the likeliest next tokens after this text")
    .addOption(number("--top <n>", "rows of that table", 10, wholeNumber("--top", 1, 1e6)))
    .option("--json", "print JSON")
    .addOption(unknownOption("--next"))
    .addHelpText(
      "after",
      `
Example:
  charloom inspect sonnets.safetensors --next "hello worl"`,
    )
    .action(async (model: string, options) => {
      const { inspect } = await import("./inspect.ts");
      process.exitCode = await inspect(model, options);
    });
}

function addExport(program: Command): void {
  program
    .command("export")
    .description("Write a model in a form that something else reads.")
    .argument("<model>", "a file that charloom train wrote")
    .addOption(
      new Option(
        "--to <format>",
        "safetensors: a model file; pytorch: a folder of weights and a Python module that loads, samples and trains them; onnx; json (default: safetensors, where an option below asks for it)",
      ).argParser(choice("--to", EXPORT_FORMATS)),
    )
    .option(
      "--out <path>",
      "a file, or the folder of pytorch (default: the model's name with another ending, and never over what is there)",
    )
    .option("--weights-only", "of safetensors: without what training goes on from")
    .option("--half", "of safetensors: weights as float16, each rounded to the nearest; tells what it costs")
    .option("--int8", "of safetensors: weights in 8 bits, with a scale for each row; tells what it costs")
    .option("--text <file>", "tell the loss of this text before and after (default: of a built-in corpus, if it fits)")
    .addHelpText(
      "after",
      `
Examples:
  charloom export sonnets.safetensors --to pytorch
  python3 sonnets-pytorch/model.py sample --prime "Shall I "
  charloom export sonnets.safetensors --int8 --out small.safetensors`,
    )
    .action(async (model: string, options) => {
      const { to = options.weightsOnly || options.half || options.int8 ? "safetensors" : undefined } = options;
      if (to === undefined) {
        throw new UsageError(`--to: expected ${EXPORT_FORMATS.join(" or ")}, got none`);
      }
      const { exportModel } = await import("./export.ts");
      process.exitCode = await exportModel(model, { ...options, to });
    });
}

function addImport(program: Command): void {
  program
    .command("import")
    .description("Make a model of weights that PyTorch saved: nn.RNN, nn.GRU or nn.LSTM with nn.Linear.")
    .argument("<file>", "a safetensors file or, with --allow-pickle, a state dict of torch.save")
    .option("--out <file>", "where the model goes (default: the file's name with .safetensors, and never over a file)")
    .option("--vocabulary <file>", "its tokens in JSON: a list, or an object of tokens and indices")
    .option("--text <file>", "the text it was trained on, whose tokens in sorted order are its vocabulary")
    .addOption(new Option("--unit <name>", "what a token is (default: char)").argParser(choice("--unit", UNITS)))
    .option("--cell <name>", "what its layers are, where their shapes do not tell")
    .addOption(
      new Option("--activation <name>", "of an nn.RNN, whose weights do not tell (default: tanh)").argParser(
        choice("--activation", ACTIVATIONS),
      ),
    )
    .option("--allow-pickle", "read a .pt or .pth file: its tensors alone, running nothing of what it holds")
    .addHelpText(
      "after",
      `
Example:
  charloom import trained.safetensors --text book.txt --out book.safetensors`,
    )
    .action(async (file: string, options) => {
      const { importModel } = await import("./import.ts");
      process.exitCode = await importModel(file, options);
    });
}

function addReport(program: Command): void {
  program
    .command("report")
    .description("Draw the log of a run as a page: loss, validation, learning rate, gradient norm, samples.")
    .argument("<log>", "a file that charloom train --log wrote, of a run that goes on too; - for standard input")
    .option(
      "--out <file>",
      "where the page goes; - for standard output (default: the log's name with .html, and never over another file)",
    )
    .addHelpText(
      "after",
      `
The page is one HTML file that needs nothing else and loads nothing.

Example:
  charloom train book.txt --log book.jsonl
  charloom report book.jsonl`,
    )
    .action(async (log: string, options) => {
      const { report } = await import("./report.ts");
      process.exitCode = await report(log, options);
    });
}

function addGradcheck(program: Command): void {
  program
    .command("gradcheck")
    .description("Compare the gradients of both engines with central differences of a float64 loss.")
    .option("--cell <name>", "one cell alone (default: all)")
    .addOption(number("--layers <n>", "layers", 1, wholeNumber("--layers", 1, 4)))
    .addOption(number("--hidden <n>", "hidden units", 16, wholeNumber("--hidden", 1, 256)))
    .addOption(number("--vocabulary <n>", "vocabulary size", 13, wholeNumber("--vocabulary", 1, 256)))
    .addOption(number("--seq <n>", "time steps", 8, wholeNumber("--seq", 1, 256)))
    .addOption(number("--batch <n>", "batch rows", 1, wholeNumber("--batch", 1, 64)))
    .addOption(number("--seed <n>", "seed of weights and tokens", 1, wholeNumber("--seed", 0, Number.MAX_SAFE_INTEGER)))
    .action(async (options) => {
      const { gradcheck } = await import("./gradcheck.ts");
      process.exitCode = await gradcheck(options);
    });
}

function addBench(program: Command): void {
  program
    .command("bench")
    .description("Measure this machine: kernels, training and sampling, each verified before it is timed.")
    .option("--only <names>", "some parts, with commas between: kernels, W1 to W4 (training), S1 to S3 (sampling)")
    .option("--quick", "verification and short rounds, in a minute or two")
    .option("--scaling", "instead, how time and memory grow with the sizes of a model and the length of a text")
    .option("--json <file>", "write all figures as JSON too")
    .addHelpText(
      "after",
      `
It takes about two minutes, and wants a machine that does nothing else.

Examples:
  charloom bench --only kernels,W2
  charloom bench --quick --json figures.json`,
    )
    .action(async (options) => {
      const { bench } = await import("./bench.ts");
      process.exitCode = await bench(options);
    });
}

function addPlay(program: Command): void {
  program
    .command("play")
    .description("Serve the playground to a browser on this machine: train a model there and look inside it.")
    .addOption(
      new Option("--port <n>", "listen on this port (default: 5210, or another one if that is taken)").argParser(
        wholeNumber("--port", 1, 65_535),
      ),
    )
    .action(async (options) => {
      const { play } = await import("./play.ts");
      process.exitCode = await play(options);
    });
}

function unknownOption(where: string): Option {
  return new Option("--unknown <what>", `for tokens of ${where} that the model does not know: error or skip`)
    .argParser(choice("--unknown", ["error", "skip"]))
    .default("error");
}

function number(flags: string, description: string, fallback: number, parse: (text: string) => number): Option {
  return new Option(flags, description).argParser(parse).default(fallback);
}
