// Signing keys are rotated under load, and four verifiers check each token against what either server
// publishes at that moment: none may be refused, neither new ones nor those of the key before.
// ROTATIONS sets how often (2; rotation.long.js: 20).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import readline from 'node:readline';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { api, request, token } from '../lib/api.js';
import { startServer } from '../lib/server.js';

const rotations = Number(process.env.ROTATIONS ?? 2);
const shared = (process.env.SIGNET_TEST_DB ?? 'sqlite') === 'postgres';
const CLIENTS = 3;

let servers, one, authlib;
before(async () => {
  one = await startServer();
  servers = [one];
  if (shared) {
    const env = { ENDPOINT: one.base, DB_URL: one.env.DB_URL, SIGNET_KEY_FILE: path.join(one.data, 'secret.key') };
    const two = await startServer({ env, init: false });
    two.client = { ...one.client, tokenUrl: `${two.base}/oidc/token` };
    servers.push(two);
  }
  authlib = new Authlib();
});
after(async () => {
  await authlib?.stop();
  for (const server of servers.reverse()) await server.stop();
});

const expected = () => ({ issuer: `${one.base}/oidc`, audience: one.client.resource });
const keysOf = async (server) => (await request(`${server.base}/oidc/jwks`)).json.keys;

// A verifier that keeps the keys it knows, and asks for them again when a token names another one.
class Cached {
  keys = new Map();

  constructor(server) {
    this.server = server;
  }

  async key(jwt) {
    const { kid } = JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url'));
    if (!this.keys.has(kid)) for (const jwk of await keysOf(this.server)) this.keys.set(jwk.kid, jwk);
    assert.ok(this.keys.has(kid), `the key ${kid} is not published`);
    return this.keys.get(kid);
  }
}

class Jose {
  constructor(server) {
    this.keys = createRemoteJWKSet(new URL(`${server.base}/oidc/jwks`), { cooldownDuration: 0 });
  }

  verify = (jwt) => jwtVerify(jwt, this.keys, { ...expected(), typ: 'at+jwt' });
}

// Asks for the keys each time.
class OAuth4WebApi {
  constructor(server) {
    this.server = server;
  }

  async verify(jwt) {
    const metadata = { issuer: expected().issuer, jwks_uri: `${this.server.base}/oidc/jwks` };
    const asked = new Request(one.client.resource, { headers: { authorization: `Bearer ${jwt}` } });
    const options = { [oauth.allowInsecureRequests]: true, [oauth.jwksCache]: {} };
    await oauth.validateJwtAccessToken(metadata, asked, expected().audience, options);
  }
}

class WebCrypto extends Cached {
  async verify(jwt) {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const key = await crypto.webcrypto.subtle.importKey('jwk', await this.key(jwt), algorithm, false, ['verify']);
    const [header, claims, signature] = jwt.split('.');
    const signed = Buffer.from(`${header}.${claims}`);
    assert.ok(await crypto.webcrypto.subtle.verify(algorithm, key, Buffer.from(signature, 'base64url'), signed));
  }
}

// Debian's python3-authlib: a line with a token and the published keys, a line with what it thinks of it.
const SCRIPT = `
import json, sys
from authlib.jose import JsonWebKey, jwt
for line in sys.stdin:
    one = json.loads(line)
    try:
        jwt.decode(one['token'], JsonWebKey.import_key_set({'keys': one['keys']})).validate()
        print('good', flush=True)
    except Exception as error:
        print(repr(error), flush=True)`;
class Authlib {
  #waiting = [];

  constructor() {
    this.child = spawn('/usr/bin/python3', ['-c', SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
    readline.createInterface({ input: this.child.stdout }).on('line', (line) => this.#waiting.shift()(line));
  }

  async check(jwt, keys) {
    this.child.stdin.write(`${JSON.stringify({ token: jwt, keys })}\n`);
    assert.equal(await new Promise((resolve) => this.#waiting.push(resolve)), 'good');
  }

  async stop() {
    this.child.stdin.end();
    await once(this.child, 'close');
  }
}

class OfAuthlib extends Cached {
  async verify(jwt) {
    await authlib.check(jwt, [await this.key(jwt)]);
  }
}

const verifiersOf = () => [Jose, OAuth4WebApi, WebCrypto, OfAuthlib].flatMap((Kind) => servers.map((server) => new Kind(server)));

async function rotate(server, grace) {
  const body = grace === undefined ? {} : { rotationGracePeriod: grace };
  const answer = await api(server, 'POST', '/api/configs/oidc/private-keys/rotate', { token: await token(server), body });
  assert.equal(answer.status, 200, answer.text);
}

const kidOf = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url')).kid;

// Tokens from all servers until `work` is done, each shown to all verifiers at once; the last of each.
async function underLoad(verifiers, work) {
  const issued = { count: 0, last: undefined };
  let going = true;
  const client = async (server) => {
    while (going) {
      const jwt = await token(server);
      await Promise.all(verifiers.map((verifier) => verifier.verify(jwt)));
      issued.count += 1;
      issued.last = jwt;
    }
  };
  let refused;
  const clients = servers.flatMap((server) => Array.from({ length: CLIENTS }, () => client(server)));
  const ended = Promise.all(clients.map((each) => each.catch((error) => ((refused ??= error), (going = false)))));
  try {
    await work(issued, () => going);
  } finally {
    going = false;
    await ended;
  }
  if (refused) throw refused;
  return issued.count;
}

const enough = async (condition, going) => {
  while (going() && !(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
};

for (const grace of [undefined, 2]) {
  test(`keys rotate ${grace ? `after ${grace} seconds of notice` : 'at once'}: each token is good for each verifier`, async (t) => {
    const verifiers = verifiersOf();
    const count = await underLoad(verifiers, async (issued, going) => {
      for (let i = 0; i < rotations && going(); i++) {
        await enough(() => issued.last, going);
        const old = issued.last;
        await rotate(servers[i % servers.length], grace);
        const since = performance.now();
        // Until every server signs with the new key.
        for (const server of servers) await enough(async () => kidOf(await token(server)) !== kidOf(old), going);
        t.diagnostic(`signed with by all after ${(performance.now() - since).toFixed(0)} ms`);
        await Promise.all(verifiersOf().map((verifier) => verifier.verify(old)));
        issued.last = undefined;
      }
    });
    t.diagnostic(`${count} tokens, each shown to ${verifiers.length} verifiers`);
  });
}
