// The workbench: Configure New Token, the tokens, and requests with them.
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from '../../shared/router';
import { t } from '../../shared/text';
import { Action, Card, Field, Form, Notice, Page, Problem, Select, toast } from '../../shared/ui';
import { call, list, useLoad, type Application } from '../api';
import { home } from '../session';
import { GRANTS, SUBJECT_TYPES } from '../grants';
import { bench, changeApp, fillFrom, getToken, update, useBench, type Configuration, type Row } from '../workbench';
import { Requests } from './requests';
import { Tokens } from './tokens';

const PLACES: [string, string][] = [['body', t('Request Body')], ['url', t('Request URL')], ['header', t('Request Headers')]];

function Rows({ title, rows, setRows, places = PLACES }: { title: string; rows: Row[]; setRows: (rows: Row[]) => void; places?: [string, string][] }) {
  const set = (index: number, change: Partial<Row>) => setRows(rows.map((row, i) => (i === index ? { ...row, ...change } : row)));
  return (
    <fieldset>
      <legend>{title}</legend>
      {rows.map((row, index) => (
        <div class="parameters" key={index}>
          <Field label={t('Key')} value={row.key} onValue={(key) => set(index, { key })} />
          <Field label={t('Value')} value={row.value} onValue={(value) => set(index, { value })} />
          <Select label={t('Send in')} value={row.place} onValue={(place) => set(index, { place: place as Row['place'] })} options={places} />
          <button type="button" class="small" aria-label={t('Remove {0}', row.key || t('this parameter'))} onClick={() => setRows(rows.filter((_, i) => i !== index))}>{t('Remove')}</button>
        </div>
      ))}
      <button type="button" class="small" onClick={() => setRows([...rows, { key: '', value: '', place: places[0][0] as Row['place'] }])}>{t('Add parameter')}</button>
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
        <p>{app.name} {t('does not let browsers return to the Callback URL.')}</p>
        <div class="actions"><Action run={() => changeApp({ oidcClientMetadata: { ...app.oidcClientMetadata, redirectUris: [...redirectUris, form.callback] } })}>{t('Add it to the redirect URIs')}</Action></div>
      </Notice>
    );
  }
  const origins = (app.customClientMetadata.corsAllowedOrigins ?? []) as string[];
  if (form.grant === 'device_code' && !app.customClientMetadata.isDeviceFlow) return <Notice kind="warn"><p>{t('{0} is not for devices without a browser. Make such a native application on the page Applications.', app.name)}</p></Notice>;
  if (form.grant === 'device_code' && form.authentication === 'none' && !origins.includes(home)) {
    return (
      <Notice kind="warn">
        <p>{t('{0} does not let pages of this address ask for its tokens.', app.name)}</p>
        <div class="actions"><Action run={() => changeApp({ customClientMetadata: { ...app.customClientMetadata, corsAllowedOrigins: [...origins, home] } })}>{t('Add it to the CORS origins')}</Action></div>
      </Notice>
    );
  }
  if (form.grant === 'token_exchange' && !app.customClientMetadata.allowTokenExchange) {
    return (
      <Notice kind="warn">
        <p>{app.name} {t('may not exchange tokens.')}</p>
        <div class="actions"><Action run={() => changeApp({ customClientMetadata: { ...app.customClientMetadata, allowTokenExchange: true } })}>{t('Allow token exchange')}</Action></div>
      </Notice>
    );
  }
  return null;
}

const OfCode = ({ form, set }: PartProps) => (
  <>
    <Field label={t('Callback URL')} value={form.callback} onValue={set('callback')} type="url" required help={t('The application must have it among its redirect URIs.')} />
    <Field label={t('Auth URL')} value={form.authUrl} onValue={set('authUrl')} type="url" required help={t('Opens in a window of its own, where the user signs in. State and code verifier are made at random.')} />
  </>
);

const OfDevice = ({ form, set }: PartProps) => <Field label={t('Device Authorization URL')} value={form.deviceUrl} onValue={set('deviceUrl')} type="url" required help={t('Gives the code that the user enters elsewhere.')} />;

/** While the user is waited for. */
function Waiting() {
  const { device, stopWaiting } = useBench();
  if (!stopWaiting) return null;
  return (
    <>
      {device
        ? <span role="status">{t('Waiting for the user to enter')} <strong>{device.code}</strong> <a href={device.address} target="_blank" rel="noreferrer">{t('on the page for devices')}</a></span>
        : <span role="status">{t('Waiting for the sign-in in the other window…')}</span>}{' '}
      <button type="button" onClick={stopWaiting}>{t('Stop waiting')}</button>
    </>
  );
}

