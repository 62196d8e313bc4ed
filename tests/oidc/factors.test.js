// Second factors at sign-in: who must show one, who must set one up, and what each is worth. The numbers are those of
// the security checks: 128 (TOTP and backup codes), 131 (on every door).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, exchange, pkce } from '../lib/browser.js';
import { totp, wrongTotp } from '../lib/factors.js';
import { admin, unique } from '../lib/fixtures.js';
import { startHttpMailbox } from '../lib/mailbox.js';
import { startServer } from '../lib/server.js';

let server, spa;
before(async () => {
  server = await startServer();
  spa = await createClient(server, 'SPA');
  server.secrets.add(PASSWORD);
});
after(() => server.stop());

const manage = async (method, path, body) => api(server, method, path, { token: await admin(server), body });

async function policy(mfa, more = {}) {
  const answer = await manage('PATCH', '/api/sign-in-exp', { mfa: { factors: ['Totp', 'BackupCode'], policy: 'NoPrompt', ...mfa }, ...more });
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

async function begun(event = 'SignIn') {
  const tab = new Browser(server);
  tab.keys = pkce();
  done(await tab.page(authorizeUrl(spa, tab.keys)), 303);
  done(await tab.step('PUT', '', { interactionEvent: event }));
  return tab;
}

async function identify(tab, user) {
  const identifier = { type: 'username', value: user.username };
  const { verificationId } = done(await tab.step('POST', '/verification/password', { identifier, password: PASSWORD }), 200);
  done(await tab.step('POST', '/identification', { verificationId }));
  return tab;
}

// A browser in which the user's password has been shown.
const known = async (user) => identify(await begun(), user);

async function registered() {
  const tab = await begun('Register');
  const identifier = { type: 'username', value: unique('new').replaceAll('-', '_') };
  const { verificationId } = done(await tab.step('POST', '/verification/new-password-identity', { identifier, password: PASSWORD }), 200);
  done(await tab.step('POST', '/identification', { verificationId }), 201);
  tab.username = identifier.value;
  return tab;
}

// A user who has what the Management API gives.
async function userWith(...types) {
  const user = await createUser(server);
  for (const type of types) {
    const made = done(await manage('POST', `/api/users/${user.id}/mfa-verifications`, { type }), 200);
    if (made.secret) server.secrets.add((user.secret = made.secret));
    if (made.codes) user.codes = made.codes;
  }
  return user;
}

// One is taken; the others are refused, or told that the database is busy with the same row.
function takenOnce(answers) {
  const statuses = answers.map(({ status }) => status).sort();
  assert.equal(statuses[0], 200);
  assert.ok(statuses.slice(1).every((status) => [400, 503].includes(status)), statuses.join());
}

const submit = (tab) => tab.step('POST', '/submit');
const show = (tab, code) => tab.step('POST', '/verification/totp/verify', { code });
const showBackup = (tab, code) => tab.step('POST', '/verification/backup-code/verify', { code });
const factorsOf = async (user) => done(await manage('GET', `/api/users/${user.id}/mfa-verifications`), 200);

async function setUpTotp(tab) {
  const made = done(await tab.step('POST', '/verification/totp/secret'), 200);
  server.secrets.add(made.secret);
  done(await tab.step('POST', '/verification/totp/verify', { verificationId: made.verificationId, code: totp(made.secret) }), 200);
  done(await tab.step('POST', '/profile/mfa', { type: 'Totp', verificationId: made.verificationId }));
  return made;
}

test('131: who has a factor must show it, and the tokens come after it', async () => {
  await policy();
  const user = await userWith('Totp', 'BackupCode');
  const tab = await known(user);
  const { data } = refused(await submit(tab), 403, 'session.mfa.require_mfa_verification');
  assert.deepEqual(data, { availableFactors: ['Totp', 'BackupCode'], maskedIdentifiers: {} });
  // nor may a new factor stand in for it
  refused(await tab.step('POST', '/profile/mfa/mfa-skipped'), 403, 'session.mfa.require_mfa_verification');
  const { verificationId } = done(await tab.step('POST', '/verification/backup-code/generate'), 200);
  refused(await tab.step('POST', '/profile/mfa', { type: 'BackupCode', verificationId }), 403, 'session.mfa.require_mfa_verification');
  refused(await tab.step('POST', '/profile', { type: 'username', value: 'other' }), 403, 'session.mfa.require_mfa_verification');
  const own = done(await tab.step('POST', '/verification/totp/secret'), 200);
  done(await tab.step('POST', '/verification/totp/verify', { verificationId: own.verificationId, code: totp(own.secret) }), 200);
  refused(await submit(tab), 403, 'session.mfa.require_mfa_verification');
  done(await show(tab, totp(user.secret)), 200);
  const { redirectTo } = done(await submit(tab), 200);
  const reached = await tab.follow(await tab.page(redirectTo));
  const code = reached.url.searchParams.get('code');
  assert.equal((await exchange(server, spa, { code, verifier: tab.keys.verifier })).status, 200);
});

test('131: no other event lets in whoever was identified for a sign-in', async () => {
  await policy();
  const tab = await known(await userWith('Totp', 'BackupCode'));
  refused(await submit(tab), 403, 'session.mfa.require_mfa_verification');
  done(await tab.step('PUT', '/interaction-event', { interactionEvent: 'Register' }));
  refused(await submit(tab), 404, 'session.identifier_not_found');
  refused(await tab.step('POST', '/verification/backup-code/generate'), 404, 'session.identifier_not_found');
});

test('131: a factor shown for one user is worth nothing for another', async () => {
  await policy();
  const [mine, other] = [await userWith('Totp'), await userWith('Totp')];
  const tab = await known(mine);
  done(await show(tab, totp(mine.secret)), 200);
  done(await tab.step('PUT', '', { interactionEvent: 'SignIn' }));
  refused(await show(tab, totp(mine.secret)), 404, 'session.identifier_not_found');
  await identify(tab, other);
  refused(await submit(tab), 403, 'session.mfa.require_mfa_verification');
  refused(await show(tab, totp(mine.secret)), 400, 'session.mfa.invalid_totp_code');
});

test('without a user there are no factors', async () => {
  const tab = await begun();
  for (const path of ['totp/secret', 'backup-code/generate', 'web-authn/registration', 'web-authn/authentication'])
    refused(await tab.step('POST', `/verification/${path}`), 404, 'session.identifier_not_found');
  refused(await show(tab, '123456'), 404, 'session.identifier_not_found');
  refused(await showBackup(tab, '0123456789'), 404, 'session.identifier_not_found');
  refused(await tab.step('POST', '/profile/mfa/mfa-enabled'), 404, 'session.identifier_not_found');
});

test('128: a step of a TOTP is taken once, whoever sends it again', async () => {
  await policy();
  const user = await userWith('Totp');
  const code = totp(user.secret);
  const [first, second] = [await known(user), await known(user)];
  done(await show(first, code), 200);
  refused(await show(second, code), 400, 'session.mfa.invalid_totp_code');
  refused(await show(first, code), 400, 'session.mfa.invalid_totp_code');
});

test('128: of one code sent twenty times at once one is taken', async () => {
  await policy();
  const user = await userWith('Totp');
  const tabs = [];
  for (let i = 0; i < 20; i += 1) tabs.push(await known(user));
  const answers = await Promise.all(tabs.map((tab) => show(tab, totp(user.secret, Math.floor(Date.now() / 30_000) + 1))));
  takenOnce(answers);
});

test('128: five wrong codes end a sign-in, and a new beginning does not forget them', async () => {
  await policy();
  const user = await userWith('Totp', 'BackupCode');
  const tab = await known(user);
  for (let i = 0; i < 4; i += 1) refused(await show(tab, wrongTotp(user.secret)), 400, 'session.mfa.invalid_totp_code');
  refused(await showBackup(tab, 'zzz'), 400, 'session.mfa.invalid_backup_code');
  refused(await show(tab, totp(user.secret)), 400, 'session.verification_blocked_too_many_attempts');
  refused(await showBackup(tab, user.codes[0]), 400, 'session.verification_blocked_too_many_attempts');
  done(await tab.step('PUT', '', { interactionEvent: 'SignIn' }));
  await identify(tab, user);
  refused(await show(tab, totp(user.secret)), 400, 'session.verification_blocked_too_many_attempts');
  refused(await submit(tab), 403, 'session.mfa.require_mfa_verification');
  done(await show(await known(user), totp(user.secret)), 200);
});

test('128: wrong codes are counted for the user over all sign-ins', async () => {
  await policy({}, { sentinelPolicy: { maxAttempts: 3 } });
  const user = await userWith('Totp');
  for (let i = 0; i < 2; i += 1) refused(await show(await known(user), wrongTotp(user.secret)), 400, 'session.mfa.invalid_totp_code');
  refused(await show(await known(user), wrongTotp(user.secret)), 400, 'session.verification_blocked_too_many_attempts');
  refused(await show(await known(user), totp(user.secret)), 400, 'session.verification_blocked_too_many_attempts');
  await policy({}, { sentinelPolicy: {} });
});

test('128: a backup code signs in once, in upper case as well', async () => {
  await policy();
  const user = await userWith('Totp', 'BackupCode');
  const first = await known(user);
  done(await showBackup(first, user.codes[3].toUpperCase()), 200);
  done(await submit(first), 200);
  const second = await known(user);
  refused(await showBackup(second, user.codes[3]), 400, 'session.mfa.invalid_backup_code');
  done(await showBackup(second, user.codes[4]), 200);
  assert.equal((await factorsOf(user)).find(({ type }) => type === 'BackupCode').remainCodes, 8);
});

test('128: of one backup code sent ten times at once one is taken', async () => {
  await policy();
  const user = await userWith('Totp', 'BackupCode');
  const tabs = [];
  for (let i = 0; i < 10; i += 1) tabs.push(await known(user));
  const answers = await Promise.all(tabs.map((tab) => showBackup(tab, user.codes[0])));
  takenOnce(answers);
});

test('a mandatory policy: set up at registration, with backup codes, all stored at the end', async () => {
  await policy({ policy: 'Mandatory' });
  const tab = await registered();
  const missing = refused(await submit(tab), 422, 'user.missing_mfa');
  assert.deepEqual(missing.data, { availableFactors: ['Totp'] });
  refused(await tab.step('POST', '/profile/mfa/mfa-skipped'), 422, 'session.mfa.mfa_policy_not_user_controlled');
  const early = done(await tab.step('POST', '/verification/backup-code/generate'), 200);
  refused(await tab.step('POST', '/profile/mfa', { type: 'BackupCode', verificationId: early.verificationId }), 422, 'session.mfa.backup_code_can_not_be_alone');
  const made = done(await tab.step('POST', '/verification/totp/secret'), 200);
  assert.match(made.secret, /^[A-Z2-7]{32}$/);
  assert.match(made.secretQrCode, /^data:image\/png;base64,/);
  refused(await tab.step('POST', '/profile/mfa', { type: 'Totp', verificationId: made.verificationId }), 400, 'session.verification_failed');
  refused(await tab.step('POST', '/profile/mfa', { type: 'Totp', verificationId: 'nope' }), 404, 'session.verification_session_not_found');
  refused(await tab.step('POST', '/profile/mfa', { type: 'Zz', verificationId: 'nope' }), 400, 'guard.invalid_input');
  refused(await tab.step('POST', '/verification/totp/verify', { verificationId: made.verificationId, code: wrongTotp(made.secret) }), 400, 'session.mfa.invalid_totp_code');
  const set = await setUpTotp(tab);
  refused(await submit(tab), 422, 'session.mfa.backup_code_required');
  const { codes, verificationId } = done(await tab.step('POST', '/verification/backup-code/generate'), 200);
  assert.equal(codes.length, 10);
  assert.ok(codes.every((code) => /^[0-9a-f]{10}$/.test(code)));
  done(await tab.step('POST', '/profile/mfa', { type: 'BackupCode', verificationId }));
  const state = done(await tab.step('GET', '/interaction'), 200);
  assert.deepEqual(state.mfa, { mfaEnabled: true, totp: { type: 'Totp' }, backupCode: { type: 'BackupCode' } });
  assert.ok(!JSON.stringify(state).includes(set.secret) && !JSON.stringify(state).includes(codes[0]));
  const user = { id: state.userId, username: tab.username };
  assert.deepEqual(await factorsOf(user), []);
  done(await submit(tab), 200);
  assert.deepEqual((await factorsOf(user)).map(({ type, remainCodes }) => [type, remainCodes]), [['Totp', undefined], ['BackupCode', 10]]);
  const again = await known(user);
  refused(await submit(again), 403, 'session.mfa.require_mfa_verification');
  done(await showBackup(again, codes[0]), 200);
  const other = done(await again.step('POST', '/verification/totp/secret'), 200);
  done(await again.step('POST', '/verification/totp/verify', { verificationId: other.verificationId, code: totp(other.secret) }), 200);
  refused(await again.step('POST', '/profile/mfa', { type: 'Totp', verificationId: other.verificationId }), 422, 'user.totp_already_in_use');
  done(await submit(again), 200);
});

test('an optional policy asks once, and takes no for an answer', async () => {
  await policy({ factors: ['Totp'], policy: 'PromptAtSignInAndSignUp' });
  const user = await createUser(server);
  const tab = await known(user);
  refused(await submit(tab), 422, 'user.suggest_mfa');
  done(await tab.step('POST', '/profile/mfa/mfa-enabled'));
  const { data } = refused(await submit(tab), 422, 'user.missing_mfa');
  assert.deepEqual(data, { availableFactors: ['Totp'], skippable: true });
  done(await tab.step('POST', '/profile/mfa/mfa-skipped'));
  done(await submit(tab), 200);
  assert.deepEqual(done(await manage('GET', `/api/users/${user.id}/logto-configs`), 200).mfa, { enabled: true, skipped: true, skipMfaOnSignIn: false });
  done(await submit(await known(user)), 200);
});

test('policies: who is asked where', async () => {
  const rows = [
    ['NoPrompt', 200, 200],
    ['PromptOnlyAtSignIn', 422, 200],
    ['PromptAtSignInAndSignUp', 422, 422],
    ['UserControlled', 422, 422],
    ['PromptOnlyAtSignInMandatory', 422, 200],
    ['PromptAtSignInAndSignUpMandatory', 422, 422],
    ['Mandatory', 422, 422],
  ];
  for (const [name, atSignIn, atRegistration] of rows) {
    const adaptive = { adaptiveMfa: { enabled: /.Mandatory/.test(name) } };
    await policy({ factors: ['Totp'], policy: name }, adaptive);
    assert.equal((await submit(await known(await createUser(server)))).status, atSignIn, name);
    assert.equal((await submit(await registered())).status, atRegistration, name);
  }
  await policy({}, { adaptiveMfa: { enabled: false } });
});

test('an organization may require factors of its members', async () => {
  await policy({ factors: ['Totp'], policy: 'NoPrompt', organizationRequiredMfaPolicy: 'Mandatory' });
  const [member, stranger] = [await createUser(server), await createUser(server)];
  const organization = done(await manage('POST', '/api/organizations', { name: unique('org'), isMfaRequired: true }), 201);
  done(await manage('POST', `/api/organizations/${organization.id}/users`, { userIds: [member.id] }), 201);
  const tab = await known(member);
  assert.deepEqual(refused(await submit(tab), 422, 'user.missing_mfa').data, { availableFactors: ['Totp'] });
  refused(await tab.step('POST', '/profile/mfa/mfa-skipped'), 422, 'session.mfa.mfa_policy_not_user_controlled');
  done(await submit(await known(stranger)), 200);
  await setUpTotp(tab);
  done(await submit(tab), 200);
});

test('users who want no factor at sign-in, unless the policy is mandatory', async () => {
  await policy();
  const user = await userWith('Totp');
  done(await manage('PATCH', `/api/users/${user.id}/logto-configs`, { mfa: { skipMfaOnSignIn: true } }), 200);
  done(await submit(await known(user)), 200);
  await policy({ factors: ['Totp'], policy: 'Mandatory' });
  refused(await submit(await known(user)), 403, 'session.mfa.require_mfa_verification');
});

test('a factor that the tenant does not have is not taken, and not asked for', async () => {
  await policy({ factors: [] });
  const user = await userWith('Totp');
  const tab = await known(user);
  const made = done(await tab.step('POST', '/verification/totp/secret'), 200);
  done(await tab.step('POST', '/verification/totp/verify', { verificationId: made.verificationId, code: totp(made.secret) }), 200);
  refused(await tab.step('POST', '/profile/mfa', { type: 'Totp', verificationId: made.verificationId }), 400, 'session.mfa.mfa_factor_not_enabled');
  refused(await tab.step('POST', '/profile/mfa', { type: 'EmailVerificationCode', verificationId: 'nope' }), 404, 'session.verification_session_not_found');
  done(await submit(tab), 200);
});

test('an address is shown masked', async () => {
  await policy({ factors: ['Totp', 'EmailVerificationCode'] });
  const name = unique('longname');
  const user = await createUser(server, { primaryEmail: `${name}@example.com` });
  const { data } = refused(await submit(await known(user)), 403, 'session.mfa.require_mfa_verification');
  assert.deepEqual(data, { availableFactors: ['EmailVerificationCode'], maskedIdentifiers: { EmailVerificationCode: 'long****@example.com' } });
});

test('a suggestion of further factors is skipped for this time', async () => {
  await policy();
  const tab = await known(await createUser(server));
  done(await tab.step('POST', '/profile/mfa/mfa-suggestion-skipped'), 204);
});

test('what belongs to another kind of sign-in', async () => {
  await policy();
  const tab = await known(await userWith('Totp'));
  for (const path of ['mfa-suggestion-skipped', 'passkey-skipped', 'mfa-enabled', 'mfa-skipped'])
    refused(await tab.step('POST', `/profile/mfa/${path}`), 403, 'session.mfa.require_mfa_verification');
  refused(await tab.step('POST', '/profile/mfa/passkey', { verificationId: 'x' }), 403, 'session.mfa.require_mfa_verification');
});

test('131: a code by email or text message as second factor: to the user\'s own address, for them alone', async () => {
  const fresh = await startServer({ env: { SIGNET_CONNECTOR_PRIVATE_ADDRESSES: 'true' } });
  const boxes = { email: await startHttpMailbox(), phone: await startHttpMailbox() };
  const [shared, sharedSpa] = [server, spa];
  try {
    server = fresh;
    spa = await createClient(server, 'SPA');
    for (const [connectorId, box] of [['http-email', boxes.email], ['http-sms', boxes.phone]]) {
      done(await manage('POST', '/api/connectors', { connectorId, config: { endpoint: box.url } }), 200);
    }
    await policy({ factors: ['EmailVerificationCode', 'PhoneVerificationCode'], policy: 'Mandatory' });
    const phone = '12025550199';
    const email = `${unique('factor')}@example.com`;
    const user = await createUser(server, { primaryEmail: email, primaryPhone: phone });
    for (const [identifierType, to] of [['email', email], ['phone', phone]]) {
      const tab = await known(user);
      const { data } = refused(await submit(tab), 403, 'session.mfa.require_mfa_verification');
      assert.deepEqual(data.availableFactors, ['PhoneVerificationCode', 'EmailVerificationCode']);
      const { verificationId } = done(await tab.step('POST', '/verification/mfa-verification-code', { identifierType }), 200);
      const message = await boxes[identifierType].take((each) => each.to === to);
      assert.equal(message.type, 'MfaVerification');
      const { code } = message.payload;
      server.secrets.add(`"code":"${code}"`);
      const verify = (who, sent) => who.step('POST', '/verification/mfa-verification-code/verify', { identifierType, verificationId, code: sent });
      refused(await verify(tab, code === '123456' ? '654321' : '123456'), 400, 'verification_code.code_mismatch');
      refused(await submit(tab), 403, 'session.mfa.require_mfa_verification');
      refused(await verify(await known(user), code), 404, 'session.verification_session_not_found');
      assert.equal(done(await verify(tab, code), 200).verificationId, verificationId);
      refused(await verify(tab, code), 400, 'verification_code.not_found');
      done(await submit(tab), 200);
    }
    const stranger = await begun();
    refused(await stranger.step('POST', '/verification/mfa-verification-code', { identifierType: 'email' }), 400, 'session.identifier_not_found');
    const without = await known(await createUser(server));
    refused(await without.step('POST', '/verification/mfa-verification-code', { identifierType: 'email' }), 400, 'session.mfa.mfa_factor_not_enabled');

    const asks = (tab, type) => tab.step('POST', '/verification/verification-code', { identifier: { type, value: to }, interactionEvent: 'SignIn' });
    const to = `${unique('new')}@example.com`;
    const { verificationId } = done(await asks(without, 'email'), 200);
    const { payload } = await boxes.email.take((each) => each.to === to);
    server.secrets.add(`"code":"${payload.code}"`);
    done(await without.step('POST', '/verification/verification-code/verify', { identifier: { type: 'email', value: to }, verificationId, code: payload.code }), 200);
    refused(await submit(without), 422, 'user.missing_mfa');
    done(await without.step('POST', '/profile/mfa', { type: 'EmailVerificationCode', verificationId }));
    done(await submit(without), 200);

    // Addresses that no other way gives an account, this one does not give either.
    const domain = `${unique('corp')}.example`;
    const config = { clientId: 'ours', clientSecret: 'the secret', issuer: 'https://idp.example' };
    done(await manage('POST', '/api/sso-connectors', { providerName: 'OIDC', connectorName: 'Corp', domains: [domain], config }), 200);
    done(await manage('PATCH', '/api/sign-in-exp', { singleSignOnEnabled: true, emailBlocklistPolicy: { customBlocklist: ['@bad.example'] } }), 200);
    const third = await known(await createUser(server));
    for (const [value, code] of [[`x@${domain}`, 'session.sso_enabled'], ['x@bad.example', 'session.email_blocklist.email_not_allowed']]) {
      const identifier = { type: 'email', value };
      const sent = done(await third.step('POST', '/verification/verification-code', { identifier, interactionEvent: 'SignIn' }), 200);
      const message = await boxes.email.take((each) => each.to === value);
      server.secrets.add(`"code":"${message.payload.code}"`);
      done(await third.step('POST', '/verification/verification-code/verify', { identifier, verificationId: sent.verificationId, code: message.payload.code }), 200);
      refused(await third.step('POST', '/profile/mfa', { type: 'EmailVerificationCode', verificationId: sent.verificationId }), 422, code);
      refused(await third.step('POST', '/profile', { type: 'email', verificationId: sent.verificationId }), 422, code);
    }
  } finally {
    [server, spa] = [shared, sharedSpa];
    Object.values(boxes).forEach((box) => box.close());
    await fresh.stop();
  }
});
