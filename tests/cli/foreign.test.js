// signet token and signet api against another OpenID server.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import Provider from 'oidc-provider';
import { decodeJwt } from '../lib/api.js';
import { takePort } from '../lib/ports.js';
import { fails, home, ok } from './support.js';

const RESOURCE = 'urn:files';
const SECRET = 'a-secret-with+signs/and%more=0123456789';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const BROWSER = `node ${fileURLToPath(new URL('browser.js', import.meta.url))}`;

let user, server, issuer, provider, key, keyFile;
const seen = [];

const machine = (id, method, more = {}) => ({
  client_id: id,
  client_secret: SECRET,
  token_endpoint_auth_method: method,
  grant_types: ['client_credentials', EXCHANGE],
  redirect_uris: [],
  response_types: [],
  ...more,
});

function configuration() {
  return {
    clients: [
      machine('basic', 'client_secret_basic'),
      machine('narrow', 'client_secret_basic', { scope: 'read' }),
      machine('post', 'client_secret_post'),
      machine('hmac', 'client_secret_jwt', { token_endpoint_auth_signing_alg: 'HS256' }),
      machine('signed', 'private_key_jwt', { client_secret: undefined, token_endpoint_auth_signing_alg: 'ES256', jwks: { keys: [key.publicKey.export({ format: 'jwk' })] } }),
      machine('named', 'private_key_jwt', { client_secret: undefined, token_endpoint_auth_signing_alg: 'ES256', jwks: { keys: [{ ...key.publicKey.export({ format: 'jwk' }), kid: 'mine' }] } }),
      {
        client_id: 'native',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
      },
      {
        client_id: 'web',
        client_secret: SECRET,
        redirect_uris: ['https://app.example/callback', 'http://localhost:47611/done'],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    scopes: ['openid', 'offline_access', 'read', 'write'],
    pkce: { required: (context, client) => client.clientId === 'native' },
    claims: { openid: ['sub'] },
    findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ['test'] },
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: 'read write', accessTokenFormat: 'jwt', accessTokenTTL: 600 }),
      },
    },
  };
}

// oidc-provider leaves token exchange to its user; this one gives a token for whoever brings one.
async function exchange(context) {
  const { ClientCredentials } = provider;
  assert.equal(context.oidc.params.subject_token, 'the-subject');
  const token = new ClientCredentials({ client: context.oidc.client, scope: context.oidc.params.scope });
  context.body = { access_token: await token.save(), issued_token_type: context.oidc.params.subject_token_type, token_type: 'Bearer', expires_in: 60 };
}

before(async () => {
  user = home();
  key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  keyFile = user.file('client.pem', key.privateKey.export({ type: 'sec1', format: 'pem' }));
  const port = await takePort();
  issuer = `http://localhost:${port}`;
  provider = new Provider(issuer, configuration());
  provider.registerGrantType(EXCHANGE, exchange, ['subject_token', 'subject_token_type', 'scope', 'audience', 'actor_token', 'actor_token_type', 'requested_token_type']);
  provider.use(async (context, next) => {
    await next();
    seen.push({ path: context.path, query: context.query, headers: context.headers, params: context.oidc?.body });
  });
  server = http.createServer(provider.callback()).listen(port);
  await once(server, 'listening');
});
after(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  user.remove();
});

const token = (id, ...more) => user.run(['token', '--issuer', issuer, '--client-id', id, ...more], { input: SECRET });
const machineToken = (id, ...more) => token(id, '--client-secret-stdin', '--scope', 'read', '--resource', RESOURCE, '--json', ...more);
const wanted = async (result) => {
  const answer = JSON.parse(await ok(result));
  assert.equal(answer.claims.aud, RESOURCE);
  assert.equal(answer.claims.scope, 'read');
  assert.deepEqual(answer.signature.verified, true, answer.signature.why);
  return answer;
};

test('client credentials, with each way of proving who the client is', async () => {
  await wanted(machineToken('basic'));
  await wanted(machineToken('post', '--client-auth', 'body'));
  await wanted(machineToken('hmac', '--client-auth', 'client_secret_jwt', '--client-assertion-audience', issuer));
  await wanted(token('signed', '--client-key', keyFile, '--scope', 'read', '--resource', RESOURCE, '--json'));
  await wanted(token('named', '--client-key', keyFile, '--client-key-id', 'mine', '--scope', 'read', '--resource', RESOURCE, '--json'));
  await fails(machineToken('post', '--client-auth', 'none'), 4, /invalid_client .*--client-auth/, [SECRET]);
  await fails(token('signed', '--client-auth', 'private_key_jwt', '--scope', 'read'), 2, /--client-key FILE/);
  await fails(token('signed', '--client-key', user.file('no.pem', 'nothing')), 2, /holds no usable private key/);
});

test('further parameters go where they are to be sent', async () => {
  await ok(machineToken('basic', '--token-param', 'in_body=a b', '--token-param', 'in_url=1,in=url', '--token-param', 'X-In-Header=2,in=header', '--audience', 'who'));
  const { headers, query } = seen.filter((each) => each.path === '/token').at(-1);
  assert.equal(query.in_url, '1');
  assert.equal(headers['x-in-header'], '2');
});

test('scope and resource that the server refuses', async () => {
  await fails(token('narrow', '--client-secret-stdin', '--scope', 'write', '--resource', RESOURCE), 4, /invalid_scope .*--scope/, [SECRET]);
  await fails(token('basic', '--client-secret-stdin', '--resource', 'not a uri'), 4, /invalid_target .*--resource/, [SECRET]);
});

