// Two servers on one PostgreSQL. One of them is killed under load: what it acknowledged is there at the other,
// which notices nothing. And what one of them changes, the other knows of within the promised second.
// KILL_CYCLES sets how often one is killed (1; two_servers.long.js: 50).
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Changes, Codes, Creations, Refreshes, Tokens } from '../lib/acknowledged.js';
import { api, token, tokenAnswer } from '../lib/api.js';
import { admin, createApp, createRole, managementScope, patchApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const cycles = Number(process.env.KILL_CYCLES ?? 1);
// Without a database of its own there is nothing to share.
const shared = process.env.SIGNET_TEST_DB === 'postgres';
const STEPS = cycles > 1 ? 12 : 6; // of each client before one is killed
// Within a second, says the promise, and how long it took is told; a crowded machine with sanitizers has ten.
const SEEN_MS = 10_000;
const KINDS = [Creations, Changes, Tokens, Refreshes, Codes];

let one, two;
before(async () => {
  if (!shared) return;
  one = await startServer();
  const env = { ENDPOINT: one.base, DB_URL: one.env.DB_URL, SIGNET_KEY_FILE: path.join(one.data, 'secret.key') };
  two = await startServer({ env, init: false });
  two.client = { ...one.client, tokenUrl: `${two.base}/oidc/token` };
});
after(async () => {
  await two?.stop();
  await one?.stop();
});

// Steps at a server until `going` says no more; what broke, if anything.
async function runAt(server, work, going) {
  try {
    while (going()) {
      await work.step(server);
      work.steps += 1;
    }
    return undefined;
  } catch (error) {
    work.error = error;
    return error;
  }
}

async function beginAll() {
  const works = KINDS.map((Kind) => new Kind());
  for (const work of works) {
    await work.begin(one);
    work.steps = 0;
  }
  return works;
}

// Whoever broke off comes no further: the reason is told at once.
const enough = async (works) => {
  while (works.some(({ steps }) => steps < STEPS)) {
    for (const { error } of works) if (error) throw error;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

// Once the other one knows the newest application it knows what came before it.
async function levelled() {
  const { id, secret } = await createApp(one);
  await seenAt(async () => (await tokenAnswer(two, { id, secret })).status === 200);
}

async function killOnce() {
  const [staying, leaving] = [await beginAll(), await beginAll()];
  await levelled();
  await admin(two);
  let going = true;
  const left = leaving.map((work) => runAt(two, work, () => true));
  const stayed = staying.map((work) => runAt(one, work, () => going));
  await enough([...staying, ...leaving]);
  await two.kill();
  for (const error of await Promise.all(left)) assert.match(String(error), /ECONN|socket hang up|EPIPE/);
  for (const work of staying) work.steps = 0;
  await enough(staying); // it goes on
  going = false;
  for (const error of await Promise.all(stayed)) assert.equal(error, undefined);
  const all = [...staying, ...leaving];
  for (const work of all) await work.check(one, all);
  await two.restart();
  await token(two);
}

// How long until the other one knows, in ms.
async function seenAt(condition) {
  const began = performance.now();
  while (!(await condition())) assert.ok(performance.now() - began < SEEN_MS, 'not seen in time');
  return performance.now() - began;
}

if (shared) {
  test('one of two is killed under load: the other has all that was acknowledged, and notices nothing', { timeout: 120_000 + cycles * 60_000 }, async () => {
    for (let i = 0; i < cycles; i++) await killOnce();
  });

  test('what one changes, the other knows within a second', async (t) => {
    const all = await managementScope(one, 'all');
    const role = await createRole(one, { scopeIds: [all] });
    const app = await createApp(one, {}, [role.id]);
    const ask = () => tokenAnswer(two, { id: app.id, secret: app.secret });
    const call = async (method, target, body) => {
      const answer = await api(one, method, `/api${target}`, { token: await admin(one), body });
      assert.ok(answer.status < 300, answer.text);
      return answer;
    };
    const tell = async (what, change, condition) => {
      const result = await change();
      t.diagnostic(`${what}: ${(await seenAt(() => condition(result))).toFixed(0)} ms`);
    };
    await seenAt(async () => (await ask()).json.scope === 'all');
    const { json } = await ask();
    const list = () => api(two, 'GET', '/api/roles', { token: json.access_token });
    assert.equal((await list()).status, 200);
    await tell('a role taken away', () => call('DELETE', `/applications/${app.id}/roles/${role.id}`), async () => (await ask()).json.scope === undefined);
    await tell('a role given', () => call('POST', `/applications/${app.id}/roles`, { roleIds: [role.id] }), async () => (await ask()).json.scope === 'all');
    await tell('a token revoked', async () => {
      const body = new URLSearchParams({ token: json.access_token, client_id: app.id, client_secret: app.secret });
      assert.equal((await api(one, 'POST', '/oidc/token/revocation', { body })).status, 200);
    }, async () => (await list()).status === 401);
    await tell('a key published', async () => (await call('POST', '/configs/oidc/private-keys/rotate', {})).json[0].id, async () => (await api(two, 'GET', '/oidc/jwks')).json.keys.length === 2);
    await tell('an application renamed', () => patchApp(one, app.id, { name: 'renamed' }), async () => (await api(two, 'GET', `/api/applications/${app.id}`, { token: await admin(two) })).json.name === 'renamed');
    const [secret] = (await call('GET', `/applications/${app.id}/secrets`)).json;
    await tell('a secret deleted', () => call('DELETE', `/applications/${app.id}/secrets/${encodeURIComponent(secret.name)}`), async () => (await ask()).status === 401);
    await tell('an application deleted', () => call('DELETE', `/applications/${app.id}`), async () => (await ask()).status === 401);
  });
}
