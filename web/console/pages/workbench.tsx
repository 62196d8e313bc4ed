// The workbench: Configure New Token, the tokens, and requests with them.
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from '../../shared/router';
import { Card, Field, Form, Page, Problem, Select } from '../../shared/ui';
import { list, useLoad, type Application } from '../api';
import { bench, fillFrom, getToken, update, useBench, type Configuration, type Row } from '../workbench';
import { Requests } from './requests';
import { Tokens } from './tokens';

const PLACES: [string, string][] = [['body', 'Request Body'], ['url', 'Request URL'], ['header', 'Request Headers']];

function Rows({ title, rows, setRows }: { title: string; rows: Row[]; setRows: (rows: Row[]) => void }) {
  const set = (index: number, change: Partial<Row>) => setRows(rows.map((row, i) => (i === index ? { ...row, ...change } : row)));
  return (
    <fieldset>
      <legend>{title}</legend>
      {rows.map((row, index) => (
        <div class="parameters" key={index}>
          <Field label="Key" value={row.key} onValue={(key) => set(index, { key })} />
          <Field label="Value" value={row.value} onValue={(value) => set(index, { value })} />
          <Select label="Send in" value={row.place} onValue={(place) => set(index, { place: place as Row['place'] })} options={PLACES} />
          <button type="button" class="small" aria-label={`Remove ${row.key || 'this parameter'}`} onClick={() => setRows(rows.filter((_, i) => i !== index))}>Remove</button>
        </div>
      ))}
      <button type="button" class="small" onClick={() => setRows([...rows, { key: '', value: '', place: 'body' }])}>Add parameter</button>
    </fieldset>
  );
}

function Configure() {
  const { form } = useBench();
  const [error, setError] = useState<unknown>();
  const { data: clients } = useLoad(() => list<Application>('/applications', { types: 'MachineToMachine', page: 1, page_size: 100 }), []);
  const set = (key: keyof Configuration) => (value: unknown) => update(() => (bench.form = { ...bench.form, [key]: value }));
  const pick = (id: string) => id && fillFrom(id).then(() => setError(undefined), setError);
  const known = clients?.rows.some(({ id }) => id === form.clientId);
  return (
    <Card title="Configure New Token">
      <Form submit={getToken} button="Get New Access Token" reads>
        <Select label="Fill in from" value={known ? form.clientId : ''} onValue={pick} options={[['', 'Nothing: by hand'], ...(clients?.rows ?? []).map(({ id, name }): [string, string] => [id, name])]} />
        <Problem error={error} />
        <Field label="Token Name" value={form.tokenName} onValue={set('tokenName')} />
        <Select label="Grant Type" value="client_credentials" onValue={() => {}} options={[['client_credentials', 'Client Credentials']]} />
        <Field label="Access Token URL" value={form.tokenUrl} onValue={set('tokenUrl')} type="url" required />
        <Field label="Client ID" value={form.clientId} onValue={set('clientId')} required />
        <Field label="Client Secret" value={form.clientSecret} onValue={set('clientSecret')} required />
        <Field label="Scope" value={form.scope} onValue={set('scope')} />
        <Select label="Client Authentication" value={form.authentication} onValue={set('authentication')} options={[['header', 'Send as Basic Auth header'], ['body', 'Send client credentials in body']]} />
        <details class="advanced" open>
          <summary>Advanced</summary>
          <Field label="Refresh Token URL" value={form.refreshUrl} onValue={set('refreshUrl')} type="url" help="Empty: the Access Token URL." />
          <Rows title="Token Request" rows={form.tokenRows} setRows={set('tokenRows')} />
          <Rows title="Refresh Request" rows={form.refreshRows} setRows={set('refreshRows')} />
        </details>
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

