/** An editor's side of the Language Server Protocol: asks a server in another process. */

import type { ChildProcessWithoutNullStreams } from "node:child_process";

/** JSON as it comes. */
type Parsed = ReturnType<typeof JSON.parse>;

export class LanguageClient {
  private received = Buffer.alloc(0);
  private lastId = 0;
  private readonly waiting = new Map<number, (message: Parsed) => void>();

  constructor(private readonly server: ChildProcessWithoutNullStreams) {
    server.stdout.on("data", (piece: Buffer) => {
      this.received = Buffer.concat([this.received, piece]);
      for (let message = this.take(); message !== undefined; message = this.take()) {
        this.waiting.get(message.id)?.(message);
      }
    });
  }

  /** Sends a notification. */
  tell(method: string, params: object): void {
    this.send({ method, params });
  }

  /** The result of a request. Rejects with the server's own words. */
  async ask(method: string, params: object): Promise<Parsed> {
    const id = ++this.lastId;
    const { result, error } = await new Promise<Parsed>((resolve) => {
      this.waiting.set(id, resolve);
      this.send({ id, method, params });
    });
    if (error !== undefined) throw new Error(error.message);
    return result;
  }

  private send(message: object): void {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.server.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  /** The next message, where it has come as a whole. */
  private take(): Parsed {
    const [, head, length] = /^(Content-Length: (\d+)\r\n\r\n)/.exec(this.received.toString("latin1")) ?? [];
    if (head === undefined || this.received.length < head.length + Number(length)) return undefined;
    const end = head.length + Number(length);
    const message = JSON.parse(this.received.subarray(head.length, end).toString());
    this.received = this.received.subarray(end);
    return message;
  }
}
