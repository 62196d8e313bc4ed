// Who may call the Management API at all: tokens, and the answers to requests that fit no route.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, basic, decodeJwt, raw, token } from '../lib/api.js';
import { Browser, createClient, createUser, exchange, signIn } from '../lib/browser.js';
import { admin, createApp, createResource, createRole, createScope } from '../lib/fixtures.js';
import { signet, startServer } from '../lib/server.js';
import { call, limited, ok, refused, wrongType } from './support.js';

let server;
let routes;
before(async () => {
  server = await startServer();
  const { stdout } = await signet(['routes', '--json']);
  // Without an area of its own a route needs full access. Those of the admin tenant alone: tests/oidc/operators.test.js.
  routes = JSON.parse(stdout).filter((route) => route.guard === 'management' && route.listener !== 2).map((route) => ({ ...route, scope: route.scope ?? 'all' }));
});
after(() => server.stop());

const filled = (route) => route.path.replace(/:\w+/g, 'nonexistent0000000000');
const ask = (route, options) => api(server, route.method, filled(route), options);
const raised = (header) => api(server, 'GET', '/api/applications', { headers: { authorization: header } });

function unauthorized(answer, data) {
  refused(answer, 401, 'auth.unauthorized');
  assert.deepEqual(Object.keys(answer.json), ['code', 'data', 'message']);
  for (const [key, value] of Object.entries(data)) assert.equal(answer.json.data[key], value);
  assert.match(answer.headers['www-authenticate'], /^Bearer realm=".*", error="invalid_token"/);
}

async function foreignToken() {
  const resource = await createResource(server);
  const scope = await createScope(server, resource, 'all');
  const role = await createRole(server, { scopeIds: [scope.id] });
  const app = await createApp(server, {}, [role.id]);
  return token(server, { id: app.id, secret: app.secret, resource: resource.indicator, scope: 'all' });
}

test('check 136: every route refuses a request without a token', async () => {
  assert.ok(routes.length > 30);
  for (const route of routes) {
    const answer = await ask(route);
    refused(answer, 401, 'auth.authorization_header_missing');
    assert.match(answer.headers['www-authenticate'], /^Bearer realm="/);
  }
});

test('check 136: every route refuses a token for another API, of a broken signature, or without a scope', async () => {
  const foreign = await foreignToken();
  const good = await admin(server);
  const [head, claims, signature] = good.split('.');
  const flipped = signature[0] === 'A' ? 'B' : 'A';
  const forged = `${head}.${claims}.${flipped}${signature.slice(1)}`;
  const app = await createApp(server);
  const bare = await token(server, { id: app.id, secret: app.secret });
  for (const route of routes) {
    unauthorized(await ask(route, { token: foreign }), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'aud' });
    unauthorized(await ask(route, { token: forged }), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
    refused(await ask(route, { token: bare, body: {} }), 403, 'auth.forbidden');
  }
});

// What a sign-in gives: {id_token, access_token}; with a resource the access token is a JWT for it.
async function userTokens(resource) {
  const client = await createClient(server);
  const signed = await signIn(new Browser(server), client, await createUser(server), { resource });
  const answer = await exchange(server, client, signed, resource ? { resource } : {});
  assert.equal(answer.status, 200, answer.text);
  for (const each of [answer.json.access_token, answer.json.id_token]) server.secrets.add(each);
  return answer.json;
}

test('check 136: every route refuses ID tokens, and users\' tokens that are for something else', async () => {
  const { id_token: idToken, access_token: opaque } = await userTokens();
  assert.equal(decodeJwt(idToken).claims.iss, `${server.base}/oidc`);
  const foreign = (await userTokens((await createResource(server)).indicator)).access_token;
  const bare = (await userTokens(server.client.resource)).access_token;
  for (const route of routes) {
    unauthorized(await ask(route, { token: idToken }), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'typ' });
    unauthorized(await ask(route, { token: opaque }), { code: 'ERR_JWS_INVALID' });
    unauthorized(await ask(route, { token: foreign }), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'aud' });
    refused(await ask(route, { token: bare, body: {} }), 403, 'auth.forbidden');
  }
});

