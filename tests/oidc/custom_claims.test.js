// Scripts that add claims to access tokens: what they are told, what they may set, how they fail.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, ok, refused } from '../api/support.js';
import { api, decodeJwt, token, tokenAnswer } from '../lib/api.js';
import { Browser, createClient, createUser, exchange, refresh, signIn } from '../lib/browser.js';
import { createResource, createRole, createScope, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server;
let plain; // a Management API token made before any script is there
before(async () => {
  server = await startServer();
  plain = await token(server);
});
after(() => server.stop());

const BASE = '/api/configs/jwt-customizer';
const send = (method, path, body, expected = [200, 201, 204]) =>
  api(server, method, `${BASE}/${path}`, { token: plain, body }).then((answer) => {
    assert.ok(expected.includes(answer.status), answer.text);
    return answer;
  });
const put = (kind, script, more = {}) => send('PUT', kind, { script, ...more });
const drop = (kind) => send('DELETE', kind);
const source = (body) => `const getCustomJwtClaims = async ({ token, context, environmentVariables, api }) => { ${body} };`;
const machine = async (script, more) => {
  await put('client-credentials', script, more);
  const answer = await tokenAnswer(server);
  return answer.json.access_token ? decodeJwt(answer.json.access_token).claims : answer;
};
const attempt = (script, more = {}) =>
  api(server, 'POST', `${BASE}/test`, { token: plain, body: { tokenType: 'client-credentials', token: { clientId: 'x' }, context: { application: { id: 'x' } }, script, ...more } });

test('a machine token: claims of the script beside those of the server, which it cannot set', async () => {
  const claims = await machine(source(`return { iss: 'x', sub: 'y', scope: 'z', exp: 1, jti: 'j', client_id: 'c', organization_id: 'o', ok: environmentVariables.word,
    nested: { a: [1, null, 'ä"'] }, application: context.application.name, secret: context.application.secret, seen: token };`), { environmentVariables: { word: 'hi' } });
  const { ok: word, nested, application, seen, secret, ...own } = claims;
  assert.deepEqual([word, nested, secret], ['hi', { a: [1, null, 'ä"'] }, undefined]);
  assert.equal(typeof application, 'string');
  assert.deepEqual(seen, { jti: own.jti, aud: own.aud, scope: own.scope, clientId: own.client_id, kind: 'ClientCredentials' });
  assert.deepEqual(Object.keys(own), ['jti', 'sub', 'iat', 'exp', 'scope', 'client_id', 'iss', 'aud']);
  assert.equal(own.iss, `${server.base}/oidc`);
  const again = decodeJwt(await token(server)).claims;
  assert.notEqual(again.jti, own.jti);
  await drop('client-credentials');
  assert.equal('ok' in decodeJwt(await token(server)).claims, false);
});

test('a user token: the script is told of the user, roles, organizations and the application', async () => {
  const resource = await createResource(server, { indicator: `https://${unique('told')}.example` });
  const scope = await createScope(server, resource, 'read');
  const role = await createRole(server, { type: 'User', scopeIds: [scope.id] });
  const user = await createUser(server, { name: 'Told', customData: { plan: 'gold' } });
  await ok(server, 'POST', `/api/users/${user.id}/roles`, { body: { roleIds: [role.id] } }, 201);
  const organization = await ok(server, 'POST', '/api/organizations', { body: { name: unique('org') } }, 201);
  const organizationRole = await ok(server, 'POST', '/api/organization-roles', { body: { name: unique('or') } }, 201);
  await ok(server, 'POST', `/api/organizations/${organization.id}/users`, { body: { userIds: [user.id] } }, 201);
  await ok(server, 'POST', `/api/organizations/${organization.id}/users/${user.id}/roles`, { body: { organizationRoleIds: [organizationRole.id] } }, 201);
  const client = await createClient(server);
  await put('access-token', source('return { told: context, seen: token };'));
  const browser = new Browser(server);
  const signed = await signIn(browser, client, user, { scope: 'openid offline_access read', resource: resource.indicator });
  const answer = await exchange(server, client, signed, { resource: resource.indicator });
  assert.equal(answer.status, 200, answer.text);
  const { told, seen, ...claims } = decodeJwt(answer.json.access_token).claims;
  assert.deepEqual([told.user.id, told.user.name, told.user.customData, told.user.hasPassword], [user.id, 'Told', { plan: 'gold' }, true]);
  assert.equal('passwordDigest' in told.user, false);
  assert.deepEqual(told.user.roles, [{ id: role.id, name: role.name, description: role.description, scopes: [{
    id: scope.id, name: 'read', description: scope.description, resourceId: resource.id,
    resource: { tenantId: 'default', id: resource.id, name: resource.name, indicator: resource.indicator, isDefault: false, accessTokenTtl: 3600 },
  }] }]);
  assert.deepEqual(told.user.organizations, [{ id: organization.id, name: organization.name, description: null }]);
  assert.deepEqual(told.user.organizationRoles, [{ organizationId: organization.id, roleId: organizationRole.id, roleName: organizationRole.name }]);
  assert.deepEqual([told.user.mfaVerificationFactors, told.user.ssoIdentities, told.application.id], [[], [], client.id]);
  assert.deepEqual([seen.accountId, seen.gty, seen.kind, seen.aud, claims.scope], [user.id, 'authorization_code', 'AccessToken', resource.indicator, 'read']);
  const renewed = await refresh(server, client, answer.json.refresh_token, { resource: resource.indicator });
  assert.equal(decodeJwt(renewed.json.access_token).claims.seen.gty, 'refresh_token');
  // A denial holds for opaque tokens as well, and uses nothing up.
  await put('access-token', source("api.denyAccess('not you');"));
  const denied = await refresh(server, client, renewed.json.refresh_token);
  assert.deepEqual([denied.status, denied.json.error, denied.json.error_description], [400, 'access_denied', 'not you']);
  await drop('access-token');
  assert.equal((await refresh(server, client, renewed.json.refresh_token)).status, 200);
});

test('an exchange tells the script of the context of the subject token', async () => {
  const user = await createUser(server);
  const resource = await createResource(server, { indicator: `https://${unique('exchange')}.example` });
  const client = await createClient(server, 'Traditional', { customClientMetadata: { allowTokenExchange: true } });
  const { subjectToken } = await ok(server, 'POST', '/api/subject-tokens', { body: { userId: user.id, context: { ticket: 7 } } }, 201);
  await put('access-token', source('return { grant: context.grant };'));
  const answer = await api(server, 'POST', '/oidc/token', { body: new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', client_id: client.id, client_secret: client.secret, resource: resource.indicator,
    subject_token: subjectToken, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  }) });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(decodeJwt(answer.json.access_token).claims.grant, { type: 'urn:ietf:params:oauth:grant-type:token-exchange', subjectTokenContext: { ticket: 7 } });
  await drop('access-token');
});

