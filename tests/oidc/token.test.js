// POST /oidc/token with grant_type=client_credentials: what it answers, to the letter.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose';
import { api, basic, decodeJwt, raw, tokenAnswer } from '../lib/api.js';
import { admin, createApp, createResource, createRole, createScope, patchApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const form = (entries) => new URLSearchParams(entries);
const post = (entries, headers = {}) => api(server, 'POST', '/oidc/token', { body: form(entries), headers });
const inBody = (more = {}) => ({
  grant_type: 'client_credentials',
  client_id: server.client.id,
  client_secret: server.client.secret,
  scope: 'all',
  resource: server.client.resource,
  ...more,
});
const without = (entries, name) => Object.fromEntries(Object.entries(entries).filter(([key]) => key !== name));

function refused(answer, status, error, description) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, `oidc.${error}`);
  assert.equal(answer.json.error, error);
  assert.equal(answer.json.error_description, description);
  assert.equal(typeof answer.json.message, 'string');
  assert.equal(answer.json.access_token, undefined);
}

test('a token by Basic and by body, with the claims of Logto in their order', async () => {
  for (const answer of [await tokenAnswer(server), await post(inBody())]) {
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(Object.keys(answer.json), ['access_token', 'expires_in', 'token_type', 'scope']);
    assert.equal(answer.json.expires_in, 3600);
    assert.equal(answer.json.token_type, 'Bearer');
    assert.equal(answer.json.scope, 'all');
    const { header, claims } = decodeJwt(answer.json.access_token);
    assert.deepEqual(Object.keys(header), ['alg', 'typ', 'kid']);
    assert.equal(header.alg, 'ES256');
    assert.equal(header.typ, 'at+jwt');
    assert.deepEqual(Object.keys(claims), ['jti', 'sub', 'iat', 'exp', 'scope', 'client_id', 'iss', 'aud']);
    assert.equal(claims.jti.length, 43);
    assert.equal(claims.sub, server.client.id);
    assert.equal(claims.client_id, server.client.id);
    assert.equal(claims.exp - claims.iat, 3600);
    assert.equal(claims.iss, `${server.base}/oidc`);
    assert.equal(claims.aud, server.client.resource);
  }
});

test('check 82: the signature verifies against the published keys, typ is at+jwt', async () => {
  const answer = await tokenAnswer(server);
  const keys = createRemoteJWKSet(new URL(`${server.base}/oidc/jwks`));
  const { payload } = await jwtVerify(answer.json.access_token, keys, {
    issuer: `${server.base}/oidc`,
    audience: server.client.resource,
    typ: 'at+jwt',
  });
  assert.equal(payload.scope, 'all');
});

test('every token has a jti of its own', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => tokenAnswer(server)));
  assert.equal(new Set(answers.map((answer) => decodeJwt(answer.json.access_token).claims.jti)).size, 50);
});

test('check 1: no-store on answers and on errors, JSON, CORS for everyone', async () => {
  for (const answer of [await post(inBody()), await post(inBody({ client_secret: 'wrong' }))]) {
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers.pragma, 'no-cache');
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.equal(answer.headers['access-control-expose-headers'], 'WWW-Authenticate');
  }
});

test('check 2: other methods are refused and say which one is right', async () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await api(server, method, '/oidc/token');
    refused(answer, 404, 'invalid_request', `unrecognized route or not allowed method (${method} on /token)`);
    assert.equal(answer.headers.allow, 'POST');
  }
  const head = await api(server, 'HEAD', '/oidc/token');
  assert.equal(head.status, 404);
  assert.equal(head.text, '');
});

