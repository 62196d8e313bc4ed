// Memory that is not there: the allocations of a request fail, one after the other and many by chance. The
// request is refused, the server lives, nothing is there by half, and the next request is answered.
// MEMORY_TRIES sets how many allocations of each kind of work are tried (10; memory.long.js: all of them).
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Changes, Codes, Creations, Refreshes, Tokens } from '../lib/acknowledged.js';
import { api, request, token } from '../lib/api.js';
import { authorizeUrl, Browser, createClient, createUser, exchange, pkce, signIn } from '../lib/browser.js';
import { admin, createApp } from '../lib/fixtures.js';
import { Preload } from '../lib/preload.js';
import { startServer } from '../lib/server.js';

const tries = Number(process.env.MEMORY_TRIES ?? 10);
// The numbers of tests/preload/memory.c.
const fails = { none: [0, 0, 0], nth: (n) => [n, 0, 0], oneOf: (n) => [0, n, 0], from: (bytes) => [0, 0, bytes] };
const ASKED = 3;

let server, memory;
before(async () => {
  memory = new Preload('memory', ...fails.none);
  server = await startServer();
  await server.restart(memory.env);
  await admin(server);
});
after(async () => {
  await server.stop();
  memory.remove();
});

// A sign-in with a password, from the page to the tokens; slow, as passwords are.
class SignIns {
  tries = Math.ceil(tries / 4);

  async begin() {
    this.client ??= await createClient(server);
    this.user ??= await createUser(server);
  }

  async step() {
    const answer = await exchange(server, this.client, await signIn(new Browser(server), this.client, this.user));
    assert.equal(answer.status, 200, answer.text);
  }

  check = () => this.step();
}

// Each page of the documentation, what is counted, and a list that is longer than a request's first memory.
class Documents {
  async begin() {
    this.app ??= await createApp(server, { customData: { text: 'x'.repeat(60_000) } });
  }

  async step() {
    for (const path of ['/api/swagger.json', '/oidc/.well-known/openid-configuration', '/oidc/jwks', '/api/users', '/api/applications']) {
      const answer = await api(server, 'GET', path, { token: server.adminToken });
      assert.equal(answer.status, 200, answer.text);
    }
  }

  check = () => this.step();
}

// What may come of a step whose memory failed beside success: a refusal that says so, or a closed connection.
function assertTold(error) {
  const closed = ['ECONNRESET', 'EPIPE'].includes(error.code);
  if (!closed) assert.match(error.message, /server\.(busy|unavailable|internal)|out of memory|server_error|\b503\b/, error.stack);
}

// One step on a connection of its own, while allocations fail; whether it was done all the same.
async function stepWhile(failing, work) {
  const { agent } = server;
  server.agent = new http.Agent({ keepAlive: true });
  try {
    await withFailing(failing, () => work.step(server));
    return true;
  } catch (error) {
    assertTold(error);
    return false;
  } finally {
    server.agent.destroy();
    server.agent = agent;
  }
}

async function withFailing(failing, work) {
  memory.set(...failing);
  try {
    return await work();
  } finally {
    memory.set(...fails.none);
  }
}

// How many a step asks for; other threads may have asked meanwhile, too.
async function countOf(work) {
  const counts = [];
  for (let i = 0; i < 3; i++) {
    memory.set(...fails.none, 0);
    await work.step(server);
    counts.push(memory.get(ASKED));
  }
  return Math.min(...counts);
}

for (const Kind of [Tokens, Creations, Changes, Refreshes, Codes, SignIns, Documents]) {
  test(`${Kind.name}: whichever allocation fails, what was acknowledged is there, and it goes on`, async () => {
    const work = new Kind();
    await work.begin(server);
    await work.step(server);
    const all = await countOf(work);
    const times = Math.min(work.tries ?? tries, all);
    let refused = 0;
    // Some are asked for that a step can do without: further ones until one is needed.
    for (let i = 0; i < times || (refused === 0 && i < all); i++) {
      const n = 1 + Math.floor((all * ((i % times) + Math.random())) / times);
      if (await stepWhile(fails.nth(n), work)) continue;
      refused += 1;
      await work.check(server, [work]);
      await work.begin(server);
    }
    await work.check(server, [work]);
    assert.ok(refused > 0, `of ${all} allocations none was needed`);
  });
}

test('where many fail by chance, it goes on as soon as there is memory again', async () => {
  const works = [new Tokens(), new Creations(), new Documents()];
  for (const oneOf of [100, 20, 5]) {
    for (const work of works) await work.begin(server);
    for (let i = 0; i < tries; i++) for (const work of works) await stepWhile(fails.oneOf(oneOf), work);
    await Promise.all(Array.from({ length: 20 }, () => token(server)));
    for (const work of works) await work.check(server, [work]);
  }
});

test('a connection for which there is no memory is refused, and the listener takes the next', async () => {
  const ask = () => request(`${server.base}/oidc/jwks`, { agent: false });
  const refused = () => ask().then(({ status }) => assert.equal(status, 503), assertTold);
  const many = (count, what) => Promise.all(Array.from({ length: count }, what));
  for (let i = 0; i < tries; i++) {
    await withFailing(fails.oneOf(1), () => many(4, refused));
    for (const { status } of await many(8, ask)) assert.equal(status, 200);
  }
});

test('a password for whose digest there is no memory is not called wrong', async () => {
  const work = new SignIns();
  await work.begin();
  await withFailing(fails.from(16 << 20), () => assert.rejects(work.step(), /server\.busy/));
  await work.step();
});

test('whichever allocation of its check fails, a right password is not called wrong', async () => {
  const [client, user] = [await createClient(server), await createUser(server)];
  const browser = new Browser(server);
  await browser.follow(await browser.page(authorizeUrl(client, pkce())));
  await browser.step('PUT', '', { interactionEvent: 'SignIn' });
  const body = { identifier: { type: 'username', value: user.username }, password: user.password };
  const work = { step: () => browser.step('POST', '/verification/password', body) };
  assert.equal((await work.step()).status, 200);
  const all = await countOf(work);
  for (let n = 1; n <= all; n++) {
    const answer = await withFailing(fails.nth(n), work.step).catch(assertTold);
    if (answer) assert.ok([200, 500, 503].includes(answer.status), `allocation ${n} of ${all}: ${answer.text}`);
  }
  const answer = await work.step();
  assert.equal(answer.status, 200, `after ${all}: ${answer.text}`);
});

test('a start without memory ends with a message, and the next one finds all as it was', async () => {
  memory.set(...fails.none, 0);
  await server.restart();
  const all = memory.get(ASKED);
  for (let i = 0; i < Math.ceil(tries / 10); i++) {
    assert.equal((await server.end('SIGTERM')).code, 0);
    const from = server.logs().length;
    const failing = fails.nth(1 + Math.floor(Math.random() * all));
    const ended = await withFailing(failing, () => server.restart().catch((error) => error));
    if (ended === undefined) continue; // it did without
    assert.match(ended.message, /did not start \(exit 1\)/);
    assert.match(server.logs().slice(from), /^signet: /m);
    await server.restart();
  }
  await token(server);
});
