// grant_type=authorization_code, and refresh tokens of users: what they give, and when they are refused.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { api, basic, decodeJwt } from '../lib/api.js';
import { Browser, CALLBACK, authorizeUrl, createClient, createUser, exchange, pkce, refresh, signIn, tokenRequest, userinfo } from '../lib/browser.js';
import { admin, createResource, createRole, createScope, patchApp, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server, spa, web, user, resource;
before(async () => {
  server = await startServer();
  spa = await createClient(server, 'SPA');
  web = await createClient(server, 'Traditional');
  user = await createUser(server, { name: 'Ann', primaryEmail: `${unique('ann')}@example.com`, primaryPhone: '12025550123', customData: { k: 1 }, profile: { givenName: 'Ann', address: { country: 'SE' } } });
  resource = await createResource(server, { accessTokenTtl: 7200 });
  const scope = await createScope(server, resource, 'read:x');
  await createScope(server, resource, 'write:x');
  const role = await createRole(server, { type: 'User', scopeIds: [scope.id] });
  await call('POST', `/api/users/${user.id}/roles`, { roleIds: [role.id] }, 201);
  user.role = role;
});
after(() => server.stop());

async function call(method, path, body, status = 200) {
  const answer = await api(server, method, path, { token: await admin(server), body });
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}
const signed = (client = spa, parameters = {}, who = user) => signIn(new Browser(server), client, who, parameters);
const suspend = (who, isSuspended = true) => call('PATCH', `/api/users/${who.id}/is-suspended`, { isSuspended });

function refused(answer, status = 400, error = 'invalid_grant') {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.error, error);
  assert.equal(answer.headers['cache-control'], 'no-store');
}

async function tokens(client = spa, parameters = {}, who = user) {
  const answer = await exchange(server, client, await signed(client, parameters, who));
  assert.equal(answer.status, 200, answer.text);
  for (const name of ['access_token', 'refresh_token']) if (answer.json[name]) server.secrets.add(answer.json[name]);
  return answer.json;
}

test('checks 60, 61: the answer, the ID token and the claims by scope', async () => {
  const answer = await exchange(server, spa, await signed(spa, { nonce: 'n1', scope: 'openid profile email phone address custom_data offline_access' }));
  assert.deepEqual(Object.keys(answer.json), ['access_token', 'expires_in', 'id_token', 'refresh_token', 'scope', 'token_type']);
  assert.equal(answer.json.expires_in, 3600);
  assert.equal(answer.json.scope, 'openid profile email phone address custom_data offline_access');
  assert.match(answer.json.access_token, /^[\w-]{43}$/);
  const keys = createRemoteJWKSet(new URL(`${server.base}/oidc/jwks`));
  const { payload, protectedHeader } = await jwtVerify(answer.json.id_token, keys, { issuer: `${server.base}/oidc`, audience: spa.id });
  assert.deepEqual(Object.keys(protectedHeader), ['alg', 'kid']);
  const { iat, exp, updated_at: updatedAt, created_at: createdAt, ...rest } = payload;
  assert.equal(exp - iat, 3600);
  assert.equal(typeof updatedAt, 'number', 'check 63');
  assert.equal(typeof createdAt, 'number');
  assert.deepEqual(rest, {
    sub: user.id, name: 'Ann', picture: null, given_name: 'Ann', preferred_username: user.username, username: user.username,
    email: user.primaryEmail, email_verified: true, phone_number: '12025550123', phone_number_verified: true,
    address: { country: 'SE' }, nonce: 'n1', aud: spa.id, iss: `${server.base}/oidc`,
  });
  const bare = decodeJwt((await tokens(spa, { scope: 'openid' })).id_token).claims;
  assert.deepEqual(Object.keys(bare), ['sub', 'aud', 'exp', 'iat', 'iss'], 'check 61: no token comes through the browser, so there is no hash of one');
});

test('check 22: a code that is unknown, another client\'s, or sent with another address', async () => {
  const mine = await signed();
  refused(await exchange(server, spa, { ...mine, code: 'zz' }));
  refused(await exchange(server, await createClient(server, 'SPA'), mine));
  refused(await exchange(server, spa, mine, { redirect_uri: `${CALLBACK}/` }));
  assert.equal((await exchange(server, spa, mine, { redirect_uri: '' })).json.error, 'invalid_request');
  assert.equal((await exchange(server, spa, mine)).status, 200, 'a refused try does not use it up');
});

