// The workbench: Configure New Token, the tokens, and requests with them.
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from '../../shared/router';
import { Action, Card, Field, Form, Notice, Page, Problem, Select, toast } from '../../shared/ui';
import { call, list, useLoad, type Application } from '../api';
import { GRANTS, SUBJECT_TYPES } from '../grants';
import { bench, changeApp, fillFrom, getToken, update, useBench, type Configuration, type Row } from '../workbench';
import { Requests } from './requests';
import { Tokens } from './tokens';

const PLACES: [string, string][] = [['body', 'Request Body'], ['url', 'Request URL'], ['header', 'Request Headers']];

function Rows({ title, rows, setRows, places = PLACES }: { title: string; rows: Row[]; setRows: (rows: Row[]) => void; places?: [string, string][] }) {
  const set = (index: number, change: Partial<Row>) => setRows(rows.map((row, i) => (i === index ? { ...row, ...change } : row)));
  return (
    <fieldset>
      <legend>{title}</legend>
      {rows.map((row, index) => (
        <div class="parameters" key={index}>
          <Field label="Key" value={row.key} onValue={(key) => set(index, { key })} />
          <Field label="Value" value={row.value} onValue={(value) => set(index, { value })} />
          <Select label="Send in" value={row.place} onValue={(place) => set(index, { place: place as Row['place'] })} options={places} />
          <button type="button" class="small" aria-label={`Remove ${row.key || 'this parameter'}`} onClick={() => setRows(rows.filter((_, i) => i !== index))}>Remove</button>
        </div>
      ))}
      <button type="button" class="small" onClick={() => setRows([...rows, { key: '', value: '', place: places[0][0] as Row['place'] }])}>Add parameter</button>
    </fieldset>
  );
}

type Setter = (key: keyof Configuration) => (value: unknown) => void;
type PartProps = { form: Configuration; set: Setter };

/** What the client still lacks for the grant, with the button that gives it. */
function Lacking({ form, app }: { form: Configuration; app: Application }) {
  const { redirectUris } = app.oidcClientMetadata;
  if (form.grant === 'authorization_code' && !redirectUris.includes(form.callback)) {
    return (
      <Notice kind="warn">
        <p>{app.name} does not let browsers return to the Callback URL.</p>
        <div class="actions"><Action run={() => changeApp({ oidcClientMetadata: { ...app.oidcClientMetadata, redirectUris: [...redirectUris, form.callback] } })}>Add it to the redirect URIs</Action></div>
      </Notice>
    );
  }
  if (form.grant === 'token_exchange' && !app.customClientMetadata.allowTokenExchange) {
    return (
      <Notice kind="warn">
        <p>{app.name} may not exchange tokens.</p>
        <div class="actions"><Action run={() => changeApp({ customClientMetadata: { ...app.customClientMetadata, allowTokenExchange: true } })}>Allow token exchange</Action></div>
      </Notice>
    );
  }
  return null;
}

const OfCode = ({ form, set }: PartProps) => (
  <>
    <Field label="Callback URL" value={form.callback} onValue={set('callback')} type="url" required help="The application must have it among its redirect URIs." />
    <Field label="Auth URL" value={form.authUrl} onValue={set('authUrl')} type="url" required help="Opens in a window of its own, where the user signs in. State and code verifier are made at random." />
  </>
);

/** A token that stands for a user, made here. */
function Impersonation({ set }: { set: Setter }) {
  const [user, setUser] = useState('');
  const make = async () => {
    if (!user) throw new Error('Give the ID of the user to act as.');
    const { subjectToken } = await call<{ subjectToken: string }>('POST', '/subject-tokens', { userId: user });
    set('subjectToken')(subjectToken);
    toast('Made: it is good once.');
  };
  return (
    <div class="parameters">
      <Field label="User ID" value={user} onValue={setUser} />
      <Action run={make}>Make a subject token</Action>
    </div>
  );
}

