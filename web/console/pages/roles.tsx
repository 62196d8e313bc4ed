// Roles: the list, creating one, and its permissions.
import { useState } from 'preact/hooks';
import { Link, navigate, setQuery, useLocation, useUnsaved } from '../../shared/router';
import { Card, Check, Confirm, Dialog, Empty, Field, Form, Page, Pager, Parts, Problem, Search, Select, Table, toast } from '../../shared/ui';
import { at, call, like, list, useLoad, type Application, type Resource, type Role, type User } from '../api';
import { scopesOf } from '../access';

const SIZE = 20;
const TYPES: [string, string][] = [['MachineToMachine', 'For machines'], ['User', 'For users']];
const typeName = (type: string) => TYPES.find(([key]) => key === type)?.[1] ?? type;
const holders = ({ type, usersCount, applicationsCount }: Role) => (type === 'User' ? usersCount : applicationsCount) ?? 0;

function Create({ close }: { close: () => void }) {
  const [form, setForm] = useState({ name: '', description: '', type: 'MachineToMachine' });
  const set = (key: keyof typeof form) => (value: string) => setForm({ ...form, [key]: value });
  const submit = async () => navigate(`/roles/${(await call<Role>('POST', '/roles', form)).id}`);
  return (
    <Dialog title="New role" close={close}>
      <Form submit={submit} button="Create role" cancel={<button type="button" onClick={close}>Cancel</button>}>
        <Field label="Name" value={form.name} onValue={set('name')} required maxLength={128} autofocus />
        <Field label="Description" value={form.description} onValue={set('description')} required maxLength={128} />
        <Select label="Type" value={form.type} onValue={set('type')} options={TYPES} help="Cannot be changed later." />
      </Form>
    </Dialog>
  );
}

export function Roles() {
  const { query } = useLocation();
  const [creating, setCreating] = useState(false);
  const page = Number(query.get('page') ?? 1);
  const search = query.get('search') ?? '';
  const type = query.get('type') ?? '';
  const { data, error, reload } = useLoad(() => list<Role>('/roles', { page, page_size: SIZE, search: like(search), type }), [page, search, type]);
  return (
    <Page title="Roles" lead="A role carries scopes; users and applications that hold it get them in their tokens." actions={<button type="button" class="main" onClick={() => setCreating(true)}>New role</button>}>
      <div class="filters">
        <Search label="Search by name, description or ID" value={search} />
        <Select label="Type" value={type} onValue={(value) => setQuery({ type: value, page: undefined })} options={[['', 'All types'], ...TYPES]} />
      </div>
      <Problem error={error} retry={reload} />
      {data?.rows.length === 0 && <Empty title="No role here"><p>Take the filter away, or make one.</p></Empty>}
      {!!data?.rows.length && (
        <>
          <Table caption="Roles" rows={data.rows} columns={[
            ['Name', (row) => <Link to={`/roles/${row.id}`}>{row.name}</Link>],
            ['Type', (row) => typeName(row.type)],
            ['Description', (row) => row.description],
            ['Held by', (row) => holders(row)],
          ]} />
          <Pager page={page} size={SIZE} total={data.total} />
        </>
      )}
      {creating && <Create close={() => setCreating(false)} />}
    </Page>
  );
}

/* ---- Permissions ---- */

async function loadTree(role: Role) {
  const [own, resources] = await Promise.all([scopesOf(role.id), call<Resource[]>('GET', '/resources?includeScopes=true')]);
  return { own: own.map(({ id }) => id), resources };
}

function Tree({ resource, picked, setPicked }: { resource: Resource; picked: string[]; setPicked: (ids: string[]) => void }) {
  const scopes = resource.scopes ?? [];
  const count = scopes.filter(({ id }) => picked.includes(id)).length;
  return (
    <details open={count > 0}>
      <summary>{resource.name} <span class="quiet">{resource.indicator} · {count} of {scopes.length}</span></summary>
      {scopes.length === 0 && <p class="quiet">It has no scope yet: <Link to={`/resources/${resource.id}`}>add one</Link>.</p>}
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
    toast('Saved.');
    setPicked(undefined);
    reload();
  };
  return (
    <Card title="Permissions">
      <Form submit={submit} button="Save permissions" cancel={dirty && <button type="button" onClick={() => setPicked(undefined)}>Discard</button>}>
        {data.resources.map((resource) => <Tree key={resource.id} resource={resource} picked={now} setPicked={setPicked} />)}
        {dirty && <p role="status">{more.length} to be added, {fewer.length} to be taken away{holders(role) ? `, for ${holders(role)} who hold the role` : ''}.</p>}
      </Form>
    </Card>
  );
}

