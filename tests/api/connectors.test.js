// /api/connectors and /api/connector-factories.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { startServer } from '../lib/server.js';
import { call, invalid, limited, ok, refused, required } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const BASE = '/api/connectors';
const post = (body) => call(server, 'POST', BASE, { body });
const create = (body) => ok(server, 'POST', BASE, { body });
const remove = async (id) => assert.equal((await call(server, 'DELETE', `${BASE}/${id}`)).status, 204);
const SMTP = { host: '127.0.0.1', port: 9, auth: { type: 'login', user: 'u', pass: 'p' }, fromEmail: 'a@b.co', templates: [] };
const OIDC = {
  authorizationEndpoint: 'https://a.b/auth', tokenEndpoint: 'https://a.b/t', clientId: 'a', clientSecret: 'b', scope: 'openid',
  idTokenVerificationConfig: { jwksUri: 'https://a.b/jwks' },
};

test('the kinds of connectors', async () => {
  const all = await ok(server, 'GET', '/api/connector-factories');
  const ids = all.map((one) => one.id);
  for (const id of ['github-universal', 'google-universal', 'oidc', 'oauth2', 'simple-mail-transfer-protocol', 'http-email', 'twilio-short-message-service']) {
    assert.ok(ids.includes(id), id);
  }
  assert.equal(new Set(ids).size, ids.length);
  for (const { formItems } of all) for (const item of formItems) assert.ok(item.key && item.label && item.type, JSON.stringify(item));
  const github = await ok(server, 'GET', '/api/connector-factories/github-universal');
  assert.deepEqual(github, all.find((one) => one.id === 'github-universal'));
  assert.deepEqual([github.type, github.target, github.platform, github.isDemo, github.isTokenStorageSupported], ['Social', 'github', 'Universal', false, true]);
  assert.deepEqual(github.formItems.map((item) => [item.key, item.required]), [['clientId', true], ['clientSecret', true], ['scope', false]]);
  refused(await call(server, 'GET', '/api/connector-factories/nope'), 404, 'entity.not_found');
});

