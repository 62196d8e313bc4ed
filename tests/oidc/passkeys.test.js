// Passkeys: as second factors and to sign in with, by a software authenticator. 130 is the number of the security check.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, pkce } from '../lib/browser.js';
import { Passkey } from '../lib/factors.js';
import { admin } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server, spa;
before(async () => {
  server = await startServer();
  spa = await createClient(server, 'SPA');
  server.secrets.add(PASSWORD);
});
after(() => server.stop());

const manage = async (method, path, body) => api(server, method, path, { token: await admin(server), body });

async function settings(mfa, passkeySignIn = { enabled: false }) {
  const answer = await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: ['WebAuthn'], policy: 'NoPrompt', ...mfa }, passkeySignIn });
  assert.equal(answer.status, 200, answer.text);
}

function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
  return answer.json;
}

function done(answer, status = 204) {
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}

async function opened() {
  const tab = new Browser(server);
  done(await tab.page(authorizeUrl(spa, pkce())), 303);
  return tab;
}

async function begun(event = 'SignIn') {
  const tab = await opened();
  done(await tab.step('PUT', '', { interactionEvent: event }));
  return tab;
}

async function identify(tab, user) {
  const identifier = { type: 'username', value: user.username };
  const { verificationId } = done(await tab.step('POST', '/verification/password', { identifier, password: PASSWORD }), 200);
  done(await tab.step('POST', '/identification', { verificationId }));
  return tab;
}

const known = async (user) => identify(await begun(), user);
const submit = (tab) => tab.step('POST', '/submit');
const register = async (tab) => done(await tab.step('POST', '/verification/web-authn/registration'), 200);
const registerVerify = (tab, verificationId, payload) => tab.step('POST', '/verification/web-authn/registration/verify', { verificationId, payload });
const ask = async (tab) => done(await tab.step('POST', '/verification/web-authn/authentication'), 200);
const answer = (tab, verificationId, payload) => tab.step('POST', '/verification/web-authn/authentication/verify', { verificationId, payload });

// A user with a passkey, both.
async function enrolled(alg) {
  const [user, key] = [await createUser(server), new Passkey(server, alg)];
  const tab = await known(user);
  const { verificationId, registrationOptions } = await register(tab);
  done(await registerVerify(tab, verificationId, key.create(registrationOptions)), 200);
  done(await tab.step('POST', '/profile/mfa', { type: 'WebAuthn', verificationId }));
  done(await submit(tab), 200);
  return { user, key };
}

test('what the browser is asked', async () => {
  await settings();
  const { user, key } = await enrolled();
  const tab = await known(user);
  const { registrationOptions } = await register(tab);
  const { challenge, ...rest } = registrationOptions;
  assert.equal(Buffer.from(challenge, 'base64url').length, 32);
  assert.deepEqual(rest, {
    rp: { name: 'localhost', id: 'localhost' },
    user: { id: Buffer.from(user.id).toString('base64url'), name: user.username, displayName: user.username },
    pubKeyCredParams: [-7, -257, -8].map((alg) => ({ type: 'public-key', alg })),
    timeout: 60_000,
    excludeCredentials: [{ id: key.id.toString('base64url'), type: 'public-key', transports: ['internal'] }],
    authenticatorSelection: { requireResidentKey: true, residentKey: 'required', userVerification: 'required' },
    attestation: 'none',
    extensions: { credProps: true },
  });
  const { authenticationOptions } = await ask(tab);
  assert.deepEqual({ ...authenticationOptions, challenge: undefined }, {
    rpId: 'localhost',
    challenge: undefined,
    allowCredentials: registrationOptions.excludeCredentials,
    timeout: 60_000,
    userVerification: 'required',
  });
  assert.notEqual(authenticationOptions.challenge, challenge);
});

for (const alg of ['ES256', 'RS256', 'EdDSA']) {
  test(`a passkey of ${alg} is a second factor`, async () => {
    await settings();
    const { user, key } = await enrolled(alg);
    const tab = await known(user);
    assert.deepEqual(refused(await submit(tab), 403, 'session.mfa.require_mfa_verification').data.availableFactors, ['WebAuthn']);
    const { verificationId, authenticationOptions } = await ask(tab);
    refused(await submit(tab), 403, 'session.mfa.require_mfa_verification');
    done(await answer(tab, verificationId, key.get(authenticationOptions)), 200);
    done(await submit(tab), 200);
  });
}

