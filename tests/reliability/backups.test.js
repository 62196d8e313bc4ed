// Backups that are made under load: each is sound, starts as a server of its own, and has all that was
// acknowledged before it was begun. BACKUPS sets how many (2; backups.long.js: 60).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Changes, Codes, Creations, Refreshes, Tokens } from '../lib/acknowledged.js';
import { api, token } from '../lib/api.js';
import { Browser, createClient, createUser, exchange, signIn } from '../lib/browser.js';
import { checkSound } from '../lib/databases.js';
import { admin } from '../lib/fixtures.js';
import { signet, startServer } from '../lib/server.js';

const BACKUPS = Number(process.env.BACKUPS ?? 2);
const CLIENTS = [Creations, Creations, Changes, Tokens, Tokens, Refreshes, Codes];
const STEPS = 60; // acknowledged before each backup
const FILES = ['admin-audit.db', 'admin.db', 'default-audit.db', 'default.db'];
// Backups of PostgreSQL are PostgreSQL's own.
const engines = process.env.SIGNET_TEST_DB === 'postgres' ? [] : ['sqlite'];

let server, client, user, scratch;
before(async () => {
  if (!engines.length) return;
  server = await startServer({ db: 'sqlite' });
  client = await createClient(server);
  user = await createUser(server);
  scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-backups-'));
});
after(async () => {
  await server?.stop();
  if (scratch) fs.rmSync(scratch, { recursive: true });
});

const mode = (file) => fs.statSync(file).mode & 0o777;

// A load that goes on until it is stopped; begun once so many steps are done.
function startLoad(clients) {
  const load = { steps: 0 };
  let on = true;
  let enough;
  load.begun = new Promise((resolve) => (enough = resolve));
  const each = async (one) => {
    while (on) {
      await one.step(server);
      if ((load.steps += 1) === STEPS) enough();
    }
  };
  const all = Promise.all(clients.map(each));
  load.stop = () => ((on = false), all);
  return load;
}

async function checkBackup(folder) {
  assert.deepEqual(fs.readdirSync(folder).sort(), FILES);
  assert.equal(mode(folder), 0o700);
  const files = FILES.map((file) => path.join(folder, file));
  for (const file of files) assert.equal(mode(file), 0o600, file);
  await checkSound(...files);
}

async function checkRestored(folder, made) {
  const data = path.join(folder, 'data');
  fs.mkdirSync(data, { mode: 0o700 });
  for (const file of FILES) fs.copyFileSync(path.join(folder, file), path.join(data, file));
  fs.copyFileSync(path.join(server.data, 'secret.key'), path.join(data, 'secret.key'));
  const restored = await startServer({ db: 'sqlite', data, init: false });
  try {
    restored.client = { ...server.client, tokenUrl: `${restored.base}/oidc/token` };
    await token(restored);
    for (const { id, name } of made) {
      const answer = await api(restored, 'GET', `/api/applications/${id}`, { token: await admin(restored) });
      assert.equal(answer.json?.name, name, `application ${id} is not in the backup`);
    }
    const signed = await signIn(new Browser(restored), client, user);
    assert.equal((await exchange(restored, client, signed)).status, 200);
  } finally {
    await restored.stop();
  }
}

for (const db of engines) {
  test(`${BACKUPS} backups under load (${db})`, { timeout: 3_600_000 }, async () => {
    await admin(server);
    const clients = CLIENTS.map((Kind) => new Kind());
    let [slowest, steps] = [0, 0];
    for (let i = 0; i < BACKUPS; i += 1) {
      for (const one of clients) await one.begin(server);
      const load = startLoad(clients);
      await load.begun;
      const made = clients.flatMap((one) => (one instanceof Creations ? one.made : [])).slice();
      const [from, before] = [performance.now(), load.steps];
      const folder = path.join(scratch, String(i));
      const run = await signet(['backup', folder], { env: server.env });
      assert.equal(run.code, 0, run.stderr);
      slowest = Math.max(slowest, performance.now() - from);
      assert.ok(load.steps > before, 'work goes on meanwhile');
      await load.stop();
      steps += load.steps;
      await checkBackup(folder);
      await checkRestored(folder, made);
      fs.rmSync(folder, { recursive: true });
    }
    console.log(`${BACKUPS} backups during ${steps} acknowledged steps; the slowest took ${Math.round(slowest)} ms`);
  });
}
