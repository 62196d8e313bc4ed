// Tokens of other providers, kept for users who have accounts there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { authorizeUrl, Browser, createClient, exchange, pkce } from '../lib/browser.js';
import { admin, unique } from '../lib/fixtures.js';
import { Provider } from '../lib/provider.js';
import { startServer } from '../lib/server.js';

const BACK = 'https://a.example/cb';
const DOMAIN = 'kept.example';
let server, spa, provider, social, enterprise, silent;

const manage = async (method, path, body) => api(server, method, path, { token: await admin(server), body });
async function made(method, path, body) {
  const answer = await manage(method, path, body);
  assert.ok(answer.status < 300, answer.text);
  return answer.json;
}

before(async () => {
  provider = await new Provider().start();
  server = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  for (const secret of ['renewed', 'kept refresh']) server.secrets.add(secret);
  spa = await createClient(server);
  const client = { clientId: 'ours', clientSecret: 'the secret', authorizationEndpoint: `${provider.base}/auth`, tokenEndpoint: `${provider.base}/token` };
  const config = { ...client, scope: 'openid', idTokenVerificationConfig: { issuer: provider.base, jwksUri: `${provider.base}/keys` } };
  social = await made('POST', '/api/connectors', { connectorId: 'oidc', metadata: { target: 'theirs' }, config, enableTokenStorage: true });
  silent = await made('POST', '/api/connectors', { connectorId: 'oidc', metadata: { target: 'silent' }, config });
  enterprise = await made('POST', '/api/sso-connectors', {
    providerName: 'OIDC', connectorName: 'Kept', domains: [DOMAIN], enableTokenStorage: true, config: { clientId: 'ours', clientSecret: 'the secret', issuer: provider.base },
  });
  await made('PATCH', '/api/sign-in-exp', { singleSignOnEnabled: true, socialSignIn: { skipRequiredIdentifiers: true } });
  await made('PATCH', '/api/account-center', { enabled: true, fields: { social: 'Edit' } });
});
after(async () => {
  await server.stop();
  await provider.stop();
});

const person = (extra = {}, body = {}) => Object.assign(provider, { user: { sub: unique('person'), ...body }, extra }).user;

// Signs in by a page of ours that leads to the provider, and comes back with what the account API is called with.
async function enter(page, scope = 'openid identities') {
  const [tab, keys] = [new Browser(server), pkce()];
  await tab.follow(await tab.page(authorizeUrl(spa, keys, { scope })));
  const sent = await tab.page(page);
  assert.equal(sent.status, 303, sent.text);
  const { url } = await tab.follow(await tab.page(provider.consent(sent.headers.location)));
  const tokens = await exchange(server, spa, { code: url.searchParams.get('code'), verifier: keys.verifier });
  assert.equal(tokens.status, 200, tokens.text);
  const bearer = tokens.json.access_token;
  server.secrets.add(bearer);
  const by = (method, path, body) => api(server, method, path, { token: bearer, body });
  const { sub } = (await api(server, 'GET', '/oidc/me', { token: bearer })).json;
  return { by, sub };
}
const bySocial = (connector = social, scope) => enter(`/social/${connector.id}`, scope);
const SOCIAL = '/api/my-account/identities/theirs/access-token';
const kept = async (sub) => made('GET', `/api/users/${sub}/identities/theirs?includeTokenSecret=true`);
const refused = (answer, status, code) => assert.deepEqual([answer.status, answer.json?.code], [status, code], answer.text);

test('a social connector keeps tokens: the user gets the access token, operators what is known of it', async () => {
  person({ scope: 'repo', expires_in: '3600', refresh_token: 'kept refresh' });
  const { by, sub } = await bySocial();
  const answer = await by('GET', SOCIAL);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers['cache-control'], 'no-store');
  const { expires_in, ...rest } = answer.json;
  assert.deepEqual(rest, { access_token: 'theirs', scope: 'repo', token_type: 'Bearer' });
  assert.ok(expires_in > 3500 && expires_in <= 3600, expires_in);
  const { tokenSecret } = await kept(sub);
  const { id, metadata, createdAt, updatedAt, ...more } = tokenSecret;
  assert.deepEqual(more, { tenantId: 'default', userId: sub, type: 'federated_token_set', connectorId: social.id, identityId: provider.user.sub, target: 'theirs' });
  assert.deepEqual([metadata.hasRefreshToken, metadata.scope, metadata.tokenType, createdAt <= updatedAt], [true, 'repo', 'Bearer', true]);
  assert.equal((await made('GET', `/api/users/${sub}/identities/theirs`)).tokenSecret, undefined);
  assert.equal((await made('GET', `/api/users/${sub}/all-identities?includeTokenSecret=true`)).socialIdentities[0].tokenSecret.id, id);
  assert.equal((await manage('DELETE', `/api/secrets/${id}`)).status, 204);
  refused(await manage('DELETE', `/api/secrets/${id}`), 404, 'entity.not_found');
  refused(await by('GET', SOCIAL), 404, 'secrets.third_party_token_set.token_not_found');
  assert.equal((await kept(sub)).tokenSecret, undefined);
});

