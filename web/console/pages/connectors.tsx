// Connectors: what sends messages and signs in with other accounts; forms made from what each kind asks for.
import { useState } from 'preact/hooks';
import { Link, navigate } from '../../shared/router';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Card, Confirm, Copy, Empty, Field, Form, Opener, Page, Problem, Table, toast } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { at, call, useLoad } from '../api';
import { tellDeletion } from '../listing';
import { endpoint } from '../session';

interface FormItem {
  key: string;
  type: string;
  label: string;
  required?: boolean;
  description?: string;
  placeholder?: string;
  defaultValue?: unknown;
  selectItems?: { value: string; title: string }[];
  showConditions?: { targetKey: string; expectValue: unknown }[];
}
interface Factory {
  id: string;
  type: 'Email' | 'Sms' | 'Social';
  name: Record<string, string>;
  formItems: FormItem[];
  isStandard?: boolean;
}
interface Connector extends Factory {
  connectorId: string;
  target: string;
  config: Plain;
  syncProfile: boolean;
  metadata: { target?: string; name?: Record<string, string> };
}
type Kind = Factory['type'];

const KINDS: [Kind, string, string][] = [
  ['Email', t('Email'), t('Sends verification codes and invitations. There can be one.')],
  ['Sms', 'SMS', t('Sends verification codes to phones. There can be one.')],
  ['Social', t('Social'), t('Lets users sign in with an account that they have elsewhere.')],
];
const nameOf = ({ name }: Factory) => name.en ?? Object.values(name)[0] ?? '';
const CONTROLS: Record<string, SettingRow['kind']> = { Text: 'text', MultilineText: 'long', Number: 'number', Switch: 'check', Select: 'choice', MultiSelect: 'several', Json: 'json' };

/** The form of a kind of connector, as settings rows under "config". */
function rowsOf({ formItems }: Factory): SettingRow[] {
  return formItems.map(({ key, type, label, required, description, placeholder, selectItems, showConditions }) => ({
    key: `config.${key}`,
    label,
    kind: CONTROLS[type] ?? 'text',
    required,
    lines: type === 'Json' ? 8 : 3,
    nothing: undefined,
    help: description ?? (placeholder && t('Such as {0}', placeholder)),
    options: selectItems?.map(({ value, title }): [string, string] => [value, title]),
    when: showConditions?.length ? (draft) => showConditions.every(({ targetKey, expectValue }) => (draft.config?.[targetKey] ?? formItems.find((item) => item.key === targetKey)?.defaultValue) === expectValue) : undefined,
  }));
}

const startOf = ({ formItems }: Factory) => Object.fromEntries(formItems.filter(({ defaultValue }) => defaultValue !== undefined).map(({ key, defaultValue }) => [key, defaultValue]));

/* ---- The list ---- */

export function Connectors() {
  const { data, error, reload } = useLoad(async () => {
    const [own, factories] = await Promise.all([call<Connector[]>('GET', '/connectors'), call<Factory[]>('GET', '/connector-factories')]);
    return { own, factories };
  }, []);
  return (
    <Page title={t('Connectors')} lead={t('Email and SMS services, and accounts that users have elsewhere.')}>
      <Problem error={error} retry={reload} />
      {data && KINDS.map(([kind, title, lead]) => {
        const own = data.own.filter(({ type }) => type === kind);
        return (
          <Card key={kind} title={title}>
            <p class="quiet">{lead}</p>
            {own.length === 0 && <Empty title={t('No {0} connector yet', title)}><p>{t('Set one of these up:')}</p></Empty>}
            {own.length > 0 && (
              <Table caption={title} rows={own.map((row) => ({ ...row, name: null, shown: nameOf(row) }))} columns={[
                ['Name', (row) => <Link to={`/connectors/${row.id}`}>{row.shown}</Link>, (row) => row.shown],
                ['Kind', (row) => <code>{row.connectorId}</code>],
                ['Target', (row) => row.target],
              ]} />
            )}
            <div class="actions">
              {data.factories.filter(({ type }) => type === kind).map((factory) => (
                <Link key={factory.id} to={`/connectors/new/${factory.id}`} class="button small">{nameOf(factory)}<span class="hidden">{t(': set up')}</span></Link>
              ))}
            </div>
          </Card>
        );
      })}
    </Page>
  );
}