test('check 136: every route refuses the scopes of other areas and of the other verb, and takes its own', async () => {
  const scopes = [...new Set(routes.map((route) => route.scope))];
  const holders = new Map();
  for (const scope of scopes) holders.set(scope, await limited(server, scope));
  for (const route of routes) {
    for (const [scope, holder] of holders) {
      const answer = await ask(route, { token: holder.token, body: route.method === 'GET' ? undefined : {} });
      const what = `${route.method} ${route.path} with ${scope}: ${answer.text}`;
      if ([route.scope, 'all'].includes(scope)) assert.ok(![401, 403].includes(answer.status) && (answer.status < 500 || answer.status === route.status), what);
      else assert.equal(answer.status, 403, what);
    }
  }
});

test('check 136: a token of this tenant opens nothing on the admin tenant', async () => {
  const bearer = await admin(server);
  for (const route of routes) {
    const answer = await api(server, route.method, server.adminBase + filled(route), { token: bearer });
    refused(answer, 401, 'auth.unauthorized');
  }
});

test('the Authorization header: missing, other schemes, no token, two headers', async () => {
  refused(await api(server, 'GET', `/api/applications?access_token=${await admin(server)}`), 401, 'auth.authorization_header_missing');
  for (const header of [basic('a', 'b'), 'Token x', 'x', `Bearer${await admin(server)}`]) {
    const answer = await raised(header);
    refused(answer, 401, 'auth.authorization_token_type_not_supported');
    assert.deepEqual(answer.json.data, { supportedTypes: ['Bearer'] });
  }
  for (const header of ['Bearer', 'Bearer ', 'Bearer x', 'Bearer a.b', 'Bearer a.b.c', 'Bearer a b']) unauthorized(await raised(header), { code: 'ERR_JWS_INVALID' });
  const good = `Authorization: Bearer ${await admin(server)}\r\n`;
  const twice = await raw(server.port, `GET /api/applications HTTP/1.1\r\nHost: localhost\r\n${good}${good}Connection: close\r\n\r\n`);
  assert.match(twice, /^HTTP\/1\.1 4\d\d /);
});