test('130: registrations that are refused, each for its reason', async () => {
  await settings();
  const tab = await known(await createUser(server));
  const rows = [
    { client: { type: 'webauthn.get' } },
    { client: { challenge: Buffer.alloc(32).toString('base64url') } },
    { client: { origin: 'https://evil.example' } },
    { client: { origin: `${server.base}0` } },
    { client: { crossOrigin: true } },
    { rpId: 'evil.example' },
    { flags: 0x41 },
    { flags: 0x44 },
    { flags: 0x05 },
    { format: 'fido-u2f' },
  ];
  const seen = new Set();
  for (const wrong of rows) {
    const { verificationId, registrationOptions } = await register(tab);
    const { data } = refused(await registerVerify(tab, verificationId, new Passkey(server).create(registrationOptions, wrong)), 400, 'session.mfa.webauthn_verification_failed');
    seen.add(data.message);
    refused(await tab.step('POST', '/profile/mfa', { type: 'WebAuthn', verificationId }), 400, 'session.verification_failed');
  }
  assert.ok(seen.size >= 7, [...seen].join());
  const { verificationId } = await register(tab);
  const junk = { type: 'WebAuthn', id: 'a', rawId: 'a', response: { clientDataJSON: 'a', attestationObject: 'a' }, clientExtensionResults: {} };
  refused(await registerVerify(tab, verificationId, junk), 400, 'session.mfa.webauthn_verification_failed');
  refused(await registerVerify(tab, 'nope', junk), 404, 'session.verification_session_not_found');
  refused(await registerVerify(tab, verificationId, { ...junk, type: 'Totp' }), 400, 'guard.invalid_input');
});

test('130: answers that are refused, each for its reason', async () => {
  await settings();
  const { user, key } = await enrolled();
  const other = await enrolled();
  const rows = [
    { client: { type: 'webauthn.create' } },
    { client: { challenge: Buffer.alloc(32).toString('base64url') } },
    { client: { origin: 'http://localhost' } },
    { rpId: 'evil.example' },
    { flags: 0x01 },
    { flags: 0x04 },
    { key: other.key.keys.privateKey },
    { user: Buffer.from(other.user.id) },
  ];
  for (const wrong of rows) {
    const tab = await known(user);
    const { verificationId, authenticationOptions } = await ask(tab);
    refused(await answer(tab, verificationId, key.get(authenticationOptions, wrong)), 400, 'session.mfa.webauthn_verification_failed');
    refused(await submit(tab), 403, 'session.mfa.require_mfa_verification');
  }
  const tab = await known(user);
  const { verificationId, authenticationOptions } = await ask(tab);
  refused(await answer(tab, verificationId, other.key.get(authenticationOptions)), 400, 'session.mfa.webauthn_verification_failed');
});

test('130: a challenge is good for one answer, in its own browser', async () => {
  await settings();
  const { user, key } = await enrolled();
  const [tab, elsewhere] = [await known(user), await known(user)];
  const { verificationId, authenticationOptions } = await ask(tab);
  refused(await answer(elsewhere, verificationId, key.get(authenticationOptions)), 404, 'session.verification_session_not_found');
  const theirs = await ask(elsewhere);
  refused(await answer(elsewhere, theirs.verificationId, key.get(authenticationOptions)), 400, 'session.mfa.webauthn_verification_failed');
  done(await answer(tab, verificationId, key.get(authenticationOptions)), 200);
  refused(await answer(tab, verificationId, key.get(authenticationOptions)), 400, 'session.mfa.pending_info_not_found');
});

test('130: a counter that does not grow is a copied key', async () => {
  await settings();
  const { user, key } = await enrolled();
  const use = async (counter) => {
    const tab = await known(user);
    const { verificationId, authenticationOptions } = await ask(tab);
    return answer(tab, verificationId, key.get(authenticationOptions, { counter }));
  };
  done(await use(7), 200);
  refused(await use(7), 400, 'session.mfa.webauthn_verification_failed');
  refused(await use(6), 400, 'session.mfa.webauthn_verification_failed');
  refused(await use(0), 400, 'session.mfa.webauthn_verification_failed');
  done(await use(8), 200);
});

test('a passkey that never counts stays usable', async () => {
  await settings();
  const { user, key } = await enrolled();
  for (let i = 0; i < 2; i += 1) {
    const tab = await known(user);
    const { verificationId, authenticationOptions } = await ask(tab);
    done(await answer(tab, verificationId, key.get(authenticationOptions, { counter: 0 })), 200);
  }
});

test('130: nobody can register a passkey that another has', async () => {
  await settings();
  const { key } = await enrolled();
  const tab = await known(await createUser(server));
  const { verificationId, registrationOptions } = await register(tab);
  done(await registerVerify(tab, verificationId, key.create(registrationOptions)), 200);
  done(await tab.step('POST', '/profile/mfa', { type: 'WebAuthn', verificationId }));
  refused(await submit(tab), 400, 'session.mfa.webauthn_verification_failed');
});

