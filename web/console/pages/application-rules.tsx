// Rules of an application: what it may ask users for, who may use it, and what its sign-in pages look like.
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Problem, type Option } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { ApiError, at, call, every, useLoad, type Application, type Resource, type Role } from '../api';
import { BRANDING_ROWS } from './organizations';

/* ---- What a third-party application may ask for ---- */

const USER_SCOPES = ['profile', 'email', 'phone', 'address', 'custom_data', 'identities', 'roles', 'urn:logto:scope:organizations', 'urn:logto:scope:organization_roles'];
const KINDS: Record<keyof Asked, string> = { userScopes: 'user-scopes', organizationScopes: 'organization-scopes', resourceScopes: 'resource-scopes' };

interface Asked {
  userScopes: string[];
  organizationScopes: string[];
  resourceScopes: string[];
}
interface Answer {
  userScopes: string[];
  organizationScopes: { id: string }[];
  resourceScopes: { scopes: { id: string }[] }[];
  organizationResourceScopes: { scopes: { id: string }[] }[];
}

/** What is to be deleted, and is not there any more, is done. */
const unlessGone = (error: ApiError) => {
  if (error.status !== 404) throw error;
};

export function Consent({ app }: { app: Application }) {
  const path = `/applications${at(app.id)}/user-consent-scopes`;
  const read = async () => {
    const { userScopes, organizationScopes, resourceScopes, organizationResourceScopes } = await call<Answer>('GET', path);
    const value: Asked = { userScopes, organizationScopes: organizationScopes.map(({ id }) => id), resourceScopes: resourceScopes.flatMap(({ scopes }) => scopes.map(({ id }) => id)) };
    return { value, inOrganizations: organizationResourceScopes.flatMap(({ scopes }) => scopes).length };
  };
  const { data, error, reload } = useLoad(async () => {
    const [now, resources, organization] = await Promise.all([read(), call<Resource[]>('GET', '/resources?includeScopes=true'), every<{ id: string; name: string }>('/organization-scopes')]);
    return { ...now, resources, organization };
  }, [app.id]);
  if (!data) return <Problem error={error} retry={reload} />;
  const scopes = data.resources.flatMap(({ name, indicator, scopes: own = [] }) => (indicator.endsWith('.logto.app/api') ? [] : own.map(({ id, name: scope }): [string, string] => [id, `${name}: ${scope}`])));
  const shown = [...USER_SCOPES, ...scopes.map(([id]) => id)];
  const hidden = data.inOrganizations + [...data.value.userScopes, ...data.value.resourceScopes].filter((each) => !shown.includes(each)).length;
  const rows: SettingRow[] = [
    { key: 'userScopes', label: t('About the user'), kind: 'several', options: USER_SCOPES },
    { key: 'resourceScopes', label: t('Scopes of your APIs'), kind: 'several', options: scopes, help: scopes.length ? undefined : t('There is none yet.') },
    { key: 'organizationScopes', label: t('Permissions in organizations'), kind: 'several', options: data.organization.map(({ id, name }): Option => [id, name]), help: data.organization.length ? undefined : t('There is none yet.') },
  ];
  const save = async (changed: Partial<Asked>) => {
    for (const [name, after = []] of Object.entries(changed) as [keyof Asked, string[] | undefined][]) {
      const before = data.value[name];
      const more = after.filter((each) => !before.includes(each));
      if (more.length) await call('POST', path, { [name]: more });
      for (const each of before.filter((old) => !after.includes(old))) await call('DELETE', path + at(KINDS[name], each)).catch(unlessGone);
    }
  };
  return <Settings title={t('Consent')} lead={<>{t('What it may ask users for. They are asked before it gets it; what is not checked here it does not get.')}{hidden > 0 && <> <strong>{t('It may ask for {0} more, which only the API shows.', hidden)}</strong></>}</>} value={data.value} rows={rows} save={save} reload={reload} />;
}

/* ---- Who may use it ---- */

interface Rules {
  userIds: string[];
  userRoleIds: string[];
  organizationIds: string[];
  organizationRoleRules: unknown[];
}

export function AccessRules({ app, reload }: { app: Application; reload: () => void }) {
  const path = `/applications${at(app.id)}/access-control`;
  const read = async () => {
    const [{ appLevelAccessControlEnabled: on }, rules] = await Promise.all([call<Application>('GET', `/applications${at(app.id)}`), call<Rules>('GET', path)]);
    return { on: !!on, ...rules };
  };
  const { data, error, reload: again } = useLoad(async () => {
    const [value, roles, organizations] = await Promise.all([read(), every<Role>('/roles', { type: 'User' }), every<{ id: string; name: string }>('/organizations')]);
    return { value, roles, organizations };
  }, [app.id]);
  if (!data) return <Problem error={error} retry={again} />;
  const rows: SettingRow[] = [
    { key: 'on', label: t('Only those below may use it'), kind: 'check', help: t('Others get no code and no more tokens.') },
    { key: 'userRoleIds', label: t('Who has one of these roles'), kind: 'several', options: data.roles.map(({ id, name }): Option => [id, name]), help: data.roles.length ? undefined : t('There is none yet.') },
    { key: 'organizationIds', label: t('Members of these organizations'), kind: 'several', options: data.organizations.map(({ id, name }): Option => [id, name]), help: data.organizations.length ? undefined : t('There is none yet.') },
    { key: 'userIds', label: t('These users'), kind: 'lines', lines: 3, help: t('IDs, one a line.') },
  ];
  /* Rules before the switch: none of them may not be the rule. */
  const save = async ({ on, ...changed }: Partial<Rules & { on: boolean }>, { on: _, ...whole }: Partial<Rules & { on: boolean }>) => {
    if (on === false) await call('PATCH', `/applications${at(app.id)}`, { appLevelAccessControlEnabled: false });
    if (Object.keys(changed).length) await call('PUT', path, whole);
    if (on) await call('PATCH', `/applications${at(app.id)}`, { appLevelAccessControlEnabled: true });
  };
  return <Settings title={t('Who may use it')} lead={data.value.on ? undefined : t('Every user may, now.')} value={data.value} rows={rows} save={save} fresh={read} reload={() => { reload(); again(); }} />;
}

/* ---- What users see when they sign in to it ---- */

const LOOKS: SettingRow[] = [
  { key: 'displayName', label: t('Shown name'), max: 128, nothing: null, help: t('What users are told they sign in to; empty: the name of the application.') },
  ...BRANDING_ROWS,
  { key: 'termsOfUseUrl', label: t('Terms of use'), type: 'url', nothing: null },
  { key: 'privacyPolicyUrl', label: t('Privacy policy'), type: 'url', nothing: null },
  { key: 'customCss', label: t('Custom CSS'), kind: 'code', nothing: null },
];
const NO_LOOKS = { displayName: null, color: {}, branding: {}, termsOfUseUrl: null, privacyPolicyUrl: null, customCss: null };

async function readLooks(path: string): Promise<Plain> {
  try {
    return await call<Plain>('GET', path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return NO_LOOKS;
    throw error;
  }
}

export function Looks({ app }: { app: Application }) {
  const path = `/applications${at(app.id)}/sign-in-experience`;
  const { data, error, reload } = useLoad(() => readLooks(path), [path]);
  if (!data) return <Problem error={error} retry={reload} />;
  return <Settings title={t('Branding')} lead={t('Of its sign-in pages and of the question for consent. What is empty is as everywhere.')} value={data} rows={LOOKS} save={(changed) => call('PUT', path, changed)} fresh={() => readLooks(path)} reload={reload} />;
}
