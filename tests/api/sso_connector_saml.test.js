// /api/sso-connectors: signing keys of those that speak SAML, and sign-ins that the provider begins.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createApp, unique } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { call, ID, limited, ok, refused } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const BASE = '/api/sso-connectors';
const connector = async (providerName = 'SAML') => (await ok(server, 'POST', BASE, { body: { providerName, connectorName: unique('c') } })).id;
const put = (path, body) => call(server, 'PUT', path, { body });
const patch = (path, body) => call(server, 'PATCH', path, { body });
const metadata = '<EntityDescriptor/>';

test('keys of a SAML connector: made, shown by certificates, one in use at most', async () => {
  const path = `${BASE}/${await connector()}/signing-keys`;
  assert.deepEqual(await ok(server, 'GET', path), []);
  const first = await ok(server, 'POST', path, { body: {} }, 201);
  assert.deepEqual(Object.keys(first), ['id', 'certificate', 'createdAt', 'expiresAt', 'active', 'fingerprints']);
  assert.match(first.id, ID);
  assert.equal(first.active, false);
  const certificate = new X509Certificate(first.certificate);
  assert.ok(certificate.verify(certificate.publicKey));
  assert.equal(new Date(certificate.validTo).getTime(), first.expiresAt);
  assert.equal(first.fingerprints.sha256.formatted, certificate.fingerprint256);
  const second = await ok(server, 'POST', path, { body: { active: true } }, 201);
  const third = await ok(server, 'POST', path, { body: { active: true } }, 201);
  const states = async () => Object.fromEntries((await ok(server, 'GET', path)).map(({ id, active }) => [id, active]));
  assert.deepEqual(await states(), { [first.id]: false, [second.id]: false, [third.id]: true });
  assert.equal((await patch(`${path}/${first.id}`, { active: true })).json.active, true);
  assert.deepEqual(await states(), { [first.id]: true, [second.id]: false, [third.id]: false });
  refused(await call(server, 'DELETE', `${path}/${first.id}`), 400, 'single_sign_on.can_not_delete_active_signing_key');
  assert.equal((await call(server, 'DELETE', `${path}/${second.id}`)).status, 204);
  refused(await call(server, 'DELETE', `${path}/${second.id}`), 404, 'entity.not_found');
  refused(await patch(`${path}/${first.id}`, {}), 400, 'guard.invalid_input');
  const elsewhere = `${BASE}/${await connector()}/signing-keys/${first.id}`;
  refused(await patch(elsewhere, { active: false }), 404, 'entity.not_found');
  refused(await call(server, 'DELETE', elsewhere), 404, 'entity.not_found');
  const oidc = `${BASE}/${await connector('OIDC')}/signing-keys`;
  for (const [method, at] of [['GET', ''], ['POST', ''], ['PATCH', '/x'], ['DELETE', '/x']]) {
    refused(await call(server, method, oidc + at, { body: { active: true } }), 404, 'connector.not_found');
  }
  const reader = await limited(server, 'read:sso-connectors');
  refused(await call(server, 'POST', path, { token: reader.token, body: {} }), 403, 'auth.forbidden');
});