test('tokens: unsigned, of other types, with a key that is not ours, expired', async () => {
  const good = await admin(server);
  const [head, claims] = good.split('.');
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = decodeJwt(good).header;
  unauthorized(await raised(`Bearer ${encode({ alg: 'none' })}.${claims}.`), { code: 'ERR_JOSE_NOT_SUPPORTED', name: 'JOSENotSupported' });
  unauthorized(await raised(`Bearer ${good}x`), { code: 'ERR_JWS_INVALID' });
  for (const changed of [{ ...header, alg: 'HS256' }, { ...header, kid: 'other' }, { ...header, typ: 'JWT' }, { ...header, crit: ['exp'] }]) {
    const answer = await raised(`Bearer ${encode(changed)}.${claims}.${good.split('.')[2]}`);
    refused(answer, 401, 'auth.unauthorized');
  }
  const wider = encode({ ...decodeJwt(good).claims, scope: 'all more' });
  unauthorized(await raised(`Bearer ${head}.${wider}.${good.split('.')[2]}`), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
  await ok(server, 'PATCH', '/api/resources/management-api', { body: { accessTokenTtl: -5 } });
  const expired = await token(server);
  await ok(server, 'PATCH', '/api/resources/management-api', { body: { accessTokenTtl: 3600 } });
  refused(await raised(`Bearer ${expired}`), 401, 'auth.unauthorized');
  assert.equal((await raised(`Bearer ${good}`)).status, 200);
});

test('a token ends with its application', async () => {
  const { app, token: bearer } = await limited(server, 'read:roles');
  assert.equal((await call(server, 'GET', '/api/roles', { token: bearer })).status, 200);
  await ok(server, 'DELETE', `/api/applications/${app.id}`, {}, 204);
  refused(await call(server, 'GET', '/api/roles', { token: bearer }), 401, 'auth.unauthorized');
});

test('paths and methods that do not exist are said so before any token is looked at', async () => {
  for (const bearer of [undefined, await admin(server)]) {
    for (const [method, path] of [['GET', '/api/nope'], ['POST', '/api/applications/x/y/z'], ['GET', '/api'], ['GET', '/api/'], ['GET', '/API/applications']]) {
      const answer = await api(server, method, path, { token: bearer });
      assert.equal(answer.status, 404, path);
      assert.equal(answer.text, 'Not Found');
      assert.match(answer.headers['content-type'], /^text\/plain/);
    }
    const put = await api(server, 'PUT', '/api/applications', { token: bearer, body: {} });
    assert.equal(put.status, 405);
    assert.equal(put.headers.allow, 'HEAD, GET, POST');
    const propfind = await api(server, 'PROPFIND', '/api/applications', { token: bearer });
    assert.equal(propfind.status, 501);
    assert.equal(propfind.headers.allow, 'HEAD, GET, POST');
  }
});

test('bodies: broken JSON, other types, forms, too long ones', async () => {
  const post = (body, type) => call(server, 'POST', '/api/applications', { body, headers: { 'content-type': type } });
  const json = (body) => post(body, 'application/json');
  const cut = await json('{"name": ');
  assert.equal(cut.status, 400);
  assert.deepEqual(cut.json, { message: 'Unexpected end of JSON input' });
  for (const body of ['"str"', '{"name":"x","name":"y","type":"SPA"}', '{name:1}', '{"a":1}x', '\u0000', '{"name":"\\ud800","type":"SPA"}']) {
    const answer = await json(body);
    assert.equal(answer.status, 400, `${body}: ${answer.text}`);
    assert.equal(typeof answer.json.message, 'string');
  }
  const text = await post('{"name":"x","type":"SPA"}', 'text/plain');
  refused(text, 400, 'guard.invalid_input');
  assert.deepEqual(text.json.data.issues, [wrongType('object', 'string')]);
  const form = await call(server, 'POST', '/api/applications', { body: new URLSearchParams({ name: 'formy', type: 'SPA' }) });
  assert.equal(form.status, 200, form.text);
  assert.equal(form.json.name, 'formy');
  const long = await json(JSON.stringify({ name: 'x', type: 'SPA', customData: { a: 'x'.repeat(3_000_000) } }));
  assert.equal(long.status, 404);
  assert.equal(long.text, 'Not Found');
});

test('a name with a NUL is refused, whatever the database would do with it', async () => {
  const answer = await call(server, 'POST', '/api/applications', { body: { name: 'a\u0000b', type: 'SPA' } });
  refused(answer, 400, 'guard.invalid_input');
  const data = await call(server, 'POST', '/api/applications', { body: { name: 'x', type: 'SPA', customData: { 'a\u0000b': 'c\u0000d' } } });
  assert.equal(data.status, 200, data.text);
  assert.deepEqual(data.json.customData, { 'a\u0000b': 'c\u0000d' });
});

test('browsers: only the console’s and configured origins are answered with CORS headers', async () => {
  const bearer = await admin(server);
  const from = (origin) => call(server, 'GET', '/api/roles', { headers: { origin }, token: bearer });
  assert.equal((await from('https://evil.example')).headers['access-control-allow-origin'], undefined);
  const console = await from(server.adminBase);
  assert.equal(console.headers['access-control-allow-origin'], server.adminBase);
  const preflight = await api(server, 'OPTIONS', '/api/roles', {
    headers: { origin: server.adminBase, 'access-control-request-method': 'PATCH' },
  });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers['access-control-allow-methods'], /PATCH/);
  const foreign = await api(server, 'OPTIONS', '/api/roles', {
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'PATCH' },
  });
  assert.equal(foreign.headers['access-control-allow-origin'], undefined);
});
