// Organizations: the list, and of one its members, applications, invitations and settings.
import { useState } from 'preact/hooks';
import { Link, navigate } from '../../shared/router';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Action, Card, Confirm, Copy, Dialog, Empty, Field, Form, Opener, Page, Parts, Problem, Select, Table, Time, toast, type Option } from '../../shared/ui';
import { at, call, every, list, useLoad, type Application, type User } from '../api';
import { ListPage, Listing, Picker, tellDeletion } from '../listing';
import { RoleChecks, type OrganizationRole } from './organization-roles';
import type { EnterpriseConnector } from './enterprise';
import { userName } from './users';

export interface Organization {
  id: string;
  name: string;
  description: string | null;
  isMfaRequired: boolean;
  isTrustedDeviceAllowed?: boolean;
  createdAt: number;
}
type Owned = { organizationRoles?: { id: string; name: string }[] };

function Create({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const submit = async () => {
    const made = await call<Organization>('POST', '/organizations', { name, ...(description ? { description } : {}) });
    navigate(`/organizations/${made.id}`);
  };
  return (
    <Dialog title={t('New organization')} close={close}>
      <Form submit={submit} button={t('Create organization')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Name')} value={name} onValue={setName} required maxLength={128} autofocus />
        <Field label={t('Description')} value={description} onValue={setDescription} maxLength={256} />
      </Form>
    </Dialog>
  );
}

export const Organizations = () => (
  <ListPage title={t('Organizations')} lead={t('Customers, teams or branches: each has its own members, who have roles within it.')} button={t('New organization')} dialog={(close) => <Create close={close} />}>
    <Listing<Organization> title={t('Organizations')} path="/organizations" finds="q" looksIn={t('name, description or ID')}
      columns={[
        ['Name', (row) => <Link to={`/organizations/${row.id}`}>{row.name}</Link>, (row) => row.name],
        ['Description', (row) => row.description || '–', (row) => row.description],
        ['ID', (row) => <span class="with-copy"><code>{row.id}</code> <Copy text={row.id} what={t('ID of {0}', row.name)} /></span>],
        ['Created', (row) => <Time ms={row.createdAt} />, (row) => row.createdAt],
      ]}
      empty={<Empty title={t('No organization yet')}><p>{t('Each holds members with roles of its own. The roles are the same in all of them: they are in the')} <Link to="/organization-template">{t('organization template')}</Link>.</p></Empty>} />
  </ListPage>
);

/* ---- Roles of a member ---- */

function RolesOf({ path, name, kind, close }: { path: string; name: string; kind: string; close: () => void }) {
  const { data, error } = useLoad(() => call<OrganizationRole[]>('GET', path), [path]);
  const [picked, setPicked] = useState<string[]>();
  const submit = async () => {
    await call('PUT', path, { organizationRoleIds: picked ?? data?.map(({ id }) => id) ?? [] });
    toast(t('Saved.'));
    close();
  };
  return (
    <Dialog title={t('Roles of {0}', name)} close={close}>
      <Problem error={error} />
      {data && (
        <Form submit={submit} button={t('Save roles')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
          <RoleChecks kind={kind} picked={picked ?? data.map(({ id }) => id)} setPicked={setPicked} />
        </Form>
      )}
    </Dialog>
  );
}

interface OwnersProps<T> {
  organization: Organization;
  what: 'users' | 'applications';
  title: string;
  name: (row: T) => string;
  kind: string;
}

/** Users or applications that are in it, with the roles they have there. */
function Owners<T extends Owned & { id: string; name: string | null }>({ organization, what, title, name, kind }: OwnersProps<T>) {
  const base = `/organizations${at(organization.id)}/${what}`;
  const [count, setCount] = useState(0);
  const [adding, setAdding] = useState(false);
  const [roles, setRoles] = useState<T>();
  const [leaving, setLeaving] = useState<T>();
  const again = () => setCount(count + 1);
  const singular = what === 'users' ? t('member') : t('application');
  return (
    <Card title={title} actions={<Opener onClick={() => setAdding(true)}>{what === 'users' ? t('Add members…') : t('Add applications…')}</Opener>}>
      <Listing<T> title={title} path={base} finds="q" looksIn={t('name or ID')} count={count}
        columns={[
          ['Name', (row) => <Link to={`/${what}/${row.id}`}>{name(row)}</Link>, name],
          ['Roles', (row) => row.organizationRoles?.map(({ name: role }) => <><span class="tag" key={role}>{role}</span> </>) ?? '–'],
          ['', (row) => (
            <span class="with-copy">
              <Opener class="small" aria-label={t('Roles of {0}', name(row))} onClick={() => setRoles(row)}>{t('Roles…')}</Opener>
              <Opener class="small bad" aria-label={t('Remove {0}', name(row))} onClick={() => setLeaving(row)}>{t('Remove')}</Opener>
            </span>
          )],
        ]}
        empty={<Empty title={t('No {0} yet', singular)}><p>{what === 'users' ? t('Add users that are there, or invite people by email.') : t('A machine-to-machine application that is in it gets tokens for it.')}</p></Empty>} />
      {adding && (
        <Picker<T> title={t('Add to {0}', organization.name)} path={`/${what}`} query={{ excludeOrganizationId: organization.id, ...(what === 'applications' ? { types: 'MachineToMachine' } : {}) }}
          name={name} detail={(row) => row.id} button={t('Add')} none={t('Everything there is, is in it.')} close={() => { setAdding(false); again(); }}
          add={(ids) => call('POST', base, { [what === 'users' ? 'userIds' : 'applicationIds']: ids })} />
      )}
      {roles && <RolesOf path={`${base}${at(roles.id)}/roles`} name={name(roles)} kind={kind} close={() => { setRoles(undefined); again(); }} />}
      {leaving && (
        <Confirm title={t('Remove {0}?', name(leaving))} text={t('It loses its roles in {0}; tokens for it are no longer issued.', organization.name)} button={t('Remove')} close={() => setLeaving(undefined)}
          tell={tellDeletion(base + at(leaving.id), [[t('roles held here'), `${base}${at(leaving.id)}/roles`]])}
          run={async () => { await call('DELETE', base + at(leaving.id)); toast(t('Removed.')); again(); }} />
      )}
    </Card>
  );
}

/* ---- Invitations ---- */

interface Invitation {
  id: string;
  invitee: string;
  status: string;
  expiresAt: number;
  createdAt: number;
  organizationRoles: { id: string; name: string }[];
}
const DAY = 86_400_000;

function Invite({ organization, close }: { organization: Organization; close: () => void }) {
  const [invitee, setInvitee] = useState('');
  const [days, setDays] = useState('7');
  const [picked, setPicked] = useState<string[]>([]);
  const submit = async () => {
    await call('POST', '/organization-invitations', { organizationId: organization.id, invitee, expiresAt: Date.now() + Number(days) * DAY, organizationRoleIds: picked, messagePayload: false });
    toast(t('Invited.'));
    close();
  };
  return (
    <Dialog title={t('Invite to {0}', organization.name)} close={close}>
      <Form submit={submit} button={t('Make invitation')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Email')} value={invitee} onValue={setInvitee} type="email" required autofocus help={t('No message is sent from here: your program sends the link that leads to it.')} />
        <Select label={t('Valid for')} value={days} onValue={setDays} options={[['1', t('1 day')], ['7', t('7 days')], ['30', t('30 days')]]} />
        <RoleChecks kind="User" picked={picked} setPicked={setPicked} />
      </Form>
    </Dialog>
  );
}

function Invitations({ organization }: { organization: Organization }) {
  const [inviting, setInviting] = useState(false);
  const [leaving, setLeaving] = useState<Invitation>();
  const { data, error, reload } = useLoad(() => call<Invitation[]>('GET', `/organization-invitations?organizationId=${encodeURIComponent(organization.id)}`), [organization.id]);
  const revoke = async (row: Invitation) => {
    await call('PUT', `/organization-invitations${at(row.id)}/status`, { status: 'Revoked' });
    toast(t('Revoked.'));
    reload();
  };
  return (
    <Card title={t('Invitations')} actions={<Opener onClick={() => setInviting(true)}>{t('Invite…')}</Opener>}>
      <Problem error={error} retry={reload} />
      {data?.length === 0 && <Empty title={t('No invitation yet')}><p>{t('An invitation holds the email address and the roles; it becomes a membership when it is accepted.')}</p></Empty>}
      {!!data?.length && (
        <Table caption={t('Invitations')} rows={data} columns={[
          ['Email', (row) => row.invitee, (row) => row.invitee],
          ['State', (row) => <span class={row.status === 'Pending' || row.status === 'Accepted' ? 'tag good' : 'tag bad'}>{row.status}</span>, (row) => row.status],
          ['Roles', (row) => row.organizationRoles.map(({ name }) => name).join(', ') || '–'],
          ['Expires', (row) => <Time ms={row.expiresAt} />, (row) => row.expiresAt],
          ['', (row) => (
            <span class="with-copy">
              {row.status === 'Pending' && <Action run={() => revoke(row)} label={t('Revoke the invitation of {0}', row.invitee)} kind="small">{t('Revoke')}</Action>}
              <Opener class="small bad" aria-label={t('Delete the invitation of {0}', row.invitee)} onClick={() => setLeaving(row)}>{t('Delete')}</Opener>
            </span>
          )],
        ]} />
      )}
      {inviting && <Invite organization={organization} close={() => { setInviting(false); reload(); }} />}
      {leaving && (
        <Confirm title={t('Delete the invitation of {0}?', leaving.invitee)} text={t('Its link is worth nothing then. Memberships that came of it stay.')} button={t('Delete invitation')} close={() => setLeaving(undefined)}
          tell={tellDeletion(`/organization-invitations${at(leaving.id)}`)} run={async () => { await call('DELETE', `/organization-invitations${at(leaving.id)}`); reload(); }} />
      )}
    </Card>
  );
}

/* ---- Settings ---- */

export const BRANDING_ROWS: SettingRow[] = [
  { key: 'color.primaryColor', label: t('Main colour'), kind: 'color', help: t('Of its sign-in pages; empty: as everywhere.') },
  { key: 'color.isDarkModeEnabled', label: t('Dark variant'), kind: 'check' },
  { key: 'color.darkPrimaryColor', label: t('Main colour in the dark'), kind: 'color', when: (draft) => !!draft.color?.isDarkModeEnabled },
  { key: 'branding.logoUrl', label: t('Logo'), type: 'url', nothing: undefined },
  { key: 'branding.darkLogoUrl', label: t('Logo in the dark'), type: 'url', nothing: undefined },
  { key: 'branding.favicon', label: t('Icon of the page'), type: 'url', nothing: undefined },
];

const ROWS: SettingRow[] = [
  { key: 'name', label: t('Name'), required: true, max: 128 },
  { key: 'description', label: t('Description'), max: 256, nothing: null },
  { key: 'isMfaRequired', label: t('Members need a second factor'), kind: 'check' },
  { key: 'isTrustedDeviceAllowed', label: t('Browsers of members may be trusted'), kind: 'check' },
  ...BRANDING_ROWS,
  { key: 'customCss', label: t('Custom CSS'), kind: 'code', nothing: null },
  { key: 'customData', label: t('Custom data'), kind: 'json', help: t('Anything of yours, as a JSON object.') },
];

// What says nothing of trusted browsers allows them.
const whole = (organization: Organization): Organization => ({ isTrustedDeviceAllowed: true, ...organization });

function Joining({ organization }: { organization: Organization }) {
  const base = `/organizations${at(organization.id)}/jit`;
  const read = async () => {
    const [domains, roles, connectors] = await Promise.all([
      call<{ emailDomain: string }[]>('GET', `${base}/email-domains`), call<OrganizationRole[]>('GET', `${base}/roles`), call<{ id: string }[]>('GET', `${base}/sso-connectors`),
    ]);
    return { domains: domains.map(({ emailDomain }) => emailDomain), connectors: connectors.map(({ id }) => id), roles: roles.map(({ id }) => id) };
  };
  const { data, error, reload } = useLoad(read, [organization.id]);
  const enterprises = useLoad(() => call<EnterpriseConnector[]>('GET', '/sso-connectors'), []);
  const roles = useLoad(() => every<OrganizationRole>('/organization-roles'), []);
  if (!data) return <Problem error={error} retry={reload} />;
  const rows: SettingRow[] = [
    { key: 'domains', label: t('Email domains'), kind: 'lines', help: t('One a line, such as example.com: who registers with such an address becomes a member.') },
    ...(enterprises.data?.length ? [{ key: 'connectors', label: t('Enterprise connectors'), kind: 'several', options: enterprises.data.map(({ id, connectorName }): Option => [id, connectorName]), help: t('Who comes by one of them for the first time becomes a member.') } as SettingRow] : []),
    { key: 'roles', label: t('Roles they get'), kind: 'several', options: (roles.data ?? []).filter(({ type }) => type === 'User').map(({ id, name }) => [id, name]) },
  ];
  const save = async ({ domains, connectors, roles: given }: { domains?: string[]; connectors?: string[]; roles?: string[] }) => {
    if (domains) await call('PUT', `${base}/email-domains`, { emailDomains: domains });
    if (connectors) await call('PUT', `${base}/sso-connectors`, { ssoConnectorIds: connectors });
    if (given) await call('PUT', `${base}/roles`, { organizationRoleIds: given });
  };
  return <Settings title={t('Joining by itself')} value={data} rows={rows} save={save} fresh={read} reload={reload} />;
}

function Removal({ organization }: { organization: Organization }) {
  const [deleting, setDeleting] = useState(false);
  const path = `/organizations${at(organization.id)}`;
  return (
    <Card title={t('Delete')}>
      <p>{t('Members stay as users; what they may do in it ends.')}</p>
      <Opener class="bad" onClick={() => setDeleting(true)}>{t('Delete organization…')}</Opener>
      {deleting && (
        <Confirm title={t('Delete {0}?', organization.name)} text={t('This cannot be undone.')} button={t('Delete organization')} close={() => setDeleting(false)}
          tell={tellDeletion(path, [[t('memberships'), `${path}/users`], [t('applications'), `${path}/applications`]])}
          run={async () => { await call('DELETE', path); toast(t('Deleted.')); navigate('/organizations', { saved: true }); }} />
      )}
    </Card>
  );
}

export function OrganizationPage({ id, part = 'members' }: { id: string; part?: string }) {
  const path = `/organizations${at(id)}`;
  const { data: organization, error, reload } = useLoad(() => call<Organization>('GET', path), [id]);
  if (!organization) return <Page title={t('Organization')} back={['/organizations', t('Organizations')]}><Problem error={error} retry={reload} /></Page>;
  return (
    <Page title={organization.name} back={['/organizations', t('Organizations')]} lead={<>{organization.description} <code>{id}</code> <Copy text={id} what={t('organization ID')} /></>}>
      <Parts base={`/organizations/${id}`} parts={[['members', t('Members')], ['applications', t('Applications')], ['invitations', t('Invitations')], ['settings', t('Settings')]]} current={part} />
      {part === 'members' && <Owners<User & Owned> organization={organization} what="users" title={t('Members')} name={userName} kind="User" />}
      {part === 'applications' && <Owners<Application & Owned> organization={organization} what="applications" title={t('Applications')} name={(row) => row.name} kind="MachineToMachine" />}
      {part === 'invitations' && <Invitations organization={organization} />}
      {part === 'settings' && (
        <>
          <Settings title={t('Settings')} value={whole(organization)} rows={ROWS} reload={reload} save={(changed) => call('PATCH', path, changed)} fresh={async () => whole(await call('GET', path))} />
          <Joining organization={organization} />
          <Removal organization={organization} />
        </>
      )}
    </Page>
  );
}

/** Which organizations a user or an application is in, with the roles there. */
export function OwnOrganizations({ owner }: { owner: string }) {
  const { data, error, reload } = useLoad(async () => (await list<Organization & Owned>(`${owner}/organizations`)).rows, [owner]);
  return (
    <Card title={t('Organizations')}>
      <Problem error={error} retry={reload} />
      {data?.length === 0 && <Empty title={t('In no organization')}><p>{t('Members are added on the page of an')} <Link to="/organizations">{t('organization')}</Link>.</p></Empty>}
      {!!data?.length && (
        <Table caption={t('Organizations')} rows={data} columns={[
          ['Name', (row) => <Link to={`/organizations/${row.id}`}>{row.name}</Link>, (row) => row.name],
          ['Roles there', (row) => row.organizationRoles?.map(({ name }) => name).join(', ') || '–'],
        ]} />
      )}
    </Card>
  );
}
