// The invitation that `signet init` prints makes one operator, who signs in to the console's client.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createUser, enterPassword, exchange, pkce, refresh } from '../lib/browser.js';
import { signet, startServer } from '../lib/server.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

async function invitation() {
  const result = await signet(['init', '--json'], { env: server.env });
  assert.equal(result.code, 0, result.stderr);
  const url = new URL(JSON.parse(result.stdout).invitationUrl);
  server.secrets.add(url.searchParams.get('token'));
  return url;
}

const accept = (token, username, password = PASSWORD, headers = {}) =>
  new Browser(server, server.adminBase).request('POST', '/api/operator-invitations/accept', {
    body: { token, username, password },
    headers: { origin: server.adminBase, ...headers },
  });

const console_ = { id: 'admin-console', type: 'SPA' };
const resource = 'https://default.logto.app/api';

async function consoleSignIn(user) {
  const tab = new Browser(server, server.adminBase);
  const keys = pkce();
  const callback = `${server.adminBase}/console/callback`;
  const url = authorizeUrl(console_, keys, { redirect_uri: callback, resource, scope: 'openid offline_access profile all' });
  const first = await tab.page(url);
  assert.equal(first.headers.location, '/sign-in?app_id=admin-console');
  const step = await tab.page(await enterPassword(tab, user));
  assert.ok(step.headers.location.startsWith(`${callback}?code=`), step.text);
  const code = new URL(step.headers.location).searchParams.get('code');
  const admin = { adminBase: server.adminBase, base: server.adminBase, agent: server.agent };
  return exchange(admin, console_, { code, verifier: keys.verifier }, { redirect_uri: callback, resource });
}

test('the invitation opens a page, makes one account, and is then worth nothing', async () => {
  const url = await invitation();
  const token = url.searchParams.get('token');
  const visitor = new Browser(server, server.adminBase);
  const page = await visitor.page(url.href);
  assert.equal(page.status, 200);
  assert.match(page.text, /data-flow="operator"/);
  assert.equal((await visitor.page(`${server.adminBase}/console/register?token=nope`)).status, 404);
  assert.equal((await new Browser(server).page(`${server.base}/console/register?token=${token}`)).status, 404, 'not on the users\' port');

  assert.equal((await accept(token, 'root', '123')).json.code, 'password.rejected');
  assert.equal((await accept(token, '1 x')).json.code, 'guard.invalid_input');
  assert.equal((await accept('nope', 'root')).json.code, 'invitation.not_found');
  assert.equal((await accept(token, 'root', PASSWORD, { origin: server.base })).status, 403);
  const both = await Promise.all([accept(token, 'root'), accept(token, 'toor')]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 404]);
  const winner = both[0].status === 200 ? 'root' : 'toor';
  const done = await visitor.page(both.find(({ status }) => status === 200).json.redirectTo);
  assert.equal(done.status, 200);
  assert.equal((await visitor.page(url.href)).status, 404);

  const tokens = await consoleSignIn({ username: winner, password: PASSWORD });
  assert.equal(tokens.status, 200, tokens.text);
  assert.equal(tokens.json.scope, 'all');
  const list = await api(server, 'GET', '/api/applications', { token: tokens.json.access_token });
  assert.equal(list.status, 200, list.text);
  const made = await api(server, 'POST', '/api/roles', { token: tokens.json.access_token, body: { name: 'by an operator', description: 'x' } });
  assert.equal(made.status, 200, made.text);
  const admin = { base: server.adminBase, agent: server.agent };
  const next = await refresh(admin, console_, tokens.json.refresh_token, { resource });
  assert.equal(next.json.scope, 'all');
});

test('nobody registers on the admin tenant without an invitation', async () => {
  const tab = new Browser(server, server.adminBase);
  await tab.page(authorizeUrl(console_, pkce(), { redirect_uri: `${server.adminBase}/console/callback` }));
  const answer = await tab.step('PUT', '', { interactionEvent: 'Register' });
  assert.equal(answer.status, 403);
  assert.equal((await tab.page('/register?app_id=admin-console')).status, 302);
  const page = await tab.page('/sign-in?app_id=admin-console');
  assert.doesNotMatch(page.text, /\/register/);
});

test('the console\'s address follows the setting', async () => {
  await server.restart({ ADMIN_ENDPOINT: 'https://admin.example' });
  const answer = await new Browser(server, server.adminBase).page(authorizeUrl(console_, pkce(), { redirect_uri: 'https://admin.example/console/callback' }));
  assert.equal(answer.status, 303);
});

test('users of the default tenant are nobody on the admin tenant', async () => {
  const user = await createUser(server);
  const tab = new Browser(server, server.adminBase);
  await tab.request('GET', authorizeUrl(console_, pkce(), { redirect_uri: 'https://admin.example/console/callback' }));
  await tab.request('PUT', '/api/experience', { body: { interactionEvent: 'SignIn' } });
  const body = { identifier: { type: 'username', value: user.username }, password: user.password };
  const answer = await tab.request('POST', '/api/experience/verification/password', { body });
  assert.equal(answer.json.code, 'session.invalid_credentials');
});