test('authorization code with PKCE through a browser and any loopback port, then refresh', async () => {
  const first = await wanted(token('native', '--grant', 'authorization_code_pkce', '--scope', 'openid offline_access read', '--resource', RESOURCE,
    '--auth-param', 'prompt=consent', '--browser', BROWSER, '--wait', '60', '--profile', 'person', '--json'));
  assert.equal(first.claims.sub, 'ada');
  assert.ok(first.id_token && first.refresh_token);
  const { query } = seen.filter((each) => each.path === '/auth').at(-1);
  assert.equal(query.code_challenge_method, 'S256');
  assert.match(query.redirect_uri, /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  const second = await wanted(user.run(['token', '--profile', 'person', '--refresh', '--json']));
  assert.notEqual(second.access_token, first.access_token);
  const id = (await ok(user.run(['token', '--profile', 'person', '--cached', '--use', 'id_token', '--grant', 'refresh_token']))).trim();
  assert.equal(decodeJwt(id).claims.aud, 'native');
});

test('authorization code without PKCE, secret by Basic, a port that was agreed', async () => {
  const answer = JSON.parse(await ok(token('web', '--client-secret-stdin', '--grant', 'authorization_code', '--scope', 'openid', '--state', 'my-state',
    '--callback-url', 'http://localhost:47611/done', '--browser', BROWSER, '--wait', '60', '--json')));
  assert.ok(answer.id_token);
  const { query } = seen.filter((each) => each.path === '/auth').at(-1);
  assert.equal(query.code_challenge, undefined);
  assert.equal(query.state, 'my-state');
});

test('a callback elsewhere: the address is pasted; nobody comes: time runs out', async () => {
  const elsewhere = ['--grant', 'authorization_code', '--scope', 'openid', '--callback-url', 'https://app.example/callback', '--browser', 'none'];
  const secret = user.file('web.secret', SECRET);
  const pasted = (input) => user.run(['token', '--issuer', issuer, '--client-id', 'web', '--client-secret-file', secret, '--state', 's', ...elsewhere], { input });
  let result = await pasted('https://app.example/callback?code=wrong&state=s\n');
  assert.match(result.stderr, /invalid_grant/);
  assert.equal(result.code, 4);
  result = await pasted('https://app.example/callback?code=wrong&state=other\n');
  assert.match(result.stderr, /answer to another request/);
  assert.equal(result.code, 4);
  result = await pasted('https://app.example/callback?code=wrong&state=s&iss=https://evil.example\n');
  assert.match(result.stderr, /from another server/);
  assert.equal(result.code, 4);
  result = await pasted('nonsense\n');
  assert.equal(result.code, 5);
  result = await token('native', '--grant', 'authorization_code_pkce', '--browser', 'none', '--wait', '1');
  assert.match(result.stderr, /nobody signed in within the time/);
  assert.equal(result.code, 5);
});

test('device code', async () => {
  await wanted(token('native', '--grant', 'device_code', '--scope', 'openid read', '--resource', RESOURCE, '--browser', BROWSER, '--wait', '60', '--json'));
});

test('token exchange', async () => {
  const subject = user.file('subject', 'the-subject');
  const answer = JSON.parse(await ok(token('basic', '--client-secret-stdin', '--grant', 'token_exchange', '--subject-token-file', subject, '--scope', 'read', '--json')));
  assert.ok(answer.access_token);
  assert.equal(answer.signature, undefined, 'it is opaque');
  await fails(token('basic', '--client-secret-stdin', '--grant', 'token_exchange'), 2, /--subject-token-stdin/);
});

test('a grant that the server does not have', async () => {
  const { code, stderr } = await token('basic', '--client-secret-stdin', '--grant', 'password', '--username', 'ada', '--password-env', 'P');
  assert.equal(code, 1, stderr);
  const result = await user.run(['token', '--issuer', issuer, '--client-id', 'basic', '--client-secret-stdin', '--grant', 'password', '--username', 'ada', '--password-env', 'P'], { input: SECRET, env: { P: 'pw-7431' } });
  assert.match(result.stderr, /warning: the grant password is unsafe/);
  assert.match(result.stderr, /unsupported_grant_type|unauthorized_client/);
  assert.equal(result.code, 4);
  assert.ok(!result.stderr.includes('pw-7431'));
});

test('signet api sends the token to the foreign server, as header or in the address', async () => {
  await ok(token('native', '--grant', 'authorization_code_pkce', '--scope', 'openid', '--browser', BROWSER, '--wait', '60', '--profile', 'me'));
  const info = JSON.parse(await ok(user.run(['api', 'GET', '/me', '--profile', 'me'])));
  assert.equal(info.sub, 'ada');
  const dry = (...more) => ok(user.run(['api', 'GET', '/me', '--profile', 'me', '--dry-run', ...more]));
  assert.match(await dry(), /-H "Authorization: Bearer \$TOKEN"/);
  await ok(user.run(['token', '--profile', 'me', '--grant', 'authorization_code_pkce', '--add-to', 'query', '--browser', BROWSER, '--wait', '60']));
  assert.match(await dry(), /me\?access_token=\$TOKEN"/);
  const file = path.join(user.profiles, 'me.profile');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/expires-at = \d+/, 'expires-at = 1000'));
  await fails(user.run(['api', 'GET', '/me', '--profile', 'me']), 5, /cannot be refreshed: run signet token --profile me to sign in/);
});
