// Second factors and security: what protects accounts.
import { useState } from 'preact/hooks';
import { Settings, type SettingRow } from '../../shared/settings';
import { Card, Confirm, Page, Problem, toast } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { ApiError, call, useLoad } from '../api';

const PATH = '/sign-in-exp';
const save = (changed: Plain) => call('PATCH', PATH, changed);
const read = () => call<Plain>('GET', PATH);

/** Settings of the sign-in experience that stand on a page of their own. */
function Group({ title, lead, rows }: { title: string; lead?: string; rows: SettingRow[] }) {
  const { data, error, reload } = useLoad(read, []);
  if (!data) return <Problem error={error} retry={reload} />;
  return <Settings title={title} lead={lead} value={data} rows={rows} save={save} reload={reload} fresh={read} />;
}

const FACTORS: SettingRow[] = [
  { key: 'mfa.factors', label: 'Second factors', kind: 'several', options: [['Totp', 'Authenticator app'], ['WebAuthn', 'Passkey'], ['BackupCode', 'Backup codes (beside another one)'], ['EmailVerificationCode', 'Code by email'], ['PhoneVerificationCode', 'Code by SMS']] },
  {
    key: 'mfa.policy', label: 'Whether they are needed', kind: 'choice',
    options: [['UserControlled', 'Users decide'], ['NoPrompt', 'Users decide, and are not asked'], ['PromptOnlyAtSignIn', 'Asked when signing in, may be skipped'], ['PromptAtSignInAndSignUp', 'Asked when signing in and registering, may be skipped'], ['PromptOnlyAtSignInMandatory', 'Needed when signing in'], ['PromptAtSignInAndSignUpMandatory', 'Needed when signing in and registering'], ['Mandatory', 'Needed']],
  },
  { key: 'mfa.organizationRequiredMfaPolicy', label: 'In organizations that need one', kind: 'choice', options: [['NoPrompt', 'Users set it up by themselves'], ['Mandatory', 'Set up before going on']], nothing: undefined },
];

export const Mfa = () => (
  <Page title="Multi-factor auth" lead="What users show besides their password.">
    <Group title="Second factors" rows={FACTORS} />
    <Group title="Passkeys" lead="Instead of a password." rows={PASSKEYS} />
  </Page>
);

const PASSWORD: SettingRow[] = [
  { key: 'passwordPolicy.length.min', label: 'Characters at least', kind: 'number', min: 1, max: 256 },
  { key: 'passwordPolicy.characterTypes.min', label: 'Kinds of characters at least', kind: 'number', min: 1, max: 4, help: 'Small and capital letters, digits, signs.' },
  { key: 'passwordPolicy.rejects.pwned', label: 'Refuse passwords that are known to be stolen', kind: 'check' },
  { key: 'passwordPolicy.rejects.repetitionAndSequence', label: 'Refuse repetitions and sequences', kind: 'check' },
  { key: 'passwordPolicy.rejects.userInfo', label: 'Refuse what is known of the user', kind: 'check' },
  { key: 'passwordPolicy.rejects.words', label: 'Refuse these words', kind: 'lines', help: 'One a line.' },
];
const LOCKOUT: SettingRow[] = [
  { key: 'sentinelPolicy.maxAttempts', label: 'Failed attempts until it is locked', kind: 'number', min: 1 },
  { key: 'sentinelPolicy.lockoutDuration', label: 'Minutes it stays locked', kind: 'number', min: 1 },
];
const EXPIRY: SettingRow[] = [
  { key: 'passwordExpiration.enabled', label: 'Passwords have to be renewed', kind: 'check' },
  { key: 'passwordExpiration.validPeriodDays', label: 'Days that one is good', kind: 'number', min: 1, when: (draft) => draft.passwordExpiration?.enabled },
];
const CODES: SettingRow[] = [
  { key: 'verificationCodePolicy.expirationDuration', label: 'Seconds that a code is good', kind: 'number', min: 60 },
  { key: 'verificationCodePolicy.maxRetryAttempts', label: 'Wrong tries of one code', kind: 'number', min: 1 },
];
const PASSKEYS: SettingRow[] = [
  { key: 'passkeySignIn.enabled', label: 'Users may sign in with a passkey', kind: 'check' },
  { key: 'passkeySignIn.showPasskeyButton', label: 'Show a button for it', kind: 'check', when: (draft) => draft.passkeySignIn?.enabled },
  { key: 'passkeySignIn.allowAutofill', label: 'Offer passkeys in the field of the name', kind: 'check', when: (draft) => draft.passkeySignIn?.enabled },
];
const BLOCKLIST: SettingRow[] = [
  { key: 'emailBlocklistPolicy.blockDisposableAddresses', label: 'Refuse throw-away addresses', kind: 'check' },
  { key: 'emailBlocklistPolicy.blockSubaddressing', label: 'Refuse addresses with a +', kind: 'check' },
  { key: 'emailBlocklistPolicy.customBlocklist', label: 'Refuse these addresses and @domains', kind: 'lines', help: 'One a line.' },
];
const CAPTCHA: SettingRow[] = [{ key: 'captchaPolicy.enabled', label: 'Ask for a captcha', kind: 'check' }];
const PROVIDER: SettingRow[] = [
  { key: 'config.type', label: 'Provider', kind: 'choice', options: [['Turnstile', 'Turnstile'], ['RecaptchaEnterprise', 'reCAPTCHA Enterprise']] },
  { key: 'config.siteKey', label: 'Site key', required: true },
  { key: 'config.secretKey', label: 'Secret key', required: true },
  { key: 'config.projectId', label: 'Project ID', when: (draft) => draft.config.type === 'RecaptchaEnterprise', nothing: undefined },
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
      <Settings title="Captcha provider" lead={data.provider ? undefined : 'None is set up yet.'} value={data.provider ?? NO_PROVIDER} rows={PROVIDER} reload={reload} save={(_, { config }) => call('PUT', '/captcha-provider', { config })} />
      {data.provider && (
        <Card title="Remove the provider">
          <button type="button" class="bad" onClick={() => setRemoving(true)}>Remove captcha provider…</button>
        </Card>
      )}
      {removing && (
        <Confirm title="Remove the captcha provider?" text="No captcha is asked for from now on." button="Remove" close={() => setRemoving(false)}
          run={async () => { await call('DELETE', '/captcha-provider'); toast('Removed.'); reload(); }} />
      )}
    </>
  );
}

export const Security = () => (
  <Page title="Security" lead="Passwords, lockout, addresses that may not register, captcha.">
    <Group title="Password policy" rows={PASSWORD} />
    <Group title="Password expiry" rows={EXPIRY} />
    <Group title="Lockout" lead="Who fails too often is locked for a while." rows={LOCKOUT} />
    <Group title="Verification codes" rows={CODES} />
    <Group title="Blocklist" rows={BLOCKLIST} />
    <Group title="Captcha" rows={CAPTCHA} />
    <Provider />
  </Page>
);