test('requests are to be signed only while a key is in use', async () => {
  const id = await connector();
  const [path, keys] = [`${BASE}/${id}`, `${BASE}/${id}/signing-keys`];
  const sign = (value, more) => patch(path, { config: { metadata, signAuthnRequest: value, ...more } });
  const body = { providerName: 'SAML', connectorName: unique('c'), config: { metadata, signAuthnRequest: true } };
  refused(await call(server, 'POST', BASE, { body }), 400, 'single_sign_on.active_signing_key_required');
  refused(await sign(true), 400, 'single_sign_on.active_signing_key_required');
  const key = await ok(server, 'POST', keys, { body: { active: true } }, 201);
  assert.deepEqual((await sign(true)).json.config, { metadata, signAuthnRequest: true });
  refused(await patch(`${keys}/${key.id}`, { active: false }), 400, 'single_sign_on.can_not_deactivate_signing_key_in_use');
  assert.equal((await patch(`${keys}/${key.id}`, { active: true })).status, 200);
  const idle = await ok(server, 'POST', keys, { body: {} }, 201);
  assert.equal((await patch(`${keys}/${idle.id}`, { active: false })).status, 200);
  const requestSignatureAlgorithm = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512';
  assert.equal((await sign(true, { requestSignatureAlgorithm })).json.config.requestSignatureAlgorithm, requestSignatureAlgorithm);
  refused(await sign(true, { requestSignatureAlgorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' }), 400, 'connector.invalid_config');
  assert.deepEqual((await sign(false)).json.config, { metadata, signAuthnRequest: false });
  assert.equal((await patch(`${keys}/${key.id}`, { active: false })).json.active, false);
  refused(await sign(true), 400, 'single_sign_on.active_signing_key_required');
});

test('where sign-ins lead that the provider begins', async () => {
  const id = await connector();
  const path = `${BASE}/${id}/idp-initiated-auth-config`;
  const redirectUri = 'https://app.example/callback';
  const web = await createApp(server, { type: 'Traditional', oidcClientMetadata: { redirectUris: [redirectUri], postLogoutRedirectUris: [] } });
  const spa = await createApp(server, { type: 'SPA' });
  const others = [await createApp(server, { type: 'Traditional', isThirdParty: true }), await createApp(server, { type: 'Native' })];
  const automatic = { defaultApplicationId: web.id, autoSendAuthorizationRequest: true, redirectUri };
  const clientIdpInitiatedAuthCallbackUri = 'https://app.example/sso';
  const byClient = { defaultApplicationId: spa.id, autoSendAuthorizationRequest: false, clientIdpInitiatedAuthCallbackUri };
  refused(await call(server, 'GET', path), 404, 'entity.not_found');
  refused(await call(server, 'DELETE', path), 404, 'entity.not_found');
  const { createdAt, ...made } = (await put(path, automatic)).json;
  assert.ok(Math.abs(Date.now() - createdAt) < 60_000);
  assert.deepEqual(made, { tenantId: 'default', connectorId: id, authParameters: {}, clientIdpInitiatedAuthCallbackUri: null, ...automatic });
  const authParameters = { scope: 'email', state: 'mine' };
  const changed = (await put(path, { ...automatic, redirectUri: undefined, authParameters, clientIdpInitiatedAuthCallbackUri })).json;
  assert.deepEqual([changed.redirectUri, changed.authParameters, changed.clientIdpInitiatedAuthCallbackUri], [null, authParameters, null]);
  const other = (await put(path, { ...byClient, authParameters, redirectUri })).json;
  assert.deepEqual([other.redirectUri, other.authParameters, other.clientIdpInitiatedAuthCallbackUri], [null, {}, clientIdpInitiatedAuthCallbackUri]);
  assert.deepEqual(await ok(server, 'GET', path), other);

  refused(await put(`${BASE}/nope/idp-initiated-auth-config`, automatic), 404, 'entity.not_exists_with_id');
  refused(await put(`${BASE}/${await connector('OIDC')}/idp-initiated-auth-config`, automatic), 400, 'single_sign_on.idp_initiated_authentication_not_supported');
  refused(await put(path, { ...automatic, defaultApplicationId: 'nope' }), 404, 'entity.not_exists_with_id');
  refused(await put(path, { ...automatic, redirectUri: 'https://evil.example' }), 400, 'single_sign_on.idp_initiated_authentication_redirect_uri_not_registered');
  const WRONG_TYPE = 'single_sign_on.idp_initiated_authentication_invalid_application_type';
  for (const { id: defaultApplicationId } of others) {
    refused(await put(path, { ...automatic, defaultApplicationId }), 400, WRONG_TYPE);
    refused(await put(path, { ...byClient, defaultApplicationId }), 400, WRONG_TYPE);
  }
  refused(await put(path, { ...automatic, defaultApplicationId: spa.id }), 400, WRONG_TYPE);
  for (const wrong of [{ clientIdpInitiatedAuthCallbackUri: undefined }, { clientIdpInitiatedAuthCallbackUri: 'nowhere' }, { autoSendAuthorizationRequest: undefined }, { authParameters: { a: 1 } }]) {
    refused(await put(path, { ...byClient, ...wrong }), 400, 'guard.invalid_input');
  }
  assert.deepEqual(await ok(server, 'GET', path), other);
  assert.equal((await call(server, 'DELETE', path)).status, 204);
  assert.equal((await put(path, byClient)).status, 200);
  assert.equal((await call(server, 'DELETE', `/api/applications/${spa.id}`)).status, 204);
  refused(await call(server, 'GET', path), 404, 'entity.not_found');
});