test('without passkeys there is nothing to ask for', async () => {
  await settings();
  const tab = await known(await createUser(server));
  refused(await tab.step('POST', '/verification/web-authn/authentication'), 400, 'session.mfa.webauthn_verification_not_found');
});

// ---- Signing in with one ----

const signInVerify = (tab, payload, verificationId) => tab.step('POST', '/verification/sign-in-passkey/authentication/verify', { verificationId, payload });
const preflight = async (tab) => done(await tab.step('POST', '/preflight/sign-in-passkey/authentication'), 200).authenticationOptions;

test('a passkey signs in whoever holds it, and no factor is asked for besides', async () => {
  await settings({ policy: 'Mandatory' }, { enabled: true });
  const { user, key } = await enrolled();
  const tab = await opened();
  const options = await preflight(tab);
  assert.deepEqual(options.allowCredentials, []);
  done(await tab.step('PUT', '', { interactionEvent: 'SignIn' }));
  const { verificationId } = done(await signInVerify(tab, key.get(options)), 200);
  done(await tab.step('POST', '/identification', { verificationId }));
  assert.equal(done(await tab.step('GET', '/interaction'), 200).userId, user.id);
  const { redirectTo } = done(await submit(tab), 200);
  assert.ok((await tab.follow(await tab.page(redirectTo))).url.searchParams.get('code'));
});

test('the same of a user who was named', async () => {
  await settings({}, { enabled: true });
  const { user, key } = await enrolled();
  const other = await enrolled();
  const tab = await begun();
  const named = (value) => tab.step('POST', '/verification/sign-in-passkey/authentication', { identifier: { type: 'username', value } });
  refused(await named('nobody_at_all'), 400, 'session.mfa.webauthn_verification_not_found');
  const first = done(await named(user.username), 200);
  refused(await signInVerify(tab, other.key.get(first.authenticationOptions), first.verificationId), 409, 'session.identity_conflict');
  const second = done(await named(user.username), 200);
  const { verificationId } = done(await signInVerify(tab, key.get(second.authenticationOptions), second.verificationId), 200);
  done(await tab.step('POST', '/identification', { verificationId }));
  done(await submit(tab), 200);
});

test('130: a passkey sign-in that must not succeed', async () => {
  await settings({}, { enabled: true });
  const { key } = await enrolled();
  const tab = await begun();
  const stale = { rpId: 'localhost', challenge: Buffer.alloc(32, 7).toString('base64url') };
  refused(await signInVerify(tab, key.get(stale)), 404, 'session.verification_session_not_found');
  refused(await signInVerify(tab, new Passkey(server).get(await preflight(tab))), 400, 'session.identifier_not_found');
  refused(await signInVerify(tab, key.get(await preflight(tab), { flags: 0x01 })), 400, 'session.mfa.webauthn_verification_failed');
  const options = await preflight(tab);
  done(await signInVerify(tab, key.get(options)), 200);
  refused(await signInVerify(tab, key.get(options)), 404, 'session.verification_session_not_found');
  await settings({}, { enabled: false });
  const off = await begun();
  const { verificationId } = done(await signInVerify(off, key.get(await preflight(off))), 200);
  refused(await off.step('POST', '/identification', { verificationId }), 422, 'user.sign_in_method_not_enabled');
});

test('130: the passkey of one user does not spare another the factor', async () => {
  await settings({}, { enabled: true });
  const [mine, other] = [await enrolled(), await enrolled()];
  const tab = await known(mine.user);
  done(await signInVerify(tab, other.key.get(await preflight(tab))), 200);
  refused(await submit(tab), 403, 'session.mfa.require_mfa_verification');
});

test('where passkeys sign in, users are asked to make one', async () => {
  await settings({ factors: [] }, { enabled: true });
  const user = await createUser(server);
  const tab = await known(user);
  refused(await submit(tab), 422, 'user.passkey_preferred');
  done(await tab.step('POST', '/profile/mfa/passkey-skipped'));
  done(await submit(tab), 200);
  done(await submit(await known(user)), 200);
  const willing = await known(await createUser(server));
  const { verificationId, registrationOptions } = await register(willing);
  done(await registerVerify(willing, verificationId, new Passkey(server).create(registrationOptions)), 200);
  done(await willing.step('POST', '/profile/mfa/passkey', { verificationId }));
  done(await submit(willing), 200);
});