test('checks 49, 50: verifiers that are missing, wrong, too short, too long, of other characters, or not asked for', async () => {
  const mine = await signed();
  for (const verifier of ['', 'x'.repeat(43)]) refused(await exchange(server, spa, mine, { code_verifier: verifier }));
  for (const verifier of [mine.verifier.slice(0, 42), 'x'.repeat(129), `${mine.verifier}=`, `${mine.verifier.slice(0, -1)} `]) {
    const { status, json } = await exchange(server, spa, mine, { code_verifier: verifier });
    assert.deepEqual([status, json.error], [400, 'invalid_request'], verifier);
  }
  const plain = await signed(web, { code_challenge: undefined, code_challenge_method: undefined });
  refused(await exchange(server, web, plain, { code_verifier: pkce().verifier }));
  assert.equal((await exchange(server, web, { code: plain.code, verifier: '' })).status, 200);
});

test('check 23: a code that comes back ends what it gave', async () => {
  const mine = await signed();
  const { json } = await exchange(server, spa, mine);
  assert.equal((await userinfo(server, json.access_token)).status, 200);
  refused(await exchange(server, spa, mine));
  assert.equal((await userinfo(server, json.access_token)).status, 401);
  refused(await refresh(server, spa, json.refresh_token));
  refused(await exchange(server, spa, mine));
});

test('check 24: of 50 exchanges of one code at once, one succeeds', async () => {
  const mine = await signed();
  const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(server, spa, mine)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer);
});

test('checks 26, 27: grants that are not this client\'s, and one that is nobody\'s', async () => {
  refused(await tokenRequest(server, spa, { grant_type: 'client_credentials', resource: resource.indicator }), 400, 'invalid_request');
  refused(await tokenRequest(server, spa, { grant_type: 'password', username: user.username, password: user.password }), 400, 'unsupported_grant_type');
});

test('a confidential client proves itself, by Basic as well', async () => {
  const mine = await signed(web);
  const form = { grant_type: 'authorization_code', code: mine.code, redirect_uri: CALLBACK, code_verifier: mine.verifier };
  const without = await api(server, 'POST', '/oidc/token', { body: new URLSearchParams({ client_id: web.id, ...form }) });
  refused(without, 401, 'invalid_client');
  const answer = await api(server, 'POST', '/oidc/token', { body: new URLSearchParams(form), headers: { authorization: basic(web.id, web.secret) } });
  assert.equal(answer.status, 200, answer.text);
});

test('check 28: tokens for a resource have what was asked for and the roles give', async () => {
  const parameters = { resource: resource.indicator, scope: 'openid offline_access read:x write:x nonsense' };
  const { json } = await exchange(server, spa, await signed(spa, parameters), { resource: resource.indicator });
  assert.equal(json.scope, 'read:x');
  assert.equal(json.expires_in, 7200);
  const { header, claims } = decodeJwt(json.access_token);
  assert.equal(header.typ, 'at+jwt');
  assert.deepEqual(Object.keys(claims), ['jti', 'sub', 'iat', 'exp', 'scope', 'client_id', 'iss', 'aud']);
  assert.deepEqual([claims.sub, claims.client_id, claims.aud, claims.scope], [user.id, spa.id, resource.indicator, 'read:x']);

  const again = await refresh(server, spa, json.refresh_token, { resource: resource.indicator });
  assert.equal(again.json.scope, 'read:x');
  const opaque = await refresh(server, spa, again.json.refresh_token);
  assert.equal(opaque.json.scope, 'openid offline_access');
  await call('DELETE', `/api/users/${user.id}/roles/${user.role.id}`, undefined, 204);
  const less = await refresh(server, spa, opaque.json.refresh_token, { resource: resource.indicator });
  assert.equal(less.json.scope, '');
  await call('POST', `/api/users/${user.id}/roles`, { roleIds: [user.role.id] }, 201);
  const only = await exchange(server, spa, await signed(spa, { resource: resource.indicator, scope: 'read:x' }));
  assert.equal(decodeJwt(only.json.access_token).claims.aud, resource.indicator, 'without openid the resource is implied');
  assert.equal(only.json.id_token, undefined);
});

