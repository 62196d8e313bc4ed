// The invitation that `signet init` prints makes one operator, who signs in to the console's client.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, enterPassword, exchange, pkce, refresh, signIn } from '../lib/browser.js';
import { Passkey } from '../lib/factors.js';
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
  const url = authorizeUrl(console_, keys, { redirect_uri: callback, resource, scope: 'openid offline_access profile all read' });
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

test('operators are made and changed by those with full access; who may only look changes nothing', async () => {
  const own = async (method, path, token, body) => api(server, method, server.adminBase + path, { token, body });
  const url = await invitation();
  await accept(url.searchParams.get('token'), 'chief');
  const chief = (await consoleSignIn({ username: 'chief', password: PASSWORD })).json.access_token;
  const made = await own('POST', '/api/operators', chief, { username: 'guest', password: PASSWORD, access: 'read' });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json.access, 'read');
  assert.equal((await own('POST', '/api/operators', chief, { username: 'guest', password: PASSWORD, access: 'all' })).json.code, 'user.username_already_in_use');
  assert.equal((await own('POST', '/api/operators', chief, { username: 'other', password: PASSWORD, access: 'some' })).status, 400);
  assert.equal((await own('GET', '/api/operators')).status, 401);
  assert.equal((await api(server, 'GET', '/api/operators', { token: chief })).status, 404, 'not on the users\' port');

  const signed = await consoleSignIn({ username: 'guest', password: PASSWORD });
  assert.equal(signed.json.scope, 'read', signed.text);
  const guest = signed.json.access_token;
  for (const path of ['/api/applications', '/api/users', '/api/logs', '/api/sign-in-exp', '/api/configs/oidc/private-keys']) {
    assert.equal((await api(server, 'GET', path, { token: guest })).status, 200, path);
  }
  const mine = (await own('GET', '/api/operators', guest)).json;
  const changes = [
    ['POST', '/api/applications', { name: 'x', type: 'SPA' }], ['PATCH', '/api/sign-in-exp', { signInMode: 'SignIn' }], ['POST', '/api/users', { username: 'x' }],
    ['DELETE', `/api/applications/${server.client.id}`], ['POST', '/api/configs/oidc/private-keys/rotate', {}], ['PUT', `/api/applications/${server.client.id}/roles`, { roleIds: [] }],
  ];
  for (const [method, path, body] of changes) assert.equal((await api(server, method, path, { token: guest, body })).status, 403, `${method} ${path}`);
  assert.equal((await own('POST', '/api/operators', guest, { username: 'third', password: PASSWORD, access: 'all' })).status, 403);
  assert.equal((await own('PATCH', `/api/operators/${made.json.id}`, guest, { access: 'all' })).status, 403);
  const secrets = await api(server, 'GET', `/api/applications/${server.client.id}/secrets`, { token: guest });
  assert.ok(!secrets.text.includes(server.client.secret), 'a secret is shown to one who may only look');

  const self = mine.find(({ username }) => username === 'chief').id;
  assert.equal((await own('PATCH', `/api/operators/${self}`, chief, { access: 'read' })).json.code, 'operator.own_account');
  assert.equal((await own('DELETE', `/api/operators/${self}`, chief)).json.code, 'operator.own_account');
  const raised = await own('PATCH', `/api/operators/${made.json.id}`, chief, { access: 'all' });
  assert.equal(raised.json.access, 'all', raised.text);
  const risen = await consoleSignIn({ username: 'guest', password: PASSWORD });
  assert.equal(risen.json.scope, 'all');

  // What an operator may do now counts, whatever tokens say.
  const makes = (token) => api(server, 'POST', '/api/applications', { token, body: { name: 'kept', type: 'MachineToMachine', isAdmin: true } });
  const looks = (token) => api(server, 'GET', '/api/users', { token });
  assert.equal((await makes(risen.json.access_token)).status, 200);
  assert.equal((await looks(guest)).status, 403, 'a role of before');
  await own('PATCH', `/api/operators/${made.json.id}`, chief, { access: 'read' });
  assert.deepEqual([(await makes(risen.json.access_token)).status, (await looks(guest)).status], [403, 200]);
  assert.equal((await own('POST', '/api/operators', risen.json.access_token, { username: 'ghost', access: 'all' })).status, 403);
  assert.equal((await own('DELETE', `/api/operators/${made.json.id}`, chief)).status, 204);
  for (const token of [risen.json.access_token, guest]) {
    const gone = await looks(token);
    assert.deepEqual([gone.status, gone.json.code], [401, 'auth.unauthorized']);
    assert.match(gone.headers['www-authenticate'], /invalid_token/);
    assert.deepEqual([(await makes(token)).status, (await own('GET', '/api/operators', token)).status], [401, 401]);
  }
  assert.equal((await own('DELETE', `/api/operators/${made.json.id}`, chief)).status, 404);
  // The token for the default tenant opens nothing else of the admin tenant.
  assert.equal((await own('GET', '/api/operators', chief)).status, 200);
  assert.equal((await own('GET', '/api/users', chief)).status, 401);
});

