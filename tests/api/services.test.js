// Captcha, enterprise connectors, and what needs services that there are not.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { startServer } from '../lib/server.js';
import { call, ID, invalid, limited, ok, refused } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

test('the captcha provider; its secret key is not stored in clear', async () => {
  const PATH = '/api/captcha-provider';
  const put = (config) => call(server, 'PUT', PATH, { body: { config } });
  const secretKey = `captcha-${process.pid}-secret`;
  server.secrets.add(secretKey);
  refused(await call(server, 'GET', PATH), 404, 'entity.not_found');
  const turnstile = { type: 'Turnstile', siteKey: 'a', secretKey };
  const made = (await put({ ...turnstile, projectId: 'x' })).json;
  assert.match(made.id, ID);
  assert.deepEqual(made, { tenantId: 'default', id: made.id, config: turnstile, createdAt: made.createdAt, updatedAt: made.createdAt });
  assert.deepEqual(await ok(server, 'GET', PATH), made);
  const shown = async () => (await api(server, 'GET', '/api/.well-known/sign-in-exp')).json.captchaConfig;
  assert.equal(await shown(), undefined);
  await ok(server, 'PATCH', '/api/sign-in-exp', { body: { captchaPolicy: { enabled: true } } });
  assert.deepEqual(await shown(), { type: 'Turnstile', siteKey: 'a' });
  const recaptcha = { type: 'RecaptchaEnterprise', siteKey: 'b', secretKey, projectId: 'p', mode: 'checkbox' };
  const replaced = (await put(recaptcha)).json;
  assert.deepEqual([replaced.id, replaced.config, replaced.createdAt], [made.id, recaptcha, made.createdAt]);
  assert.deepEqual(await shown(), { type: 'RecaptchaEnterprise', siteKey: 'b', mode: 'checkbox' });
  invalid(await put({ type: 'Foo' }), [{
    code: 'invalid_union_discriminator', options: ['Turnstile', 'RecaptchaEnterprise'], path: ['config', 'type'],
    message: "Invalid discriminator value. Expected 'Turnstile' | 'RecaptchaEnterprise'",
  }]);
  const missing = await put({ type: 'RecaptchaEnterprise', siteKey: 'b', secretKey });
  refused(missing, 400, 'guard.invalid_input');
  assert.deepEqual(missing.json.data.issues.map((issue) => issue.path), [['config', 'projectId']]);
  assert.equal((await call(server, 'DELETE', PATH)).status, 204);
  assert.deepEqual((await ok(server, 'GET', '/api/sign-in-exp')).captchaPolicy, { enabled: false });
  assert.equal((await call(server, 'DELETE', PATH)).status, 204);
});