test('a connector: made, read, changed, deleted; its config is not stored in clear', async () => {
  const secret = `github-${process.pid}-client-secret`;
  server.secrets.add(secret);
  const made = await create({ connectorId: 'github-universal', config: { clientId: 'a', clientSecret: secret } });
  assert.match(made.id, /^[a-z0-9]{12}$/);
  assert.deepEqual(
    [made.config, made.metadata, made.connectorId, made.target, made.type, made.syncProfile, made.enableTokenStorage, made.isDemo, made.extraInfo],
    [{ clientId: 'a', clientSecret: secret }, {}, 'github-universal', 'github', 'Social', false, false, false, {}],
  );
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${made.id}`), made);
  const patch = (body) => call(server, 'PATCH', `${BASE}/${made.id}`, { body });
  const changed = await patch({ config: { clientId: 'a2', clientSecret: secret }, syncProfile: true });
  assert.deepEqual(changed.json, { ...made, config: { clientId: 'a2', clientSecret: secret }, syncProfile: true });
  refused(await patch({ config: { clientId: 1 } }), 400, 'connector.invalid_config');
  refused(await patch({ metadata: { target: 'x' } }), 400, 'connector.cannot_overwrite_metadata_for_non_standard_connector');
  assert.deepEqual(await ok(server, 'GET', `${BASE}?target=github`), [changed.json]);
  assert.deepEqual(await ok(server, 'GET', `${BASE}?target=google`), []);
  refused(await post({ connectorId: 'github-universal', config: { clientId: 'a', clientSecret: 'b' } }), 422, 'connector.multiple_instances_not_supported');
  await ok(server, 'PATCH', '/api/sign-in-exp', { body: { socialSignInConnectorTargets: ['github', 'google'] } });
  const shown = (await api(server, 'GET', '/api/.well-known/sign-in-exp')).json;
  assert.deepEqual(shown.socialSignInConnectorTargets, ['github']);
  assert.deepEqual(shown.socialConnectors.map((one) => [one.id, one.target, one.platform, one.config]), [[made.id, 'github', 'Universal', undefined]]);
  await remove(made.id);
  assert.deepEqual((await ok(server, 'GET', '/api/sign-in-exp')).socialSignInConnectorTargets, []);
  for (const method of ['GET', 'PATCH', 'DELETE']) {
    refused(await call(server, method, `${BASE}/${made.id}`, { body: { syncProfile: true } }), 404, 'entity.not_found');
  }
});

test('configs and kinds that do not fit', async () => {
  invalid(await post({}), [required('string', 'connectorId')]);
  refused(await post({ connectorId: 'nope' }), 422, 'connector.not_found_with_connector_id');
  const bad = await post({ connectorId: 'google-universal', config: { foo: 1 } });
  refused(bad, 400, 'connector.invalid_config');
  assert.deepEqual(bad.json.data.issues, [required('string', 'clientId'), required('string', 'clientSecret')]);
  refused(await post({ connectorId: 'oidc', config: OIDC }), 400, 'connector.should_specify_target');
  refused(await post({ connectorId: 'simple-mail-transfer-protocol', config: { ...SMTP, port: 'x' } }), 400, 'connector.invalid_config');
  refused(await post({ connectorId: 'simple-mail-transfer-protocol', config: SMTP, enableTokenStorage: true }), 422, 'connector.token_storage_not_supported');
  assert.deepEqual(await ok(server, 'GET', BASE), []);
});

test('standard connectors have targets of their own', async () => {
  const metadata = { target: 'mine', name: { en: 'Mine' }, logo: 'https://a.b/l.png' };
  const mine = await create({ id: 'chosen', connectorId: 'oidc', metadata: { ...metadata, platform: 'Web' }, config: OIDC });
  assert.deepEqual([mine.id, mine.metadata, mine.target, mine.name, mine.logo], ['chosen', metadata, 'mine', { en: 'Mine' }, 'https://a.b/l.png']);
  refused(await post({ connectorId: 'oidc', metadata, config: OIDC }), 422, 'connector.multiple_target_with_same_platform');
  const other = await create({ connectorId: 'oidc', metadata: { target: 'other' }, config: OIDC });
  const patch = (body) => call(server, 'PATCH', `${BASE}/chosen`, { body });
  refused(await patch({ metadata: { ...metadata, target: 'x' } }), 400, 'connector.can_not_modify_target');
  assert.deepEqual((await patch({ metadata: { target: 'mine' } })).json.name, { en: 'OpenID Connect' });
  await remove(mine.id);
  await remove(other.id);
});

test('one connector for email and one for text messages: they open ways to sign in', async () => {
  const signUp = { identifiers: ['email'], password: true, verify: true };
  const sie = (body) => call(server, 'PATCH', '/api/sign-in-exp', { body });
  refused(await sie({ signUp }), 400, 'sign_in_experiences.enabled_connector_not_found');
  const first = await create({ connectorId: 'simple-mail-transfer-protocol', config: SMTP });
  const second = await create({ connectorId: 'http-email', config: { endpoint: 'https://a.b/mail' } });
  refused(await call(server, 'GET', `${BASE}/${first.id}`), 404, 'entity.not_found');
  assert.equal((await sie({ signUp, forgotPasswordMethods: ['EmailVerificationCode'] })).status, 200);
  assert.deepEqual((await api(server, 'GET', '/api/.well-known/sign-in-exp')).json.forgotPassword, { phone: false, email: true });
  const expiring = await sie({ passwordExpiration: { enabled: true, validPeriodDays: 3 } });
  assert.ok(Math.abs(Date.now() - expiring.json.passwordExpiration.enabledAt) < 60_000);
  assert.deepEqual((await sie({ passwordExpiration: { enabled: true, validPeriodDays: 4, enabledAt: 1 } })).json.passwordExpiration,
    { ...expiring.json.passwordExpiration, validPeriodDays: 4 });
  refused(await call(server, 'DELETE', `${BASE}/${second.id}`), 422, 'sign_in_experiences.password_expiration_requires_forgot_password');
  assert.deepEqual((await sie({ passwordExpiration: { enabled: false } })).json.passwordExpiration, { enabled: false });
  refused(await call(server, 'PATCH', `${BASE}/${second.id}`, { body: { syncProfile: true } }), 422, 'connector.invalid_type_for_syncing_profile');
  await remove(second.id);
});

test('the address to sign in at', async () => {
  const { id } = await create({ connectorId: 'github-universal', config: { clientId: 'a b', clientSecret: 'b' } });
  const uri = (which, body) => call(server, 'POST', `${BASE}/${which}/authorization-uri`, { body });
  const { redirectTo } = (await uri(id, { state: 's&t', redirectUri: 'https://a.b/cb?x=1' })).json;
  const { origin, pathname, searchParams } = new URL(redirectTo);
  assert.deepEqual([origin, pathname, Object.fromEntries(searchParams)], ['https://github.com', '/login/oauth/authorize', {
    response_type: 'code', client_id: 'a b', redirect_uri: 'https://a.b/cb?x=1', state: 's&t', scope: 'read:user',
  }]);
  invalid(await uri(id, {}), [required('string', 'state'), required('string', 'redirectUri')]);
  refused(await uri(id, { state: '', redirectUri: 'x' }), 400, 'session.insufficient_info');
  refused(await uri('nope', { state: 's', redirectUri: 'x' }), 404, 'entity.not_found');
  const smtp = await create({ connectorId: 'simple-mail-transfer-protocol', config: SMTP });
  refused(await uri(smtp.id, { state: 's', redirectUri: 'x' }), 400, 'connector.unexpected_type');
  const oidc = await create({ connectorId: 'oidc', metadata: { target: 'uri' }, config: OIDC });
  refused(await uri(oidc.id, { state: 's', redirectUri: 'x' }), 501, 'connector.not_implemented');
  for (const one of [id, smtp.id, oidc.id]) await remove(one);
});

test('trying a config', async () => {
  const attempt = (factory, body) => call(server, 'POST', `${BASE}/${factory}/test`, { body });
  refused(await attempt('simple-mail-transfer-protocol', { config: {} }), 400, 'guard.invalid_input');
  refused(await attempt('simple-mail-transfer-protocol', { email: 'nomail', config: {} }), 400, 'guard.invalid_input');
  refused(await attempt('nope', { email: 'a@b.co', config: {} }), 400, 'connector.not_found');
  refused(await attempt('simple-mail-transfer-protocol', { phone: '123', config: {} }), 400, 'connector.unexpected_type');
  refused(await attempt('simple-mail-transfer-protocol', { email: 'a@b.co', config: {} }), 400, 'connector.invalid_config');
  const template = (usageType) => ({ usageType, subject: 's', content: 'c {{code}}', contentType: 'text/plain' });
  const config = { host: '127.0.0.1', port: 25, fromEmail: 'a@b.co', auth: { type: 'login', user: 'u', pass: 'p' }, templates: ['Register', 'SignIn', 'ForgotPassword', 'Generic'].map(template) };
  const tried = await attempt('simple-mail-transfer-protocol', { email: 'a@b.co', config });
  refused(tried, 400, 'connector.general');
  assert.match(tried.json.message, /not one of the public Internet/);
});

test('reading and writing need their own scopes', async () => {
  const reader = await limited(server, 'read:connectors');
  assert.equal((await call(server, 'GET', BASE, { token: reader.token })).status, 200);
  refused(await call(server, 'POST', BASE, { token: reader.token, body: { connectorId: 'oidc' } }), 403, 'auth.forbidden');
});