test('an operator is invited: the link sets the password, once; a new one ends the password and the link before', async () => {
  const own = async (method, path, token, body) => api(server, method, server.adminBase + path, { token, body });
  const set = (token, password = PASSWORD, headers = {}) =>
    new Browser(server, server.adminBase).request('POST', '/api/operator-invitations/password', { body: { token, password }, headers: { origin: server.adminBase, ...headers } });
  const tokenOf = ({ json }) => {
    const token = new URL(json.invitationUrl).searchParams.get('token');
    server.secrets.add(token);
    return token;
  };
  await accept((await invitation()).searchParams.get('token'), 'host');
  const host = (await consoleSignIn({ username: 'host', password: PASSWORD })).json.access_token;
  const made = await own('POST', '/api/operators', host, { username: 'invited', access: 'read' });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.headers['cache-control'], 'no-store');
  assert.ok(made.json.invitationUrl.startsWith(`${server.adminBase}/console/register?token=`));
  assert.ok(made.json.invitedUntil > Date.now());
  const first = tokenOf(made);

  const again = await own('POST', `/api/operators/${made.json.id}/invitation`, host);
  assert.equal(again.status, 201, again.text);
  const second = tokenOf(again);
  assert.equal((await set(first)).json.code, 'invitation.not_found', 'replaced by the second');
  await invitation();
  const visitor = new Browser(server, server.adminBase);
  const page = await visitor.page(again.json.invitationUrl);
  assert.equal(page.status, 200, '`signet init` leaves it alone');
  assert.match(page.text, /data-flow="operator-password"/);
  assert.match(page.text, /<strong>invited</);
  assert.equal((await visitor.page(`${server.adminBase}/console/register?token=${made.json.id}.nope`)).status, 404);
  assert.equal((await set(second, '123')).json.code, 'password.rejected');
  assert.equal((await set(second, PASSWORD, { origin: server.base })).status, 403);
  assert.equal((await accept(second, 'another')).json.code, 'invitation.not_found', 'makes no account');
  const other = await own('POST', '/api/operators', host, { username: 'elsewhere', access: 'read' });
  assert.equal((await set(tokenOf(other).replace(other.json.id, made.json.id))).json.code, 'invitation.not_found', 'good for its account alone');
  const both = await Promise.all([set(second), set(second)]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 404]);
  const signed = await consoleSignIn({ username: 'invited', password: PASSWORD });
  assert.equal(signed.json.scope, 'read', signed.text);
  const listed = (await own('GET', '/api/operators', host)).json;
  assert.equal(listed.find(({ username }) => username === 'invited').invitedUntil, null);
  assert.ok(listed.find(({ username }) => username === 'elsewhere').invitedUntil > Date.now());
  assert.ok(!('invitationUrl' in listed[0]));
  assert.equal((await own('POST', `/api/operators/${other.json.id}/invitation`, signed.json.access_token)).status, 403, 'may only look');

  const third = await own('POST', `/api/operators/${made.json.id}/invitation`, host);
  await assert.rejects(consoleSignIn({ username: 'invited', password: PASSWORD }), 'the password has ended');
  assert.equal((await own('DELETE', `/api/operators/${made.json.id}`, host)).status, 204);
  assert.equal((await set(tokenOf(third))).json.code, 'invitation.not_found');
  assert.equal((await visitor.page(third.json.invitationUrl)).status, 404);
  const self = listed.find(({ username }) => username === 'host').id;
  assert.equal((await own('POST', `/api/operators/${self}/invitation`, host)).json.code, 'operator.own_account');
});

