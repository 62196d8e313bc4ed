// All threads at once: tokens, writes, reads, changes of access and reloads. Run on the build that
// watches each memory access, too.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, tokenAnswer } from '../lib/api.js';
import { admin, createApp, createRole } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server, bearer;
before(async () => {
  server = await startServer({ env: { SIGNET_THREADS: '4' } });
  bearer = await admin(server);
});
after(() => server.stop());

const rounds = 30;
const call = (method, path, body) => api(server, method, path, { token: bearer, body });
const repeat = async (fn) => {
  for (let i = 0; i < rounds; i += 1) await fn(i);
};

test('tokens, writes, reads, revocations and reloads side by side', async () => {
  const role = await createRole(server, { scopeIds: ['management-api-all'] });
  const app = await createApp(server, {}, [role.id]);
  await Promise.all([
    ...Array.from({ length: 6 }, () => repeat(async () => assert.equal((await tokenAnswer(server)).status, 200))),
    ...Array.from({ length: 3 }, () => repeat(async (i) => {
      const made = await call('POST', '/api/applications', { name: `t${i}`, type: 'MachineToMachine' });
      assert.equal(made.status, 200);
      assert.equal((await call('PATCH', `/api/applications/${made.json.id}`, { description: 'x' })).status, 200);
      assert.equal((await call('DELETE', `/api/applications/${made.json.id}`)).status, 204);
    })),
    repeat(async (i) => {
      const path = `/api/applications/${app.id}/roles`;
      const answer = i % 2 ? await call('POST', path, { roleIds: [role.id] }) : await call('DELETE', `${path}/${role.id}`);
      assert.ok([201, 204].includes(answer.status), answer.text);
      const token = await tokenAnswer(server, { id: app.id, secret: app.secret });
      assert.equal(token.json.scope, i % 2 ? 'all' : undefined, 'a change counts from the next request on');
    }),
    ...['/api/applications?page=1', '/api/roles', '/api/resources', '/api/logs', '/oidc/jwks'].map((path) =>
      repeat(async () => assert.equal((await call('GET', path)).status, 200))),
    repeat(async () => {
      const { json } = await tokenAnswer(server, { id: app.id, secret: app.secret });
      const body = new URLSearchParams({ token: json.access_token, client_id: app.id, client_secret: app.secret });
      assert.equal((await api(server, 'POST', '/oidc/token/revocation', { body })).status, 200);
      const seen = await api(server, 'POST', '/oidc/token/introspection', { body });
      assert.deepEqual(seen.json, { active: false });
      process.kill(server.pid, 'SIGHUP');
    }),
  ]);
});
