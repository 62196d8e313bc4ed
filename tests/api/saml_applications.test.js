// /api/saml-applications: kept, validated, with keys and certificates.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, ID, limited, ok, refused } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const BASE = '/api/saml-applications';
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const EMAIL = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
const POST_BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
const acsUrl = { binding: POST_BINDING, url: 'https://sp.example/acs' };
const post = (body) => call(server, 'POST', BASE, { body });
const create = (body = {}) => ok(server, 'POST', BASE, { body: { name: 'SAML', ...body } }, 201);
const patch = (id, body) => call(server, 'PATCH', `${BASE}/${id}`, { body });

test('a SAML application: made, read, changed, deleted', async () => {
  const made = await create();
  const { id, createdAt, ...rest } = made;
  assert.match(id, ID);
  assert.ok(Math.abs(Date.now() - createdAt) < 60_000);
  assert.deepEqual(rest, {
    tenantId: 'default', name: 'SAML', description: null, type: 'SAML', customData: {}, isThirdParty: false, appLevelAccessControlEnabled: false,
    attributeMapping: {}, entityId: null, acsUrl: null, encryption: null, nameIdFormat: PERSISTENT,
  });
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${id}`), made);
  const settings = {
    attributeMapping: { sub: 'id', email: 'mail' }, entityId: 'https://sp.example', acsUrl, nameIdFormat: EMAIL,
    encryption: { encryptAssertion: true, encryptThenSign: false, certificate: 'pem' },
  };
  const body = { ...settings, name: 'other', description: 'd', customData: { a: 1 }, attributeMapping: { ...settings.attributeMapping, nonsense: 'x' }, isThirdParty: true, type: 'SPA', oidcClientMetadata: { redirectUris: ['https://evil.example'], postLogoutRedirectUris: [] } };
  assert.equal((await patch(id, body)).status, 200);
  const changed = { ...made, ...settings, name: 'other', description: 'd', customData: { a: 1 } };
  assert.deepEqual(await ok(server, 'GET', `${BASE}/${id}`), changed);
  assert.deepEqual((await ok(server, 'GET', `/api/applications/${id}`)).oidcClientMetadata.redirectUris, []);
  assert.deepEqual((await patch(id, { encryption: null, description: '' })).json, { ...changed, encryption: null, description: null });
  refused(await patch(id, { appLevelAccessControlEnabled: true }), 422, 'request.invalid_input');
  refused(await call(server, 'DELETE', `/api/applications/${id}`), 400, 'application.saml.use_saml_app_api');
  refused(await call(server, 'PATCH', `/api/applications/${id}`, { body: { name: 'x' } }), 400, 'application.saml.use_saml_app_api');
  assert.equal((await call(server, 'DELETE', `${BASE}/${id}`)).status, 204);
  for (const method of ['GET', 'DELETE']) refused(await call(server, method, `${BASE}/${id}`), 404, 'entity.not_exists_with_id');
});

test('what is refused', async () => {
  const other = await createApp(server);
  for (const method of ['GET', 'DELETE']) refused(await call(server, method, `${BASE}/${other.id}`), 422, 'application.saml.saml_application_only');
  refused(await patch(other.id, { name: 'x' }), 422, 'application.saml.saml_application_only');
  refused(await patch('nope', { name: 'x' }), 404, 'entity.not_exists_with_id');
  refused(await call(server, 'GET', `${BASE}/${other.id}/secrets`), 422, 'application.saml.saml_application_only');
  refused(await post({}), 400, 'guard.invalid_input');
  refused(await post({ name: 'x', nameIdFormat: 'x' }), 400, 'guard.invalid_input');
  refused(await post({ name: 'x', acsUrl: { ...acsUrl, url: 'nowhere' } }), 400, 'guard.invalid_input');
  refused(await post({ name: 'x', attributeMapping: { sub: 1 } }), 400, 'guard.invalid_input');
  refused(await post({ name: 'x', encryption: { encryptAssertion: true } }), 400, 'guard.invalid_input');
  refused(await post({ name: 'x', acsUrl: { ...acsUrl, binding: POST_BINDING.replace('POST', 'Redirect') } }), 422, 'application.saml.acs_url_binding_not_supported');
  const reader = await limited(server, 'read:saml-applications');
  refused(await call(server, 'POST', BASE, { token: reader.token, body: { name: 'x' } }), 403, 'auth.forbidden');
});

test('keys of a SAML application: one is in use, certificates fit them', async () => {
  const { id } = await create();
  const path = `${BASE}/${id}/secrets`;
  const [first, ...more] = await ok(server, 'GET', path);
  assert.deepEqual([more, first.active], [[], true]);
  assert.deepEqual(Object.keys(first), ['id', 'certificate', 'createdAt', 'expiresAt', 'active', 'fingerprints']);
  const second = await ok(server, 'POST', path, { body: { lifeSpanInYears: 5 } }, 201);
  assert.equal(second.active, false);
  for (const [one, years] of [[first, 3], [second, 5]]) {
    const certificate = new X509Certificate(one.certificate);
    assert.ok(certificate.verify(certificate.publicKey));
    assert.equal(certificate.subject, certificate.issuer);
    assert.equal(new Date(certificate.validTo).getTime(), one.expiresAt);
    assert.equal(new Date(certificate.validTo).getUTCFullYear() - new Date(certificate.validFrom).getUTCFullYear(), years);
    assert.deepEqual(one.fingerprints.sha256, { formatted: certificate.fingerprint256, unformatted: certificate.fingerprint256.replace(/:/g, '') });
  }
  assert.notEqual(first.certificate, second.certificate);
  refused(await call(server, 'DELETE', `${path}/${first.id}`), 400, 'application.saml.can_not_delete_active_secret');
  const activate = (secret, active) => call(server, 'PATCH', `${path}/${secret}`, { body: { active } });
  assert.deepEqual((await activate(second.id, true)).json, { ...second, active: true });
  assert.deepEqual((await activate(second.id, true)).json, { ...second, active: true });
  assert.deepEqual((await ok(server, 'GET', path)).map((one) => [one.id, one.active]).sort(), [[first.id, false], [second.id, true]].sort());
  assert.equal((await call(server, 'DELETE', `${path}/${first.id}`)).status, 204);
  refused(await call(server, 'DELETE', `${path}/${first.id}`), 404, 'entity.not_found');
  const other = await create();
  refused(await call(server, 'DELETE', `${BASE}/${other.id}/secrets/${second.id}`), 404, 'entity.not_found');
  refused(await call(server, 'PATCH', `${BASE}/${other.id}/secrets/${second.id}`, { body: { active: false } }), 404, 'entity.not_found');
  refused(await activate(second.id, 'yes'), 400, 'guard.invalid_input');
  for (const lifeSpanInYears of [0, 101, 1.5, undefined]) refused(await call(server, 'POST', path, { body: { lifeSpanInYears } }), 400, 'guard.invalid_input');
  refused(await call(server, 'POST', `${BASE}/nope/secrets`, { body: { lifeSpanInYears: 1 } }), 404, 'entity.not_exists_with_id');
});

test('the metadata names the key in use, and is for everyone', async () => {
  const { id } = await create({ nameIdFormat: EMAIL });
  const path = `${BASE}/${id}`;
  const read = (at = `${path}/metadata`) => call(server, 'GET', at, { token: undefined });
  const der = (certificate) => new X509Certificate(certificate).raw.toString('base64');
  const [first] = await ok(server, 'GET', `${path}/secrets`);
  const answer = await read();
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers['content-type'], 'text/xml;charset=utf-8');
  assert.ok(answer.text.includes(`entityID="${server.base}/saml/${id}"`), answer.text);
  assert.ok(answer.text.includes(`<ds:X509Certificate>${der(first.certificate)}</ds:X509Certificate>`));
  assert.ok(answer.text.includes(`<NameIDFormat>${EMAIL}</NameIDFormat>`));
  for (const binding of ['HTTP-Redirect', 'HTTP-POST']) assert.ok(answer.text.includes(`Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${server.base}/api/saml/${id}/authn"`));
  const second = await ok(server, 'POST', `${path}/secrets`, { body: { lifeSpanInYears: 1 } }, 201);
  await ok(server, 'PATCH', `${path}/secrets/${second.id}`, { body: { active: true } });
  assert.ok((await read()).text.includes(der(second.certificate)));
  await ok(server, 'PATCH', `${path}/secrets/${second.id}`, { body: { active: false } });
  refused(await read(), 404, 'entity.not_found');
  refused(await read(`${BASE}/nope/metadata`), 404, 'entity.not_found');
  refused(await read(`${BASE}/%3Cx%22/metadata`), 404, 'entity.not_found');
});