test('a script that fails leaves the token without claims, or there is none when it is told to block', async () => {
  const claims = await machine(source("throw new Error('boom');"));
  assert.deepEqual(Object.keys(claims), ['jti', 'sub', 'iat', 'exp', 'scope', 'client_id', 'iss', 'aud']);
  const [row] = (await api(server, 'GET', '/api/logs?logKey=ExchangeTokenBy.ClientCredentials&page_size=1', { token: plain })).json;
  assert.deepEqual(row.payload.jwtCustomizer, { key: 'JwtCustomizer.ClientCredentials', result: 'Error', error: 'boom' });
  const blocked = await machine(source("throw new Error('boom');"), { blockIssuanceOnError: true });
  assert.deepEqual([blocked.status, blocked.json.error, blocked.json.error_description], [400, 'invalid_request', 'Custom claims script error: boom']);
  const denied = await machine(source("return api.denyAccess('nope');"));
  assert.deepEqual([denied.status, denied.json.error, denied.json.error_description, denied.json.code], [400, 'access_denied', 'nope', 'oidc.access_denied']);
  await drop('client-credentials');
});

// What JavaScript lets by and a token cannot carry: half of a surrogate pair, too many levels, too much.
const DEEP = `let deep = {}; for (let i = 0; i < 64; i++) deep = { deep };`;
for (const [name, body, message] of [
  ['half of a character', "return { a: '\\ud800' };", /surrogate/],
  ['an object of 65 levels', `${DEEP} return deep;`, /too deep/],
  ['a stringify of its own', "JSON.stringify = () => 'no'; return {};", /no JSON/],
  ['13,000 characters', "return { a: 'x'.repeat(13000) };", /more than 12 KiB/],
  ['claims that the token has no room for', "return { a: 'x'.repeat(12200) };", /longer than 16 KiB/],
]) {
  test(`claims that no token can carry are a failure of the script: ${name}`, async () => {
    const claims = await machine(source(body));
    assert.equal(claims.iss, `${server.base}/oidc`);
    assert.deepEqual(Object.keys(claims), ['jti', 'sub', 'iat', 'exp', 'scope', 'client_id', 'iss', 'aud']);
    const [row] = (await api(server, 'GET', '/api/logs?logKey=ExchangeTokenBy.ClientCredentials&page_size=1', { token: plain })).json;
    assert.equal(row.payload.jwtCustomizer.result, 'Error');
    assert.match(row.payload.jwtCustomizer.error, message);
    const blocked = await machine(source(body), { blockIssuanceOnError: true });
    assert.deepEqual([blocked.status, blocked.json.error], [400, 'invalid_request']);
    assert.match(blocked.json.error_description, message);
    await drop('client-credentials');
    if (/longer/.test(message)) return; // a trial has no token to measure with
    const trial = await attempt(source(body));
    refused(trial, 422, 'jwt_customizer.general');
    assert.match(trial.json.data.message, message);
  });
}

