// Webhooks: the list, and of one its settings, signing key, deliveries and a trial.
import { useState } from 'preact/hooks';
import { Link, navigate } from '../../shared/router';
import { Settings, type SettingRow } from '../../shared/settings';
import { Action, Card, Check, Confirm, Copy, Dialog, Empty, Field, Form, Page, Parts, Problem, Select, Time, toast } from '../../shared/ui';
import { at, call, useLoad, type Log } from '../api';
import { ListPage, Listing, tellDeletion } from '../listing';
import { useOpenApi } from '../openapi';

interface Hook {
  id: string;
  name: string;
  events: string[];
  config: { url: string; headers?: Record<string, string> };
  signingKey: string;
  enabled: boolean;
  createdAt: number;
  executionStats?: { successCount: number; requestCount: number };
}

/** The events that this server knows. */
function useEvents() {
  const { data, error } = useOpenApi();
  return { events: data?.operations.find(({ id }) => id === 'CreateHook')?.body?.properties?.events?.items?.enum ?? [], error };
}

function Create({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [picked, setPicked] = useState<string[]>([]);
  const { events, error } = useEvents();
  const submit = async () => {
    if (!picked.length) throw new Error('Check at least one event.');
    const made = await call<Hook>('POST', '/hooks', { name, events: picked, config: { url } });
    navigate(`/hooks/${made.id}`);
  };
  return (
    <Dialog title="New webhook" close={close}>
      <Form submit={submit} button="Create webhook" cancel={<button type="button" onClick={close}>Cancel</button>}>
        <Field label="Name" value={name} onValue={setName} required maxLength={256} autofocus />
        <Field label="Endpoint URL" value={url} onValue={setUrl} required type="url" help="Gets a POST with the event, signed." />
        <Problem error={error} />
        <fieldset>
          <legend>Events</legend>
          <div class="checks tall">
            {events.map((event) => <Check key={event} label={<code>{event}</code>} checked={picked.includes(event)} onChecked={(on) => setPicked(on ? [...picked, event] : picked.filter((each) => each !== event))} />)}
          </div>
        </fieldset>
      </Form>
    </Dialog>
  );
}

const rate = ({ executionStats: stats }: Hook) => (stats?.requestCount ? `${Math.round((100 * stats.successCount) / stats.requestCount)} % of ${stats.requestCount}` : '–');

export const Hooks = () => (
  <ListPage title="Webhooks" lead="Tell your programs what happened here: each event is a signed request, sent again until it is taken." button="New webhook" dialog={(close) => <Create close={close} />}>
    <Listing<Hook> title="Webhooks" path="/hooks" query={{ includeExecutionStats: 'true' }}
      columns={[
        ['Name', (row) => <Link to={`/hooks/${row.id}`}>{row.name}</Link>, (row) => row.name],
        ['Endpoint', (row) => <code>{row.config.url}</code>, (row) => row.config.url],
        ['Events', (row) => row.events.length, (row) => row.events.length],
        ['Taken, last 24 h', rate],
        ['State', (row) => <span class={row.enabled ? 'tag good' : 'tag'}>{row.enabled ? 'On' : 'Off'}</span>, (row) => Number(row.enabled)],
      ]}
      empty={<Empty title="No webhook yet"><p>With one, a program hears of sign-ins, new users and changes at once, without asking.</p></Empty>} />
  </ListPage>
);

/* ---- One ---- */

function Key({ hook, reload }: { hook: Hook; reload: () => void }) {
  const [shown, setShown] = useState(false);
  const [renewing, setRenewing] = useState(false);
  const path = `/hooks${at(hook.id)}/signing-key`;
  return (
    <Card title="Signing key" actions={<button type="button" class="bad" onClick={() => setRenewing(true)}>New signing key…</button>}>
      <p class="quiet">Each request carries logto-signature-sha-256: the HMAC-SHA256 of its body with this key, in hex.</p>
      <p class="with-copy">
        <code>{shown ? hook.signingKey : '•'.repeat(24)}</code>
        <button type="button" class="small" aria-pressed={shown} onClick={() => setShown(!shown)}>{shown ? 'Hide' : 'Show'}</button>
        <Copy text={hook.signingKey} what="signing key" />
      </p>
      {renewing && (
        <Confirm title="Make a new signing key?" text="Programs that check with the present one refuse what is sent from now on, until they have the new one." button="Make a new key" close={() => setRenewing(false)}
          run={async () => { await call('PATCH', path); toast('A new key is in place.'); reload(); }} />
      )}
    </Card>
  );
}

function Trial({ hook }: { hook: Hook }) {
  const [event, setEvent] = useState(hook.events[0] ?? '');
  const run = async () => {
    await call('POST', `/hooks${at(hook.id)}/test`, { events: [event], config: hook.config });
    toast('The endpoint took it.');
  };
  return (
    <Card title="Try it">
      <p class="quiet">Sends an example of the event to the endpoint now, and shows what it answered.</p>
      <Select label="Event to try" value={event} onValue={setEvent} options={hook.events} />
      <div class="actions"><Action run={run}>Send a test request</Action></div>
    </Card>
  );
}

const took = (log: Log) => log.payload.result !== 'Error';

function Deliveries({ hook }: { hook: Hook }) {
  const [count, setCount] = useState(0);
  return (
    <Card title="Deliveries of the last 24 hours" actions={<button type="button" onClick={() => setCount(count + 1)}>Reload</button>}>
      <Listing<Log> title="Deliveries" path={`/hooks${at(hook.id)}/recent-logs`} count={count}
        columns={[
          ['Event', (row) => row.key.replace('TriggerHook.', ''), (row) => row.key],
          ['Result', (row) => <span class={took(row) ? 'tag good' : 'tag bad'}>{took(row) ? 'Taken' : 'Refused'}</span>, (row) => Number(took(row))],
          ['Attempt', (row) => String(row.payload.attempt ?? '–')],
          ['Time', (row) => <Time ms={row.createdAt} />, (row) => row.createdAt],
          ['Details', (row) => <details><summary>Request and answer<span class="hidden"> of {row.id}</span></summary><pre tabIndex={0}>{JSON.stringify(row.payload, null, 2)}</pre></details>],
        ]}
        empty={<Empty title="Nothing was delivered"><p>Each attempt stands here with the request and the answer. Try the webhook in its settings.</p></Empty>} />
    </Card>
  );
}

export function HookPage({ id, part = 'settings' }: { id: string; part?: string }) {
  const path = `/hooks${at(id)}`;
  const { events } = useEvents();
  const [deleting, setDeleting] = useState(false);
  const { data: hook, error, reload } = useLoad(() => call<Hook>('GET', path), [id]);
  if (!hook) return <Page title="Webhook" back={['/hooks', 'Webhooks']}><Problem error={error} retry={reload} /></Page>;
  const rows: SettingRow[] = [
    { key: 'enabled', label: 'On', kind: 'check' },
    { key: 'name', label: 'Name', required: true, max: 256 },
    { key: 'config.url', label: 'Endpoint URL', type: 'url', required: true },
    { key: 'config.headers', label: 'Headers', kind: 'json', help: 'Sent with each request, as a JSON object of texts.' },
    { key: 'events', label: 'Events', kind: 'several', options: events.length ? events : hook.events },
  ];
  return (
    <Page title={hook.name} back={['/hooks', 'Webhooks']} lead={<><code>{hook.config.url}</code> · <code>{id}</code></>} actions={<button type="button" class="bad" onClick={() => setDeleting(true)}>Delete webhook…</button>}>
      <Parts base={`/hooks/${id}`} parts={[['settings', 'Settings'], ['deliveries', 'Deliveries']]} current={part} />
      {part === 'settings' && (
        <>
          <Settings title="Settings" value={hook} rows={rows} reload={reload} save={(changed) => call('PATCH', path, changed)} fresh={() => call('GET', path)} />
          <Key hook={hook} reload={reload} />
          <Trial hook={hook} />
        </>
      )}
      {part === 'deliveries' && <Deliveries hook={hook} />}
      {deleting && (
        <Confirm title={`Delete ${hook.name}?`} text="What has not been delivered is not. This cannot be undone." button="Delete webhook" close={() => setDeleting(false)}
          tell={tellDeletion(path, [['deliveries of the last day', `${path}/recent-logs`]])} run={async () => { await call('DELETE', path); navigate('/hooks', { saved: true }); }} />
      )}
    </Page>
  );
}
