// What an operator's browser cannot be made to do, and what one who may only look cannot: every route that changes something.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, enterPassword, exchange, pkce, signIn } from '../lib/browser.js';
import { signet, startServer } from '../lib/server.js';

const CONSOLE = { id: 'admin-console', type: 'SPA' };
const RESOURCE = 'https://default.logto.app/api';
const ADMIN = 2;

let server, changing, chief;
const own = (path) => server.adminBase + path;
before(async () => {
  server = await startServer();
  const routes = JSON.parse((await signet(['routes', '--json'])).stdout);
  changing = routes.filter(({ method, path }) => method !== 'GET' && /^\/(api|oidc)\//.test(path));
  const token = new URL(JSON.parse((await signet(['init', '--json'], { env: server.env })).stdout).invitationUrl).searchParams.get('token');
  server.secrets.add(token);
  const made = await new Browser(server, server.adminBase).request('POST', '/api/operator-invitations/accept', { body: { token, username: 'chief', password: PASSWORD }, headers: { origin: server.adminBase } });
  assert.equal(made.status, 200, made.text);
  chief = await consoleSignIn('chief');
});
after(() => server.stop());

const authorize = (keys, more = {}) => authorizeUrl(CONSOLE, keys, { redirect_uri: own('/console/callback'), resource: RESOURCE, scope: 'openid offline_access profile all read', ...more });

async function consoleSignIn(username) {
  const tab = new Browser(server, server.adminBase);
  const keys = pkce();
  await tab.page(authorize(keys));
  const step = await tab.page(await enterPassword(tab, { username, password: PASSWORD }));
  const code = new URL(step.headers.location).searchParams.get('code');
  const admin = { adminBase: server.adminBase, base: server.adminBase, agent: server.agent };
  const answer = await exchange(admin, CONSOLE, { code, verifier: keys.verifier }, { redirect_uri: own('/console/callback'), resource: RESOURCE });
  assert.equal(answer.status, 200, answer.text);
  return { tab, token: answer.json.access_token, id: JSON.parse(Buffer.from(answer.json.id_token.split('.')[1], 'base64url')).sub };
}

const filled = ({ path }) => path.replace(/:\w+/g, 'nonexistent0000000000');
/** Where a route is: on one listener, or on both. */
const places = ({ listener }) => [server.base, server.adminBase].filter((base) => !listener || (base === server.adminBase) === (listener === ADMIN));

test('who may only look is refused by every route that changes something, and by those that show secrets', async () => {
  const made = await api(server, 'POST', own('/api/operators'), { token: chief.token, body: { username: 'guest', password: PASSWORD, access: 'read' } });
  assert.equal(made.status, 201, made.text);
  const guest = await consoleSignIn('guest');
  const routes = changing.filter(({ guard }) => guard === 'management');
  assert.ok(routes.length > 150, `${routes.length} routes`);
  for (const route of routes) {
    const base = route.listener === ADMIN ? server.adminBase : server.base;
    const answer = await api(server, route.method, base + filled(route), { token: guest.token, body: {} });
    assert.equal(answer.status, 403, `${route.method} ${route.path}: ${answer.text}`);
    assert.equal(answer.json.code, 'auth.forbidden');
  }
  assert.equal((await api(server, 'GET', '/api/user-exports', { token: guest.token })).status, 403);
  const make = (path, body) => api(server, 'POST', `/api/${path}`, { token: chief.token, body });
  const hook = (await make('hooks', { name: 'one', events: ['User.Created'], config: { url: 'https://a.example/hook', headers: { authorization: 'hush-hush' } } })).json;
  await make('connectors', { connectorId: 'http-email', config: { endpoint: 'https://a.example/mail', authorization: 'hush-hush' } });
  await make('sso-connectors', { providerName: 'OIDC', connectorName: 'one', config: { issuer: 'https://a.example', clientId: 'one', clientSecret: 'hush-hush' }, domains: ['a.example'] });
  for (const area of ['hooks', 'connectors', 'sso-connectors']) {
    const [all, some] = [await api(server, 'GET', `/api/${area}`, { token: chief.token }), await api(server, 'GET', `/api/${area}`, { token: guest.token })];
    assert.match(all.text, /hush-hush/, area);
    assert.equal(some.status, 200, some.text);
    assert.ok(!some.text.includes('hush-hush') && !some.text.includes(hook.signingKey), `${area}: ${some.text}`);
  }
  assert.deepEqual((await api(server, 'GET', `/api/logs?userId=${guest.id}`, { token: chief.token })).json, []);
});

test('forms that another site sends change nothing, whoever is signed in', async () => {
  const client = await createClient(server);
  const visitor = new Browser(server);
  await signIn(visitor, client, await createUser(server));
  const state = async () => {
    const lists = ['/api/applications', '/api/users', '/api/roles', '/api/sign-in-exp', '/api/hooks', '/api/organizations', own('/api/operators')];
    return Promise.all(lists.map(async (path) => (await api(server, 'GET', path, { token: chief.token })).text));
  };
  const before = await state();
  const bodies = [['application/x-www-form-urlencoded', 'confirm=yes&interactionEvent=SignIn'], ['text/plain', '{"interactionEvent":"SignIn","x":"="}']];
  // Signing in or out may begin at another site; that the session goes on is looked at below.
  const begins = ['/oidc/auth', '/oidc/session/end'];
  for (const route of changing) {
    for (const base of places(route)) {
      const tab = base === server.adminBase ? chief.tab : visitor;
      for (const [type, body] of bodies) {
        const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'content-type': type };
        const answer = await tab.clone().request(route.method, base + filled(route), { headers, body });
        assert.ok(answer.status >= 400 || begins.includes(route.path), `${route.method} ${base}${route.path}, ${type}: ${answer.status}`);
      }
    }
  }
  assert.deepEqual(await state(), before);
  const again = await visitor.clone().page(authorizeUrl(client, pkce(), { prompt: 'none', scope: 'openid profile' }));
  assert.match(again.headers.location, /[?&]code=/, 'the user is still signed in');
  const console_ = await chief.tab.clone().page(authorize(pkce()));
  assert.match(console_.headers.location, /\/console\/callback\?code=/, 'the operator is still signed in');
});
