// One application: its head and parts.
import { useMemo, useState } from 'preact/hooks';
import { navigate } from '../../shared/router';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Card, Confirm, Copy, Opener, Page, Parts, Problem, toast, type Option } from '../../shared/ui';
import { at, call, every, useLoad, type Application, type Resource } from '../api';
import { AccessRules, Consent, Looks } from './application-rules';
import { typeName } from './applications';
import { Credentials } from './credentials';
import { LogTable } from './logs';
import { OwnOrganizations } from './organizations';
import { OwnRoles } from './own-roles';
import { SamlApplication } from './saml-application';

const client = (name: string) => `customClientMetadata.${name}`;
const oidc = (name: string) => `oidcClientMetadata.${name}`;
const days = { kind: 'number', min: 1, max: 180, help: t('14 days when empty.') } as const;
const REFRESH = client('refreshTokenForClientCredentials');
const ABOUT: SettingRow[] = [
  { key: 'name', label: t('Name'), required: true, max: 256 },
  { key: 'description', label: t('Description'), nothing: null },
];
const ADDRESSES: SettingRow[] = [
  { key: oidc('redirectUris'), label: t('Redirect URIs'), kind: 'lines', lines: 3, help: t('One a line: where the browser may return to after signing in.') },
  { key: oidc('postLogoutRedirectUris'), label: t('Post sign-out redirect URIs'), kind: 'lines', lines: 2, help: t('One a line.') },
  { key: client('corsAllowedOrigins'), label: t('Origins that may call'), kind: 'lines', lines: 2, help: t('One a line, as https://app.example: scripts of these pages may call the OAuth endpoints, besides those of the redirect URIs.') },
  { key: oidc('backchannelLogoutUri'), label: t('Back-channel logout URI'), type: 'url', nothing: undefined, help: t('Is told when a session ends.') },
  { key: oidc('backchannelLogoutSessionRequired'), label: t('It needs to know which session ended'), kind: 'check', when: (draft) => draft.oidcClientMetadata.backchannelLogoutUri },
  { key: oidc('logoUri'), label: t('Logo'), type: 'url', nothing: undefined },
];
const TOKENS: SettingRow[] = [
  { key: client('idTokenTtl'), label: t('ID tokens last, in seconds'), kind: 'number', min: 60, help: t('An hour when empty.') },
  { key: client('refreshTokenTtlInDays'), label: t('Refresh tokens last, in days'), ...days },
  { key: client('rotateRefreshToken'), label: t('Rotate refresh tokens'), kind: 'check', help: t('Using one gives the next and ends it; one that comes twice ends them all.') },
  { key: client('alwaysIssueRefreshToken'), label: t('Always issue a refresh token'), kind: 'check', help: t('Also when the sign-in did not ask for consent.') },
  { key: client('maxAllowedGrants'), label: t('Devices a user is signed in on at most'), kind: 'number', min: 1, help: t('Any number when empty.') },
];
const EXCHANGE: SettingRow = { key: client('allowTokenExchange'), label: t('May exchange tokens'), kind: 'check', help: t('To act as a user, by a subject token or a personal access token.') };
const machineTokens = (resources: Resource[]): SettingRow[] => [
  { key: client('defaultResource'), label: t('Default resource'), kind: 'choice', nothing: undefined, options: [['', t('None: the request names it')], ...resources.map(({ indicator, name }): Option => [indicator, `${name} (${indicator})`])], help: t('For tools that cannot send the parameter resource.') },
  { key: client('defaultScopes'), label: t('Default scopes'), kind: 'words', lines: 2, help: t('For requests that name no scope; roles still have to grant them.') },
  { key: REFRESH, label: t('Refresh tokens for client credentials'), kind: 'check', help: t('For tools that renew tokens only with one.') },
  { key: client('refreshTokenTtlInDays'), label: t('Refresh tokens last, in days'), ...days, when: (draft) => draft.customClientMetadata.refreshTokenForClientCredentials },
];
const DATA: SettingRow = { key: 'customData', label: t('Custom data'), kind: 'json', help: t('A JSON object of your own.') };
const rowsOf = (app: Application, resources: Resource[]) =>
  (app.type === 'MachineToMachine' ? [...ABOUT, ...machineTokens(resources), EXCHANGE, DATA] : [...ABOUT, ...ADDRESSES, ...TOKENS, EXCHANGE, DATA]);
