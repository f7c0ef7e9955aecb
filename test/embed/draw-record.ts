/** A record as a box of 16 bytes a row, as docs/abi.md draws it. */

export interface Field {
  readonly offset: number;
  /** "i32", "u32", "f32" or "f64". */
  readonly type: string;
  readonly name: string;
}

const ROW_BYTES = 16;
const WORD_WIDTH = 21;

export function drawRecord(fields: readonly Field[], bytes: number): string {
  const lines = [rule([], starts(fields, 0))];
  for (let row = 0; row < bytes; row += ROW_BYTES) {
    const cells = fields.filter(({ offset }) => offset >= row && offset < row + ROW_BYTES);
    const known = cells.reduce((sum, { type }) => sum + size(type), 0);
    const unused = Math.min(ROW_BYTES, bytes - row) - known;
    const text = cells.map(({ type, name }) => ` ${type} ${name}`.padEnd(width(size(type))));
    if (unused > 0) text.push(" unused".padEnd(width(unused)));
    lines.push(`${String(row).padStart(4)} │${text.join("│")}│`);
    lines.push(rule(starts(fields, row), row + ROW_BYTES < bytes ? starts(fields, row + ROW_BYTES) : []));
  }
  return lines.join("\n");
}

function size(type: string): number {
  return type.endsWith("64") ? 8 : 4;
}

/** Columns of text within a cell. */
function width(bytes: number): number {
  return (bytes / 4) * (WORD_WIDTH + 1) - 1;
}

/** Words of a row at which a line begins, the end of the row included. */
function starts(fields: readonly Field[], row: number): number[] {
  const inRow = fields.filter(({ offset }) => offset >= row && offset < row + ROW_BYTES);
  const last = inRow.at(-1);
  const end = last === undefined ? [] : [(last.offset + size(last.type) - row) / 4];
  return [...new Set([...inRow.map(({ offset }) => (offset - row) / 4), ...end, ROW_BYTES / 4])];
}

/** The line between a row whose cells start at `above` and one whose cells start at `below`. */
function rule(above: readonly number[], below: readonly number[]): string {
  let line = "     ";
  for (let word = 0; word <= ROW_BYTES / 4; word++) {
    const [up, down] = [above.includes(word), below.includes(word)];
    const [left, right] = [word > 0, word < ROW_BYTES / 4];
    line += corner(up, down, left, right);
    if (right) line += "─".repeat(WORD_WIDTH);
  }
  return line;
}

function corner(up: boolean, down: boolean, left: boolean, right: boolean): string {
  if (!up && !down) return "─";
  if (left && right) return up && down ? "┼" : up ? "┴" : "┬";
  if (right) return up && down ? "├" : up ? "└" : "┌";
  return up && down ? "┤" : up ? "┘" : "┐";
}