const OfExchange = ({ form, set }: PartProps) => (
  <>
    <Select label="Subject token type" value={form.subjectType} onValue={set('subjectType')} options={SUBJECT_TYPES} />
    {form.subjectType === SUBJECT_TYPES[0][0] && <Impersonation set={set} />}
    <Field label="Subject token" value={form.subjectToken} onValue={set('subjectToken')} required />
  </>
);

const OfRefresh = ({ form, set }: PartProps) => <Field label="Refresh token" value={form.refreshToken} onValue={set('refreshToken')} required />;

const AUTHENTICATIONS: [string, string][] = [['header', 'Send as Basic Auth header'], ['body', 'Send client credentials in body'], ['none', 'None: the client has no secret']];

function Advanced({ form, set }: PartProps) {
  return (
    <details class="advanced" open>
      <summary>Advanced</summary>
      <Field label="Refresh Token URL" value={form.refreshUrl} onValue={set('refreshUrl')} type="url" help="Empty: the Access Token URL." />
      {form.grant === 'authorization_code' && <Rows title="Auth Request" rows={form.authRows} setRows={set('authRows')} places={PLACES.slice(1, 2)} />}
      <Rows title="Token Request" rows={form.tokenRows} setRows={set('tokenRows')} />
      <Rows title="Refresh Request" rows={form.refreshRows} setRows={set('refreshRows')} />
    </details>
  );
}

function Configure() {
  const { form, app, stopWaiting } = useBench();
  const [error, setError] = useState<unknown>();
  const { data: clients } = useLoad(() => list<Application>('/applications', { page: 1, page_size: 100 }), []);
  const set: Setter = (key) => (value) => update(() => (bench.form = { ...bench.form, [key]: value }));
  const pick = (id: string) => id && fillFrom(id).then(() => setError(undefined), setError);
  const known = clients?.rows.some(({ id }) => id === form.clientId);
  const parts = { form, set };
  return (
    <Card title="Configure New Token">
      <Form submit={getToken} button="Get New Access Token" reads cancel={stopWaiting && <><span role="status">Waiting for the sign-in in the other window…</span> <button type="button" onClick={stopWaiting}>Stop waiting</button></>}>
        <Select label="Fill in from" value={known ? form.clientId : ''} onValue={pick} options={[['', 'Nothing: by hand'], ...(clients?.rows ?? []).map(({ id, name }): [string, string] => [id, name])]} />
        <Problem error={error} />
        <Field label="Token Name" value={form.tokenName} onValue={set('tokenName')} />
        <Select label="Grant Type" value={form.grant} onValue={set('grant')} options={GRANTS} />
        {app?.id === form.clientId && <Lacking form={form} app={app} />}
        {form.grant === 'authorization_code' && <OfCode {...parts} />}
        <Field label="Access Token URL" value={form.tokenUrl} onValue={set('tokenUrl')} type="url" required />
        <Field label="Client ID" value={form.clientId} onValue={set('clientId')} required />
        {form.authentication !== 'none' && <Field label="Client Secret" value={form.clientSecret} onValue={set('clientSecret')} required />}
        {form.grant === 'refresh_token' && <OfRefresh {...parts} />}
        {form.grant === 'token_exchange' && <OfExchange {...parts} />}
        <Field label="Scope" value={form.scope} onValue={set('scope')} />
        <Select label="Client Authentication" value={form.authentication} onValue={set('authentication')} options={AUTHENTICATIONS} />
        <Advanced {...parts} />
      </Form>
    </Card>
  );
}

export function Workbench() {
  useBench();
  const { query } = useLocation();
  const [error, setError] = useState<unknown>();
  const asked = query.get('client') ?? '';
  useEffect(() => {
    const { wanted } = bench;
    bench.wanted = '';
    const id = asked || wanted;
    if (!id) return;
    fillFrom(id).then(() => (wanted ? getToken() : undefined)).catch(setError);
  }, [asked]);
  return (
    <Page title="Workbench" lead="Get tokens and send requests. All of it stays in this page's memory and is gone when it is closed.">
      <Problem error={error} />
      {bench.tokens.length === 0 && <Configure />}
      <Tokens />
      <Requests />
      {bench.tokens.length > 0 && <Configure />}
    </Page>
  );
}

