// Operators: who signs in to this console, and whether they may change things.
import { useState } from 'preact/hooks';
import { t } from '../../shared/text';
import { Action, Card, Confirm, Copy, Dialog, Field, Form, Notice, Opener, Page, Problem, Select, Table, Time, toast } from '../../shared/ui';
import { OPERATORS, at, call, useLoad } from '../api';
import { operatorId } from '../session';
import { Passkeys } from './passkeys';

interface Operator {
  id: string;
  username: string | null;
  name: string | null;
  access: 'all' | 'read';
  lastSignInAt: number | null;
  invitedUntil: number | null;
  invitationUrl?: string;
  createdAt: number;
}
const ACCESS: [string, string][] = [['all', t('Full access')], ['read', t('Read only')]];
const accessName = (access: string) => ACCESS.find(([key]) => key === access)?.[1] ?? access;

function Create({ close, made }: { close: () => void; made: (operator: Operator) => void }) {
  const [username, setUsername] = useState('');
  const [access, setAccess] = useState('read');
  const submit = async () => {
    made(await call<Operator>('POST', OPERATORS, { username, access }));
    close();
  };
  return (
    <Dialog title={t('Invite an operator')} close={close}>
      <Form submit={submit} button={t('Make the invitation')} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Username')} value={username} onValue={setUsername} required autofocus help={t('Letters, digits and _, not starting with a digit. You get a link to hand over, where the password is set.')} />
        <Select label={t('Access')} value={access} onValue={setAccess} options={ACCESS} help={t('Read only: sees everything but secrets, changes nothing.')} />
      </Form>
    </Dialog>
  );
}

export function Operators() {
  const { data, error, reload } = useLoad(() => call<Operator[]>('GET', OPERATORS), []);
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<Operator>();
  const [leaving, setLeaving] = useState<Operator>();
  const [inviting, setInviting] = useState<Operator>();
  const change = async (row: Operator) => {
    await call('PATCH', OPERATORS + at(row.id), { access: row.access === 'all' ? 'read' : 'all' });
    toast(t('Changed: it holds from the next sign-in on.'));
    reload();
  };
  const others = (row: Operator) => row.id !== operatorId && (
    <span class="with-copy">
      <Action run={() => change(row)} kind="small" label={row.access === 'all' ? t('Make read only: {0}', row.username) : t('Give full access to {0}', row.username)}>{row.access === 'all' ? t('Make read only') : t('Give full access')}</Action>
      <Opener class="small" aria-label={t('New link for {0}', row.username)} onClick={() => setInviting(row)}>{t('New link…')}</Opener>
      <Opener class="small bad" aria-label={t('Delete {0}', row.username)} onClick={() => setLeaving(row)}>{t('Delete')}</Opener>
    </span>
  );
  return (
    <Page title={t('Operators')} lead={t('Who signs in to this console.')} actions={<Opener class="main" onClick={() => setCreating(true)}>{t('Invite an operator')}</Opener>}>
      <Problem error={error} retry={reload} />
      {made?.invitationUrl && <Notice><p>{t('Hand this link over to')} {made.username}{t('. It sets the password, once, until')} <Time ms={made.invitedUntil} />{t(', and is not shown again:')} <code>{made.invitationUrl}</code> <Copy text={made.invitationUrl} what={t('link')} /></p></Notice>}
      <Card title={t('Operators')}>
        {data && (
          <Table caption={t('Operators')} rows={data} columns={[
            ['Username', (row) => <>{row.username} {row.id === operatorId && <span class="tag">{t('you')}</span>}</>, (row) => row.username],
            ['Access', (row) => accessName(row.access), (row) => row.access],
            ['Last sign-in', (row) => (row.invitedUntil ? <span class="tag">{t('invited until')} <Time ms={row.invitedUntil} /></span> : <Time ms={row.lastSignInAt} />), (row) => row.lastSignInAt],
            ['', others],
          ]} />
        )}
      </Card>
      <Passkeys />
      {creating && <Create close={() => { setCreating(false); reload(); }} made={setMade} />}
      {inviting && (
        <Confirm title={t('Make a new link for {0}?', inviting.username)} text={t('The present password, the passkeys, the sessions and earlier links end; only the new link lets the operator in again.')} button={t('Make the link')} close={() => setInviting(undefined)}
          run={async () => { setMade(await call<Operator>('POST', `${OPERATORS}${at(inviting.id)}/invitation`)); reload(); }} />
      )}
      {leaving && (
        <Confirm title={t('Delete {0}?', leaving.username)} text={t('The account and its sessions end. This cannot be undone.')} button={t('Delete operator')} close={() => setLeaving(undefined)}
          run={async () => { await call('DELETE', OPERATORS + at(leaving.id)); toast(t('Deleted.')); reload(); }} />
      )}
    </Page>
  );
}