test('a resource that was not asked for at the start is refused', async () => {
  const other = await createResource(server);
  refused(await exchange(server, spa, await signed(), { resource: other.indicator }), 400, 'invalid_target');
  const { refresh_token: token } = await tokens(spa, { resource: [resource.indicator, other.indicator] });
  const first = await refresh(server, spa, token, { resource: other.indicator });
  assert.equal(decodeJwt(first.json.access_token).claims.aud, other.indicator);
  refused(await refresh(server, spa, first.json.refresh_token, { resource: 'https://nope.example' }), 400, 'invalid_target');
  refused(await refresh(server, spa, first.json.refresh_token, { organization_id: 'nope' }), 403, 'access_denied');
});

test('offline access: for those who ask for consent, and native applications', async () => {
  assert.equal((await tokens(spa, { prompt: undefined })).refresh_token, undefined);
  assert.ok((await tokens(spa)).refresh_token);
  assert.equal((await tokens(spa, { scope: 'openid' })).refresh_token, undefined);
  const native = await createClient(server, 'Native');
  assert.ok((await tokens(native, { prompt: undefined })).refresh_token);
  const always = await createClient(server, 'Traditional', { customClientMetadata: { alwaysIssueRefreshToken: true } });
  assert.ok((await tokens(always, { prompt: undefined, scope: 'openid' })).refresh_token);
});

test('check 29: refresh tokens of another client, widened, unknown', async () => {
  const { refresh_token: token } = await tokens();
  refused(await refresh(server, await createClient(server, 'SPA'), token));
  refused(await refresh(server, spa, token, { scope: 'openid email' }), 400, 'invalid_scope');
  refused(await refresh(server, spa, 'zz'));
  const narrowed = await refresh(server, spa, token, { scope: 'openid' });
  assert.equal(narrowed.json.scope, 'openid');
});

test('check 30: a refresh token that comes back ends all that descends from the sign-in', async () => {
  const first = await tokens();
  const second = await refresh(server, spa, first.refresh_token);
  assert.equal(second.status, 200);
  assert.notEqual(second.json.refresh_token, first.refresh_token);
  const third = await refresh(server, spa, second.json.refresh_token);
  refused(await refresh(server, spa, first.refresh_token));
  refused(await refresh(server, spa, third.json.refresh_token));
  assert.equal((await userinfo(server, third.json.access_token)).status, 401);
});

test('check 31: of 50 refreshes with one token at once, one succeeds', async () => {
  const { refresh_token: token } = await tokens();
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(server, spa, token)));
  const won = answers.filter(({ status }) => status === 200);
  assert.equal(won.length, 1);
  refused(await refresh(server, spa, won[0].json.refresh_token), 400);
});

test('check 33: that a token was used is known after a restart', async () => {
  const { refresh_token: token } = await tokens();
  const next = await refresh(server, spa, token);
  await server.restart();
  refused(await refresh(server, spa, token));
  refused(await refresh(server, spa, next.json.refresh_token));
});

test('confidential clients keep their refresh token until late, or for good', async () => {
  const first = await tokens(web);
  const second = await refresh(server, web, first.refresh_token);
  assert.equal(second.json.refresh_token, first.refresh_token);
  assert.equal((await refresh(server, web, first.refresh_token)).status, 200);
  const keeping = await createClient(server, 'SPA', { customClientMetadata: { rotateRefreshToken: false } });
  const kept = await tokens(keeping);
  assert.equal((await refresh(server, keeping, kept.refresh_token)).json.refresh_token, kept.refresh_token);
});