function Holders({ role }: { role: Role }) {
  const user = role.type === 'User';
  const { data, error, reload } = useLoad(() => list<User & Application>(`/roles${at(role.id)}/${user ? 'users' : 'applications'}`, { page: 1, page_size: 100 }), [role.id]);
  const [leaving, setLeaving] = useState<{ id: string; name: string }>();
  const shown = (row: User & Application) => row.name ?? row.username ?? row.id;
  const base = user ? '/users' : '/applications';
  return (
    <Card title={user ? 'Users' : 'Applications'}>
      <Problem error={error} retry={reload} />
      {data?.rows.length === 0 && <Empty title="Nobody holds it"><p>Give it on the page of {user ? 'a user' : 'an application'}, under Roles.</p></Empty>}
      {!!data?.rows.length && (
        <Table caption="Who holds the role" rows={data.rows} columns={[
          ['Name', (row) => <Link to={`${base}/${row.id}`}>{shown(row)}</Link>],
          ['ID', (row) => <code>{row.id}</code>],
          ['', (row) => <button type="button" class="small bad" aria-label={`Take away from ${shown(row)}`} onClick={() => setLeaving({ id: row.id, name: shown(row) })}>Take away</button>],
        ]} />
      )}
      {leaving && (
        <Confirm title={`Take the role from ${leaving.name}?`} text="New tokens come without its scopes." button="Take away" close={() => setLeaving(undefined)}
          run={async () => { await call('DELETE', `/roles${at(role.id, user ? 'users' : 'applications', leaving.id)}`); reload(); }} />
      )}
    </Card>
  );
}

function General({ role, reload }: { role: Role; reload: () => void }) {
  const [name, setName] = useState(role.name);
  const [description, setDescription] = useState(role.description);
  const [deleting, setDeleting] = useState(false);
  useUnsaved(name !== role.name || description !== role.description);
  const submit = async () => {
    await call('PATCH', `/roles${at(role.id)}`, { name, description });
    toast('Saved.');
    reload();
  };
  return (
    <Card title="General">
      <Form submit={submit} button="Save changes" cancel={<button type="button" class="bad" onClick={() => setDeleting(true)}>Delete role…</button>}>
        <Field label="Name" value={name} onValue={setName} required maxLength={128} />
        <Field label="Description" value={description} onValue={setDescription} required maxLength={128} />
      </Form>
      {deleting && (
        <Confirm title={`Delete ${role.name}?`} text={`${holders(role)} hold it; their new tokens come without its scopes. This cannot be undone.`} button="Delete role" close={() => setDeleting(false)}
          run={async () => { await call('DELETE', `/roles${at(role.id)}`); navigate('/roles', { saved: true }); }} />
      )}
    </Card>
  );
}

export function RolePage({ id, part = 'permissions' }: { id: string; part?: string }) {
  const { data: role, error, reload } = useLoad(() => call<Role>('GET', `/roles${at(id)}`), [id]);
  if (!role) return <Page title="Role" back={['/roles', 'Roles']}><Problem error={error} retry={reload} /></Page>;
  return (
    <Page title={role.name} back={['/roles', 'Roles']} lead={`${typeName(role.type)}. ${role.description}`}>
      <Parts base={`/roles/${id}`} parts={[['permissions', 'Permissions'], ['holders', 'Held by'], ['general', 'General']]} current={part} />
      {part === 'permissions' && <Permissions role={role} />}
      {part === 'holders' && <Holders role={role} />}
      {part === 'general' && <General key={role.name + role.description} role={role} reload={reload} />}
    </Page>
  );
}