/* ---- Trying it ---- */

function Trial({ connector }: { connector: Connector }) {
  const [to, setTo] = useState('');
  const email = connector.type === 'Email';
  const submit = async () => {
    await call('POST', `/connectors${at(connector.connectorId)}/test`, { [email ? 'email' : 'phone']: to, config: connector.config });
    toast(t('Sent.'));
  };
  return (
    <Card title={t('Test message')}>
      <Form submit={submit} button={t('Send test message')}>
        <Field label={email ? t('Email address') : t('Phone number')} type={(email ? 'email' : 'tel') as 'email'} value={to} onValue={setTo} required help={t('With the settings as they are saved.')} />
      </Form>
    </Card>
  );
}

/* ---- One ---- */

const callback = (id: string) => `${endpoint}/callback/${id}`;

export function NewConnector({ factory: id }: { factory: string }) {
  const { data: factory, error } = useLoad(() => call<Factory>('GET', `/connector-factories${at(id)}`), [id]);
  if (!factory) return <Page title={t('New connector')} back={['/connectors', t('Connectors')]}><Problem error={error} /></Page>;
  const rows: SettingRow[] = [...(factory.isStandard ? STANDARD_ROWS : []), ...rowsOf(factory)];
  const save = async (_: Plain, { config, metadata }: Plain) => {
    const named = metadata?.name?.en || metadata?.target;
    const made = await call<Connector>('POST', '/connectors', { connectorId: id, config, ...(named ? { metadata } : {}) });
    navigate(`/connectors/${made.id}`, { saved: true });
  };
  return (
    <Page title={t('New connector: {0}', nameOf(factory))} back={['/connectors', t('Connectors')]}>
      <NewForm factory={factory} rows={rows} save={save} />
    </Page>
  );
}

const STANDARD_ROWS: SettingRow[] = [
  { key: 'metadata.name.en', label: t('Name on the button'), required: true },
  { key: 'metadata.target', label: t('Target'), required: true, help: t('A short word for the provider; users\' identities are kept under it.') },
];

function NewForm({ factory, rows, save }: { factory: Factory; rows: SettingRow[]; save: (changed: Plain, whole: Plain) => Promise<void> }) {
  const [start] = useState({ config: startOf(factory) });
  return <Settings title={t('Set up')} value={start} rows={rows} save={save} reload={() => {}} button={t('Create connector')} />;
}

export function ConnectorPage({ id }: { id: string }) {
  const path = `/connectors${at(id)}`;
  const [deleting, setDeleting] = useState(false);
  const { data: connector, error, reload } = useLoad(() => call<Connector>('GET', path), [id]);
  if (!connector) return <Page title={t('Connector')} back={['/connectors', t('Connectors')]}><Problem error={error} retry={reload} /></Page>;
  const social = connector.type === 'Social';
  const rows: SettingRow[] = [
    ...(social && connector.isStandard ? STANDARD_ROWS : []),
    ...(social ? [{ key: 'syncProfile', label: t('Take name and picture over at each sign-in'), kind: 'check' } as SettingRow] : []),
    ...rowsOf(connector),
  ];
  return (
    <Page title={nameOf(connector)} back={['/connectors', t('Connectors')]} lead={<>{connector.connectorId} · <code>{id}</code></>} actions={<Opener class="bad" onClick={() => setDeleting(true)}>{t('Delete connector…')}</Opener>}>
      {social && <Card title={t('For the provider')}><p>{t('Enter this as the redirect URI there:')} <code>{callback(id)}</code> <Copy text={callback(id)} what={t('redirect URI')} /></p></Card>}
      <Settings title={t('Settings')} value={connector} rows={rows} reload={reload} fresh={() => call('GET', path)} save={({ config, metadata, syncProfile }) => call('PATCH', path, { config, metadata, syncProfile })} />
      {!social && <Trial connector={connector} />}
      {deleting && (
        <Confirm title={t('Delete {0}?', nameOf(connector))} text={social ? t('Nobody signs in with it from now on.') : t('No message is sent from now on.')} button={t('Delete connector')} close={() => setDeleting(false)}
          tell={tellDeletion(path)} run={async () => { await call('DELETE', path); navigate('/connectors', { saved: true }); }} />
      )}
    </Page>
  );
}
