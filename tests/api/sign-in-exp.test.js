// /api/sign-in-exp and what the sign-in pages read of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { startServer } from '../lib/server.js';
import { call, invalid, limited, ok, refused } from './support.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const PATH = '/api/sign-in-exp';
const patch = (body) => call(server, 'PATCH', PATH, { body });
const set = (body) => ok(server, 'PATCH', PATH, { body });
const method = (identifier, options) => ({ identifier, password: true, verificationCode: false, isPasswordPrimary: true, ...options });
const wellKnown = (path, base = server.base, headers = {}) => api(server, 'GET', `${base}/api/.well-known/${path}`, { headers });

const DEFAULT = {
  tenantId: 'default', id: 'default',
  color: { primaryColor: '#6139F6', isDarkModeEnabled: false, darkPrimaryColor: '#8768F8' },
  branding: { logoUrl: 'https://logto.io/logo.svg', darkLogoUrl: 'https://logto.io/logo-dark.svg' },
  hideLogtoBranding: false, languageInfo: { autoDetect: true, fallbackLanguage: 'en' },
  termsOfUseUrl: null, privacyPolicyUrl: null, agreeToTermsPolicy: 'Automatic',
  signIn: { methods: [method('username')] }, signUp: { identifiers: ['username'], password: true, verify: false },
  socialSignIn: {}, socialSignInConnectorTargets: [], signInMode: 'SignInAndRegister', customCss: null, customContent: {},
  customUiAssets: null, customUiCsp: {}, passwordPolicy: {}, mfa: { factors: [], policy: 'UserControlled' }, adaptiveMfa: {},
  singleSignOnEnabled: false, supportEmail: null, supportWebsiteUrl: null, unknownSessionRedirectUrl: null, captchaPolicy: {},
  sentinelPolicy: {}, emailBlocklistPolicy: {}, verificationCodePolicy: {}, forgotPasswordMethods: [], passkeySignIn: {},
  signUpProfileFields: null, passwordExpiration: {},
  usernamePolicy: { caseSensitive: true, minLength: 1, maxLength: 128, allowedChars: { lowercase: true, uppercase: true, numbers: true, underscore: true } },
};

test('a new tenant has the experience of Logto', async () => {
  const experience = await ok(server, 'GET', PATH);
  assert.deepEqual(experience, DEFAULT);
  assert.deepEqual(Object.keys(experience), Object.keys(DEFAULT));
});

test('what anyone may read of it, on both tenants', async () => {
  const { emailBlocklistPolicy, forgotPasswordMethods, ...shown } = DEFAULT;
  const extra = {
    socialConnectors: [], ssoConnectors: [], forgotPassword: { phone: false, email: false }, isDevelopmentTenant: false,
    customProfileFields: [], customProfileFieldCatalog: [],
  };
  for (const path of ['sign-in-exp', 'experience', 'sign-in-exp?appId=nope&organizationId=nope']) {
    assert.deepEqual((await wellKnown(path)).json, { ...shown, ...extra }, path);
  }
  const admin = (await wellKnown('sign-in-exp', server.adminBase)).json;
  assert.deepEqual([admin.tenantId, admin.signInMode, admin.color.isDarkModeEnabled], ['admin', 'Register', true]);
  assert.deepEqual(admin.mfa, { factors: ['Totp', 'WebAuthn', 'BackupCode'], policy: 'NoPrompt', organizationRequiredMfaPolicy: 'Mandatory' });
});

test('changes replace the members they name', async () => {
  const body = {
    color: { primaryColor: '#000', isDarkModeEnabled: true, darkPrimaryColor: '#111111' }, termsOfUseUrl: 'https://a.example/t',
    customContent: { '/x': '<b>' }, customCss: 'a { }', sentinelPolicy: { maxAttempts: 10, lockoutDuration: 5 },
    passwordPolicy: { length: { min: 8, max: 256 } }, supportEmail: 'help@a.example', socialSignInConnectorTargets: ['nobody'],
    verificationCodePolicy: { expirationDuration: 60 }, hideLogtoBranding: false,
  };
  const changed = await set(body);
  assert.deepEqual(changed, { ...DEFAULT, ...body, socialSignInConnectorTargets: [] });
  assert.deepEqual(await ok(server, 'GET', PATH), changed);
  const reset = { termsOfUseUrl: '', supportEmail: '', customCss: null, customContent: {}, sentinelPolicy: {}, passwordPolicy: {}, verificationCodePolicy: {} };
  assert.deepEqual(await set({ ...reset, color: DEFAULT.color }), DEFAULT);
  refused(await patch({}), 422, 'entity.invalid_input');
  refused(await patch({ id: 'x' }), 422, 'entity.invalid_input');
});