test('checks 34, 74: a user who is suspended or deleted, a client that is deleted, a secret that has ended', async () => {
  const ends = {
    suspended: (who) => suspend(who),
    deleted: (who) => call('DELETE', `/api/users/${who.id}`, undefined, 204),
  };
  for (const [what, end] of Object.entries(ends)) {
    const who = await createUser(server);
    const pending = await signed(spa, {}, who);
    const got = await tokens(spa, { resource: resource.indicator }, who);
    const jwt = (await refresh(server, spa, got.refresh_token, { resource: resource.indicator })).json;
    assert.equal((await introspect(web, jwt.access_token)).active, true);
    await end(who);
    refused(await exchange(server, spa, pending));
    refused(await refresh(server, spa, jwt.refresh_token));
    assert.equal((await userinfo(server, got.access_token)).status, 401, what);
    for (const token of [got.access_token, jwt.access_token, jwt.refresh_token]) {
      assert.deepEqual(await introspect(web, token), { active: false }, what);
    }
    if (what !== 'suspended') continue;
    await suspend(who, false);
    refused(await refresh(server, spa, jwt.refresh_token));
    assert.equal((await userinfo(server, got.access_token)).status, 401, 'what a suspension ended stays so');
  }
  const client = await createClient(server, 'SPA');
  const pending = await signed(client);
  const got = await tokens(client);
  await call('DELETE', `/api/applications/${client.id}`, undefined, 204);
  refused(await exchange(server, client, pending), 400, 'invalid_client');
  refused(await refresh(server, client, got.refresh_token), 400, 'invalid_client');
  assert.equal((await userinfo(server, got.access_token)).status, 401);

  const ended = await createClient(server, 'Traditional');
  const held = await tokens(ended);
  const { value } = await call('POST', `/api/applications/${ended.id}/secrets`, { name: 'soon', expiresAt: Date.now() + 600 }, 201);
  ended.secret = value;
  for (const deadline = Date.now() + 20_000; ;) {
    const answer = await refresh(server, ended, held.refresh_token);
    if (answer.status !== 200) {
      assert.equal(answer.json.error_description, 'client secret has expired');
      break;
    }
    assert.ok(Date.now() < deadline);
  }
});

