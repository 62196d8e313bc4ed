// API resources and their scopes.
import { useState } from 'preact/hooks';
import { Link, navigate } from '../../shared/router';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Card, Confirm, Copy, Dialog, Empty, Field, Form, Notice, Opener, Page, Problem, Table, type Column } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { at, call, every, useLoad, type Resource, type Scope } from '../api';
import { MANAGEMENT } from '../access';
import { ListPage, ShortList, tellDeletion } from '../listing';

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
  const { data, error, reload } = useLoad(() => call<Resource[]>('GET', '/resources?includeScopes=true'), []);
  return (
    <ListPage title={t('API resources')} lead={t('What tokens are for: your APIs, and the Management API.')} button={t('New API resource')} dialog={(close) => <Create close={close} />}>
      <Problem error={error} retry={reload} />
      {data && (
        <ShortList title={t('API resources')} rows={data} looksIn={t('name and identifier')} text={({ name, indicator }) => `${name} ${indicator}`} empty={null}
          columns={[
            ['Name', (row) => <><Link to={`/resources/${row.id}`}>{row.name}</Link> {row.isDefault && <span class="tag">{t('default')}</span>}</>, (row) => row.name],
            ['Identifier', (row) => <span class="with-copy"><code>{row.indicator}</code> <Copy text={row.indicator} what={t('identifier of {0}', row.name)} /></span>, (row) => row.indicator],
            ['Scopes', (row) => row.scopes?.length ?? 0, (row) => row.scopes?.length],
            ['Tokens last', (row) => `${row.accessTokenTtl} s`, (row) => row.accessTokenTtl],
          ]} />
      )}
    </ListPage>
  );
}

function EditScope({ resource, scope, close }: { resource: Resource; scope?: Scope; close: () => void }) {
  const [name, setName] = useState(scope?.name ?? '');
  const [description, setDescription] = useState(scope?.description ?? '');
  const submit = async () => {
    const path = `/resources${at(resource.id)}/scopes`;
    if (scope) await call('PATCH', path + at(scope.id), { name, description });
    else await call('POST', path, { name, ...(description ? { description } : {}) });
    close();
  };
  return (
    <Dialog title={scope ? t('Change {0}', scope.name) : t('New scope')} close={close}>
      <Form submit={submit} button={scope ? t('Save scope') : t('Create scope')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Name')} value={name} onValue={setName} required autofocus pattern="\S+" title={t('No blanks')} help={t('Without blanks, such as read:orders.')} />
        <Field label={t('Description')} value={description} onValue={setDescription} />
      </Form>
    </Dialog>
  );
}

const rowsOf = (own: boolean): SettingRow[] => [
  ...(own ? [{ key: 'name', label: t('Name'), required: true } as SettingRow] : []),
  { key: 'accessTokenTtl', label: t('Tokens last, in seconds'), kind: 'number', min: 60, required: true },
  { key: 'isDefault', label: t('Tokens are for it when a request names no resource'), kind: 'check' },
];

function General({ resource, reload }: { resource: Resource; reload: () => void }) {
  const [deleting, setDeleting] = useState(false);
  const own = resource.id !== MANAGEMENT;
  const path = `/resources${at(resource.id)}`;
  const save = async ({ isDefault, ...changed }: Plain) => {
    if (Object.keys(changed).length) await call('PATCH', path, changed);
    if (isDefault !== undefined) await call('PATCH', `${path}/is-default`, { isDefault });
  };
  return (
    <>
      <Settings title={t('General')} value={resource} rows={rowsOf(own)} reload={reload} save={save} fresh={() => call('GET', path)} />
      {own && (
        <Card title={t('Delete')}>
          <p>{t('Programs get no token for it from then on.')}</p>
          <Opener class="bad" onClick={() => setDeleting(true)}>{t('Delete API resource…')}</Opener>
        </Card>
      )}
      {deleting && (
        <Confirm title={t('Delete {0}?', resource.name)} text={t('Its scopes go, and no token is issued for it from now on. This cannot be undone.')} button={t('Delete API resource')} close={() => setDeleting(false)}
          tell={tellDeletion(path, [[t('scopes'), `${path}/scopes`]])} run={async () => { await call('DELETE', path); navigate('/resources', { saved: true }); }} />
      )}
    </>
  );
}

export function ResourcePage({ id }: { id: string }) {
  const [editing, setEditing] = useState<Scope | 'new'>();
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
      <Card title={t('Scopes')} actions={own && <Opener onClick={() => setEditing('new')}>{t('New scope…')}</Opener>}>
        {scopes.length === 0 && <Empty title={t('No scope yet')}><p>{t('A scope is one thing that a token allows. Roles collect scopes.')}</p></Empty>}
        {scopes.length > 0 && (
          <Table caption={t('Scopes')} rows={scopes} columns={[
            ['Name', (row) => <code>{row.name}</code>],
            ['Description', (row) => row.description ?? '–'],
            ...(own ? [['', (row: Scope) => (
              <span class="with-copy">
                <Opener class="small" aria-label={t('Change {0}', row.name)} onClick={() => setEditing(row)}>{t('Change')}</Opener>
                <Opener class="small bad" aria-label={t('Delete {0}', row.name)} onClick={() => setDeleting(row)}>{t('Delete')}</Opener>
              </span>
            )] as Column<Scope>] : []),
          ]} />
        )}
      </Card>
      <General resource={resource} reload={reload} />
      {editing && <EditScope resource={resource} scope={editing === 'new' ? undefined : editing} close={() => { setEditing(undefined); reload(); }} />}
      {deleting && (
        <Confirm title={t('Delete {0}?', deleting.name)} text={t('Roles lose it, and new tokens come without it.')} button={t('Delete scope')} close={() => setDeleting(undefined)}
          run={async () => { await call('DELETE', `/resources${at(resource.id, 'scopes', deleting.id)}`); reload(); }} />
      )}
    </Page>
  );
}
