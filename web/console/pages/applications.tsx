// Applications: the list, and creating one that signs users in.
import { useState } from 'preact/hooks';
import { Link, navigate, setQuery, useLocation } from '../../shared/router';
import { Copy, Dialog, Empty, Field, Form, Page, Pager, Problem, Search, Select, Table, Time, type Option } from '../../shared/ui';
import { call, like, list, useLoad, type Application } from '../api';

const SIZE = 20;
export const TYPES: [string, string][] = [
  ['MachineToMachine', 'Machine-to-machine'],
  ['SPA', 'Single page app'],
  ['Traditional', 'Traditional web'],
  ['Native', 'Native app'],
];
export const typeName = (type: string) => TYPES.find(([key]) => key === type)?.[1] ?? type;

function Create({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [type, setType] = useState('SPA');
  const [redirect, setRedirect] = useState('');
  const submit = async () => {
    const oidcClientMetadata = { redirectUris: redirect ? [redirect] : [], postLogoutRedirectUris: [] };
    const made = await call<Application>('POST', '/applications', { name, type, oidcClientMetadata });
    navigate(`/applications/${made.id}`);
  };
  return (
    <Dialog title="New application for users" close={close}>
      <p class="quiet">It signs users in. For a program that calls the Management API, take <em>New API client</em>.</p>
      <Form submit={submit} button="Create application" cancel={<button type="button" onClick={close}>Cancel</button>}>
        <Field label="Name" value={name} onValue={setName} required maxLength={256} autofocus />
        <Select label="Type" value={type} onValue={setType} options={TYPES.slice(1)} />
        <Field label="Redirect URI" value={redirect} onValue={setRedirect} type="url" help="Where the browser returns to after signing in. Can be set later." />
      </Form>
    </Dialog>
  );
}

export function Applications() {
  const { query } = useLocation();
  const [creating, setCreating] = useState(false);
  const page = Number(query.get('page') ?? 1);
  const search = query.get('search') ?? '';
  const type = query.get('type') ?? '';
  const { data, error, reload } = useLoad(
    () => list<Application>('/applications', { page, page_size: SIZE, search: like(search), types: type || undefined }),
    [page, search, type],
  );
  const actions = (
    <>
      <button type="button" onClick={() => setCreating(true)}>New application for users</button>
      <Link to="/applications/new" class="button main">New API client</Link>
    </>
  );
  const filters: Option[] = [['', 'All types'], ...TYPES];
  return (
    <Page title="Applications" lead="Programs that get tokens here." actions={actions}>
      <div class="filters">
        <Search label="Search by name, description or ID" value={search} />
        <Select label="Type" value={type} onValue={(value) => setQuery({ type: value, page: undefined })} options={filters} />
      </div>
      <Problem error={error} retry={reload} />
      {data?.rows.length === 0 && (search || type
        ? <Empty title="Nothing matches"><p>Search looks in name, description and ID.</p></Empty>
        : <Empty title="No application yet"><p>An API client gets a token for the Management API with its ID and secret: for scripts, Postman, or a service.</p><Link to="/applications/new" class="button main">New API client</Link></Empty>)}
      {!!data?.rows.length && (
        <>
          <Table caption="Applications" rows={data.rows} columns={[
            ['Name', (row) => <Link to={`/applications/${row.id}`}>{row.name}</Link>],
            ['Type', (row) => typeName(row.type)],
            ['ID', (row) => <span class="with-copy"><code>{row.id}</code> <Copy text={row.id} what={`ID of ${row.name}`} /></span>],
            ['Created', (row) => <Time ms={row.createdAt} />],
          ]} />
          <Pager page={page} size={SIZE} total={data.total} />
        </>
      )}
      {creating && <Create close={() => setCreating(false)} />}
    </Page>
  );
}
