// An application that speaks SAML: its settings and certificates, which have an API of their own.
import { useState } from 'preact/hooks';
import { navigate } from '../../shared/router';
import { Settings, type SettingRow } from '../../shared/settings';
import { t } from '../../shared/text';
import { Action, Card, Confirm, Copy, CopyRow, Notice, Opener, Page, Parts, Problem, Table, Time, toast } from '../../shared/ui';
import type { Plain } from '../../shared/values';
import { at, call, useLoad } from '../api';
import { tellDeletion } from '../listing';
import { endpoint } from '../session';
import { LogTable } from './logs';

interface Certificate {
  id: string;
  createdAt: number;
  expiresAt: number;
  active: boolean;
}

const POST_BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
const YEARS = 3;
const FORMATS = ['1.1:nameid-format:unspecified', '1.1:nameid-format:emailAddress', '2.0:nameid-format:persistent', '2.0:nameid-format:transient'];
const encrypts = (draft: Plain) => !!draft.encryption?.encryptAssertion;
const ROWS: SettingRow[] = [
  { key: 'name', label: t('Name'), required: true, max: 256 },
  { key: 'description', label: t('Description'), nothing: null },
  { key: 'entityId', label: t('Entity ID of the service'), nothing: null },
  { key: 'acsUrl.url', label: t('Assertion consumer service'), type: 'url', nothing: undefined, help: t('Where assertions are sent, by HTTP-POST.') },
  { key: 'nameIdFormat', label: t('Format of the user\'s identifier'), kind: 'choice', options: FORMATS.map((format) => [`urn:oasis:names:tc:SAML:${format}`, format.split(':').at(-1)!]) },
  { key: 'attributeMapping', label: t('Attributes'), kind: 'json', help: t('Which claim has which name in an assertion, such as {"email": "mail"}.') },
  { key: 'encryption.encryptAssertion', label: t('Assertions are encrypted'), kind: 'check' },
  { key: 'encryption.encryptThenSign', label: t('They are signed after that, not before'), kind: 'check', when: encrypts },
  { key: 'encryption.certificate', label: t('Certificate of the service'), kind: 'code', lines: 4, when: encrypts },
  { key: 'customData', label: t('Custom data'), kind: 'json', help: t('A JSON object of your own.') },
];

const toForm = (value: Plain): Plain => ({ ...value, acsUrl: value.acsUrl ?? {}, encryption: value.encryption ?? { encryptAssertion: false } });
function fromForm({ acsUrl, encryption, ...rest }: Plain): Plain {
  const { encryptAssertion, encryptThenSign = false, certificate = '' } = encryption ?? {};
  return {
    ...rest,
    ...(acsUrl ? { acsUrl: acsUrl.url ? { binding: POST_BINDING, url: acsUrl.url } : null } : {}),
    ...(encryption ? { encryption: encryptAssertion ? { encryptAssertion, encryptThenSign, certificate } : null } : {}),
  };
}

function Certificates({ path }: { path: string }) {
  const { data, error, reload } = useLoad(() => call<Certificate[]>('GET', `${path}/secrets`), [path]);
  const [leaving, setLeaving] = useState<Certificate>();
  const change = (method: string, of: string, body: unknown, done: string) => async () => {
    await call(method, `${path}/secrets${of}`, body);
    toast(done);
    reload();
  };
  return (
    <Card title={t('Certificates')} actions={<Action run={change('POST', '', { lifeSpanInYears: YEARS }, t('Made: it is valid for {0} years.', YEARS))}>{t('New certificate')}</Action>}>
      <p class="quiet">{t('The one in use is in the metadata. Make a new one, tell the service, then use it.')}</p>
      <Problem error={error} retry={reload} />
      {data && (
        <Table<Certificate> caption={t('Certificates')} rows={data} columns={[
          ['ID', (row) => <code>{row.id}</code>],
          ['State', (row) => <span class={row.active ? 'tag good' : 'tag'}>{row.active ? t('In use') : t('Idle')}</span>],
          ['Created', (row) => <Time ms={row.createdAt} />],
          ['Expires', (row) => <Time ms={row.expiresAt} />],
          ['', (row) => !row.active && (
            <span class="with-copy">
              <Action run={change('PATCH', at(row.id), { active: true }, t('It is in use.'))} label={t('Use {0}', row.id)} kind="small">{t('Use')}</Action>
              <Opener class="small bad" aria-label={t('Delete {0}', row.id)} onClick={() => setLeaving(row)}>{t('Delete')}</Opener>
            </span>
          )],
        ]} />
      )}
      {leaving && (
        <Confirm title={t('Delete {0}?', leaving.id)} text={t('Its key is gone then. This cannot be undone.')} button={t('Delete certificate')} close={() => setLeaving(undefined)}
          run={change('DELETE', at(leaving.id), undefined, t('Deleted.'))} />
      )}
    </Card>
  );
}

function Parameters({ value, path, reload }: { value: Plain; path: string; reload: () => void }) {
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <Card title={t('For the service')}><dl class="rows"><CopyRow name={t('Metadata URL')} value={`${endpoint}/api${path}/metadata`} /></dl></Card>
      <Settings title={t('Settings')} value={value} rows={ROWS} reload={reload} save={(changed) => call('PATCH', path, fromForm(changed))} fresh={async () => toForm(await call('GET', path))} />
      <Card title={t('Delete')}>
        <p>{t('Its keys and certificates go with it.')}</p>
        <Opener class="bad" onClick={() => setDeleting(true)}>{t('Delete application…')}</Opener>
      </Card>
      {deleting && (
        <Confirm title={t('Delete {0}?', value.name)} text={t('This cannot be undone.')} button={t('Delete application')} close={() => setDeleting(false)}
          tell={tellDeletion(path)} run={async () => { await call('DELETE', path); toast(t('Deleted.')); navigate('/applications', { saved: true }); }} />
      )}
    </>
  );
}

export function SamlApplication({ id, part = 'settings' }: { id: string; part?: string }) {
  const path = `/saml-applications${at(id)}`;
  const { data, error, reload } = useLoad(async () => toForm(await call<Plain>('GET', path)), [id]);
  if (!data) return <Page title={t('Application')} back={['/applications', t('Applications')]}><Problem error={error} retry={reload} /></Page>;
  return (
    <Page title={data.name} back={['/applications', t('Applications')]} lead={<>SAML · <code>{id}</code> <Copy text={id} what={t('application ID')} /></>}>
      <Notice kind="warn"><p>{t('Nobody can sign in by SAML yet: what is set up here is kept, and the server does not answer the service.')}</p></Notice>
      <Parts base={`/applications/${id}`} parts={[['settings', t('Settings')], ['certificates', t('Certificates')], ['logs', t('Log')]]} current={part} />
      {part === 'settings' && <Parameters value={data} path={path} reload={reload} />}
      {part === 'certificates' && <Certificates path={path} />}
      {part === 'logs' && <LogTable fixed={{ applicationId: id }} />}
    </Page>
  );
}