test('enterprise connectors; their configs are not stored in clear', async () => {
  const BASE = '/api/sso-connectors';
  const post = (body) => call(server, 'POST', BASE, { body });
  const providers = await ok(server, 'GET', '/api/sso-connector-providers');
  assert.deepEqual(providers.map((one) => [one.providerName, one.providerType]), [
    ['OIDC', 'oidc'], ['SAML', 'saml'], ['AzureAD', 'saml'], ['AzureAdOidc', 'oidc'], ['GoogleWorkspace', 'oidc'], ['Okta', 'oidc'],
  ]);
  assert.deepEqual(await ok(server, 'GET', BASE), []);
  const config = { clientId: 'a', clientSecret: 'kept elsewhere', issuer: 'https://idp.example' };
  const clientSecret = `sso-${process.pid}-secret`;
  server.secrets.add(clientSecret);
  const oidc = await ok(server, 'POST', BASE, { body: { providerName: 'OIDC', connectorName: 'corp', domains: ['Corp.Example'], config: { ...config, clientSecret, signAuthnRequest: true } } });
  assert.match(oidc.id, /^[a-z0-9]{12}$/);
  assert.deepEqual(oidc, {
    tenantId: 'default', id: oidc.id, providerName: 'OIDC', connectorName: 'corp', config: { ...config, clientSecret }, domains: ['corp.example'],
    branding: {}, syncProfile: false, enableTokenStorage: false, createdAt: oidc.createdAt,
  });
  const full = await ok(server, 'GET', `${BASE}/${oidc.id}`);
  assert.deepEqual([full.name, full.providerType, full.providerConfig], ['OIDC', 'oidc', undefined]);
  const saml = await ok(server, 'POST', BASE, { body: { providerName: 'SAML', connectorName: 'samlcorp' } });
  assert.deepEqual((await ok(server, 'GET', `${BASE}/${saml.id}`)).providerConfig.serviceProvider, {
    entityId: `${server.base}/enterprise-sso/${saml.id}`, assertionConsumerServiceUrl: `${server.base}/api/authn/single-sign-on/saml/${saml.id}`,
  });
  assert.deepEqual((await ok(server, 'GET', BASE)).map((one) => one.id).sort(), [oidc.id, saml.id].sort());
  refused(await post({ providerName: 'OIDC', connectorName: 'corp' }), 409, 'single_sign_on.duplicate_connector_name');
  refused(await post({ providerName: 'Foo', connectorName: 'x' }), 422, 'connector.not_found');
  const twice = await post({ providerName: 'OIDC', connectorName: 'x', domains: ['a.example', 'A.example'] });
  refused(twice, 422, 'single_sign_on.duplicated_domains');
  assert.deepEqual(twice.json.data, { data: ['a.example'] });
  refused(await post({ providerName: 'OIDC', connectorName: 'x', domains: ['gmail.com'] }), 422, 'single_sign_on.forbidden_domains');
  refused(await post({ providerName: 'OIDC' }), 400, 'guard.invalid_input');
  const patch = (body, id = oidc.id) => call(server, 'PATCH', `${BASE}/${id}`, { body });
  assert.deepEqual((await patch({ connectorName: 'corpx', branding: { displayName: 'Corp' } })).json, { ...full, connectorName: 'corpx', branding: { displayName: 'Corp' } });
  assert.deepEqual((await patch({ config: { ...config, clientId: 'b' } })).json.config, { ...config, clientId: 'b' });
  assert.deepEqual((await patch({ domains: ['Test.COM', 'b.net'] })).json.domains, ['test.com', 'b.net']);
  refused(await patch({ domains: ['GMail.com'] }), 422, 'single_sign_on.forbidden_domains');
  for (const missing of Object.keys(config)) {
    refused(await patch({ config: { ...config, [missing]: undefined } }), 400, 'connector.invalid_config');
    refused(await post({ providerName: 'OIDC', connectorName: 'x', config: { ...config, [missing]: undefined } }), 400, 'connector.invalid_config');
  }
  refused(await patch({ config: { clientId: 1 } }), 400, 'connector.invalid_config');
  refused(await patch({ connectorName: 'samlcorp' }), 409, 'single_sign_on.duplicate_connector_name');
  for (const one of [oidc, saml]) assert.equal((await call(server, 'DELETE', `${BASE}/${one.id}`)).status, 204);
  for (const method of ['GET', 'PATCH', 'DELETE']) {
    refused(await call(server, method, `${BASE}/${oidc.id}`, { body: { connectorName: 'y' } }), 404, 'entity.not_exists_with_id');
  }
  const reader = await limited(server, 'read:sso-connectors');
  refused(await call(server, 'POST', BASE, { token: reader.token, body: {} }), 403, 'auth.forbidden');
});

test('domains of one\'s own are set up elsewhere', async () => {
  const send = (method, path = '', body) => call(server, method, `/api/domains${path}`, { body });
  assert.deepEqual((await send('GET')).json, []);
  refused(await send('POST', '', { domain: 'id.example.com' }), 400, 'domain.not_configured');
  refused(await send('POST', '', {}), 400, 'guard.invalid_input');
  refused(await send('POST', '/cleanup', { staleDays: 30 }), 400, 'domain.not_configured');
  refused(await send('GET', '/nope'), 404, 'entity.not_exists_with_id');
  refused(await send('DELETE', '/nope'), 404, 'entity.not_exists_with_id');
  refused(await send('GET', '/nope/verification-files'), 404, 'entity.not_exists_with_id');
  refused(await send('PUT', '/nope/verification-files', { verificationFiles: [] }), 404, 'entity.not_exists_with_id');
});

test('there is neither storage for files nor a proxy for protected applications', async () => {
  assert.deepEqual(await ok(server, 'GET', '/api/user-assets/service-status'), { status: 'not_configured', isExperienceAvatarUploadEnabled: true });
  refused(await call(server, 'POST', '/api/user-assets'), 400, 'storage.not_configured');
  refused(await call(server, 'GET', '/api/systems/application'), 501, 'application.protected_app_not_configured');
});
