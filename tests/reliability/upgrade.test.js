// Databases of earlier versions, as tests/reliability/schemas keeps them: they are brought up to date though
// the server is killed at each step of that, what was in them works as before, and an older program refuses.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { api, decodeJwt, token, tokenAnswer } from '../lib/api.js';
import { Browser, exchange, signIn } from '../lib/browser.js';
import { checkSound, changeDatabase, createDatabases, queryDatabase } from '../lib/databases.js';
import { Preload } from '../lib/preload.js';
import { signet, startServer } from '../lib/server.js';

const folder = fileURLToPath(new URL('schemas', import.meta.url));
const PARTS = ['default', 'default-audit', 'admin', 'admin-audit'];
const SYNC = 1;
const BEFORE = 0;
// PostgreSQL takes back by itself what was not committed.
const versions = process.env.SIGNET_TEST_DB === 'postgres' ? [] : fs.readdirSync(folder);
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-upgrade-'));
after(() => fs.rmSync(scratch, { recursive: true }));

async function oldData(version) {
  const from = path.join(folder, version);
  const data = fs.mkdtempSync(path.join(scratch, 'data-'));
  await createDatabases(PARTS.map((part) => [path.join(data, `${part}.db`), path.join(from, `${part}.sql`)]));
  fs.copyFileSync(path.join(from, 'secret.key'), path.join(data, 'secret.key'));
  fs.chmodSync(path.join(data, 'secret.key'), 0o600);
  return { data, made: JSON.parse(fs.readFileSync(path.join(from, 'made.json'))) };
}

const start = (data, env = {}) => startServer({ db: 'sqlite', data, init: false, env });

// Starts of which the first is killed at its first sync, the second at its second, until one is ready.
async function startThroughKills(data) {
  const crash = new Preload('crash');
  try {
    for (let kills = 0; ; kills += 1) {
      assert.ok(kills < 200, 'no start gets further than the one before it');
      crash.set(SYNC, kills + 1, BEFORE);
      const server = await start(data, crash.env).catch((error) => assert.match(error.message, /exit 137/));
      if (!server) continue;
      crash.set(0, 0, 0);
      return { server, kills };
    }
  } finally {
    crash.remove();
  }
}

async function checkWorks(server, made) {
  server.client = { ...made.client, tokenUrl: `${server.base}/oidc/token` };
  const bearer = await token(server);
  const get = async (where) => {
    const answer = await api(server, 'GET', where, { token: bearer });
    assert.equal(answer.status, 200, `${where}: ${answer.text}`);
    return answer.json;
  };
  const { json } = await tokenAnswer(server, { ...made.app, resource: made.resource, scope: 'read:orders' });
  assert.equal(decodeJwt(json.access_token).claims.scope, 'read:orders');
  const { keys } = (await api(server, 'GET', '/oidc/jwks')).json;
  assert.deepEqual(keys.map(({ kid }) => kid), made.keys);
  const members = await get(`/api/organizations/${made.organization.id}/users`);
  assert.deepEqual(members[0].organizationRoles.map(({ name }) => name), [made.organization.role]);
  assert.equal((await get(`/api/hooks/${made.hook.id}`)).signingKey, made.hook.signingKey);
  assert.deepEqual((await get(`/api/users/${made.user.id}`)).customData, { since: 1 });
  const signed = await signIn(new Browser(server), made.spa, made.user);
  assert.equal((await exchange(server, made.spa, signed)).status, 200);
}

for (const version of versions) {
  test(`from version ${version}, killed at each step`, async () => {
    const { data, made } = await oldData(version);
    const { server, kills } = await startThroughKills(data);
    assert.ok(kills >= 5, `${kills} kills`);
    await checkWorks(server, made);
    await server.stop();
    await checkSound(...PARTS.map((part) => path.join(data, `${part}.db`)));
    const copies = fs.readdirSync(path.join(data, 'backup')).filter((name) => name.startsWith(`default-${version}-`));
    assert.ok(copies.length >= 1, 'what was there before is kept');
  });
}

for (const version of versions.slice(-1)) {
  test('a database of a newer version is refused, by name, and left alone', async () => {
    const { data } = await oldData(version);
    await (await start(data)).stop();
    const file = path.join(data, 'default.db');
    await changeDatabase(file, "INSERT INTO schema_versions VALUES (9000, 'of the future', 0)");
    const run = await signet(['serve'], { env: { SIGNET_DATA: data } });
    assert.notEqual(run.code, 0);
    assert.match(run.stderr + run.stdout, /default\.db has version 9000, newer than this program's \d+: use the newer program or restore a backup/);
    assert.deepEqual(await queryDatabase(file, 'SELECT max(version) FROM schema_versions'), [[9000]]);
  });
}
