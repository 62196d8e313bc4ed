// API resources and their scopes.
import { useState } from 'preact/hooks';
import { Link, navigate, useUnsaved } from '../../shared/router';
import { t } from '../../shared/text';
import { Card, Confirm, Copy, Dialog, Empty, Field, Form, Notice, Page, Problem, Table, toast, type Column } from '../../shared/ui';
import { at, call, every, useLoad, type Resource, type Scope } from '../api';
import { MANAGEMENT } from '../access';

function Create({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [indicator, setIndicator] = useState('');
  const submit = async () => navigate(`/resources/${(await call<Resource>('POST', '/resources', { name, indicator })).id}`);
  return (
    <Dialog title={t('New API resource')} close={close}>
      <Form submit={submit} button={t('Create API resource')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Name')} value={name} onValue={setName} required autofocus />
        <Field label={t('Identifier')} value={indicator} onValue={setIndicator} required type="url" help={t('An absolute URI, such as https://api.example.com: what clients send as resource and your API finds as aud. It need not be reachable, and it cannot be changed.')} />
      </Form>
    </Dialog>
  );
}

export function Resources() {
  const [creating, setCreating] = useState(false);
  const { data, error, reload } = useLoad(() => call<Resource[]>('GET', '/resources?includeScopes=true'), []);
  return (
    <Page title={t('API resources')} lead={t('What tokens are for: your APIs, and the Management API.')} actions={<button type="button" class="main" onClick={() => setCreating(true)}>{t('New API resource')}</button>}>
      <Problem error={error} retry={reload} />
      {data && (
        <Table caption={t('API resources')} rows={data} columns={[
          ['Name', (row) => <Link to={`/resources/${row.id}`}>{row.name}</Link>],
          ['Identifier', (row) => <span class="with-copy"><code>{row.indicator}</code> <Copy text={row.indicator} what={t('identifier of {0}', row.name)} /></span>],
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
    <Dialog title={t('New scope')} close={close}>
      <Form submit={submit} button={t('Create scope')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Name')} value={name} onValue={setName} required autofocus pattern="\S+" title={t('No blanks')} help={t('Without blanks, such as read:orders.')} />
        <Field label={t('Description')} value={description} onValue={setDescription} />
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
    toast(t('Saved.'));
    reload();
  };
  return (
    <Card title={t('General')}>
      <Form submit={submit} button={t('Save changes')} cancel={own && <button type="button" class="bad" onClick={() => setDeleting(true)}>{t('Delete API resource…')}</button>}>
        <Field label={t('Name')} value={name} onValue={setName} required disabled={!own} />
        <Field label={t('Tokens last, in seconds')} value={seconds} onValue={setSeconds} type="number" min={60} required />
      </Form>
      {deleting && (
        <Confirm title={t('Delete {0}?', resource.name)} text={t('Its scopes go, and no token is issued for it from now on. This cannot be undone.')} button={t('Delete API resource')} close={() => setDeleting(false)}
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
  if (!data) return <Page title={t('API resource')} back={['/resources', t('API resources')]}><Problem error={error} retry={reload} /></Page>;
  const { resource, scopes } = data;
  const own = resource.id !== MANAGEMENT;
  return (
    <Page title={resource.name} back={['/resources', t('API resources')]} lead={<><code>{resource.indicator}</code> <Copy text={resource.indicator} what={t('identifier')} /></>}>
      {!own && <Notice><p>{t('This is the API of this server itself. Its scopes come with the server; an')} <Link to="/applications/new">{t('API client')}</Link> {t('uses them.')}</p></Notice>}
      <Card title={t('Scopes')} actions={own && <button type="button" onClick={() => setCreating(true)}>{t('New scope…')}</button>}>
        {scopes.length === 0 && <Empty title={t('No scope yet')}><p>{t('A scope is one thing that a token allows. Roles collect scopes.')}</p></Empty>}
        {scopes.length > 0 && (
          <Table caption={t('Scopes')} rows={scopes} columns={[
            ['Name', (row) => <code>{row.name}</code>],
            ['Description', (row) => row.description ?? '–'],
            ...(own ? [['', (row: Scope) => <button type="button" class="small bad" aria-label={t('Delete {0}', row.name)} onClick={() => setDeleting(row)}>{t('Delete')}</button>] as Column<Scope>] : []),
          ]} />
        )}
      </Card>
      <General key={`${resource.name} ${resource.accessTokenTtl}`} resource={resource} reload={reload} />
      {creating && <NewScope resource={resource} close={() => { setCreating(false); reload(); }} />}
      {deleting && (
        <Confirm title={t('Delete {0}?', deleting.name)} text={t('Roles lose it, and new tokens come without it.')} button={t('Delete scope')} close={() => setDeleting(undefined)}
          run={async () => { await call('DELETE', `/resources${at(resource.id, 'scopes', deleting.id)}`); reload(); }} />
      )}
    </Page>
  );
}