test('an expired access token is renewed; without a refresh token it is gone', async () => {
  person({ expires_in: 0, refresh_token: 'kept refresh' });
  const { by } = await bySocial();
  let answer = await by('GET', SOCIAL);
  assert.deepEqual([answer.status, answer.json.access_token, answer.json.expires_in > 50], [200, 'renewed', true], answer.text);
  assert.equal((await by('GET', SOCIAL)).json.access_token, 'renewed');

  person({ expires_in: '0' });
  const other = await bySocial();
  answer = await other.by('GET', SOCIAL);
  refused(answer, 401, 'secrets.third_party_token_set.access_token_expired');
  refused(await other.by('GET', SOCIAL), 404, 'secrets.third_party_token_set.token_not_found');

  person({ expires_in: 0, refresh_token: 'kept refresh' });
  const third = await bySocial();
  provider.extra = {};
  answer = await third.by('GET', SOCIAL);
  refused(answer, 401, 'secrets.third_party_token_set.access_token_expired');
});

test('who may have it: the scope, the user, the connector', async () => {
  person();
  const bare = await bySocial(social, 'openid');
  refused(await bare.by('GET', SOCIAL), 403, 'auth.forbidden');
  person();
  const quiet = await bySocial(silent);
  refused(await quiet.by('GET', '/api/my-account/identities/silent/access-token'), 404, 'secrets.third_party_token_set.token_not_found');
  refused(await quiet.by('GET', SOCIAL), 404, 'secrets.third_party_token_set.token_not_found');
});

test('a fresh sign-in at the provider replaces it', async () => {
  const { sub: account } = person({ scope: 'a' });
  const { by } = await bySocial();
  const verified = async (connectorId = social.id) => {
    const { verificationRecordId, authorizationUri } = (await by('POST', '/api/verifications/social', { connectorId, state: 's', redirectUri: BACK })).json;
    const connectorData = Object.fromEntries(new URL(provider.consent(authorizationUri)).searchParams);
    assert.equal((await by('POST', '/api/verifications/social/verify', { verificationRecordId, connectorData })).status, 200);
    return { verificationRecordId };
  };
  provider.extra = { scope: 'a b', access_token: 'renewed' };
  const put = (body, target = 'theirs') => by('PUT', `/api/my-account/identities/${target}/access-token`, body);
  const record = await verified();
  assert.deepEqual((await put(record)).json, { access_token: 'renewed', scope: 'a b', token_type: 'Bearer' });
  assert.equal((await by('GET', SOCIAL)).json.access_token, 'renewed');
  refused(await put(record), 400, 'verification_record.not_found');
  refused(await put(await verified(), 'silent'), 422, 'verification_record.social_verification.invalid_target');
  person();
  assert.notEqual(provider.user.sub, account);
  refused(await put(await verified()), 422, 'user.identity_not_exists_in_current_user');
});

test('an enterprise connector keeps them too, and forgets all when that is turned off', async () => {
  person({ expires_in: 0, refresh_token: 'kept refresh' }, { email: `${unique('c')}@${DOMAIN}`, email_verified: true });
  const { by, sub } = await enter(`/sso/${enterprise.id}`);
  const path = `/api/my-account/sso-identities/${enterprise.id}/access-token`;
  const answer = await by('GET', path);
  assert.equal(answer.json.access_token, 'renewed', answer.text);
  const { tokenSecret } = await made('GET', `/api/users/${sub}/sso-identities/${enterprise.id}?includeTokenSecret=true`);
  assert.deepEqual([tokenSecret.ssoConnectorId, tokenSecret.issuer, tokenSecret.identityId], [enterprise.id, provider.base, provider.user.sub]);
  assert.equal((await made('GET', `/api/users/${sub}/all-identities?includeTokenSecret=true`)).ssoIdentities[0].tokenSecret.id, tokenSecret.id);
  await made('PATCH', `/api/sso-connectors/${enterprise.id}`, { enableTokenStorage: false });
  refused(await by('GET', path), 404, 'secrets.third_party_token_set.token_not_found');

  person();
  const one = await bySocial();
  assert.equal((await one.by('GET', SOCIAL)).status, 200);
  assert.equal((await manage('DELETE', `/api/users/${one.sub}/identities/theirs`)).status, 200);
  refused(await one.by('GET', SOCIAL), 404, 'secrets.third_party_token_set.token_not_found');
  person();
  const two = await bySocial();
  await made('PATCH', `/api/connectors/${social.id}`, { enableTokenStorage: false });
  refused(await two.by('GET', SOCIAL), 404, 'secrets.third_party_token_set.token_not_found');
});
