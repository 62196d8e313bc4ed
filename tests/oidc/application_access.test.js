// Access control of an application: who gets a code and tokens while it is on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, createClient, createUser, exchange, refresh, signIn } from '../lib/browser.js';
import { admin, createRole, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

async function send(method, path, body, status = 200) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  return answer.json;
}
const NOBODY = { userIds: [], userRoleIds: [], organizationIds: [], organizationRoleRules: [] };
const rules = (client, body) => send('PUT', `/api/applications/${client.id}/access-control`, { ...NOBODY, ...body });
const close = (client, wanted = true) => send('PATCH', `/api/applications/${client.id}`, { appLevelAccessControlEnabled: wanted });

// An application that only somebody else may use.
async function closed() {
  const client = await createClient(server, 'Traditional');
  const other = await createUser(server);
  await rules(client, { userIds: [other.id] });
  await close(client);
  return { client, other };
}
const enter = (client, user) => signIn(new Browser(server), client, user);

function denied(signed) {
  assert.equal(signed.error, 'access_denied', String(signed.url));
  assert.equal(signed.code, undefined);
  assert.equal(signed.state, 'the state');
}

test('whoever no rule fits gets no code, also when signed in already; others do', async () => {
  const [{ client, other }, open, user] = [await closed(), await createClient(server), await createUser(server)];
  denied(await enter(client, user));
  assert.ok((await enter(client, other)).code);
  const browser = new Browser(server);
  assert.ok((await signIn(browser, open, user)).code);
  denied(await signIn(browser, client, user));
  await close(client, false);
  assert.ok((await signIn(browser, client, user)).code);
});

test('a rule of any kind lets in whom it fits, as long as it does', async () => {
  const { client } = await closed();
  const [user, role] = [await createUser(server), await createRole(server, { type: 'User' })];
  const { id: theirs } = await send('POST', '/api/organization-roles', { name: unique('role') }, 201);
  const [here, there] = [await send('POST', '/api/organizations', { name: 'a' }, 201), await send('POST', '/api/organizations', { name: 'b' }, 201)];
  for (const { id } of [here, there]) await send('POST', `/api/organizations/${id}/users`, { userIds: [user.id] }, 201);
  await send('POST', `/api/organizations/${there.id}/users/${user.id}/roles`, { organizationRoleIds: [theirs] }, 201);
  await send('POST', `/api/users/${user.id}/roles`, { roleIds: [role.id] }, 201);
  const rule = ({ id }) => ({ organizationRoleRules: [{ organizationId: id, organizationRoleIds: [theirs] }] });
  await rules(client, rule(here));
  denied(await enter(client, user));
  await rules(client, rule(there));
  assert.ok((await enter(client, user)).code);
  await send('DELETE', `/api/organizations/${there.id}/users/${user.id}`, undefined, 204);
  denied(await enter(client, user));
  await rules(client, { organizationIds: [here.id] });
  assert.ok((await enter(client, user)).code);
  await rules(client, { organizationIds: [there.id] });
  denied(await enter(client, user));
  await rules(client, { userRoleIds: [role.id] });
  assert.ok((await enter(client, user)).code);
  await send('DELETE', `/api/users/${user.id}/roles/${role.id}`, undefined, 204);
  denied(await enter(client, user));
});

test('codes and refresh tokens of before give nothing any more', async () => {
  const [{ client, other }, user] = [await closed(), await createUser(server)];
  await rules(client, { userIds: [user.id] });
  const given = await exchange(server, client, await enter(client, user));
  assert.equal(given.status, 200, given.text);
  for (const name of ['access_token', 'refresh_token']) server.secrets.add(given.json[name]);
  const waiting = await enter(client, user);
  await rules(client, { userIds: [other.id] });
  for (const answer of [await exchange(server, client, waiting), await refresh(server, client, given.json.refresh_token)]) {
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.json.error, 'access_denied');
  }
  await rules(client, { userIds: [user.id] });
  const again = await refresh(server, client, given.json.refresh_token);
  assert.equal(again.status, 200, again.text);
  server.secrets.add(again.json.access_token);
  if (again.json.refresh_token) server.secrets.add(again.json.refresh_token);
});
