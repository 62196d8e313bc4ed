// Check 34, as a table: every grant, for every reason to refuse it. What each grant is asked with was made
// while all was well, so that the refusal comes from what happened since.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, basic } from '../lib/api.js';
import { Browser, createClient, createUser, enterPassword, exchange, refresh, signIn, tokenRequest } from '../lib/browser.js';
import { admin, createApp, createResource, createRole, createScope, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const TOKEN_TYPE = { access: 'urn:ietf:params:oauth:token-type:access_token', personal: 'urn:logto:token-type:personal_access_token' };

let server, resource, role;
before(async () => {
  server = await startServer();
  resource = await createResource(server);
  role = await createRole(server, { scopeIds: [(await createScope(server, resource, 'read:x')).id] });
});
after(() => server.stop());

async function call(method, path, body) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
  return answer.json;
}
const keep = (text) => (server.secrets.add(text), text);
const web = () => createClient(server, 'Traditional', { customClientMetadata: { allowTokenExchange: true } });
const signed = (client, user) => signIn(new Browser(server), client, user);

async function tokens(client, user) {
  const answer = await exchange(server, client, await signed(client, user));
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

// The user enters the code of the device, signs in, and agrees.
async function approvedDevice(client, user) {
  const begun = await api(server, 'POST', '/oidc/device/auth', { body: new URLSearchParams({ client_id: client.id, scope: 'openid profile' }) });
  assert.equal(begun.status, 200, begun.text);
  const tab = new Browser(server);
  const page = await tab.page(`/oidc/device?user_code=${begun.json.user_code}`);
  const [, xsrf] = page.text.match(/name="xsrf" value="([^"]+)"/);
  const body = new URLSearchParams({ xsrf, user_code: begun.json.user_code, confirm: 'yes' });
  await tab.follow(await tab.request('POST', '/oidc/device', { body, headers: { accept: 'text/html' } }));
  const { answer } = await tab.follow(await tab.page(await enterPassword(tab, user)));
  assert.match(answer.text, /Your device is connected/);
  return keep(begun.json.device_code);
}

const trade = (client, token, type) =>
  tokenRequest(server, client, { grant_type: EXCHANGE, subject_token: token, subject_token_type: TOKEN_TYPE[type], resource: resource.indicator });

// grant: {make(): its client, ask(client, user): prepares, and gives what sends the request}
const grants = {
  authorization_code: {
    make: web,
    async ask(client, user) {
      const code = await signed(client, user);
      return () => exchange(server, client, code);
    },
  },
  refresh_token: {
    make: web,
    async ask(client, user) {
      const { refresh_token: token } = await tokens(client, user);
      return () => refresh(server, client, keep(token));
    },
  },
  device_code: {
    make: () => createApp(server, { type: 'Native', customClientMetadata: { isDeviceFlow: true } }),
    async ask(client, user) {
      const code = await approvedDevice(client, user);
      return () => tokenRequest(server, client, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code });
    },
  },
  'token exchange of an access token': {
    make: web,
    async ask(client, user) {
      const { access_token: token } = await tokens(client, user);
      return () => trade(client, keep(token), 'access');
    },
  },
  'token exchange of a personal access token': {
    make: web,
    async ask(client, user) {
      const { value } = await call('POST', `/api/users/${user.id}/personal-access-tokens`, { name: unique('pat') });
      return () => trade(client, keep(value), 'personal');
    },
  },
  'token exchange of an impersonation token': {
    make: web,
    async ask(client, user) {
      const { subjectToken } = await call('POST', '/api/subject-tokens', { userId: user.id });
      return () => trade(client, keep(subjectToken), 'access');
    },
  },
  client_credentials: {
    ofNobody: true,
    make: () => createApp(server, { type: 'MachineToMachine' }, [role.id]),
    async ask(client) {
      const form = { grant_type: 'client_credentials', resource: resource.indicator };
      return () => tokenRequest(server, { ...client, type: 'Traditional' }, form);
    },
  },
};
const withoutGrant = (name) => /personal|impersonation|client_credentials/.test(name); // nothing that could be withdrawn
const isPublic = (name) => name === 'device_code';

// reason: {end(client, user), error, applies(name of the grant)}
const reasons = {
  'the user is suspended': {
    end: (client, user) => call('PATCH', `/api/users/${user.id}/is-suspended`, { isSuspended: true }),
    applies: (name) => !grants[name].ofNobody,
    error: 'invalid_grant',
  },
  'the user is deleted': {
    end: (client, user) => call('DELETE', `/api/users/${user.id}`),
    applies: (name) => !grants[name].ofNobody,
    error: 'invalid_grant',
  },
  'the client is deleted': {
    end: (client) => call('DELETE', `/api/applications/${client.id}`),
    applies: () => true,
    error: 'invalid_client',
  },
  'consent is withdrawn': {
    async end(client, user) {
      const { grants: given } = await call('GET', `/api/users/${user.id}/grants`);
      assert.ok(given.length > 0);
      for (const { id } of given) await call('DELETE', `/api/users/${user.id}/grants/${id}`);
    },
    applies: (name) => !withoutGrant(name),
    error: 'invalid_grant',
  },
  'the secret has expired': {
    async end(client) {
      const { value } = await call('POST', `/api/applications/${client.id}/secrets`, { name: 'soon', expiresAt: Date.now() + 300 });
      client.secret = keep(value);
      const proof = () => api(server, 'POST', '/oidc/token/introspection', { body: new URLSearchParams({ token: 'x' }), headers: { authorization: basic(client.id, value) } });
      for (const deadline = Date.now() + 60_000; (await proof()).status === 200;) assert.ok(Date.now() < deadline);
    },
    applies: (name) => !isPublic(name),
    error: 'invalid_request', // as Logto says it
  },
};

for (const [name, { make, ask }] of Object.entries(grants)) {
  test(`check 34: ${name} is given, and no more once it must not be`, async () => {
    const well = await (await ask(await make(), await createUser(server)))();
    assert.equal(well.status, 200, `${name}: ${well.text}`);
    keep(well.json.access_token);
    for (const [reason, { end, applies, error }] of Object.entries(reasons)) {
      if (!applies(name)) continue;
      const [client, user] = [await make(), await createUser(server)];
      const request = await ask(client, user);
      await end(client, user);
      const answer = await request();
      assert.ok([400, 401].includes(answer.status), `${name}, ${reason}: ${answer.text}`);
      assert.deepEqual([answer.json.error, answer.json.access_token], [error, undefined], `${name}, ${reason}: ${answer.text}`);
      assert.equal(answer.headers['cache-control'], 'no-store');
    }
  });
}
