// Check 139: whoever may read an area and change nothing of it does not see the secrets that are kept there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.js';
import { call, limited, ok } from './support.js';

const HUSH = 'hush-hush-value';
let server, readers, writers;
before(async () => {
  server = await startServer();
  const areas = ['connectors', 'hooks', 'sso-connectors', 'configs', 'captcha-provider', 'organizations'];
  readers = (await limited(server, ...areas.map((area) => `read:${area}`))).token;
  writers = (await limited(server, ...areas.flatMap((area) => [`read:${area}`, `write:${area}`]))).token;
});
after(() => server.stop());

async function isHidden(path, shown = HUSH) {
  const [all, writer, reader] = [await call(server, 'GET', path), await call(server, 'GET', path, { token: writers }), await call(server, 'GET', path, { token: readers })];
  for (const answer of [all, writer, reader]) assert.equal(answer.status, 200, answer.text);
  assert.ok(all.text.includes(shown) && writer.text.includes(shown), path);
  assert.ok(!reader.text.includes(shown), `${path}: ${reader.text}`);
  return reader.json;
}

test('check 139: connectors', async () => {
  const { id } = await ok(server, 'POST', '/api/connectors', { body: { connectorId: 'http-email', config: { endpoint: 'https://a.example/mail', authorization: HUSH } } });
  await isHidden('/api/connectors');
  assert.equal((await isHidden(`/api/connectors/${id}`)).connectorId, 'http-email');
});

test('check 139: webhooks, their headers and their keys', async () => {
  const body = { name: 'one', events: ['User.Created'], config: { url: 'https://a.example/hook', headers: { authorization: HUSH } } };
  const { id, signingKey } = await ok(server, 'POST', '/api/hooks', { body }, 201);
  for (const path of ['/api/hooks', `/api/hooks/${id}`]) for (const secret of [HUSH, signingKey]) await isHidden(path, secret);
});

test('check 139: enterprise connectors, among those of an organization as well', async () => {
  const body = { providerName: 'OIDC', connectorName: 'one', config: { issuer: 'https://a.example', clientId: 'one', clientSecret: HUSH }, domains: ['a.example'] };
  const { id } = await ok(server, 'POST', '/api/sso-connectors', { body });
  await isHidden('/api/sso-connectors');
  await isHidden(`/api/sso-connectors/${id}`);
  const organization = await ok(server, 'POST', '/api/organizations', { body: { name: 'Acme' } }, 201);
  const path = `/api/organizations/${organization.id}/jit/sso-connectors`;
  await ok(server, 'POST', path, { body: { ssoConnectorIds: [id] } }, 201);
  await isHidden(path);
  const other = await limited(server, 'read:organizations', 'write:organizations');
  assert.ok(!(await call(server, 'GET', path, { token: other.token })).text.includes(HUSH));
});

test('check 139: what scripts have as variables', async () => {
  const path = '/api/configs/jwt-customizer/client-credentials';
  await ok(server, 'PUT', path, { body: { script: 'const getCustomJwtClaims = async () => ({});', environmentVariables: { key: HUSH } } }, 201);
  assert.match((await isHidden(path)).script, /getCustomJwtClaims/);
  await isHidden('/api/configs/jwt-customizer');
});

test('check 139: the key of a captcha\'s provider', async () => {
  const config = { type: 'Turnstile', siteKey: 'shown', secretKey: HUSH };
  await ok(server, 'PUT', '/api/captcha-provider', { body: { config } });
  assert.deepEqual((await isHidden('/api/captcha-provider')).config, { ...config, secretKey: '' });
});
