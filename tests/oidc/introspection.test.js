// Introspection (RFC 7662) and revocation (RFC 7009).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, basic, decodeJwt, token, tokenAnswer } from '../lib/api.js';
import { createApp, createRole } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const own = () => basic(server.client.id, server.client.secret);
const call = (endpoint, entries, authorization = own()) =>
  api(server, 'POST', `/oidc/token/${endpoint}`, { body: new URLSearchParams(entries), headers: authorization ? { authorization } : {} });

test('an active access token is described by its claims', async () => {
  const jwt = await token(server);
  const { claims } = decodeJwt(jwt);
  for (const hint of [{}, { token_type_hint: 'access_token' }, { token_type_hint: 'refresh_token' }]) {
    const answer = await call('introspection', { token: jwt, ...hint });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.deepEqual(answer.json, {
      active: true, sub: claims.sub, client_id: claims.client_id, exp: claims.exp, iat: claims.iat,
      iss: claims.iss, jti: claims.jti, aud: claims.aud, scope: 'all', token_type: 'Bearer',
    });
  }
});

test('check 73: anything else is inactive and nothing more is said', async () => {
  const jwt = await token(server);
  const admin = jwt.slice(0, -4) + 'AAAA';
  for (const text of ['garbage', admin, jwt.split('.').slice(0, 2).join('.'), `${jwt}x`, 'sgn_rt_x']) {
    const answer = await call('introspection', { token: text });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json, { active: false });
  }
});

test('check 73: only an authenticated client may ask; a public one learns nothing of others', async () => {
  const jwt = await token(server);
  assert.equal((await call('introspection', { token: jwt }, null)).status, 400);
  assert.equal((await call('introspection', { token: jwt }, basic(server.client.id, 'wrong'))).status, 401);
  const spa = await createApp(server, { type: 'SPA' });
  const answer = await call('introspection', { token: jwt, client_id: spa.id }, null);
  assert.deepEqual(answer.json, { active: false });
  const missing = await call('introspection', {});
  assert.equal(missing.json.error_description, "missing required parameter 'token'");
});

test('check 69, 72: a token of one’s own is revoked, whatever the hint; then nobody here takes it', async () => {
  const jwt = await token(server);
  assert.equal((await api(server, 'GET', '/api/roles', { token: jwt })).status, 200);
  const answer = await call('revocation', { token: jwt, token_type_hint: 'refresh_token' });
  assert.equal(answer.status, 200);
  assert.equal(answer.text, '');
  assert.deepEqual((await call('introspection', { token: jwt })).json, { active: false });
  const refused = await api(server, 'GET', '/api/roles', { token: jwt });
  assert.equal(refused.status, 401);
  assert.equal(refused.json.code, 'auth.unauthorized');
  await server.restart();
  server.adminToken = undefined;
  assert.equal((await api(server, 'GET', '/api/roles', { token: jwt })).status, 401);
  assert.equal((await call('revocation', { token: jwt })).status, 200);
});

test('check 69: unknown tokens answer 200; a foreign one stays valid', async () => {
  assert.equal((await call('revocation', { token: 'garbage' })).status, 200);
  const role = await createRole(server, { scopeIds: ['management-api-all'] });
  const app = await createApp(server, {}, [role.id]);
  const jwt = (await tokenAnswer(server, { id: app.id, secret: app.secret })).json.access_token;
  assert.equal((await call('revocation', { token: jwt })).status, 200);
  assert.equal((await call('introspection', { token: jwt })).json.active, true);
});

test('check 69: revocation needs authentication and a token', async () => {
  const none = await call('revocation', { token: 'x' }, null);
  assert.equal(none.status, 400);
  assert.equal(none.json.error_description, 'no client authentication mechanism provided');
  assert.equal((await call('revocation', { token: 'x' }, basic(server.client.id, 'wrong'))).status, 401);
  assert.equal((await call('revocation', {})).json.error_description, "missing required parameter 'token'");
});
