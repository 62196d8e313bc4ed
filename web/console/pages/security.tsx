// Second factors and security: what protects accounts.
import { useState } from 'preact/hooks';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Card, Confirm, Field, Form, Opener, Page, Problem, toast } from '../../shared/ui';
import { filled, type Plain } from '../../shared/values';
import { ApiError, call, useLoad } from '../api';

const PATH = '/sign-in-exp';
const save = (changed: Plain) => call('PATCH', PATH, changed);

/** What holds where nothing is set. */
const UNSET: Plain = {
  mfa: { organizationRequiredMfaPolicy: 'NoPrompt' },
  passwordPolicy: { length: { min: 8 }, characterTypes: { min: 1 }, rejects: { pwned: true, repetitionAndSequence: true, userInfo: true } },
  sentinelPolicy: { maxAttempts: 100, lockoutDuration: 60 },
  verificationCodePolicy: { expirationDuration: 600, maxRetryAttempts: 10 },
};
const read = async () => filled(await call<Plain>('GET', PATH), UNSET);

/** Settings of the sign-in experience that stand on a page of their own. */
function Group({ title, lead, rows }: { title: string; lead?: string; rows: SettingRow[] }) {
  const { data, error, reload } = useLoad(read, []);
  if (!data) return <Problem error={error} retry={reload} />;
  return <Settings title={title} lead={lead} value={data} rows={rows} save={save} reload={reload} fresh={read} />;
}

const FACTORS: SettingRow[] = [
  { key: 'mfa.factors', label: t('Second factors'), kind: 'several', options: [['Totp', t('Authenticator app')], ['WebAuthn', t('Passkey')], ['BackupCode', t('Backup codes (beside another one)')], ['EmailVerificationCode', t('Code by email')], ['PhoneVerificationCode', t('Code by SMS')]] },
  {
    key: 'mfa.policy', label: t('Whether they are needed'), kind: 'choice',
    options: [['UserControlled', t('Users decide')], ['NoPrompt', t('Users decide, and are not asked')], ['PromptOnlyAtSignIn', t('Asked when signing in, may be skipped')], ['PromptAtSignInAndSignUp', t('Asked when signing in and registering, may be skipped')], ['PromptOnlyAtSignInMandatory', t('Needed when signing in')], ['PromptAtSignInAndSignUpMandatory', t('Needed when signing in and registering')], ['Mandatory', t('Needed')]],
  },
  { key: 'mfa.organizationRequiredMfaPolicy', label: t('In organizations that need one'), kind: 'choice', options: [['NoPrompt', t('Users set it up by themselves')], ['Mandatory', t('Set up before going on')]], nothing: undefined },
];

const TRUST: SettingRow[] = [
  { key: 'trustedDevice.enabled', label: t('Users may have a browser trusted'), kind: 'check' },
  { key: 'trustedDevice.durationDays', label: t('Days that it is trusted'), kind: 'number', min: 1, max: 365, nothing: undefined, help: t('30 when it is empty.'), when: (draft) => draft.trustedDevice?.enabled },
];

export const Mfa = () => (
  <Page title={t('Multi-factor auth')} lead={t('What users show besides their password.')}>
    <Group title={t('Second factors')} rows={FACTORS} />
    <Group title={t('Trusted browsers')} lead={t('They are asked for no second factor for a while after one was shown.')} rows={TRUST} />
    <Group title={t('Passkeys')} lead={t('Instead of a password.')} rows={PASSKEYS} />
  </Page>
);

