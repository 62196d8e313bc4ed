// Webhooks: the list, and of one its settings, signing key, deliveries and a trial.
import { useState } from 'preact/hooks';
import { Link, navigate } from '../../shared/router';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Action, Card, Check, Confirm, Copy, Dialog, Empty, Field, Form, Opener, Page, Parts, Problem, Select, Time, toast } from '../../shared/ui';
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
    if (!picked.length) throw new Error(t('Check at least one event.'));
    const made = await call<Hook>('POST', '/hooks', { name, events: picked, config: { url } });
    navigate(`/hooks/${made.id}`);
  };
  return (
    <Dialog title={t('New webhook')} close={close}>
      <Form submit={submit} button={t('Create webhook')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Name')} value={name} onValue={setName} required maxLength={256} autofocus />
        <Field label={t('Endpoint URL')} value={url} onValue={setUrl} required type="url" help={t('Gets a POST with the event, signed.')} />
        <Problem error={error} />
        <fieldset>
          <legend>{t('Events')}</legend>
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
  <ListPage title={t('Webhooks')} lead={t('Tell your programs what happened here: each event is a signed request, sent again until it is taken.')} button={t('New webhook')} dialog={(close) => <Create close={close} />}>
    <Listing<Hook> title={t('Webhooks')} path="/hooks" query={{ includeExecutionStats: 'true' }}
      columns={[
        ['Name', (row) => <Link to={`/hooks/${row.id}`}>{row.name}</Link>, (row) => row.name],
        ['Endpoint', (row) => <code>{row.config.url}</code>, (row) => row.config.url],
        ['Events', (row) => row.events.length, (row) => row.events.length],
        ['Taken, last 24 h', rate],
        ['State', (row) => <span class={row.enabled ? 'tag good' : 'tag'}>{row.enabled ? t('On') : t('Off')}</span>, (row) => Number(row.enabled)],
      ]}
      empty={<Empty title={t('No webhook yet')}><p>{t('With one, a program hears of sign-ins, new users and changes at once, without asking.')}</p></Empty>} />
  </ListPage>
);

/* ---- One ---- */

function Key({ hook, reload }: { hook: Hook; reload: () => void }) {
  const [shown, setShown] = useState(false);
  const [renewing, setRenewing] = useState(false);
  const path = `/hooks${at(hook.id)}/signing-key`;
  return (
    <Card title={t('Signing key')} actions={<Opener class="bad" onClick={() => setRenewing(true)}>{t('New signing key…')}</Opener>}>
      <p class="quiet">{t('Each request carries logto-signature-sha-256: the HMAC-SHA256 of its body with this key, in hex.')}</p>
      <p class="with-copy">
        <code>{shown ? hook.signingKey : '•'.repeat(24)}</code>
        <button type="button" class="small" aria-pressed={shown} onClick={() => setShown(!shown)}>{shown ? t('Hide') : t('Show')}</button>
        <Copy text={hook.signingKey} what={t('signing key')} />
      </p>
      {renewing && (
        <Confirm title={t('Make a new signing key?')} text={t('Programs that check with the present one refuse what is sent from now on, until they have the new one.')} button={t('Make a new key')} close={() => setRenewing(false)}
          run={async () => { await call('PATCH', path); toast(t('A new key is in place.')); reload(); }} />
      )}
    </Card>
  );
}

function Trial({ hook }: { hook: Hook }) {
  const [event, setEvent] = useState(hook.events[0] ?? '');
  const run = async () => {
    await call('POST', `/hooks${at(hook.id)}/test`, { events: [event], config: hook.config });
    toast(t('The endpoint took it.'));
  };
  return (
    <Card title={t('Try it')}>
      <p class="quiet">{t('Sends an example of the event to the endpoint now, and shows what it answered.')}</p>
      <Select label={t('Event to try')} value={event} onValue={setEvent} options={hook.events} />
      <div class="actions"><Action run={run}>{t('Send a test request')}</Action></div>
    </Card>
  );
}

const took = (log: Log) => log.payload.result !== 'Error';

function Deliveries({ hook }: { hook: Hook }) {
  const [count, setCount] = useState(0);
  const replay = async (row: Log) => {
    await call('POST', `/hooks${at(hook.id)}/recent-logs${at(row.id)}/replay`);
    toast(t('It is delivered again, to where the webhook leads now.'));
    setCount(count + 1);
  };
  return (
    <Card title={t('Deliveries of the last 24 hours')} actions={<button type="button" onClick={() => setCount(count + 1)}>{t('Reload')}</button>}>
      <Listing<Log> title={t('Deliveries')} path={`/hooks${at(hook.id)}/recent-logs`} count={count}
        columns={[
          ['Event', (row) => row.key.replace('TriggerHook.', ''), (row) => row.key],
          ['Result', (row) => <span class={took(row) ? 'tag good' : 'tag bad'}>{took(row) ? t('Taken') : t('Refused')}</span>, (row) => Number(took(row))],
          ['Attempt', (row) => String(row.payload.attempt ?? '–')],
          ['Time', (row) => <Time ms={row.createdAt} />, (row) => row.createdAt],
          ['Details', (row) => <details><summary>{t('Request and answer')}<span class="hidden"> {t('of')} {row.id}</span></summary><pre tabIndex={0}>{JSON.stringify(row.payload, null, 2)}</pre></details>],
          ['', (row) => <Action run={() => replay(row)} kind="small" label={t('Deliver again: {0}', row.id)}>{t('Deliver again')}</Action>],
        ]}
        empty={<Empty title={t('Nothing was delivered')}><p>{t('Each attempt stands here with the request and the answer. Try the webhook in its settings.')}</p></Empty>} />
    </Card>
  );
}

export function HookPage({ id, part = 'settings' }: { id: string; part?: string }) {
  const path = `/hooks${at(id)}`;
  const { events } = useEvents();
  const [deleting, setDeleting] = useState(false);
  const { data: hook, error, reload } = useLoad(() => call<Hook>('GET', path), [id]);
  if (!hook) return <Page title={t('Webhook')} back={['/hooks', t('Webhooks')]}><Problem error={error} retry={reload} /></Page>;
  const rows: SettingRow[] = [
    { key: 'enabled', label: t('On'), kind: 'check' },
    { key: 'name', label: t('Name'), required: true, max: 256 },
    { key: 'config.url', label: t('Endpoint URL'), type: 'url', required: true },
    { key: 'config.headers', label: t('Headers'), kind: 'json', help: t('Sent with each request, as a JSON object of texts.') },
    { key: 'events', label: t('Events'), kind: 'several', options: events.length ? events : hook.events },
  ];
  return (
    <Page title={hook.name} back={['/hooks', t('Webhooks')]} lead={<><code>{hook.config.url}</code> · <code>{id}</code></>} actions={<Opener class="bad" onClick={() => setDeleting(true)}>{t('Delete webhook…')}</Opener>}>
      <Parts base={`/hooks/${id}`} parts={[['settings', t('Settings')], ['deliveries', t('Deliveries')]]} current={part} />
      {part === 'settings' && (
        <>
          <Settings title={t('Settings')} value={hook} rows={rows} reload={reload} save={(changed) => call('PATCH', path, changed)} fresh={() => call('GET', path)} />
          <Key hook={hook} reload={reload} />
          <Trial hook={hook} />
        </>
      )}
      {part === 'deliveries' && <Deliveries hook={hook} />}
      {deleting && (
        <Confirm title={t('Delete {0}?', hook.name)} text={t('What has not been delivered is not. This cannot be undone.')} button={t('Delete webhook')} close={() => setDeleting(false)}
          tell={tellDeletion(path, [[t('deliveries of the last day'), `${path}/recent-logs`]])} run={async () => { await call('DELETE', path); navigate('/hooks', { saved: true }); }} />
      )}
    </Page>
  );
}