test('an invitation takes a passkey in the place of a password, once, made for it and with a free name', async () => {
  const post = (path, body, headers = {}) =>
    new Browser(server, server.adminBase).request('POST', `/api/operator-invitations/passkey${path}`, { body, headers: { origin: server.adminBase, ...headers } });
  const token = (await invitation()).searchParams.get('token');
  const begun = await post('', { token, username: 'keyed' });
  assert.equal(begun.status, 200, begun.text);
  assert.equal(begun.headers['cache-control'], 'no-store');
  const { registrationOptions } = begun.json;
  assert.equal(registrationOptions.user.name, 'keyed');
  assert.equal((await post('', { token })).json.code, 'guard.invalid_input');
  assert.equal((await post('', { token, username: 'chief' })).json.code, 'user.username_already_in_use');
  assert.equal((await post('', { token: 'nope', username: 'keyed' })).json.code, 'invitation.not_found');
  assert.equal((await post('', { token, username: 'keyed' }, { origin: server.base })).status, 403);

  const key = new Passkey({ base: server.adminBase });
  const payload = key.create(registrationOptions);
  for (const wrong of [new Passkey({ base: server.base }).create(registrationOptions), key.create({ ...registrationOptions, challenge: Buffer.alloc(32).toString('base64url') })]) {
    assert.equal((await post('/verify', { token, username: 'keyed', payload: wrong })).json.code, 'session.mfa.webauthn_verification_failed');
  }
  assert.equal((await post('/verify', { token, payload })).json.code, 'guard.invalid_input'); // the first one has no name yet
  const made = await post('/verify', { token, username: 'keyed', payload });
  assert.equal(made.status, 200, made.text);
  assert.equal((await post('/verify', { token, username: 'other', payload })).json.code, 'invitation.not_found');
  assert.equal((await post('', { token, username: 'other' })).json.code, 'invitation.not_found');
});

test('a sign-in to one tenant leaves that to the other alone, at one host and in one browser', async () => {
  const user = await createUser(server);
  await accept((await invitation()).searchParams.get('token'), 'both');
  const tab = new Browser(server, server.adminBase);
  const open = () => tab.page(authorizeUrl(console_, pkce(), { redirect_uri: `${server.adminBase}/console/callback` }));
  await open();
  await tab.follow(await tab.page(await enterPassword(tab, { username: 'both', password: PASSWORD })));
  const users = new Browser(server);
  users.cookies = tab.cookies;
  await signIn(users, await createClient(server), user);
  assert.ok(tab.cookies.has('_session') && tab.cookies.has('admin_session'));
  const again = await open();
  assert.match(again.headers.location, /\/console\/callback\?code=/);
});

test('nobody registers on the admin tenant without an invitation', async () => {
  const tab = new Browser(server, server.adminBase);
  await tab.page(authorizeUrl(console_, pkce(), { redirect_uri: `${server.adminBase}/console/callback` }));
  assert.equal((await tab.step('PUT', '', { interactionEvent: 'Register' })).status, 204);
  const proposed = await tab.step('POST', '/verification/new-password-identity', { identifier: { type: 'username', value: 'stranger' }, password: PASSWORD });
  assert.equal(proposed.status, 200, proposed.text);
  const answer = await tab.step('POST', '/identification', { verificationId: proposed.json.verificationId });
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