const PASSWORD: SettingRow[] = [
  { key: 'passwordPolicy.length.min', label: t('Characters at least'), kind: 'number', min: 1, max: 256, required: true },
  { key: 'passwordPolicy.characterTypes.min', label: t('Kinds of characters at least'), kind: 'number', min: 1, max: 4, required: true, help: t('Small and capital letters, digits, signs.') },
  { key: 'passwordPolicy.rejects.pwned', label: t('Refuse passwords that are known to be stolen'), kind: 'check' },
  { key: 'passwordPolicy.rejects.repetitionAndSequence', label: t('Refuse repetitions and sequences'), kind: 'check' },
  { key: 'passwordPolicy.rejects.userInfo', label: t('Refuse what is known of the user'), kind: 'check' },
  { key: 'passwordPolicy.rejects.words', label: t('Refuse these words'), kind: 'lines', help: t('One a line.') },
];
const USERNAME: SettingRow[] = [
  { key: 'usernamePolicy.minLength', label: t('Length at least'), kind: 'number', min: 1, max: 128, required: true },
  { key: 'usernamePolicy.maxLength', label: t('Length at most'), kind: 'number', min: 1, max: 128, required: true },
  { key: 'usernamePolicy.caseSensitive', label: t('Small and capital letters differ'), kind: 'check', help: t('Ada and ada are then two users.') },
  { key: 'usernamePolicy.allowedChars.lowercase', label: t('Small letters are allowed'), kind: 'check' },
  { key: 'usernamePolicy.allowedChars.uppercase', label: t('Capital letters are allowed'), kind: 'check' },
  { key: 'usernamePolicy.allowedChars.numbers', label: t('Digits are allowed, but not as the first'), kind: 'check' },
  { key: 'usernamePolicy.allowedChars.underscore', label: t('_ is allowed'), kind: 'check' },
];
const LOCKOUT: SettingRow[] = [
  { key: 'sentinelPolicy.maxAttempts', label: t('Failed attempts until it is locked'), kind: 'number', min: 1, required: true, help: t('Within an hour.') },
  { key: 'sentinelPolicy.lockoutDuration', label: t('Minutes it stays locked'), kind: 'number', min: 1, required: true },
];
const EXPIRY: SettingRow[] = [
  { key: 'passwordExpiration.enabled', label: t('Passwords have to be renewed'), kind: 'check' },
  { key: 'passwordExpiration.validPeriodDays', label: t('Days that one is good'), kind: 'number', min: 1, when: (draft) => draft.passwordExpiration?.enabled },
];
const CODES: SettingRow[] = [
  { key: 'verificationCodePolicy.expirationDuration', label: t('Seconds that a code is good'), kind: 'number', min: 60, max: 3600, required: true },
  { key: 'verificationCodePolicy.maxRetryAttempts', label: t('Wrong tries of one code'), kind: 'number', min: 1, max: 100, required: true },
];
const PASSKEYS: SettingRow[] = [
  { key: 'passkeySignIn.enabled', label: t('Users may sign in with a passkey'), kind: 'check' },
  { key: 'passkeySignIn.showPasskeyButton', label: t('Show a button for it'), kind: 'check', when: (draft) => draft.passkeySignIn?.enabled },
  { key: 'passkeySignIn.allowAutofill', label: t('Offer passkeys in the field of the name'), kind: 'check', when: (draft) => draft.passkeySignIn?.enabled },
];
const BLOCKLIST: SettingRow[] = [
  { key: 'emailBlocklistPolicy.blockDisposableAddresses', label: t('Refuse throw-away addresses'), kind: 'check' },
  { key: 'emailBlocklistPolicy.blockSubaddressing', label: t('Refuse addresses with a +'), kind: 'check' },
  { key: 'emailBlocklistPolicy.customBlocklist', label: t('Refuse these addresses and @domains'), kind: 'lines', help: t('One a line.') },
];
const CAPTCHA: SettingRow[] = [{ key: 'captchaPolicy.enabled', label: t('Ask for a captcha'), kind: 'check' }];
const PROVIDER: SettingRow[] = [
  { key: 'config.type', label: t('Provider'), kind: 'choice', options: [['Turnstile', 'Turnstile'], ['RecaptchaEnterprise', 'reCAPTCHA Enterprise']] },
  { key: 'config.siteKey', label: t('Site key'), required: true },
  { key: 'config.secretKey', label: t('Secret key'), required: true },
  { key: 'config.projectId', label: t('Project ID'), when: (draft) => draft.config.type === 'RecaptchaEnterprise', nothing: undefined },
];
const NO_PROVIDER = { config: { type: 'Turnstile', siteKey: '', secretKey: '' } };

async function readProvider(): Promise<Plain | undefined> {
  try {
    return await call<Plain>('GET', '/captcha-provider');
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function Provider() {
  const [removing, setRemoving] = useState(false);
  const { data, error, reload } = useLoad(async () => ({ provider: await readProvider() }), []);
  if (!data) return <Problem error={error} retry={reload} />;
  return (
    <>
      <Settings title={t('Captcha provider')} lead={data.provider ? undefined : t('None is set up yet.')} value={data.provider ?? NO_PROVIDER} rows={PROVIDER} reload={reload} fresh={async () => (await readProvider()) ?? NO_PROVIDER} save={(_, { config }) => call('PUT', '/captcha-provider', { config })} />
      {data.provider && (
        <Card title={t('Remove the provider')}>
          <Opener class="bad" onClick={() => setRemoving(true)}>{t('Remove captcha provider…')}</Opener>
        </Card>
      )}
      {removing && (
        <Confirm title={t('Remove the captcha provider?')} text={t('No captcha is asked for from now on.')} button={t('Remove')} close={() => setRemoving(false)}
          run={async () => { await call('DELETE', '/captcha-provider'); toast(t('Removed.')); reload(); }} />
      )}
    </>
  );
}

/** The lock is on what was typed, whether or not a user has it. */
function Unlock() {
  const [identifier, setIdentifier] = useState('');
  const submit = async () => {
    await call('POST', '/sentinel-activities/delete', { targetType: 'User', targets: [identifier.trim()] });
    toast(t('{0} may try again.', identifier.trim()));
    setIdentifier('');
  };
  return (
    <Card title={t('Unlock somebody')}>
      <Form submit={submit} button={t('Unlock')}>
        <Field label={t('Locked username, email or phone')} value={identifier} onValue={setIdentifier} required help={t('As it was typed on the sign-in page. Its failed attempts are forgotten.')} />
      </Form>
    </Card>
  );
}

export const Security = () => (
  <Page title={t('Security')} lead={t('Passwords, lockout, addresses that may not register, captcha.')}>
    <Group title={t('Password policy')} rows={PASSWORD} />
    <Group title={t('Password expiry')} lead={t('Who signs in with an older one sets a new one by the way of a forgotten password.')} rows={EXPIRY} />
    <Group title={t('Usernames')} lead={t('Rules for new ones; those that are there stay.')} rows={USERNAME} />
    <Group title={t('Lockout')} lead={t('Who fails too often is locked for a while.')} rows={LOCKOUT} />
    <Unlock />
    <Group title={t('Verification codes')} rows={CODES} />
    <Group title={t('Blocklist')} rows={BLOCKLIST} />
    <Group title={t('Captcha')} rows={CAPTCHA} />
    <Provider />
  </Page>
);