/** A token that stands for a user, made here. */
function Impersonation({ set }: { set: Setter }) {
  const [user, setUser] = useState('');
  const make = async () => {
    if (!user) throw new Error(t('Give the ID of the user to act as.'));
    const { subjectToken } = await call<{ subjectToken: string }>('POST', '/subject-tokens', { userId: user });
    set('subjectToken')(subjectToken);
    toast(t('Made: it is good once.'));
  };
  return (
    <div class="parameters">
      <Field label={t('User ID')} value={user} onValue={setUser} />
      <Action run={make}>{t('Make a subject token')}</Action>
    </div>
  );
}

const OfExchange = ({ form, set }: PartProps) => (
  <>
    <Select label={t('Subject token type')} value={form.subjectType} onValue={set('subjectType')} options={SUBJECT_TYPES} />
    {form.subjectType === SUBJECT_TYPES[0][0] && <Impersonation set={set} />}
    <Field label={t('Subject token')} value={form.subjectToken} onValue={set('subjectToken')} required />
  </>
);

const OfRefresh = ({ form, set }: PartProps) => <Field label={t('Refresh token')} value={form.refreshToken} onValue={set('refreshToken')} required />;

const AUTHENTICATIONS: [string, string][] = [['header', t('Send as Basic Auth header')], ['body', t('Send client credentials in body')], ['none', t('None: the client has no secret')]];

function Advanced({ form, set }: PartProps) {
  return (
    <details class="advanced" open>
      <summary>{t('Advanced')}</summary>
      <Field label={t('Refresh Token URL')} value={form.refreshUrl} onValue={set('refreshUrl')} type="url" help={t('Empty: the Access Token URL.')} />
      {form.grant === 'authorization_code' && <Rows title={t('Auth Request')} rows={form.authRows} setRows={set('authRows')} places={PLACES.slice(1, 2)} />}
      <Rows title={t('Token Request')} rows={form.tokenRows} setRows={set('tokenRows')} />
      <Rows title={t('Refresh Request')} rows={form.refreshRows} setRows={set('refreshRows')} />
    </details>
  );
}

function Configure() {
  const { form, app } = useBench();
  const [error, setError] = useState<unknown>();
  const { data: clients, error: unread } = useLoad(() => list<Application>('/applications', { page: 1, page_size: 100 }), []);
  const set: Setter = (key) => (value) => update(() => (bench.form = { ...bench.form, [key]: value }));
  const pick = (id: string) => id && fillFrom(id).then(() => setError(undefined), setError);
  const known = clients?.rows.some(({ id }) => id === form.clientId);
  const parts = { form, set };
  return (
    <Card title={t('Configure New Token')}>
      <Form submit={getToken} button={t('Get New Access Token')} reads cancel={<Waiting />}>
        <Select label={t('Fill in from')} value={known ? form.clientId : ''} onValue={pick} options={[['', t('Nothing: by hand')], ...(clients?.rows ?? []).map(({ id, name }): [string, string] => [id, name])]} />
        <Problem error={error ?? unread} />
        <Field label={t('Token Name')} value={form.tokenName} onValue={set('tokenName')} />
        <Select label={t('Grant Type')} value={form.grant} onValue={set('grant')} options={GRANTS} />
        {app?.id === form.clientId && <Lacking form={form} app={app} />}
        {form.grant === 'authorization_code' && <OfCode {...parts} />}
        {form.grant === 'device_code' && <OfDevice {...parts} />}
        <Field label={t('Access Token URL')} value={form.tokenUrl} onValue={set('tokenUrl')} type="url" required />
        <Field label={t('Client ID')} value={form.clientId} onValue={set('clientId')} required />
        {form.authentication !== 'none' && <Field label={t('Client Secret')} value={form.clientSecret} onValue={set('clientSecret')} required />}
        {form.grant === 'refresh_token' && <OfRefresh {...parts} />}
        {form.grant === 'token_exchange' && <OfExchange {...parts} />}
        <Field label={t('Scope')} value={form.scope} onValue={set('scope')} />
        <Select label={t('Client Authentication')} value={form.authentication} onValue={set('authentication')} options={AUTHENTICATIONS} />
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
    <Page title={t('Workbench')} lead={t('Get tokens and send requests. All of it stays in this page\'s memory and is gone when it is closed.')}>
      <Problem error={error} />
      {bench.tokens.length === 0 && <Configure />}
      <Tokens />
      <Requests />
      {bench.tokens.length > 0 && <Configure />}
    </Page>
  );
}

