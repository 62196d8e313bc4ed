// The organization template: permissions and roles that every organization has.
import { useState } from 'preact/hooks';
import { navigate, Link } from '../../shared/router';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Card, Check, Confirm, Dialog, Empty, Field, Form, Opener, Page, Problem, Select, toast } from '../../shared/ui';
import { MANAGEMENT } from '../access';
import { at, call, every, useLoad, type Resource, type Scope } from '../api';
import { Listing, tellDeletion } from '../listing';

export interface OrganizationRole {
  id: string;
  name: string;
  description: string | null;
  type: string;
  scopes?: { id: string; name: string }[];
  resourceScopes?: { id: string; name: string }[];
}
type Permission = { id: string; name: string; description: string | null };
const KINDS: [string, string][] = [['User', t('For members')], ['MachineToMachine', t('For applications')]];

/** The roles of the template, to be checked. */
export function RoleChecks({ kind, picked, setPicked }: { kind: string; picked: string[]; setPicked: (ids: string[]) => void }) {
  const { data, error } = useLoad(() => every<OrganizationRole>('/organization-roles'), []);
  const rows = data?.filter(({ type }) => type === kind);
  return (
    <fieldset>
      <legend>{t('Roles')}</legend>
      <Problem error={error} />
      {rows?.length === 0 && <p class="quiet">{t('There is none of this kind: make one in the')} <Link to="/organization-template">{t('organization template')}</Link>.</p>}
      {rows?.map(({ id, name, description }) => (
        <Check key={id} label={<>{name} <span class="quiet">{description}</span></>} checked={picked.includes(id)} onChecked={(on) => setPicked(on ? [...picked, id] : picked.filter((each) => each !== id))} />
      ))}
    </fieldset>
  );
}

/* ---- Making and changing ---- */

