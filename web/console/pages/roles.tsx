// Roles: the list, creating one, and its permissions.
import { useState } from 'preact/hooks';
import { Link, navigate, useUnsaved } from '../../shared/router';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Card, Check, Confirm, Dialog, Empty, Field, Form, Opener, Page, Parts, Problem, Select, Table, toast } from '../../shared/ui';
import { at, call, list, useLoad, type Application, type Resource, type Role, type User } from '../api';
import { MANAGEMENT, scopesOf } from '../access';
import { ListPage, Listing, Picker, tellDeletion } from '../listing';

const TYPES: [string, string][] = [['MachineToMachine', t('For machines')], ['User', t('For users')]];
const typeName = (type: string) => TYPES.find(([key]) => key === type)?.[1] ?? type;
const holders = ({ type, usersCount, applicationsCount }: Role) => (type === 'User' ? usersCount : applicationsCount) ?? 0;

function Create({ close }: { close: () => void }) {
  const [form, setForm] = useState({ name: '', description: '', type: 'MachineToMachine' });
  const set = (key: keyof typeof form) => (value: string) => setForm({ ...form, [key]: value });
  const submit = async () => navigate(`/roles/${(await call<Role>('POST', '/roles', form)).id}`);
  return (
    <Dialog title={t('New role')} close={close}>
      <Form submit={submit} button={t('Create role')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Name')} value={form.name} onValue={set('name')} required maxLength={128} autofocus />
        <Field label={t('Description')} value={form.description} onValue={set('description')} required maxLength={128} />
        <Select label={t('Type')} value={form.type} onValue={set('type')} options={TYPES} help={t('Cannot be changed later.')} />
      </Form>
    </Dialog>
  );
}

export const Roles = () => (
  <ListPage title={t('Roles')} lead={t('A role carries scopes; users and applications that hold it get them in their tokens.')} button={t('New role')} dialog={(close) => <Create close={close} />}>
    <Listing<Role> title={t('Roles')} path="/roles" looksIn={t('name, description or ID')} filters={[{ name: 'type', label: t('Type'), options: [['', t('All types')], ...TYPES] }]}
      columns={[
        ['Name', (row) => <Link to={`/roles/${row.id}`}>{row.name}</Link>, (row) => row.name],
        ['Type', (row) => typeName(row.type), (row) => typeName(row.type)],
        ['Description', (row) => row.description, (row) => row.description],
        ['Held by', (row) => holders(row), holders],
      ]}
      empty={<Empty title={t('No role here')}><p>{t('A role collects scopes of your APIs. Make one, pick its permissions, and give it to users or machines.')}</p></Empty>} />
  </ListPage>
);

/* ---- Permissions ---- */

async function loadTree(role: Role) {
  const [own, resources] = await Promise.all([scopesOf(role.id), call<Resource[]>('GET', '/resources?includeScopes=true')]);
  return { own: own.map(({ id }) => id), resources: role.type === 'User' ? resources.filter(({ id }) => id !== MANAGEMENT) : resources };
}

function Tree({ resource, picked, setPicked }: { resource: Resource; picked: string[]; setPicked: (ids: string[]) => void }) {
  const scopes = resource.scopes ?? [];
  const count = scopes.filter(({ id }) => picked.includes(id)).length;
  return (
    <details open={count > 0}>
      <summary>{resource.name} <span class="quiet">{resource.indicator} · {count} {t('of')} {scopes.length}</span></summary>
      {scopes.length === 0 && <p class="quiet">{t('It has no scope yet:')} <Link to={`/resources/${resource.id}`}>{t('add one')}</Link>.</p>}
      <div class="checks">
        {scopes.map(({ id, name, description }) => (
          <Check key={id} checked={picked.includes(id)} onChecked={(on) => setPicked(on ? [...picked, id] : picked.filter((each) => each !== id))}
            label={<><code>{name}</code> {description && <span class="quiet">{description}</span>}</>} />
        ))}
      </div>
    </details>
  );
}

function Permissions({ role }: { role: Role }) {
  const { data, error, reload } = useLoad(() => loadTree(role), [role.id]);
  const [picked, setPicked] = useState<string[]>();
  const now = picked ?? data?.own ?? [];
  const more = now.filter((id) => !data?.own.includes(id));
  const fewer = (data?.own ?? []).filter((id) => !now.includes(id));
  const dirty = more.length + fewer.length > 0;
  useUnsaved(dirty);
  if (!data) return <Problem error={error} retry={reload} />;
  const submit = async () => {
    if (more.length) await call('POST', `/roles${at(role.id)}/scopes`, { scopeIds: more });
    for (const id of fewer) await call('DELETE', `/roles${at(role.id, 'scopes', id)}`);
    toast(t('Saved.'));
    setPicked(undefined);
    reload();
  };
  return (
    <Card title={t('Permissions')}>
      <Form submit={submit} button={t('Save permissions')} cancel={dirty && <button type="button" onClick={() => setPicked(undefined)}>{t('Discard')}</button>}>
        {role.type === 'User' && <p class="quiet">{t('Scopes of the Management API are for machines: no role of users holds them.')}</p>}
        {data.resources.map((resource) => <Tree key={resource.id} resource={resource} picked={now} setPicked={setPicked} />)}
        {dirty && <p role="status">{more.length} {t('to be added,')} {fewer.length} {t('to be taken away')}{holders(role) ? t(', for {0} who hold the role', holders(role)) : ''}.</p>}
      </Form>
    </Card>
  );
}

function Holders({ role }: { role: Role }) {
  const user = role.type === 'User';
  const { data, error, reload } = useLoad(() => list<User & Application>(`/roles${at(role.id)}/${user ? 'users' : 'applications'}`, { page: 1, page_size: 100 }), [role.id]);
  const [leaving, setLeaving] = useState<{ id: string; name: string }>();
  const [adding, setAdding] = useState(false);
  const shown = (row: User & Application) => row.name ?? row.username ?? row.id;
  const base = user ? '/users' : '/applications';
  return (
    <Card title={user ? t('Users') : t('Applications')} actions={<Opener onClick={() => setAdding(true)}>{user ? t('Give to users…') : t('Give to applications…')}</Opener>}>
      <Problem error={error} retry={reload} />
      {data?.rows.length === 0 && <Empty title={t('Nobody holds it')}><p>{t('Who gets it has its scopes in the next token.')}</p></Empty>}
      {!!data?.rows.length && (
        <Table caption={t('Who holds the role')} rows={data.rows} columns={[
          ['Name', (row) => <Link to={`${base}/${row.id}`}>{shown(row)}</Link>],
          ['ID', (row) => <code>{row.id}</code>],
          ['', (row) => <Opener class="small bad" aria-label={t('Take away from {0}', shown(row))} onClick={() => setLeaving({ id: row.id, name: shown(row) })}>{t('Take away')}</Opener>],
        ]} />
      )}
      {data && data.total > data.rows.length && <p class="quiet">{t('{0} in all; the first {1} stand here.', data.total, data.rows.length)}</p>}
      {adding && (
        <Picker<User & Application> title={user ? t('Give it to users') : t('Give it to applications')} path={base} query={user ? {} : { types: 'MachineToMachine' }} name={shown} detail={(row) => row.id} button={t('Give')} none={t('There is none yet.')} close={() => setAdding(false)}
          add={async (ids) => { await call('POST', `/roles${at(role.id)}${base}`, { [user ? 'userIds' : 'applicationIds']: ids }); reload(); }} />
      )}
      {leaving && (
        <Confirm title={t('Take the role from {0}?', leaving.name)} text={t('New tokens come without its scopes.')} button={t('Take away')} close={() => setLeaving(undefined)}
          run={async () => { await call('DELETE', `/roles${at(role.id, user ? 'users' : 'applications', leaving.id)}`); reload(); }} />
      )}
    </Card>
  );
}

const GENERAL: SettingRow[] = [
  { key: 'name', label: t('Name'), required: true, max: 128 },
  { key: 'description', label: t('Description'), required: true, max: 128 },
];
const DEFAULT: SettingRow = { key: 'isDefault', label: t('Every new user gets it'), kind: 'check' };

function General({ role, reload }: { role: Role; reload: () => void }) {
  const [deleting, setDeleting] = useState(false);
  const path = `/roles${at(role.id)}`;
  return (
    <>
      <Settings title={t('General')} value={role} rows={role.type === 'User' ? [...GENERAL, DEFAULT] : GENERAL} reload={reload} save={(changed) => call('PATCH', path, changed)} fresh={() => call('GET', path)} />
      <Card title={t('Delete')}>
        <p>{t('Who holds it loses its scopes with the next token.')}</p>
        <Opener class="bad" onClick={() => setDeleting(true)}>{t('Delete role…')}</Opener>
      </Card>
      {deleting && (
        <Confirm title={t('Delete {0}?', role.name)} text={t('{0} hold it; their new tokens come without its scopes. This cannot be undone.', holders(role))} button={t('Delete role')} close={() => setDeleting(false)}
          tell={tellDeletion(path)} run={async () => { await call('DELETE', path); navigate('/roles', { saved: true }); }} />
      )}
    </>
  );
}

export function RolePage({ id, part = 'permissions' }: { id: string; part?: string }) {
  const { data: role, error, reload } = useLoad(() => call<Role>('GET', `/roles${at(id)}`), [id]);
  if (!role) return <Page title={t('Role')} back={['/roles', t('Roles')]}><Problem error={error} retry={reload} /></Page>;
  return (
    <Page title={role.name} back={['/roles', t('Roles')]} lead={`${typeName(role.type)}. ${role.description}`}>
      <Parts base={`/roles/${id}`} parts={[['permissions', t('Permissions')], ['holders', t('Held by')], ['general', t('General')]]} current={part} />
      {part === 'permissions' && <Permissions role={role} />}
      {part === 'holders' && <Holders role={role} />}
      {part === 'general' && <General role={role} reload={reload} />}
    </Page>
  );
}
