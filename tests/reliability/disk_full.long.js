// A full disk: what reads goes on, what writes is refused with 503 and never acknowledged, and all works
// again once there is room, without a restart. Needs the right to mount (root).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { api, basic, token, tokenAnswer } from '../lib/api.js';
import { Browser, createClient, createUser, exchange, refresh, signIn } from '../lib/browser.js';
import { admin, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const RECOVERY_MS = 5000;
let folder, server;
before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'tmpfs', folder]);
  server = await startServer({ data: path.join(folder, 'data'), db: 'sqlite' });
});
after(async () => {
  await server.stop();
  execFileSync('umount', [folder]);
  fs.rmdirSync(folder);
});

const filler = () => path.join(folder, 'filler');
function fill() {
  const file = fs.openSync(filler(), 'a');
  const chunk = Buffer.alloc(4096, 1);
  try {
    for (;;) fs.writeSync(file, chunk);
  } catch (error) {
    assert.equal(error.code, 'ENOSPC');
  }
  fs.closeSync(file);
}

const create = (name) => api(server, 'POST', '/api/roles', { token: server.adminToken, body: { name, description: 'd' } });

test('a full disk, three times', async (t) => {
  await admin(server);
  const kept = [];
  const refused = { tokens: 0, writes: 0 };
  for (let round = 0; round < 3; round += 1) {
    fill();
    for (let i = 0; i < 60; i += 1) {
      const name = unique('role');
      const [made, issued] = await Promise.all([create(name), tokenAnswer(server)]);
      for (const answer of [made, issued]) assert.ok([200, 503].includes(answer.status), `${answer.status} ${answer.text}`);
      if (made.status === 200) kept.push(name);
      else refused.writes += 1;
      if (issued.status === 503) {
        refused.tokens += 1;
        assert.equal(issued.json.error, 'temporarily_unavailable');
        assert.ok(issued.headers['retry-after']);
        assert.equal(issued.json.access_token, undefined);
      }
      assert.equal((await api(server, 'GET', '/oidc/jwks')).status, 200);
      assert.equal((await api(server, 'GET', '/api/roles?page_size=1', { token: server.adminToken })).status, 200, 'a token that is there still works');
    }
    fs.rmSync(filler());
    const since = performance.now();
    for (let status = 0; status !== 200; ) {
      const name = unique('role');
      status = (await create(name)).status;
      if (status === 200) kept.push(name);
      assert.ok(performance.now() - since < RECOVERY_MS, 'it works again once there is room');
    }
    await token(server);
    t.diagnostic(`round ${round}: ${JSON.stringify(refused)}, again after ${Math.round(performance.now() - since)} ms`);
  }
  assert.ok(refused.writes > 0, 'the disk was full');
  await server.restart();
  const roles = [];
  for (let page = 1; ; page += 1) {
    const { json } = await api(server, 'GET', `/api/roles?page_size=100&page=${page}`, { token: await admin(server) });
    roles.push(...json.map(({ name }) => name));
    if (json.length < 100) break;
  }
  for (const name of kept) assert.ok(roles.includes(name), `${name} was acknowledged`);
});

test('check 71: with a full disk a revocation is confirmed only when it is stored', async (t) => {
  const [client, user] = [await createClient(server, 'Traditional'), await createUser(server)];
  const tokens = [];
  for (let i = 0; i < 20; i += 1) tokens.push((await exchange(server, client, await signIn(new Browser(server), client, user))).json.refresh_token);
  const statuses = [];
  fill();
  for (const token of tokens) {
    const headers = { authorization: basic(client.id, client.secret) };
    const answer = await api(server, 'POST', '/oidc/token/revocation', { body: new URLSearchParams({ token }), headers });
    statuses.push(answer.status);
    if (answer.status !== 200) assert.deepEqual([answer.status, answer.json.error], [503, 'temporarily_unavailable']);
  }
  fs.rmSync(filler());
  t.diagnostic(statuses.join());
  assert.ok(statuses.includes(503), 'the disk was full');
  await server.restart();
  for (const [i, token] of tokens.entries()) {
    const { status } = await refresh(server, client, token);
    assert.equal(status, statuses[i] === 200 ? 400 : 200);
  }
});
