/** docs/cli.md, made of the table of commands and options that the command line itself is made of. */

import type { Command, Option } from "commander";

const INTRODUCTION = `# The command line

Made from the table of options by \`npm run docs:cli\`; a test compares. \`charloom help COMMAND\` prints the same.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (Ctrl-C), 143 terminated. Errors are one line on standard error.
With \`CHARLOOM_DEBUG=1\` a stack trace follows it.
`;

export function cliPage(program: Command): string {
  const { commands } = program;
  const contents = commands.map(
    (command) => `- [\`${command.name()}\`](#charloom-${command.name()}): ${description(command)}`,
  );
  return [INTRODUCTION, `${contents.join("\n")}\n`, ...commands.map(section)].join("\n");
}

function section(command: Command): string {
  const name = `charloom ${command.name()}`;
  const parts = [`## ${name}`, description(command), `    ${name} ${command.usage()}`];
  const argumentRows = command.registeredArguments.map((argument) => row(argument.name(), argument.description));
  if (argumentRows.length > 0) parts.push(table("argument", argumentRows));
  for (const [heading, options] of byGroup(command.options)) {
    if (heading !== undefined) parts.push(`**${heading}**`);
    parts.push(table("option", options.map(optionRow)));
  }
  const after = textAfterHelp(command);
  if (after !== "") parts.push(fenced(after));
  return `${parts.join("\n\n")}\n`;
}

function description(command: Command): string {
  return escaped(command.description());
}

/** The options in the order of their declaration, by the heading that the help puts over them. */
function byGroup(options: readonly Option[]): Map<string | undefined, Option[]> {
  const groups = new Map<string | undefined, Option[]>();
  for (const option of options) {
    const heading = option.helpGroupHeading?.replace(/:$/, "");
    groups.set(heading, [...(groups.get(heading) ?? []), option]);
  }
  return groups;
}

function optionRow({ flags, description, defaultValue }: Option): string {
  const fallback = defaultValue === undefined ? "" : ` (default: ${defaultValue})`;
  return row(flags, description + fallback);
}

function table(what: string, rows: readonly string[]): string {
  return [`| ${what} | |`, "|---|---|", ...rows].join("\n");
}

function row(name: string, description: string): string {
  return `| \`${name}\` | ${escaped(description).replaceAll("|", "\\|")} |`;
}

/** Notes and examples, which stand below the options. */
function textAfterHelp(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (piece) => (text += piece) });
  command.outputHelp();
  return text.slice(command.helpInformation().length).trim();
}

function fenced(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}

/** Brackets would be taken for HTML. */
function escaped(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
