// Settings of the tenant: how long sign-ins last, what users may do with their own account, the addresses of the server.
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Card, CopyRow, Empty, Notice, Page, Parts, Problem, Table } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { call, useLoad } from '../api';
import { endpoint, home } from '../session';

function Config({ title, path, rows, lead }: { title: string; path: string; rows: SettingRow[]; lead?: string }) {
  const { data, error, reload } = useLoad(() => call<Plain>('GET', path), [path]);
  if (!data) return <Problem error={error} retry={reload} />;
  return <Settings title={title} lead={lead} value={data} rows={rows} save={(changed) => call('PATCH', path, changed)} reload={reload} fresh={() => call('GET', path)} />;
}

const YEAR = 31_536_000;
const SESSIONS: SettingRow[] = [{ key: 'ttl', label: t('A sign-in lasts, in seconds'), kind: 'number', min: 1, max: YEAR, required: true, help: t('1209600 are 14 days; a year at most. It holds from the next sign-in on.') }];

/* ---- Account center ---- */

const FIELDS: [name: string, label: string][] = [
  ['name', t('Full name')], ['avatar', t('Picture')], ['profile', t('Profile')], ['customData', t('Custom data')],
  ['username', t('Username')], ['email', t('Email')], ['phone', t('Phone')], ['password', t('Password')],
  ['social', t('Linked accounts')], ['mfa', t('Second factors')], ['session', t('Sessions')], ['trustedDevice', t('Trusted browsers')],
];
const on = (draft: Plain) => draft.enabled;
const ACCOUNT: SettingRow[] = [
  { key: 'enabled', label: t('Users may see and change their own account'), kind: 'check' },
  ...FIELDS.map(([name, label]): SettingRow => (
    { key: `fields.${name}`, label, kind: 'choice', options: [['', t('Hidden (nothing set)')], ['Off', t('Hidden')], ['ReadOnly', t('Shown')], ['Edit', t('Shown and changed')]], when: on, nothing: undefined })),
  { key: 'webauthnRelatedOrigins', label: t('Other origins of passkeys'), kind: 'lines', lines: 2, when: on, help: t('One a line, as https://app.example: pages there may add and use the passkeys of this domain.') },
  { key: 'deleteAccountUrl', label: t('Page where users delete their account'), type: 'url', nothing: null, when: on },
  { key: 'customCss', label: t('Custom CSS'), kind: 'code', lines: 6, nothing: null, when: on },
];

/* ---- Domains ---- */

const host = (address: string) => new URL(address).host;

/** What has to be told to others when the address of users changes. */
const Steps = () => (
  <ol>
    <li>{t('Let the name of the new domain (A, AAAA or CNAME record) lead to your proxy, and give the proxy a certificate for it.')}</li>
    <li>{t('Let the proxy pass its requests on to the port of users; those of a second name to the port of this console.')}</li>
    <li>{t('Set ENDPOINT, and ADMIN_ENDPOINT for the console, to the new addresses, as https://auth.example.com, and start the server again.')}</li>
    <li>{t('The issuer is the address: tell it to applications and APIs, and enter the new redirect URIs at social and enterprise providers.')}</li>
    <li>{t('Passkeys belong to a domain: those made at the old one do not open the new one.')}</li>
  </ol>
);

function Domains() {
  const { data, error, reload } = useLoad(() => call<{ id: string; domain: string }[]>('GET', '/domains'), []);
  return (
    <>
      <Card title={t('Addresses of this server')}>
        <dl class="rows">
          <CopyRow name={t('Users and programs')} value={endpoint} />
          <CopyRow name={t('Issuer')} value={`${endpoint}/oidc`} />
          <CopyRow name={t('Operators')} value={home} />
        </dl>
        {!endpoint.startsWith('https:') && <Notice kind="warn"><p>{t('{0} is reached without TLS: passwords and tokens can be read on the way. That is for trying things out on one machine.', host(endpoint))}</p></Notice>}
      </Card>
      <Card title={t('Domains of your own')}>
        <Problem error={error} retry={reload} />
        {data?.length === 0 && (
          <Empty title={t('This server keeps no list of domains')}>
            <p>{t('It gets no certificates and sets up no names: the proxy before it does. The API of domains lists none, and refuses to add one.')}</p>
          </Empty>
        )}
        {!!data?.length && <Table caption={t('Domains of your own')} rows={data} columns={[['Domain', (row) => row.domain], ['ID', (row) => <code>{row.id}</code>]]} />}
        <h3>{t('Moving to another domain')}</h3>
        <Steps />
        <h3>{t('Several domains at once')}</h3>
        <p>{t('With TRUST_PROXY_HEADER=1 and the proxies named in SIGNET_TRUSTED_PROXIES, links, issuer and endpoints are those of the domain that a request came by. Applications and APIs have to expect the issuer of the domain that they use.')}</p>
      </Card>
    </>
  );
}

const PARTS: [string, string][] = [['settings', t('Settings')], ['account', t('Account center')], ['domains', t('Domains')]];

export const Tenant = ({ part = 'settings' }: { part?: string }) => (
  <Page title={t('Tenant settings')} lead={t('What holds for all users and applications of this server.')}>
    <Parts base="/tenant" parts={PARTS} current={part} />
    {part === 'settings' && <Config title={t('Sessions')} path="/configs/oidc/session" rows={SESSIONS} />}
    {part === 'account' && <Config title={t('Account center')} lead={t('The page where users look after their own account, and its API.')} path="/account-center" rows={ACCOUNT} />}
    {part === 'domains' && <Domains />}
  </Page>
);
