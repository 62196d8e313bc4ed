// Settings of the tenant: how long sessions last, what ID tokens carry.
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Card, CopyRow, Page, Problem } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { call, useLoad } from '../api';
import { endpoint, home } from '../session';

function Config({ title, path, rows, start = {} }: { title: string; path: string; rows: SettingRow[]; start?: Plain }) {
  const { data, error, reload } = useLoad(async () => ({ ...start, ...(await call<Plain>('GET', path)) }), [path]);
  if (!data) return <Problem error={error} retry={reload} />;
  return <Settings title={title} value={data} rows={rows} save={(changed) => call('PATCH', path, changed)} reload={reload} fresh={() => call('GET', path)} />;
}

/** Names are the proxy's and the settings' business: the API of domains has nothing to list or to add. */
const Domains = () => (
  <Card title={t('Domains')}>
    <dl class="rows">
      <CopyRow name={t('Users and programs')} value={endpoint} />
      <CopyRow name={t('Operators')} value={home} />
    </dl>
    <p class="quiet">{t('Another domain is set up at the proxy before the server, and told to it by the settings ENDPOINT and ADMIN_ENDPOINT.')}</p>
  </Card>
);

export const Tenant = () => (
  <Page title={t('Tenant settings')}>
    <Config title={t('Sessions')} path="/configs/oidc/session" rows={[{ key: 'ttl', label: t('A sign-in lasts, in seconds'), kind: 'number', min: 60, required: true }]} />
    <Config title={t('Account center')} path="/account-center" rows={[
      { key: 'enabled', label: t('Users may see and change their own account'), kind: 'check' },
      ...['name', 'avatar', 'profile', 'email', 'phone', 'password', 'username', 'social', 'customData', 'mfa', 'session', 'trustedDevice'].map((name): SettingRow => (
        { key: `fields.${name}`, label: name, kind: 'choice', options: ['Off', 'ReadOnly', 'Edit'], when: (draft) => draft.enabled, nothing: undefined })),
    ]} />
    <Domains />
  </Page>
);