test('the longest claims that a token takes are taken back by their issuer', async () => {
  await put('client-credentials', source("return { a: 'x'.repeat(11000) };"));
  const long = await token(server);
  assert.equal(decodeJwt(long).claims.a.length, 11000);
  assert.equal((await api(server, 'GET', '/api/roles', { token: long })).status, 200);
  await drop('client-credentials');
});

test('an error_description has printable ASCII alone, whatever the script says', async () => {
  const denied = await machine(source("return api.denyAccess('no\"<b>\\\\\\r\\nX: y \u00e9\u{1F600}.');"));
  assert.deepEqual([denied.status, denied.json.error_description], [400, "no'<b>???X: y ??."]);
  assert.equal(denied.json.message, 'no"<b>\\\r\nX: y \u00e9\u{1F600}.');
  await drop('client-credentials');
});

test('a trial gives the claims, or says what went wrong', async () => {
  const good = await attempt(source('return { foo: environmentVariables.bar, id: context.application.id };'), { environmentVariables: { bar: 'z' } });
  assert.deepEqual([good.status, good.json], [200, { foo: 'z', id: 'x' }]);
  const denied = await attempt(source("return api.denyAccess('no');"));
  refused(denied, 403, 'jwt_customizer.general');
  assert.deepEqual(denied.json.data, { message: 'no', error: { code: 'AccessDenied', message: 'no' } });
  for (const [script, message] of [
    [source("throw new Error('boom');"), /^boom$/],
    [source("throw 'bare';"), /^bare$/],
    ['const x = ', /./],
    ['const other = 1;', /does not have a function named `getCustomJwtClaims`/],
    [source('await new Promise(() => {});'), /never comes/],
    [source("return { big: 'x'.repeat(100000) };"), /more than 12 KiB/],
    [source('const all = []; for (;;) all.push("x".repeat(1 << 24));'), /memory limit/],
    [source('const deep = () => deep() + 1; return { deep: deep() };'), /stack/],
    [source("return { file: await import('fs') };"), /./],
    [source('return { x: await fetch("http://localhost") };'), /fetch/],
    [source('return { x: process.env };'), /process/],
  ]) {
    const answer = await attempt(script);
    refused(answer, 422, 'jwt_customizer.general');
    assert.match(answer.json.data.message, message);
  }
  for (const value of ['1', 'null', '[1]', "'text'", 'undefined']) refused(await attempt(source(`return ${value};`)), 400, 'jwt_customizer.general');
});

test('an endless script ends after five seconds and keeps nobody waiting', async () => {
  await put('client-credentials', source('for (;;);'));
  const begun = performance.now();
  const slow = Promise.all([attempt(source('for (;;);')), tokenAnswer(server)]);
  // Beside it: what needs no script is answered meanwhile.
  for (let i = 0; i < 20; i++) assert.equal((await call(server, 'GET', '/api/applications', { token: plain })).status, 200);
  assert.ok(performance.now() - begun < 4500, `took ${performance.now() - begun} ms`);
  const [trial, answer] = await slow;
  refused(trial, 422, 'jwt_customizer.general');
  assert.equal(trial.json.data.message, 'Script execution timed out after 5000ms.');
  assert.equal(answer.status, 200);
  await drop('client-credentials');
});

test('one run knows nothing of another', async () => {
  const script = `globalThis.count = (globalThis.count ?? 0) + 1; JSON.stringify.seen = (JSON.stringify.seen ?? 0) + 1; ${source('return { count, seen: JSON.stringify.seen };')}`;
  for (let i = 0; i < 4; i++) assert.deepEqual((await attempt(script)).json, { count: 1, seen: 1 });
});
