// What a program needs to get its token, in the order of Postman's form; downloads; secrets.
import { useState } from 'preact/hooks';
import { Link, navigate } from '../../shared/router';
import { t } from '../../shared/text';
import { Action, Card, Check, Confirm, Copy, CopyRow, Dialog, Field, Form, Notice, Opener, Problem, Secret as Hidden, Select, Table, Time, distance, save, time, toast } from '../../shared/ui';
import { giveRole, roleFor, scopesOf, scopeText, type Access } from '../access';
import { at, call, every, isValid, newestSecret, raw, useLoad, type Application, type Role, type Secret } from '../api';
import { RESOURCE, endpoint } from '../session';
import { bench } from '../workbench';

const DAY = 86_400_000;
const EXPORTS: [format: string, text: string, file: string][] = [
  ['postman', t('Postman collection'), 'signet.postman_collection.json'],
  ['postman-environment', t('Postman environment'), 'signet.postman_environment.json'],
  ['bruno', 'Bruno', 'signet-bruno.tar'],
  ['insomnia', 'Insomnia', 'signet.insomnia.yaml'],
  ['hoppscotch', 'Hoppscotch', 'signet.hoppscotch.json'],
  ['http', '.http file', 'signet.http'],
];
const SNIPPETS: [format: string, text: string][] = [
  ['curl', 'curl'], ['node', 'Node.js'], ['python', 'Python'], ['go', 'Go'], ['java', 'Java'], ['csharp', 'C#'], ['php', 'PHP'],
];

/* ---- Secrets ---- */

