// API resources and their scopes.
import { useState } from 'preact/hooks';
import { Link, navigate, useUnsaved } from '../../shared/router';
import { Card, Confirm, Copy, Dialog, Empty, Field, Form, Notice, Page, Problem, Table, toast, type Column } from '../../shared/ui';
import { at, call, every, useLoad, type Resource, type Scope } from '../api';
import { MANAGEMENT } from '../access';

function Create({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [indicator, setIndicator] = useState('');
  const submit = async () => navigate(`/resources/${(await call<Resource>('POST', '/resources', { name, indicator })).id}`);
  return (
    <Dialog title="New API resource" close={close}>
      <Form submit={submit} button="Create API resource" cancel={<button type="button" onClick={close}>Cancel</button>}>
        <Field label="Name" value={name} onValue={setName} required autofocus />
        <Field label="Identifier" value={indicator} onValue={setIndicator} required type="url" help="An absolute URI, such as https://api.example.com: what clients send as resource and your API finds as aud. It need not be reachable, and it cannot be changed." />
      </Form>
    </Dialog>
  );
}

export function Resources() {
  const [creating, setCreating] = useState(false);
  const { data, error, reload } = useLoad(() => call<Resource[]>('GET', '/resources?includeScopes=true'), []);
  return (
    <Page title="API resources" lead="What tokens are for: your APIs, and the Management API." actions={<button type="button" class="main" onClick={() => setCreating(true)}>New API resource</button>}>
      <Problem error={error} retry={reload} />
      {data && (
        <Table caption="API resources" rows={data} columns={[
          ['Name', (row) => <Link to={`/resources/${row.id}`}>{row.name}</Link>],
          ['Identifier', (row) => <span class="with-copy"><code>{row.indicator}</code> <Copy text={row.indicator} what={`identifier of ${row.name}`} /></span>],
          ['Scopes', (row) => row.scopes?.length ?? 0],
          ['Tokens last', (row) => `${row.accessTokenTtl} s`],
        ]} />
      )}
      {creating && <Create close={() => setCreating(false)} />}
    </Page>
  );
}

function NewScope({ resource, close }: { resource: Resource; close: () => void }) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const submit = async () => {
    await call('POST', `/resources${at(resource.id)}/scopes`, { name, ...(description ? { description } : {}) });
    close();
  };
  return (
    <Dialog title="New scope" close={close}>
      <Form submit={submit} button="Create scope" cancel={<button type="button" onClick={close}>Cancel</button>}>
        <Field label="Name" value={name} onValue={setName} required autofocus pattern="\S+" title="No blanks" help="Without blanks, such as read:orders." />
        <Field label="Description" value={description} onValue={setDescription} />
      </Form>
    </Dialog>
  );
}

function General({ resource, reload }: { resource: Resource; reload: () => void }) {
  const [name, setName] = useState(resource.name);
  const [seconds, setSeconds] = useState(String(resource.accessTokenTtl));
  const [deleting, setDeleting] = useState(false);
  const own = resource.id !== MANAGEMENT;
  useUnsaved(name !== resource.name || seconds !== String(resource.accessTokenTtl));
  const submit = async () => {
    await call('PATCH', `/resources${at(resource.id)}`, { ...(own ? { name } : {}), accessTokenTtl: Number(seconds) });
    toast('Saved.');
    reload();
  };
  return (
    <Card title="General">
      <Form submit={submit} button="Save changes" cancel={own && <button type="button" class="bad" onClick={() => setDeleting(true)}>Delete API resource…</button>}>
        <Field label="Name" value={name} onValue={setName} required disabled={!own} />
        <Field label="Tokens last, in seconds" value={seconds} onValue={setSeconds} type="number" min={60} required />
      </Form>
      {deleting && (
        <Confirm title={`Delete ${resource.name}?`} text="Its scopes go, and no token is issued for it from now on. This cannot be undone." button="Delete API resource" close={() => setDeleting(false)}
          run={async () => { await call('DELETE', `/resources${at(resource.id)}`); navigate('/resources', { saved: true }); }} />
      )}
    </Card>
  );
}

export function ResourcePage({ id }: { id: string }) {
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<Scope>();
  const { data, error, reload } = useLoad(async () => {
    const [resource, scopes] = await Promise.all([call<Resource>('GET', `/resources${at(id)}`), every<Scope>(`/resources${at(id)}/scopes`)]);
    return { resource, scopes };
  }, [id]);
  if (!data) return <Page title="API resource" back={['/resources', 'API resources']}><Problem error={error} retry={reload} /></Page>;
  const { resource, scopes } = data;
  const own = resource.id !== MANAGEMENT;
  return (
    <Page title={resource.name} back={['/resources', 'API resources']} lead={<><code>{resource.indicator}</code> <Copy text={resource.indicator} what="identifier" /></>}>
      {!own && <Notice><p>This is the API of this server itself. Its scopes come with the server; an <Link to="/applications/new">API client</Link> uses them.</p></Notice>}
      <Card title="Scopes" actions={own && <button type="button" onClick={() => setCreating(true)}>New scope…</button>}>
        {scopes.length === 0 && <Empty title="No scope yet"><p>A scope is one thing that a token allows. Roles collect scopes.</p></Empty>}
        {scopes.length > 0 && (
          <Table caption="Scopes" rows={scopes} columns={[
            ['Name', (row) => <code>{row.name}</code>],
            ['Description', (row) => row.description ?? '–'],
            ...(own ? [['', (row: Scope) => <button type="button" class="small bad" aria-label={`Delete ${row.name}`} onClick={() => setDeleting(row)}>Delete</button>] as Column<Scope>] : []),
          ]} />
        )}
      </Card>
      <General key={`${resource.name} ${resource.accessTokenTtl}`} resource={resource} reload={reload} />
      {creating && <NewScope resource={resource} close={() => { setCreating(false); reload(); }} />}
      {deleting && (
        <Confirm title={`Delete ${deleting.name}?`} text="Roles lose it, and new tokens come without it." button="Delete scope" close={() => setDeleting(undefined)}
          run={async () => { await call('DELETE', `/resources${at(resource.id, 'scopes', deleting.id)}`); reload(); }} />
      )}
    </Page>
  );
}
