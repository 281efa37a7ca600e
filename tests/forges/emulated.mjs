// A GitHub that keeps state, on a free port of this machine: each line on standard input is a seed, each line out the address
// of a fresh one. What emulate 0.12.2 does not know is told in front of it: ETags and 304, the 301 of a renamed repository,
// and a limit that is reached when a test wants it.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { createEmulator } = await import(pathToFileURL(`${process.argv[2]}/emulate/dist/api.js`));
const OF_ONE_HOP = ["connection", "content-encoding", "content-length", "host", "transfer-encoding"];
const passedOn = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_ONE_HOP.includes(name)));

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function open(seed) {
  const emulator = await createEmulator({ service: "github", port: 0, seed });
  const behind = emulator.url.replace("localhost", "127.0.0.1");
  const movedTo = new Map(); // a name that a repository had, in lower case -> its number
  let seen = []; // [method, path with query, status]
  let limit = null; // { requests: how many are left, resets: seconds since 1970 }
  let address;

  async function answerTo(method, url, headers, body) {
    const named = url.match(/^\/repos\/([^/?]+\/[^/?]+)(.*)$/);
    const ask = (how) => fetch(behind + url, { headers, redirect: "manual", ...how });
    const before = method === "PATCH" && named ? await (await ask({ method: "GET" })).json() : null;
    const said = await ask({ method, body: body.length ? body : undefined });
    const told = passedOn(Object.fromEntries(said.headers));
    const text = (await said.text()).replaceAll(emulator.url, address);
    if (told.link) told.link = told.link.replaceAll(emulator.url, address);
    if (told.location) told.location = told.location.replaceAll(emulator.url, address);
    if (before?.id && said.ok && JSON.parse(text).full_name !== before.full_name) {
      movedTo.set(before.full_name.toLowerCase(), before.id);
    }
    const moved = named && movedTo.get(decodeURIComponent(named[1]).toLowerCase());
    if (moved && said.status === 404) {
      return [301, { ...told, location: `${address}/repositories/${moved}${named[2]}` }, "{}"];
    }
    if (method === "GET" && said.status === 200) {
      told.etag = `W/"${createHash("sha256").update(text).digest("hex")}"`;
      if (headers["if-none-match"] === told.etag) return [304, told, ""];
    }
    return [said.status, told, text];
  }

  const front = createServer(async (request, response) => {
    const body = await read(request);
    if (request.url === "/_seen") {
      response.end(JSON.stringify(seen));
      if (request.method === "DELETE") seen = [];
      return;
    }
    if (request.url === "/_limit") {
      limit = JSON.parse(body);
      response.end("{}");
      return;
    }
    const byOwner = "x-by-the-owner" in request.headers; // what a test does itself is neither counted nor limited
    let [status, headers, text] = limit?.requests === 0 && !byOwner
      ? [403, { "content-type": "application/json" }, '{"message":"API rate limit exceeded"}']
      : await answerTo(request.method, request.url, passedOn(request.headers), body);
    if (limit && !byOwner) {
      if (limit.requests && status !== 304) limit.requests -= 1;
      headers = { ...headers, "x-ratelimit-remaining": limit.requests, "x-ratelimit-reset": limit.resets };
    }
    if (!byOwner) seen.push([request.method, request.url, status]);
    response.writeHead(status, headers);
    response.end(text);
  });
  await new Promise((ready) => front.listen(0, "127.0.0.1", ready));
  address = `http://127.0.0.1:${front.address().port}`;
  const close = async () => {
    front.close();
    front.closeAllConnections();
    await emulator.close();
  };
  return { address, close };
}

let last;
for await (const line of createInterface({ input: process.stdin })) {
  await last?.close();
  last = await open(JSON.parse(line));
  console.log(last.address);
}
await last?.close();
