import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StaticServer, serveFolder } from "../../src/cli/static-server.ts";
import { WorkFolder } from "./command-line.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks for a path as it stands: a URL would have its ".." resolved before it is sent. */
function ask(url: string, path: string, method = "GET", headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const asked = request({ host: hostname, port, path, method, headers }, (response) => {
      let text = "";
      response.on("data", (piece) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

describe("the server of the playground", () => {
  const folder = new WorkFolder();
  let server: StaticServer;

  beforeAll(async () => {
    mkdirSync(`${folder.path}/page/assets`, { recursive: true });
    folder.write("secret.txt", "not to be served");
    folder.write("page/index.html", "<p>page</p>");
    folder.write("page/assets/main.js", "1;");
    server = await serveFolder(`${folder.path}/page/`, 0);
  });
  afterAll(() => server?.close());

  test("serves its files, isolated and held to the policy", async () => {
    const page = await ask(server.url, "/");
    expect(page).toMatchObject({ status: 200, text: "<p>page</p>" });
    expect(page.headers).toMatchObject({
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "x-content-type-options": "nosniff",
    });
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(await ask(server.url, "/assets/main.js?v=1")).toMatchObject({ status: 200, text: "1;" });
    expect(await ask(server.url, "/", "HEAD")).toMatchObject({ status: 200, text: "" });
  });

  for (const path of [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/assets/../../secret.txt",
    "//secret.txt",
    "/assets/",
    "/assets",
    "/.",
  ]) {
    test(`has nothing at ${path}`, async () => {
      const answer = await ask(server.url, path);
      expect(answer.status).toBe(404);
      expect(answer.text).toBe("404\n");
    });
  }

  test("answers to no name but loopback's, and takes nothing", async () => {
    expect((await ask(server.url, "/", "GET", { host: "elsewhere.example" })).status).toBe(403);
    expect((await ask(server.url, "/", "POST")).status).toBe(405);
  });
});

test("the page's own policy is the server's, but for what a page cannot say of its frames", async () => {
  const page = readFileSync("web/index.html", "utf8");
  const own = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(page)![1]!;
  const server = await serveFolder("build/web", 0);
  const { headers } = await ask(server.url, "/");
  server.close();
  expect(headers["content-security-policy"]).toBe(`${own}; frame-ancestors 'none'`);
});

test("the built page names no other address", () => {
  for (const file of readdirSync("build/web", { recursive: true, encoding: "utf8" })) {
    if (!/\.(html|css)$/.test(file)) continue;
    expect(readFileSync(`build/web/${file}`, "utf8"), file).not.toMatch(
      /(?:src|href)="(?:https?:)?\/\/|url\(["']?(?:https?:)?\/\//,
    );
  }
});

describe("charloom play", () => {
  test("says where the playground is, serves it, and ends at Ctrl-C", async () => {
    const child = new WorkFolder().start("play");
    const ended = once(child, "exit");
    const [said] = (await once(child.stdout, "data")) as [Buffer];
    const url = /^The playground is at (http:\/\/localhost:\d+\/) until Ctrl-C\.\n$/.exec(said.toString())![1]!;
    const page = await ask(url, "/");
    expect(page.status).toBe(200);
    expect(page.text).toContain("<title>charloom playground</title>");
    child.kill("SIGINT");
    expect((await ended)[0]).toBe(0);
  });

  test("refuses a port that is taken, or none, in one line", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const folder = new WorkFolder();
    const child = folder.start("play", "--port", String(port));
    let stderr = "";
    child.stderr.on("data", (piece) => (stderr += piece));
    expect((await once(child, "exit"))[0]).toBe(2);
    taken.close();
    expect(stderr).toBe(
      `--port: expected a free port, got ${port}, which is in use; leave it out to have one chosen\n`,
    );
    expect(folder.run("play", "--port", "0").stderr).toMatch(
      /^--port: expected a whole number from 1 to 65535, got "?0"?.*\n$/,
    );
  });
});