test('values of the wrong form', async () => {
  invalid(await patch({ color: { primaryColor: 'red', isDarkModeEnabled: true, darkPrimaryColor: '#111111' } }),
    [{ validation: 'regex', code: 'invalid_string', message: 'Invalid', path: ['color', 'primaryColor'] }]);
  invalid(await patch({ supportEmail: 'zz' }), [{ validation: 'email', code: 'invalid_string', message: 'Invalid email', path: ['supportEmail'] }]);
  for (const body of [
    { signInMode: 'Foo' }, { color: {} }, { privacyPolicyUrl: 'nourl' }, { mfa: { factors: ['Sms'], policy: 'Mandatory' } },
    { languageInfo: { autoDetect: true, fallbackLanguage: 'klingon' } }, { usernamePolicy: { ...DEFAULT.usernamePolicy, minLength: 9, maxLength: 8 } },
    { customContent: { '/sign-in': 1 } }, { customContent: { '/sign-in': null } },
    { verificationCodePolicy: { expirationDuration: 59 } }, { signUp: { identifiers: ['nick'], password: true, verify: true } },
  ]) refused(await patch(body), 400, 'guard.invalid_input');
});

test('links on the pages lead to pages: no script, and nothing of another scheme', async () => {
  for (const name of ['termsOfUseUrl', 'privacyPolicyUrl', 'supportWebsiteUrl']) {
    for (const value of ['javascript:alert(1)', 'JavaScript://a.example/%0aalert(1)', 'data:text/html,x', 'mailto:a@b.example']) {
      invalid(await patch({ [name]: value }), [{ validation: 'url', code: 'invalid_string', message: 'Invalid url', path: [name] }]);
    }
    assert.equal((await patch({ [name]: 'HTTP://a.example/t' })).json[name], 'HTTP://a.example/t');
    assert.equal((await patch({ [name]: '' })).json[name], null);
  }
});

test('ways to sign up and in that do not fit together', async () => {
  const codes = [
    [{ signUp: { identifiers: ['email'], password: true, verify: false } }, 'passwordless_requires_verify'],
    [{ signUp: { identifiers: ['email'], password: true, verify: true } }, 'enabled_connector_not_found'],
    [{ signUp: { identifiers: ['username', 'username'], password: true, verify: true } }, 'duplicated_sign_up_identifiers'],
    [{ signUp: { identifiers: [], password: true, verify: true, secondaryIdentifiers: [{ identifier: 'email', verify: true }] } }, 'missing_sign_up_identifiers'],
    [{ signUp: { identifiers: ['email'], password: true, verify: true, secondaryIdentifiers: [{ identifier: 'emailOrPhone', verify: true }] } }, 'duplicated_sign_up_identifiers'],
    [{ signIn: { methods: [method('email', { verificationCode: true })] } }, 'enabled_connector_not_found'],
    [{ signIn: { methods: [method('username', { password: false })] } }, 'at_least_one_authentication_factor'],
    [{ mfa: { factors: ['Totp', 'Totp'], policy: 'Mandatory' } }, 'duplicated_mfa_factors'],
    [{ mfa: { factors: ['BackupCode'], policy: 'Mandatory' } }, 'backup_code_cannot_be_enabled_alone'],
    [{ forgotPasswordMethods: ['EmailVerificationCode'] }, 'forgot_password_method_requires_connector'],
    [{ languageInfo: { autoDetect: true, fallbackLanguage: 'af-ZA' } }, 'unsupported_default_language'],
    [{ emailBlocklistPolicy: { customBlocklist: ['nonsense'] } }, 'invalid_custom_email_blocklist_format'],
    [{ adaptiveMfa: { enabled: true } }, 'adaptive_mfa_requires_mfa', 422],
    [{ mfa: { factors: ['Totp'], policy: 'Mandatory' }, adaptiveMfa: { enabled: true } }, 'adaptive_mfa_requires_non_skippable_policy', 422],
    [{ mfa: { factors: ['Totp'], policy: 'PromptOnlyAtSignInMandatory' } }, 'non_adaptive_mfa_requires_skippable_policy', 422],
    [{ passwordExpiration: { enabled: true } }, 'password_expiration_invalid_period_days', 422],
    [{ passwordExpiration: { enabled: true, validPeriodDays: 3 } }, 'password_expiration_requires_forgot_password', 422],
  ];
  for (const [body, code, status = 400] of codes) refused(await patch(body), status, `sign_in_experiences.${code}`);
  refused(await patch({ hideLogtoBranding: true }), 400, 'request.invalid_input');
  assert.deepEqual((await patch({ customUiCsp: { scriptSrc: [], connectSrc: [] } })).json.customUiCsp, {});
  refused(await patch({ customUiCsp: { scriptSrc: ['https://a.example'] } }), 400, 'request.invalid_input');
  assert.deepEqual(await ok(server, 'GET', PATH), DEFAULT);
});

test('second factors that are switched off take the adaptive ones along; lists lose repeats', async () => {
  const on = { mfa: { factors: ['Totp'], policy: 'PromptOnlyAtSignInMandatory' }, adaptiveMfa: { enabled: true } };
  assert.deepEqual((await set(on)).adaptiveMfa, { enabled: true });
  assert.deepEqual((await set({ mfa: DEFAULT.mfa })).adaptiveMfa, { enabled: false });
  await set({ adaptiveMfa: {} });
  const list = ['bad@x.example', '@y.example', 'a*@z.example', '@y.example'];
  const policy = (await set({ emailBlocklistPolicy: { blockSubaddressing: true, customBlocklist: list } })).emailBlocklistPolicy;
  assert.deepEqual(policy, { blockSubaddressing: true, customBlocklist: list.slice(0, 3) });
  assert.deepEqual(await set({ emailBlocklistPolicy: {} }), DEFAULT);
});