async function introspect(client, token) {
  const body = new URLSearchParams({ token });
  const answer = await api(server, 'POST', '/oidc/token/introspection', { body, headers: { authorization: basic(client.id, client.secret) } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

test('check 73: introspection of a user\'s tokens', async () => {
  const got = await tokens(web);
  const opaque = await introspect(web, got.access_token);
  assert.deepEqual([opaque.active, opaque.sub, opaque.client_id, opaque.scope], [true, user.id, web.id, 'openid profile offline_access']);
  const token = await introspect(web, got.refresh_token);
  assert.deepEqual([token.active, token.sub, token.token_type], [true, user.id, 'refresh_token']);
});

test('checks 69, 70, 72: revocation of one\'s own tokens alone; an opaque one ends the grant', async () => {
  const revoke = (client, token, hint) => {
    const body = new URLSearchParams({ token, ...(hint && { token_type_hint: hint }) });
    return api(server, 'POST', '/oidc/token/revocation', { body, headers: { authorization: basic(client.id, client.secret) } });
  };
  const other = await createClient(server, 'Traditional');
  const got = await tokens(web);
  assert.equal((await revoke(other, got.access_token)).status, 200);
  assert.equal((await revoke(other, got.refresh_token)).status, 200);
  assert.equal((await userinfo(server, got.access_token)).status, 200);
  assert.equal((await revoke(web, got.access_token, 'refresh_token')).status, 200);
  assert.equal((await userinfo(server, got.access_token)).status, 401);
  refused(await refresh(server, web, got.refresh_token));
  const more = await tokens(web);
  assert.equal((await revoke(web, more.refresh_token, 'access_token')).status, 200);
  assert.equal((await userinfo(server, more.access_token)).status, 401);
});

test('checks 35, 36, 62, 63: userinfo', async () => {
  const got = await tokens(spa, { scope: 'openid email custom_data roles identities' });
  const expected = { sub: user.id, email: user.primaryEmail, email_verified: true, custom_data: { k: 1 }, identities: {}, sso_identities: [], roles: [user.role.name] };
  const bearer = await userinfo(server, got.access_token);
  assert.deepEqual(bearer.json, expected);
  assert.equal(bearer.headers['cache-control'], 'no-store');
  const form = new URLSearchParams({ access_token: got.access_token });
  assert.deepEqual((await api(server, 'POST', '/oidc/me', { body: form })).json, expected);
  assert.deepEqual((await api(server, 'POST', '/oidc/me', { token: got.access_token, body: {} })).json, expected);
  const lower = await api(server, 'GET', '/oidc/me', { headers: { authorization: `bearer ${got.access_token}` } });
  assert.equal(lower.status, 200);

  refused(await api(server, 'GET', `/oidc/me?access_token=${got.access_token}`), 400, 'invalid_request');
  refused(await api(server, 'POST', '/oidc/me', { token: got.access_token, body: form }), 400, 'invalid_request');
  const none = await api(server, 'GET', '/oidc/me');
  refused(none, 401, 'invalid_token');
  assert.equal(none.headers['www-authenticate'], `Bearer realm="${server.base}/oidc"`);
  const jwt = await exchange(server, spa, await signed(spa, { resource: resource.indicator }), { resource: resource.indicator });
  for (const bad of ['garbage', jwt.json.access_token, await admin(server)]) {
    const answer = await userinfo(server, bad);
    refused(answer, 401, 'invalid_token');
    assert.equal(answer.headers['www-authenticate'], `Bearer realm="${server.base}/oidc", error="invalid_token", error_description="invalid token provided"`);
  }
  const narrow = await userinfo(server, (await tokens(spa, { scope: 'profile' })).access_token);
  refused(narrow, 403, 'insufficient_scope');
  assert.match(narrow.headers['www-authenticate'], /scope="openid"/);
});

test('check 117: token and userinfo answer the client\'s own origins alone', async () => {
  const got = await tokens(spa);
  const from = (origin) => api(server, 'GET', '/oidc/me', { token: got.access_token, headers: { origin } });
  const own = await from('https://client.example');
  assert.equal(own.headers['access-control-allow-origin'], 'https://client.example');
  assert.equal(own.headers['access-control-allow-credentials'], undefined);
  for (const origin of ['null', 'https://client.example.evil.example', 'https://client.example:444', 'https://client.exampl', 'http://client.example']) {
    const answer = await from(origin);
    assert.equal(answer.status, 400, origin);
    assert.notEqual(answer.headers['access-control-allow-origin'], origin);
    const mine = await signed();
    const form = { grant_type: 'authorization_code', code: mine.code, redirect_uri: CALLBACK, code_verifier: mine.verifier };
    assert.equal((await tokenRequest(server, spa, form, { origin })).status, 400, origin);
  }
});

test('check 32: rotation does not make a single-page application\'s token live longer', async () => {
  const got = await tokens(web);
  const { exp } = await introspect(web, got.refresh_token);
  assert.ok(exp - Date.now() / 1000 <= 14 * 24 * 3600);
  const first = await tokens(spa);
  const before = (await introspect(web, first.refresh_token)).exp;
  const next = await refresh(server, spa, first.refresh_token);
  assert.equal((await introspect(web, next.json.refresh_token)).exp, before);
});

test('what was exchanged is in the audit log, with the user', async () => {
  await tokens(spa);
  const logs = await call('GET', '/api/logs?logKey=ExchangeTokenBy.AuthorizationCode&page_size=100');
  const row = logs.find(({ payload }) => payload.userId === user.id && payload.result === 'Success');
  assert.ok(row);
  assert.equal(row.payload.params.code, '******');
  assert.equal(row.payload.params.code_verifier, '******');
});

test('a setting of the application takes effect: the life of ID tokens', async () => {
  const client = await createClient(server, 'SPA');
  await patchApp(server, client.id, { customClientMetadata: { idTokenTtl: 60 } });
  const { claims } = decodeJwt((await tokens(client)).id_token);
  assert.equal(claims.exp - claims.iat, 60);
  for (const idTokenTtl of [0, -5, Number.MAX_SAFE_INTEGER]) {
    const answer = await api(server, 'PATCH', `/api/applications/${client.id}`, { token: await admin(server), body: { customClientMetadata: { idTokenTtl } } });
    assert.deepEqual([answer.status, answer.json.code], [400, 'guard.invalid_input'], String(idTokenTtl));
  }
  assert.equal((await new Browser(server).request('GET', authorizeUrl(client, pkce()))).status, 303);
});
