// Users: search, create, details, suspend, roles.
import { useState } from 'preact/hooks';
import { Link, navigate } from '../../shared/router';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Action, Card, Confirm, Copy, Dialog, Empty, Field, Form, Notice, Opener, Page, Parts, Problem, Time, toast } from '../../shared/ui';
import { at, call, useLoad, type User } from '../api';
import { ListPage, Listing } from '../listing';
import { LogTable } from './logs';
import { OwnOrganizations } from './organizations';
import { UserIdentities } from './user-identities';
import { UserDevices, UserFactors, UserGrants, UserSessions, UserTokens } from './user-parts';
import { OwnRoles } from './own-roles';

const LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
export const newPassword = () => [...crypto.getRandomValues(new Uint32Array(20))].map((number) => LETTERS[number % LETTERS.length]).join('');
export const userName = (user: User) => user.name ?? user.username ?? user.primaryEmail ?? user.primaryPhone ?? user.id;
const State = ({ user }: { user: User }) => <span class={user.isSuspended ? 'tag bad' : 'tag good'}>{user.isSuspended ? t('Suspended') : t('Active')}</span>;

function Create({ close }: { close: () => void }) {
  const [form, setForm] = useState({ username: '', primaryEmail: '', name: '', password: newPassword() });
  const set = (key: keyof typeof form) => (value: string) => setForm({ ...form, [key]: value });
  const submit = async () => {
    if (!form.username && !form.primaryEmail) throw new Error(t('Give a username or an email address: one of them signs in.'));
    const user = await call<User>('POST', '/users', Object.fromEntries(Object.entries(form).filter(([, value]) => value)));
    navigate(`/users/${user.id}`);
  };
  return (
    <Dialog title={t('New user')} close={close}>
      <Form submit={submit} button={t('Create user')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Username')} value={form.username} onValue={set('username')} autofocus help={t('Letters, digits and _, not starting with a digit.')} />
        <Field label={t('Email')} value={form.primaryEmail} onValue={set('primaryEmail')} type="email" />
        <Field label={t('Full name')} value={form.name} onValue={set('name')} />
        <Field label={t('Password')} value={form.password} onValue={set('password')} help={t('Made at random. Copy it now: it is not shown again.')} />
        <Copy text={form.password} what={t('password')} />
      </Form>
    </Dialog>
  );
}

export const Users = () => (
  <ListPage title={t('Users')} lead={t('People who sign in to your applications.')} button={t('New user')} dialog={(close) => <Create close={close} />}>
    <Listing<User> title={t('Users')} path="/users" looksIn={t('name, username, email, phone or ID')}
      columns={[
        ['Name', (row) => <Link to={`/users/${row.id}`}>{userName(row)}</Link>, userName],
        ['Username', (row) => row.username ?? '–', (row) => row.username],
        ['Email', (row) => row.primaryEmail ?? '–', (row) => row.primaryEmail],
        ['State', (row) => <State user={row} />, (row) => Number(row.isSuspended)],
        ['Last sign-in', (row) => <Time ms={row.lastSignInAt} />, (row) => row.lastSignInAt ?? 0],
      ]}
      empty={<Empty title={t('No user yet')}><p>{t('Users come by registering on the sign-in page, through the API, or from here.')}</p></Empty>} />
  </ListPage>
);

const IDENTIFIERS: SettingRow[] = [
  { key: 'username', label: t('Username'), nothing: null },
  { key: 'primaryEmail', label: t('Email'), type: 'email', nothing: null },
  { key: 'primaryPhone', label: t('Phone'), nothing: null, help: t('Digits with the country code.') },
  { key: 'name', label: t('Full name'), nothing: null },
  { key: 'avatar', label: t('Picture'), type: 'url', nothing: null, help: t('Address of an image.') },
];
const claim = (name: string, label: string, more: Partial<SettingRow> = {}): SettingRow => ({ key: `profile.${name}`, label, nothing: undefined, ...more });
const PROFILE: SettingRow[] = [
  claim('givenName', t('First name')), claim('middleName', t('Middle name')), claim('familyName', t('Surname')), claim('nickname', t('Nickname')), claim('preferredUsername', t('Preferred name')),
  claim('gender', t('Gender')), claim('birthdate', t('Date of birth'), { help: t('As 1980-12-31.') }), claim('zoneinfo', t('Time zone'), { help: t('As Europe/Paris.') }), claim('locale', t('Language'), { help: t('As en-US.') }),
  claim('profile', t('Page about the user'), { type: 'url' }), claim('website', t('Website'), { type: 'url' }),
  claim('address.formatted', t('Address as on a letter')), claim('address.streetAddress', t('Street and number')), claim('address.postalCode', t('Postal code')), claim('address.locality', t('Town')), claim('address.region', t('Region')), claim('address.country', t('Country')),
];
const DATA: SettingRow[] = [{ key: 'customData', label: t('Custom data'), kind: 'json', lines: 12, help: t('A JSON object of your own.') }];

function Values({ user, title, rows, reload }: { user: User; title: string; rows: SettingRow[]; reload: () => void }) {
  const path = `/users${at(user.id)}`;
  return <Settings title={title} value={user} rows={rows} save={(changed) => call('PATCH', path, changed)} fresh={() => call('GET', path)} reload={reload} />;
}

function Account({ user, reload }: { user: User; reload: () => void }) {
  const [deleting, setDeleting] = useState(false);
  const [password, setPassword] = useState('');
  const path = `/users${at(user.id)}`;
  const suspend = async () => {
    await call('PATCH', `${path}/is-suspended`, { isSuspended: !user.isSuspended });
    toast(user.isSuspended ? t('The user may sign in again.') : t('Suspended.'));
    reload();
  };
  const renew = async () => {
    const next = newPassword();
    await call('PATCH', `${path}/password`, { password: next });
    setPassword(next);
  };
  const expire = async () => {
    await call('PATCH', `${path}/password/expiration`, { isExpired: true });
    toast(t('The password has expired.'));
  };
  return (
    <>
      <Card title={t('Sign-in')}>
        <div class="actions">
          <Action run={renew}>{t('Set a new password')}</Action>
          {user.hasPassword && <Action run={expire}>{t('Let the password expire')}</Action>}
          <Action run={suspend} kind={user.isSuspended ? '' : 'bad'}>{user.isSuspended ? t('End suspension') : t('Suspend')}</Action>
          <Opener class="bad" onClick={() => setDeleting(true)}>{t('Delete user…')}</Opener>
        </div>
        {password && <Notice><p>{t('The new password, shown once:')} <code>{password}</code> <Copy text={password} what={t('password')} /></p></Notice>}
      </Card>
      {deleting && (
        <Confirm title={t('Delete {0}?', userName(user))} text={t('The account, its sessions and its tokens end. This cannot be undone.')} button={t('Delete user')} close={() => setDeleting(false)}
          run={async () => { await call('DELETE', path); toast(t('Deleted.')); navigate('/users', { saved: true }); }} />
      )}
    </>
  );
}

export function UserPage({ id, part = 'settings' }: { id: string; part?: string }) {
  const { data: user, error, reload } = useLoad(() => call<User>('GET', `/users${at(id)}`), [id]);
  if (!user) return <Page title={t('User')} back={['/users', t('Users')]}><Problem error={error} retry={reload} /></Page>;
  return (
    <Page title={userName(user)} back={['/users', t('Users')]} lead={<><State user={user} /> · <code>{user.id}</code> <Copy text={user.id} what={t('user ID')} /></>}>
      <Parts base={`/users/${id}`} parts={[['settings', t('Settings')], ['profile', t('Profile')], ['data', t('Custom data')], ['identities', t('Linked accounts')], ['roles', t('Roles')], ['organizations', t('Organizations')], ['mfa', t('Second factors')], ['sessions', t('Sessions')], ['grants', t('Grants')], ['tokens', t('Access tokens')], ['logs', t('Log')]]} current={part} />
      {part === 'settings' && <Values user={user} title={t('Settings')} rows={IDENTIFIERS} reload={reload} />}
      {part === 'settings' && <Account user={user} reload={reload} />}
      {part === 'profile' && <Values user={user} title={t('Profile')} rows={PROFILE} reload={reload} />}
      {part === 'data' && <Values user={user} title={t('Custom data')} rows={DATA} reload={reload} />}
      {part === 'identities' && <UserIdentities user={id} />}
      {part === 'roles' && <OwnRoles owner={`/users${at(id)}`} type="User" of={userName(user)} />}
      {part === 'organizations' && <OwnOrganizations owner={`/users${at(id)}`} />}
      {part === 'mfa' && <UserFactors user={id} />}
      {part === 'sessions' && <UserSessions user={id} />}
      {part === 'sessions' && <UserDevices user={id} />}
      {part === 'grants' && <UserGrants user={id} />}
      {part === 'tokens' && <UserTokens user={id} />}
      {part === 'logs' && <LogTable fixed={{ userId: id }} />}
    </Page>
  );
}