function CreateRole({ close }: { close: () => void }) {
  const [form, setForm] = useState({ name: '', description: '', type: 'User' });
  const set = (key: keyof typeof form) => (value: string) => setForm({ ...form, [key]: value });
  const submit = async () => navigate(`/organization-template/${(await call<OrganizationRole>('POST', '/organization-roles', form)).id}`);
  return (
    <Dialog title={t('New organization role')} close={close}>
      <Form submit={submit} button={t('Create role')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Name')} value={form.name} onValue={set('name')} required maxLength={128} autofocus />
        <Field label={t('Description')} value={form.description} onValue={set('description')} maxLength={256} />
        <Select label={t('Type')} value={form.type} onValue={set('type')} options={KINDS} />
      </Form>
    </Dialog>
  );
}

function EditPermission({ permission, close }: { permission?: Permission; close: () => void }) {
  const [name, setName] = useState(permission?.name ?? '');
  const [description, setDescription] = useState(permission?.description ?? '');
  const submit = async () => {
    if (permission) await call('PATCH', `/organization-scopes${at(permission.id)}`, { name, description });
    else await call('POST', '/organization-scopes', { name, description });
    toast(t('Saved.'));
    close();
  };
  return (
    <Dialog title={permission ? t('Change {0}', permission.name) : t('New organization permission')} close={close}>
      <Form submit={submit} button={permission ? t('Save permission') : t('Create permission')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Name')} value={name} onValue={setName} required maxLength={256} pattern="\S+" title={t('No blanks')} autofocus help={t('Without blanks, such as invite:members.')} />
        <Field label={t('Description')} value={description} onValue={setDescription} maxLength={256} />
      </Form>
    </Dialog>
  );
}

/* ---- The lists ---- */

function RoleList() {
  const [creating, setCreating] = useState(false);
  return (
    <Card title={t('Organization roles')} actions={<Opener onClick={() => setCreating(true)}>{t('New role…')}</Opener>}>
      <Listing<OrganizationRole> title={t('Organization roles')} path="/organization-roles" finds="q" looksIn={t('name, description or ID')}
        columns={[
          ['Name', (row) => <Link to={`/organization-template/${row.id}`}>{row.name}</Link>, (row) => row.name],
          ['Type', (row) => KINDS.find(([key]) => key === row.type)?.[1], (row) => row.type],
          ['Permissions', (row) => [...(row.scopes ?? []), ...(row.resourceScopes ?? [])].map(({ name }) => name).join(', ') || '–'],
        ]}
        empty={<Empty title={t('No organization role yet')}><p>{t('A role, such as editor or owner, can be given to members of any organization, each within it alone.')}</p></Empty>} />
      {creating && <CreateRole close={() => setCreating(false)} />}
    </Card>
  );
}

function PermissionList() {
  const [editing, setEditing] = useState<Permission | 'new'>();
  const [deleting, setDeleting] = useState<Permission>();
  const [count, setCount] = useState(0);
  const close = () => {
    setEditing(undefined);
    setCount(count + 1);
  };
  return (
    <Card title={t('Organization permissions')} actions={<Opener onClick={() => setEditing('new')}>{t('New permission…')}</Opener>}>
      <Listing<Permission> title={t('Organization permissions')} path="/organization-scopes" finds="q" looksIn={t('name, description or ID')} count={count}
        columns={[
          ['Name', (row) => <code>{row.name}</code>, (row) => row.name],
          ['Description', (row) => row.description || '–'],
          ['', (row) => (
            <span class="with-copy">
              <Opener class="small" aria-label={t('Change {0}', row.name)} onClick={() => setEditing(row)}>{t('Change')}</Opener>
              <Opener class="small bad" aria-label={t('Delete {0}', row.name)} onClick={() => setDeleting(row)}>{t('Delete')}</Opener>
            </span>
          )],
        ]}
        empty={<Empty title={t('No organization permission yet')}><p>{t('A permission is one thing to be done within an organization. Organization roles collect them.')}</p></Empty>} />
      {editing && <EditPermission permission={editing === 'new' ? undefined : editing} close={close} />}
      {deleting && (
        <Confirm title={t('Delete {0}?', deleting.name)} text={t('Organization roles lose it, and new tokens come without it.')} button={t('Delete permission')} close={() => setDeleting(undefined)}
          tell={tellDeletion(`/organization-scopes${at(deleting.id)}`)} run={async () => { await call('DELETE', `/organization-scopes${at(deleting.id)}`); setCount(count + 1); }} />
      )}
    </Card>
  );
}

export function OrganizationTemplate({ part = 'roles' }: { part?: string }) {
  return (
    <Page title={t('Organization template')} lead={t('What all organizations have in common: the roles that members can be given, and the permissions in them.')}>
      <RoleList />
      <PermissionList key={part} />
    </Page>
  );
}

/* ---- One role ---- */

const GENERAL: SettingRow[] = [
  { key: 'name', label: t('Name'), required: true, max: 128 },
  { key: 'description', label: t('Description'), max: 256, nothing: null },
];

function Permissions({ role }: { role: OrganizationRole }) {
  const path = `/organization-roles${at(role.id)}`;
  const read = async () => {
    const [own, ownOfResources, all, resources] = await Promise.all([
      call<Permission[]>('GET', `${path}/scopes`), call<Scope[]>('GET', `${path}/resource-scopes`), every<Permission>('/organization-scopes'), call<Resource[]>('GET', '/resources?includeScopes=true'),
    ]);
    const rows: SettingRow[] = [
      { key: 'organization', label: t('Organization permissions'), kind: 'several', options: all.map(({ id, name }) => [id, name]), help: all.length ? undefined : t('There is none yet.') },
      ...resources.filter(({ id, scopes }) => scopes?.length && (role.type !== 'User' || id !== MANAGEMENT)).map((resource): SettingRow => ({ key: `resources.${resource.id}`, label: resource.name, kind: 'several', options: resource.scopes?.map(({ id, name }) => [id, name]) })),
    ];
    const mine = new Set(ownOfResources.map(({ id }) => id));
    const byResource = Object.fromEntries(resources.map(({ id, scopes }) => [id, (scopes ?? []).map((scope) => scope.id).filter((scope) => mine.has(scope))]));
    return { rows, value: { organization: own.map(({ id }) => id), resources: byResource } };
  };
  const { data, error, reload } = useLoad(read, [role.id]);
  if (!data) return <Problem error={error} retry={reload} />;
  const save = async (changed: { organization?: string[]; resources?: Record<string, string[]> }) => {
    if (changed.organization) await call('PUT', `${path}/scopes`, { organizationScopeIds: changed.organization });
    if (changed.resources) await call('PUT', `${path}/resource-scopes`, { scopeIds: Object.values(changed.resources).flat() });
  };
  return <Settings title={t('Permissions')} lead={role.type === 'User' ? t('Scopes of the Management API are for machines: no role of users holds them.') : undefined} value={data.value} rows={data.rows} save={save} fresh={async () => (await read()).value} reload={reload} button={t('Save permissions')} />;
}

export function OrganizationRolePage({ id }: { id: string }) {
  const path = `/organization-roles${at(id)}`;
  const [deleting, setDeleting] = useState(false);
  const { data: role, error, reload } = useLoad(() => call<OrganizationRole>('GET', path), [id]);
  const back: [string, string] = ['/organization-template', t('Organization template')];
  if (!role) return <Page title={t('Organization role')} back={back}><Problem error={error} retry={reload} /></Page>;
  return (
    <Page title={role.name} back={back} lead={role.description} actions={<Opener class="bad" onClick={() => setDeleting(true)}>{t('Delete role…')}</Opener>}>
      <Permissions role={role} />
      <Settings title={t('General')} value={role} rows={GENERAL} reload={reload} save={(changed) => call('PATCH', path, changed)} fresh={() => call('GET', path)} />
      {deleting && (
        <Confirm title={t('Delete {0}?', role.name)} text={t('Members who hold it lose it in every organization. This cannot be undone.')} button={t('Delete role')} close={() => setDeleting(false)}
          tell={tellDeletion(path, [[t('permissions in it'), `${path}/scopes`], [t('scopes of APIs in it'), `${path}/resource-scopes`]])} run={async () => { await call('DELETE', path); navigate('/organization-template', { saved: true }); }} />
      )}
    </Page>
  );
}