function NewSecret({ app, first, close }: { app: Application; first: boolean; close: () => void }) {
  const [name, setName] = useState(t('Secret of {0}', time(Date.now()).slice(0, 16)));
  const [days, setDays] = useState('');
  const submit = async () => {
    await call('POST', `/applications${at(app.id)}/secrets`, { name, expiresAt: days ? Date.now() + Number(days) * DAY : null });
    close();
  };
  return (
    <Dialog title={t('New secret')} close={close}>
      {!first && <p class="quiet">{t('The others go on working: put the new one in place everywhere, and delete the old one once Last token shows that nothing gets a token with it any more.')}</p>}
      <Form submit={submit} button={t('Create secret')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Name')} value={name} onValue={setName} required maxLength={256} />
        <Select label={t('Expires')} value={days} onValue={setDays} options={[['', t('Never')], ['7', t('In 7 days')], ['30', t('In 30 days')], ['180', t('In 180 days')], ['365', t('In 365 days')]]} help={days && t('On {0} UTC.', time(Date.now() + Number(days) * DAY).slice(0, 16))} />
      </Form>
    </Dialog>
  );
}

function RenameSecret({ app, name, close }: { app: Application; name: string; close: () => void }) {
  const [next, setNext] = useState(name);
  const submit = async () => {
    if (next !== name) await call('PATCH', `/applications${at(app.id, 'secrets', name)}`, { name: next });
    close();
  };
  return (
    <Dialog title={t('Rename {0}', name)} close={close}>
      <Form submit={submit} button={t('Rename')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Name')} value={next} onValue={setNext} required maxLength={256} autofocus help={t('Its value stays as it is.')} />
      </Form>
    </Dialog>
  );
}

function Secrets({ app, secrets, reload }: { app: Application; secrets: Secret[]; reload: () => void }) {
  const [creating, setCreating] = useState(false);
  const [editing, setEditing] = useState('');
  const [deleting, setDeleting] = useState('');
  const used = secrets.find(({ name }) => name === deleting);
  return (
    <Card title={t('Secrets')} actions={<Opener onClick={() => setCreating(true)}>{t('New secret…')}</Opener>}>
      {secrets.length === 0 && <Notice kind="warn"><p>{t('There is no secret, so the client cannot authenticate. Create one.')}</p></Notice>}
      {secrets.length > 0 && (
        <Table caption={t('Secrets')} rows={secrets} columns={[
          ['Name', (row) => row.name],
          ['Value', (row) => row.value ? <span class="with-copy"><Hidden text={row.value} what={t('secret {0}', row.name)} /> <Copy text={row.value} what={t('secret {0}', row.name)} /></span> : <span class="quiet">{t('not shown by this server')}</span>],
          ['Created', (row) => <Time ms={row.createdAt} />],
          ['Expires', (row) => <><Time ms={row.expiresAt} />{row.expiresAt && <span class="quiet"> {isValid(row) ? distance(row.expiresAt) : t('expired')}</span>}</>],
          ['Last token', (row) => <>{row.lastUsedAt ? distance(row.lastUsedAt) : <Time ms={null} />}</>],
          ['', (row) => (
            <span class="with-copy">
              <Opener class="small" aria-label={t('Rename secret {0}', row.name)} onClick={() => setEditing(row.name)}>{t('Rename…')}</Opener>
              <Opener class="small bad" aria-label={t('Delete secret {0}', row.name)} onClick={() => setDeleting(row.name)}>{t('Delete')}</Opener>
            </span>
          )],
        ]} />
      )}
      {editing && <RenameSecret app={app} name={editing} close={() => { setEditing(''); reload(); }} />}
      {creating && <NewSecret app={app} first={!secrets.length} close={() => { setCreating(false); reload(); }} />}
      {deleting && (
        <Confirm title={t('Delete {0}?', deleting)} text={(used?.lastUsedAt ?? 0) > Date.now() - DAY ? t('A program got a token with it within a day: programs that send it are refused from the next request on.') : t('Programs that send this secret are refused from the next request on.')} button={t('Delete secret')} close={() => setDeleting('')}
          run={async () => { await call('DELETE', `/applications${at(app.id, 'secrets', deleting)}`); toast(t('Secret deleted.')); reload(); }} />
      )}
    </Card>
  );
}

/* ---- Downloads ---- */

function Downloads({ app }: { app: Application }) {
  const [secret, setSecret] = useState(false);
  const [shown, setShown] = useState<{ title: string; text: string }>();
  const get = (format: string) => raw('GET', `/applications${at(app.id)}/exports/${format}${secret ? '?includeSecret=true' : ''}`);
  const download = async (format: string, file: string) => {
    const answer = await get(format);
    save(file, answer.headers.get('content-type') ?? 'application/octet-stream', await answer.arrayBuffer());
    toast(t('{0} downloaded.', file));
  };
  return (
    <Card title={t('Take it along')}>
      <p>{t('Collections hold every operation of the API, and Configure New Token filled in.')}</p>
      <Check label={t('Put the secret into the file')} checked={secret} onChecked={setSecret} />
      <div class="actions">
        {EXPORTS.map(([format, text, file]) => <Action key={format} run={() => download(format, file)} reads>{text}</Action>)}
      </div>
      <div class="actions">
        {SNIPPETS.map(([format, text]) => <Action key={format} run={async () => setShown({ title: text, text: await (await get(format)).text() })} reads>{text}</Action>)}
      </div>
      {shown && (
        <figure class="snippet">
          <figcaption>{shown.title} <Copy text={shown.text} what={shown.title} /></figcaption>
          <pre tabIndex={0}>{shown.text}</pre>
        </figure>
      )}
    </Card>
  );
}

/* ---- The form ---- */

function getTokenOf(client: string) {
  bench.wanted = client;
  navigate('/workbench');
}

interface State {
  secrets: Secret[];
  roles: Role[];
  scope: string;
}

async function load(app: Application): Promise<State> {
  const machine = app.type === 'MachineToMachine';
  const [secrets, roles] = await Promise.all([
    call<Secret[]>('GET', `/applications${at(app.id)}/secrets?includeLastUse=true`),
    machine ? every<Role>(`/applications${at(app.id)}/roles`) : [],
  ]);
  const scopes = await Promise.all(roles.map(({ id }) => scopesOf(id)));
  return { secrets, roles, scope: scopeText(scopes.flat()) };
}

function Missing({ app, reload }: { app: Application; reload: () => void }) {
  const grant = async (access: Access) => {
    await giveRole(app.id, await roleFor(access, app.name));
    toast(t('Access given.'));
    reload();
  };
  return (
    <Notice kind="warn">
      <p><strong>{t('No role of this client opens the Management API.')}</strong> {t('It gets tokens, but without a scope, and every request is answered 403.')}</p>
      <div class="actions">
        <Action run={() => grant({ kind: 'all' })} kind="main">{t('Give full access')}</Action>
        <Action run={() => grant({ kind: 'read' })}>{t('Give read access')}</Action>
        <Link to={`/applications/${app.id}/roles`} class="button">{t('Choose a role')}</Link>
      </div>
    </Notice>
  );
}

/** What libraries find by the first of them, and programs without a library ask for. */
const Endpoints = () => (
  <Card title={t('All endpoints')}>
    <dl class="rows">
      <CopyRow name="OpenID Configuration" value={`${endpoint}/oidc/.well-known/openid-configuration`} />
      <CopyRow name="JWKS URI" value={`${endpoint}/oidc/jwks`} />
      <CopyRow name="Userinfo URL" value={`${endpoint}/oidc/me`} />
      <CopyRow name="Introspection URL" value={`${endpoint}/oidc/token/introspection`} />
      <CopyRow name="Revocation URL" value={`${endpoint}/oidc/token/revocation`} />
      <CopyRow name="Device Authorization URL" value={`${endpoint}/oidc/device/auth`} />
      <CopyRow name="End Session URL" value={`${endpoint}/oidc/session/end`} />
    </dl>
  </Card>
);

export function Credentials({ app }: { app: Application }) {
  const { data, error, reload } = useLoad(() => load(app), [app.id]);
  if (!data) return <Problem error={error} retry={reload} />;
  const secret = newestSecret(data.secrets);
  const machine = app.type === 'MachineToMachine';
  if (!machine) {
    return (
      <>
        <Card title={t('For the application\'s library')} actions={<Link to={`/workbench?client=${app.id}`} class="button">{t('Try a sign-in')}</Link>}>
          <dl class="rows">
            <CopyRow name="Issuer" value={`${endpoint}/oidc`} />
            <CopyRow name="Auth URL" value={`${endpoint}/oidc/auth`} />
            <CopyRow name="Access Token URL" value={`${endpoint}/oidc/token`} />
            <CopyRow name="Client ID" value={app.id} />
            {app.type === 'Traditional' && secret && <CopyRow name="Client Secret" value={secret} secret />}
          </dl>
        </Card>
        <Endpoints />
        {app.type === 'Traditional' && <Secrets app={app} secrets={data.secrets} reload={reload} />}
      </>
    );
  }
  return (
    <>
      {!data.scope && <Missing app={app} reload={reload} />}
      <Card title={t('Configure New Token')} actions={<button type="button" class="main" onClick={() => getTokenOf(app.id)}>{t('Get a token now')}</button>}>
        <p class="quiet">{t('Named and ordered as in Postman\'s form for OAuth 2.0.')}</p>
        <dl class="rows">
          <CopyRow name="Grant Type" value="Client Credentials" />
          <CopyRow name="Access Token URL" value={`${endpoint}/oidc/token`} />
          <CopyRow name="Client ID" value={app.id} />
          {secret ? <CopyRow name="Client Secret" value={secret} secret /> : <div class="row"><dt>{t('Client Secret')}</dt><dd class="quiet">{data.secrets.length ? t('This server does not show secrets again.') : t('None: create one below.')}</dd></div>}
          <CopyRow name="Scope" value={data.scope || '(none)'} />
          <CopyRow name="Client Authentication" value="Send as Basic Auth header" />
          <CopyRow name="resource" value={RESOURCE} note="Advanced, Token Request: sent in the request body" />
        </dl>
      </Card>
      <Downloads app={app} />
      <Endpoints />
      <Secrets app={app} secrets={data.secrets} reload={reload} />
    </>
  );
}