test('check 3: a JSON body is taken, text and multipart are not, none at all is no parameters', async () => {
  const json = await api(server, 'POST', '/oidc/token', { body: inBody() });
  assert.equal(json.status, 200, json.text);
  const wrong = 'only application/x-www-form-urlencoded content-type bodies are supported on POST /token';
  for (const type of ['text/plain', 'multipart/form-data; boundary=b', 'application/xml']) {
    const answer = await api(server, 'POST', '/oidc/token', { body: form(inBody()).toString(), headers: { 'content-type': type } });
    refused(answer, 400, 'invalid_request', wrong);
  }
  const bare = await api(server, 'POST', '/oidc/token', { body: form(inBody()).toString() });
  refused(bare, 400, 'invalid_request', 'no client authentication mechanism provided');
  for (const body of ['', '%%%&&&===', 'grant_type=%zz']) {
    const answer = await api(server, 'POST', '/oidc/token', { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    refused(answer, 400, 'invalid_request', 'no client authentication mechanism provided');
  }
  const broken = await api(server, 'POST', '/oidc/token', { body: '{"grant_type":', headers: { 'content-type': 'application/json' } });
  assert.equal(broken.status, 400);
  const array = await api(server, 'POST', '/oidc/token', { body: '[1]', headers: { 'content-type': 'application/json' } });
  assert.equal(array.status, 400);
  const charset = await api(server, 'POST', '/oidc/token', {
    body: form(inBody()).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  });
  assert.equal(charset.status, 200);
});

test('check 4: a repeated parameter is refused by name', async () => {
  for (const name of ['grant_type', 'client_id', 'client_secret', 'scope', 'organization_id']) {
    const body = form(inBody({ organization_id: 'x' }));
    body.append(name, 'again');
    const answer = await api(server, 'POST', '/oidc/token', { body });
    refused(answer, 400, 'invalid_request', `'${name}' parameter must not be provided twice`);
  }
});

test('check 5: an empty parameter counts as missing', async () => {
  const scope = await post(inBody({ scope: '' }));
  assert.equal(scope.status, 200);
  assert.equal(scope.json.scope, undefined);
  refused(await post(inBody({ grant_type: '' })), 400, 'invalid_request', "missing required parameter 'grant_type'");
  refused(await post(inBody({ client_id: '' })), 400, 'invalid_request', 'no client authentication mechanism provided');
  const target = 'both `resource` and `organization_id` are not provided';
  refused(await post(inBody({ resource: '' })), 400, 'invalid_target', target);
  refused(await post(inBody({ resource: '', organization_id: '' })), 400, 'invalid_target', target);
});

test('check 6: unknown parameters are ignored', async () => {
  assert.equal((await post(inBody({ audience: 'x', client: 'y', foo: 'bar' }))).status, 200);
});

test('check 7: missing, unknown and disallowed grants', async () => {
  refused(await post(without(inBody(), 'grant_type')), 400, 'invalid_request', "missing required parameter 'grant_type'");
  refused(await post(inBody({ grant_type: 'magic' })), 400, 'unsupported_grant_type', 'unsupported grant_type requested');
  for (const type of ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code', 'urn:ietf:params:oauth:grant-type:token-exchange']) {
    refused(await post(inBody({ grant_type: type, refresh_token: 'x', code: 'x' })), 400, 'invalid_request', 'requested grant type is not allowed for this client');
  }
});

test('check 8: wrong secret and unknown client', async () => {
  const wrong = await tokenAnswer(server, { secret: 'wrong' });
  refused(wrong, 401, 'invalid_client', 'client authentication failed');
  assert.equal(
    wrong.headers['www-authenticate'],
    `Basic realm="${server.base}/oidc", error="invalid_client", error_description="client authentication failed"`,
  );
  for (const secret of ['wrong', '']) {
    const answer = await post(inBody({ client_secret: secret }));
    refused(answer, 401, 'invalid_client', 'client authentication failed');
    assert.equal(answer.headers['www-authenticate'], undefined);
  }
  refused(await post(inBody({ client_id: 'unknown' })), 400, 'invalid_client', 'invalid client unknown');
});

test('check 9: secrets with every sort of character, form-encoded or raw in the Basic header', async () => {
  const data = server.data;
  assert.ok(data);
  for (const encode of [(s) => encodeURIComponent(s), (s) => s]) {
    const pair = `${encode(server.client.id)}:${encode(server.client.secret)}`;
    const answer = await post(without(without(inBody(), 'client_id'), 'client_secret'), {
      authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
    });
    assert.equal(answer.status, 200, answer.text);
  }
});

test('check 10: two ways of authentication at once are refused', async () => {
  const answer = await post(inBody(), { authorization: basic(server.client.id, server.client.secret) });
  refused(answer, 400, 'invalid_request', 'client authentication must only be provided using one mechanism');
  const assertion = await post(inBody({ client_assertion: 'x.y.z' }));
  refused(assertion, 400, 'invalid_request', 'client authentication must only be provided using one mechanism');
});

test('check 11: client_id of the body must be that of the header', async () => {
  const base = without(inBody(), 'client_secret');
  const authorization = basic(server.client.id, server.client.secret);
  assert.equal((await post(base, { authorization })).status, 200);
  refused(await post({ ...base, client_id: 'other' }, { authorization }), 400, 'invalid_request', 'client_id mismatch');
});

test('malformed Authorization headers', async () => {
  const base = without(without(inBody(), 'client_id'), 'client_secret');
  const malformed = ['Basic YWJj', 'Basic', 'Basic !!!!', 'Bearer abc', 'Basic a b', 'Digest x'];
  for (const authorization of malformed) {
    refused(await post(base, { authorization }), 400, 'invalid_request', 'invalid authorization header value format');
  }
  const empty = await post(base, { authorization: basic(server.client.id, '') });
  refused(empty, 400, 'invalid_request', 'client_secret must be provided in the Authorization header');
  // A public client's id may come so, as there is no secret.
  const app = await createApp(server, { type: 'SPA' });
  const bare = await post({ ...base, grant_type: 'refresh_token', refresh_token: 'x' }, { authorization: basic(app.id, '') });
  assert.deepEqual([bare.status, bare.json.error], [400, 'invalid_grant']);
  const wrong = await post({ ...base, grant_type: 'refresh_token', refresh_token: 'x' }, { authorization: basic(app.id, 'x') });
  assert.deepEqual([wrong.status, wrong.json.error], [401, 'invalid_client']);
});

test('check 12, 26: public clients get nothing, whatever they send', async () => {
  for (const type of ['SPA', 'Native']) {
    const app = await createApp(server, { type });
    const bare = await post(without(inBody({ client_id: app.id }), 'client_secret'));
    refused(bare, 400, 'invalid_request', 'requested grant type is not allowed for this client');
    const secret = await post(inBody({ client_id: app.id, client_secret: 'made-up' }));
    refused(secret, 401, 'invalid_client', 'client authentication failed');
  }
  const web = await createApp(server, { type: 'Traditional' });
  const answer = await post(inBody({ client_id: web.id, client_secret: web.secret }));
  refused(answer, 400, 'invalid_request', 'requested grant type is not allowed for this client');
  refused(await post(without(inBody(), 'client_secret')), 401, 'invalid_client', 'client authentication failed');
});

test('check 13: credentials in the query do not count and are not logged', async () => {
  const answer = await api(server, 'POST', `/oidc/token?${form(inBody())}`, {
    body: '',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  refused(answer, 400, 'invalid_request', 'no client authentication mechanism provided');
  assert.ok(!server.logs().includes(server.client.secret));
});

test('check 14: a client assertion is no authentication here and grants nothing', async () => {
  const answer = await post({
    ...without(inBody(), 'client_secret'),
    client_assertion: 'eyJhbGciOiJub25lIn0.e30.',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });
  refused(answer, 401, 'invalid_client', 'client authentication failed');
});

test('check 21: errors are ASCII and echo nothing dangerous', async () => {
  for (const id of ['"><script>', 'a\\b', 'ü', 'x'.repeat(5000), 'a\nb']) {
    const answer = await post(inBody({ client_id: id }));
    assert.equal(answer.status, 400);
    assert.match(answer.json.error_description, /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/);
    assert.ok(answer.json.error_description.length < 400);
  }
});

test('check 27: password and implicit grants do not exist', async () => {
  for (const grant of ['password', 'implicit', 'token']) {
    const answer = await post(inBody({ grant_type: grant, username: 'a', password: 'b' }));
    refused(answer, 400, 'unsupported_grant_type', 'unsupported grant_type requested');
  }
});

test('check 28: the answer says what was granted, in the order asked, without repeats', async () => {
  const resource = await createResource(server);
  const scopes = [];
  for (const name of ['a', 'b', 'c']) scopes.push(await createScope(server, resource, name));
  const role = await createRole(server, { scopeIds: [scopes[0].id, scopes[2].id] });
  const app = await createApp(server, {}, [role.id]);
  const ask = async (scope) => {
    const answer = await tokenAnswer(server, { id: app.id, secret: app.secret, resource: resource.indicator, scope });
    assert.equal(answer.status, 200);
    assert.equal(decodeJwt(answer.json.access_token).claims.scope, answer.json.scope);
    return answer.json.scope;
  };
  assert.equal(await ask('c b a nope a openid offline_access'), 'c a');
  assert.equal(await ask('b'), undefined);
  assert.equal(await ask('  a   c '), 'a c');
});

test('check 79: resource indicators that are not URIs, have a fragment, or are unknown', async () => {
  const cases = [
    ['abc', 'resource indicator must be an absolute URI'],
    ['/api', 'resource indicator must be an absolute URI'],
    [`${server.client.resource}#x`, 'resource indicator must not contain a fragment component'],
    ['https://unknown.example/api', 'resource indicator is missing, or unknown'],
    [`${server.client.resource}/`, 'resource indicator is missing, or unknown'],
    ['https://admin.logto.app/me', 'resource indicator is missing, or unknown'],
    ['https://admin.logto.app/api', 'resource indicator is missing, or unknown'],
  ];
  for (const [resource, text] of cases) refused(await post(inBody({ resource })), 400, 'invalid_target', text);
});

test('check 80, 81: one token is for one resource', async () => {
  const other = await createResource(server);
  const two = form(inBody());
  two.append('resource', other.indicator);
  refused(await api(server, 'POST', '/oidc/token', { body: two }), 400, 'invalid_target', 'only a single resource indicator value is supported for this grant type');
  const unknown = form(inBody());
  unknown.append('resource', 'https://unknown.example');
  refused(await api(server, 'POST', '/oidc/token', { body: unknown }), 400, 'invalid_target', 'resource indicator is missing, or unknown');
  const same = form(inBody());
  same.append('resource', server.client.resource);
  assert.equal((await api(server, 'POST', '/oidc/token', { body: same })).status, 200);
  refused(await post(without(inBody(), 'resource')), 400, 'invalid_target', 'both `resource` and `organization_id` are not provided');
});

test('organization_id is refused until the application is a member', async () => {
  const answer = await post(inBody({ organization_id: 'nope' }));
  refused(answer, 403, 'access_denied', 'app has not associated with the organization');
});

test('the lifetime is the resource’s', async () => {
  const resource = await createResource(server, { accessTokenTtl: 60 });
  const answer = await post(inBody({ resource: resource.indicator }));
  assert.equal(answer.json.expires_in, 60);
  const { claims } = decodeJwt(answer.json.access_token);
  assert.equal(claims.exp - claims.iat, 60);
});

test('a default resource and default scopes let a bare request work', async () => {
  const resource = await createResource(server);
  const scope = await createScope(server, resource, 'read:things');
  const role = await createRole(server, { scopeIds: [scope.id] });
  const app = await createApp(server, {}, [role.id]);
  const bare = { grant_type: 'client_credentials', client_id: app.id, client_secret: app.secret };
  assert.equal((await post(bare)).status, 400);
  await patchApp(server, app.id, { customClientMetadata: { defaultResource: resource.indicator, defaultScopes: ['read:things'] } });
  for (const body of [bare, { ...bare, scope: '' }]) {
    const answer = await post(body);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.scope, 'read:things');
    assert.equal(decodeJwt(answer.json.access_token).claims.aud, resource.indicator);
  }
  const explicit = await post({ ...bare, resource: server.client.resource, scope: 'all' });
  assert.equal(decodeJwt(explicit.json.access_token).claims.aud, server.client.resource);
});

test('the tenant’s default resource serves requests that name none', async () => {
  const resource = await createResource(server);
  const set = (isDefault) => api(server, 'PATCH', `/api/resources/${resource.id}/is-default`, { token: server.adminToken, body: { isDefault } });
  await admin(server);
  assert.equal((await set(true)).status, 200);
  const answer = await post(without(inBody(), 'resource'));
  assert.equal(answer.status, 200, answer.text);
  assert.equal(decodeJwt(answer.json.access_token).claims.aud, resource.indicator);
  assert.equal((await set(false)).status, 200);
  assert.equal((await post(without(inBody(), 'resource'))).status, 400);
});

test('several secrets work side by side; a deleted or expired one does not', async () => {
  const app = await createApp(server);
  const token = await admin(server);
  const make = async (body) => {
    const answer = await api(server, 'POST', `/api/applications/${app.id}/secrets`, { token, body });
    assert.equal(answer.status, 201, answer.text);
    server.secrets.add(answer.json.value);
    return answer.json;
  };
  const second = await make({ name: 'second' });
  const soon = Date.now() + 1500;
  const brief = await make({ name: 'brief', expiresAt: soon });
  const ask = (secret) => post(inBody({ client_id: app.id, client_secret: secret }));
  assert.equal((await ask(app.secret)).status, 200);
  assert.equal((await ask(second.value)).status, 200);
  assert.equal((await ask(brief.value)).status, 200);
  const removed = await api(server, 'DELETE', `/api/applications/${app.id}/secrets/second`, { token });
  assert.equal(removed.status, 204);
  refused(await ask(second.value), 401, 'invalid_client', 'client authentication failed');
  let answer;
  do answer = await ask(brief.value);
  while (answer.status === 200 && Date.now() < soon + 5000);
  refused(answer, 400, 'invalid_request', 'client secret has expired');
});

test('a deleted application and a removed role take effect with the next request', async () => {
  const role = await createRole(server, { scopeIds: ['management-api-all'] });
  const app = await createApp(server, {}, [role.id]);
  const token = await admin(server);
  const ask = () => post(inBody({ client_id: app.id, client_secret: app.secret }));
  assert.equal((await ask()).json.scope, 'all');
  assert.equal((await api(server, 'DELETE', `/api/applications/${app.id}/roles/${role.id}`, { token })).status, 204);
  assert.equal((await ask()).json.scope, undefined);
  assert.equal((await api(server, 'DELETE', `/api/applications/${app.id}`, { token })).status, 204);
  refused(await ask(), 400, 'invalid_client', `invalid client ${app.id}`);
});

test('check 117: a browser origin needs the client’s leave', async () => {
  const app = await createApp(server);
  const entries = inBody({ client_id: app.id, client_secret: app.secret });
  const origin = 'https://spa.example';
  const before = await post(entries, { origin });
  refused(before, 400, 'invalid_request', `origin ${origin} not allowed for client: ${app.id}`);
  await patchApp(server, app.id, { customClientMetadata: { corsAllowedOrigins: [origin] } });
  const allowed = await post(entries, { origin });
  assert.equal(allowed.status, 200);
  assert.equal(allowed.headers['access-control-allow-origin'], origin);
  assert.equal(allowed.headers['access-control-allow-credentials'], undefined);
  for (const other of ['null', 'https://spa.example.evil', 'https://spa.example:8443', 'http://spa.example']) {
    assert.equal((await post(entries, { origin: other })).status, 400);
  }
  const preflight = await api(server, 'OPTIONS', '/oidc/token', {
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], origin);
  assert.equal(preflight.headers['access-control-allow-methods'], 'POST');
  const ask = async (path, method) => {
    const { status, headers } = await api(server, 'OPTIONS', path, { headers: { origin: 'https://any.example', 'access-control-request-method': method } });
    return [status, headers['access-control-allow-origin']];
  };
  for (const [path, method] of [['/oidc/me', 'GET'], ['/oidc/me', 'POST'], ['/oidc/jwks', 'GET'], ['/oidc/.well-known/openid-configuration', 'GET'], ['/oidc/token/revocation', 'POST'], ['/oidc/token/introspection', 'POST'], ['/oidc/device/auth', 'POST']])
    assert.deepEqual(await ask(path, method), [204, 'https://any.example'], path);
  for (const path of ['/oidc/auth', '/oidc/session/end', '/oidc/device'])
    assert.deepEqual(await ask(path, 'POST'), [404, undefined], `${path} is for browsers that go there, not for pages of others`);
});

test('a body that is too large gets Logto’s answer', async () => {
  const answer = await post(inBody({ padding: 'x'.repeat(60_000) }));
  assert.equal(answer.status, 404);
  assert.equal(answer.text, 'Not Found');
  const huge = await raw(
    server.port,
    `POST /oidc/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3000000\r\n\r\n${'a'.repeat(2_000_000)}`,
    { until: /\r\n\r\n/ },
  );
  assert.match(huge, /^HTTP\/1\.1 4\d\d /);
});

test('check 65: metadata at both addresses, made of what is there', async () => {
  const paths = [
    '/oidc/.well-known/openid-configuration',
    '/oidc/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/oidc',
    '/.well-known/openid-configuration/oidc',
  ];
  for (const path of paths) {
    const { json, status, headers } = await api(server, 'GET', path);
    assert.equal(status, 200);
    assert.equal(json.issuer, `${server.base}/oidc`);
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.match(headers['cache-control'], /max-age=\d+/);
    for (const [name, value] of Object.entries(json)) {
      if (!name.endsWith('_endpoint') && name !== 'jwks_uri') continue;
      const method = name === 'jwks_uri' ? 'GET' : 'POST';
      const probe = await api(server, method, value);
      assert.notEqual(probe.json?.error_description?.startsWith('unrecognized route'), true, `${name} is not there`);
    }
    for (const grant of json.grant_types_supported) {
      assert.notEqual((await post(inBody({ grant_type: grant }))).json.error, 'unsupported_grant_type');
    }
  }
  const admin = await api(server, 'GET', `${server.adminBase}/oidc/.well-known/openid-configuration`);
  assert.equal(admin.json.issuer, `${server.adminBase}/oidc`);
});

test('check 66: the JWKS holds public keys alone, with use, alg and unique kids, and can be cached', async () => {
  const answer = await api(server, 'GET', '/oidc/jwks');
  assert.equal(answer.headers['content-type'], 'application/jwk-set+json; charset=utf-8');
  const { keys } = JSON.parse(answer.text);
  assert.equal(new Set(keys.map((key) => key.kid)).size, keys.length);
  for (const key of keys) {
    assert.deepEqual(Object.keys(key), ['kty', 'use', 'kid', 'alg', 'crv', 'x', 'y']);
    assert.equal(key.use, 'sig');
    assert.equal(key.alg, 'ES256');
    assert.equal(key.crv, 'P-256');
  }
  createLocalJWKSet({ keys });
  const again = await api(server, 'GET', '/oidc/jwks', { headers: { 'if-none-match': answer.headers.etag } });
  assert.equal(again.status, 304);
  assert.equal(again.text, '');
  const admin = await api(server, 'GET', `${server.adminBase}/oidc/jwks`);
  assert.notEqual(JSON.parse(admin.text).keys[0].kid, keys[0].kid);
});

test('unknown routes under /oidc answer as OAuth errors', async () => {
  refused(await api(server, 'GET', '/oidc/nope'), 404, 'invalid_request', 'unrecognized route or not allowed method (GET on /nope)');
  refused(await api(server, 'POST', '/oidc/reg'), 404, 'invalid_request', 'unrecognized route or not allowed method (POST on /reg)');
});

test('check 144: every token issued or refused is in the log, without secrets', async () => {
  const app = await createApp(server);
  const bearer = await admin(server);
  await post(inBody({ client_id: app.id, client_secret: app.secret, scope: 'all nope' }));
  await post(inBody({ client_id: app.id, client_secret: 'wrong' }));
  await post(inBody({ client_id: app.id, client_secret: app.secret, resource: 'https://unknown.example' }));
  await post({ ...inBody({ client_id: app.id, client_secret: app.secret }), grant_type: 'magic' });
  const logs = async (logKey) =>
    (await api(server, 'GET', '/api/logs', { token: bearer, query: { applicationId: app.id, logKey } })).json.map(({ payload }) => payload);
  const tried = await logs('ExchangeTokenBy.ClientCredentials');
  const [target, guess, issued] = tried;
  assert.deepEqual(tried.map((payload) => payload.result), ['Error', 'Error', 'Success']);
  assert.equal(target.error, 'invalid_target');
  assert.equal(guess.error, 'invalid_client'); // by what was asked for, whoever asked
  assert.equal(issued.params.client_secret, '******');
  assert.equal(issued.applicationSecret.name, 'Default secret');
  assert.equal(issued.droppedScope, 'all nope');
  assert.deepEqual(issued.tokenTypes, ['AccessToken']);
  const unknown = await logs('ExchangeTokenBy.Unknown');
  assert.deepEqual(unknown.map((payload) => payload.error), ['unsupported_grant_type']);
  assert.ok(!JSON.stringify([tried, unknown]).includes(app.secret));
});