/** What holds where nothing is set. */
const withDefaults = (app: Application) => ({ ...app, customClientMetadata: { rotateRefreshToken: true, ...app.customClientMetadata } });

function Parameters({ app, reload }: { app: Application; reload: () => void }) {
  const [deleting, setDeleting] = useState(false);
  const path = `/applications${at(app.id)}`;
  const value = useMemo(() => withDefaults(app), [app]);
  const { data: resources, error, reload: again } = useLoad(() => (app.type === 'MachineToMachine' ? every<Resource>('/resources') : Promise.resolve([])), [app.type]);
  if (!resources) return <Problem error={error} retry={again} />;
  return (
    <>
      <Settings title={t('Settings')} value={value} rows={rowsOf(app, resources)} save={(changed) => call('PATCH', path, changed)} fresh={async () => withDefaults(await call('GET', path))} reload={reload} />
      <Card title={t('Delete')}>
        <p>{t('Its secrets and tokens stop working at once.')}</p>
        <Opener class="bad" onClick={() => setDeleting(true)}>{t('Delete application…')}</Opener>
      </Card>
      {deleting && (
        <Confirm title={t('Delete {0}?', app.name)} text={t('Programs that use it get no token from now on. This cannot be undone.')} button={t('Delete application')} close={() => setDeleting(false)}
          run={async () => { await call('DELETE', path); toast(t('Deleted.')); navigate('/applications', { saved: true }); }} />
      )}
    </>
  );
}

export function ApplicationPage({ id, part }: { id: string; part?: string }) {
  const { data: app, error, reload } = useLoad(() => call<Application>('GET', `/applications${at(id)}`), [id]);
  if (!app) return <Page title={t('Application')} back={['/applications', t('Applications')]}><Problem error={error} retry={reload} /></Page>;
  return app.type === 'SAML' ? <SamlApplication id={id} part={part} /> : <OAuthApplication app={app} part={part} reload={reload} />;
}

function OAuthApplication({ app, part = 'credentials', reload }: { app: Application; part?: string; reload: () => void }) {
  const { id } = app;
  const machine = app.type === 'MachineToMachine';
  const parts: [string, string][] = [['credentials', t('Credentials')], ...(machine ? [['roles', t('Roles')], ['organizations', t('Organizations')]] as [string, string][] : []), ...(app.isThirdParty ? [['consent', t('Consent')]] as [string, string][] : []), ...(machine ? [] : [['access', t('Who may use it')], ['branding', t('Branding')]] as [string, string][]), ['settings', t('Settings')], ['logs', t('Log')]];
  const lead = <>{typeName(app.type)} · <code>{app.id}</code> <Copy text={app.id} what={t('application ID')} /></>;
  return (
    <Page title={app.name} back={['/applications', t('Applications')]} lead={lead}>
      <Parts base={`/applications/${id}`} parts={parts} current={part} />
      {part === 'credentials' && <Credentials app={app} />}
      {part === 'roles' && <OwnRoles owner={`/applications${at(id)}`} type="MachineToMachine" of={app.name} />}
      {part === 'organizations' && <OwnOrganizations owner={`/applications${at(id)}`} />}
      {part === 'consent' && <Consent app={app} />}
      {part === 'branding' && <Looks app={app} />}
      {part === 'access' && <AccessRules app={app} reload={reload} />}
      {part === 'settings' && <Parameters app={app} reload={reload} />}
      {part === 'logs' && <LogTable fixed={{ applicationId: id }} />}
    </Page>
  );
}