test('usernames that differ in case only', async () => {
  const [one, two] = [await ok(server, 'POST', '/api/users', { body: { username: 'Alice' } }), await ok(server, 'POST', '/api/users', { body: { username: 'alice' } })];
  const conflicts = `${PATH}/username-policy/case-sensitivity-conflicts`;
  assert.deepEqual(await ok(server, 'GET', `${conflicts}?limit=10`), {
    totalConflicts: 1, samples: [{ usernameLower: 'alice', userIds: [one.id, two.id] }],
  });
  const usernamePolicy = { ...DEFAULT.usernamePolicy, caseSensitive: false };
  refused(await patch({ usernamePolicy }), 409, 'sign_in_experiences.username_policy_case_conflicts_exist');
  await call(server, 'DELETE', `/api/users/${two.id}`);
  assert.deepEqual(await ok(server, 'GET', conflicts), { totalConflicts: 0, samples: [] });
  assert.deepEqual((await set({ usernamePolicy })).usernamePolicy, usernamePolicy);
  await set({ usernamePolicy: DEFAULT.usernamePolicy });
  refused(await call(server, 'GET', `${conflicts}?limit=101`), 400, 'guard.invalid_input');
});

test('passwords against the policy', async () => {
  const check = (password, userId) => call(server, 'POST', `${PATH}/default/check-password`, { body: { password, userId } });
  const { id } = await ok(server, 'POST', '/api/users', { body: { username: 'hedwig', name: 'Hedwig Of Wales' } });
  refused(await check('Zq8#fjw0pLm2'), 400, 'request.invalid_input');
  refused(await check('Zq8#fjw0pLm2', 'nope'), 404, 'entity.not_found');
  const issues = async (password) => {
    const answer = await check(password, id);
    assert.equal(answer.json.result, answer.status === 200);
    return (answer.json.issues ?? []).map(({ code }) => code.replace('password_rejected.', ''));
  };
  assert.deepEqual(await issues('Zq8#fjw0pLm2'), []);
  assert.deepEqual(await issues('abc'), ['too_short', 'restricted.sequence']);
  assert.deepEqual(await issues('aaaaaaaaaa'), ['restricted.repetition']);
  assert.deepEqual(await issues('HedwigWales1'), ['restricted.user_info']);
  assert.deepEqual(await issues('ünïcödé-pässwörd'), ['unsupported_characters']);
  await set({ passwordPolicy: { length: { max: 9 }, characterTypes: { min: 3 }, rejects: { userInfo: false, repetitionAndSequence: false, words: ['secret'] } } });
  const bad = await check('secretsecret');
  assert.deepEqual(bad.json, {
    result: false,
    issues: [
      { code: 'password_rejected.too_long', interpolation: { max: 9 } }, { code: 'password_rejected.character_types', interpolation: { min: 3 } },
      { code: 'password_rejected.restricted.words' },
    ],
  });
  await set({ passwordPolicy: {} });
});

test('an organization lays its looks over the experience', async () => {
  const body = { name: 'o', color: { primaryColor: '#abc' }, branding: { favicon: 'https://a.example/f.ico' }, customCss: 'b { }' };
  const { id } = await ok(server, 'POST', '/api/organizations', { body }, 201);
  const shown = (await wellKnown(`sign-in-exp?organizationId=${id}`)).json;
  assert.deepEqual(shown.color, { ...DEFAULT.color, primaryColor: '#abc' });
  assert.deepEqual(shown.branding, { ...DEFAULT.branding, ...body.branding });
  assert.equal(shown.customCss, 'b { }');
});

test('pages of one\'s own have nowhere to go', async () => {
  refused(await call(server, 'POST', `${PATH}/default/custom-ui-assets`), 400, 'storage.not_configured');
});

test('the addresses of tenants, and origins of passkeys', async () => {
  assert.deepEqual((await wellKnown('endpoints/default', server.adminBase)).json, { user: `${server.base}/` });
  assert.deepEqual((await wellKnown('endpoints/admin', server.adminBase)).json, { user: `${server.adminBase}/` });
  assert.equal((await wellKnown('endpoints/default')).status, 404);
  assert.deepEqual((await api(server, 'GET', '/.well-known/webauthn')).json, { origins: [] });
});

test('reading and writing need their own scopes', async () => {
  const reader = await limited(server, 'read:sign-in-exp');
  assert.equal((await call(server, 'GET', PATH, { token: reader.token })).status, 200);
  refused(await call(server, 'PATCH', PATH, { token: reader.token, body: { customCss: 'x' } }), 403, 'auth.forbidden');
});
