// A real OpenID Connect provider (oidc-provider), on a free port of this machine: the client's redirect address and the people
// are read from the first line of standard input, the issuer's address is written out. As the tests want it, its ID tokens are
// spoiled on their way out, signed anew with its own key: PUT /_spoil {claims, header}. POST /_rotate gives it another key.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const modules = process.argv[2];
const load = (path) => import(pathToFileURL(`${modules}/${path}`));
const { Provider } = await load("oidc-provider/lib/index.js");
const jose = await load("jose/dist/webapi/index.js");

async function newKey(kid) {
  const { privateKey } = await jose.generateKeyPair("RS256", { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), kid, use: "sig", alg: "RS256" };
}

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const [line] = await new Promise((resolve) => createInterface({ input: process.stdin }).once("line", (l) => resolve([l])));
const { redirects, people } = JSON.parse(line);
let spoil = null;
let keys = [await newKey("first")];
let answers;
const server = createServer((request, response) => answer(request, response));

async function answer(request, response) {
  if (request.url === "/_spoil") {
    spoil = JSON.parse(await read(request));
    return response.end();
  }
  if (request.url === "/_rotate") {
    keys = [await newKey(`key-${Date.now()}`)];
    answers = build();
    return response.end();
  }
  return answers(request, response);
}

async function spoiled(idToken) {
  const claims = { ...jose.decodeJwt(idToken), ...spoil.claims };
  for (const [name, value] of Object.entries(claims)) if (value === null) delete claims[name];
  if (spoil.none) return new jose.UnsecuredJWT(claims).encode();
  const header = { alg: "RS256", kid: keys[0].kid };
  const key = spoil.foreign ? (await jose.generateKeyPair("RS256")).privateKey : await jose.importJWK(keys[0], "RS256");
  return new jose.SignJWT(claims).setProtectedHeader(header).sign(key);
}

function build() {
  const provider = new Provider(issuer, {
    clients: [{ client_id: "kyoso", client_secret: "a secret of the tests", redirect_uris: redirects }],
    jwks: { keys },
    cookies: { keys: ["for the tests only"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    features: { devInteractions: { enabled: true } },
  });
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === "/token" && spoil && ctx.body?.id_token) ctx.body.id_token = await spoiled(ctx.body.id_token);
  });
  return provider.callback();
}

await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
answers = build();
console.log(issuer);
process.stdin.on("close", () => process.exit());
