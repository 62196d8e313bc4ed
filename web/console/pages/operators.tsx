// Operators: who signs in to this console, and whether they may change things.
import { useState } from 'preact/hooks';
import { Action, Card, Confirm, Copy, Dialog, Field, Form, Notice, Page, Problem, Select, Table, Time, isReadOnly, toast } from '../../shared/ui';
import { OPERATORS, at, call, useLoad } from '../api';
import { operatorId } from '../session';

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
const ACCESS: [string, string][] = [['all', 'Full access'], ['read', 'Read only']];
const accessName = (access: string) => ACCESS.find(([key]) => key === access)?.[1] ?? access;

function Create({ close, made }: { close: () => void; made: (operator: Operator) => void }) {
  const [username, setUsername] = useState('');
  const [access, setAccess] = useState('read');
  const submit = async () => {
    made(await call<Operator>('POST', OPERATORS, { username, access }));
    close();
  };
  return (
    <Dialog title="Invite an operator" close={close}>
      <Form submit={submit} button="Make the invitation" cancel={<button type="button" onClick={close}>Cancel</button>}>
        <Field label="Username" value={username} onValue={setUsername} required autofocus help="Letters, digits and _, not starting with a digit. You get a link to hand over, where the password is set." />
        <Select label="Access" value={access} onValue={setAccess} options={ACCESS} help="Read only: sees everything but secrets, changes nothing." />
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
    toast('Changed: it holds from the next sign-in on.');
    reload();
  };
  const others = (row: Operator) => row.id !== operatorId && (
    <span class="with-copy">
      <Action run={() => change(row)} kind="small" label={`Give ${row.username} ${row.access === 'all' ? 'read access' : 'full access'}`}>{row.access === 'all' ? 'To read only' : 'To full access'}</Action>
      <button type="button" class="small" disabled={isReadOnly()} aria-label={`New link for ${row.username}`} onClick={() => setInviting(row)}>New link…</button>
      <button type="button" class="small bad" disabled={isReadOnly()} aria-label={`Delete ${row.username}`} onClick={() => setLeaving(row)}>Delete</button>
    </span>
  );
  return (
    <Page title="Operators" lead="Who signs in to this console." actions={<button type="button" class="main" disabled={isReadOnly()} onClick={() => setCreating(true)}>Invite an operator</button>}>
      <Problem error={error} retry={reload} />
      {made?.invitationUrl && <Notice><p>Hand this link over to {made.username}. It sets the password, once, until <Time ms={made.invitedUntil} />, and is not shown again: <code>{made.invitationUrl}</code> <Copy text={made.invitationUrl} what="link" /></p></Notice>}
      <Card title="Operators">
        {data && (
          <Table caption="Operators" rows={data} columns={[
            ['Username', (row) => <>{row.username} {row.id === operatorId && <span class="tag">you</span>}</>, (row) => row.username],
            ['Access', (row) => accessName(row.access), (row) => row.access],
            ['Last sign-in', (row) => (row.invitedUntil ? <span class="tag">invited until <Time ms={row.invitedUntil} /></span> : <Time ms={row.lastSignInAt} />), (row) => row.lastSignInAt],
            ['', others],
          ]} />
        )}
      </Card>
      {creating && <Create close={() => { setCreating(false); reload(); }} made={setMade} />}
      {inviting && (
        <Confirm title={`Make a new link for ${inviting.username}?`} text="The present password, the sessions and earlier links end; only the new link lets the operator in again." button="Make the link" close={() => setInviting(undefined)}
          run={async () => { setMade(await call<Operator>('POST', `${OPERATORS}${at(inviting.id)}/invitation`)); reload(); }} />
      )}
      {leaving && (
        <Confirm title={`Delete ${leaving.username}?`} text="The account and its sessions end. This cannot be undone." button="Delete operator" close={() => setLeaving(undefined)}
          run={async () => { await call('DELETE', OPERATORS + at(leaving.id)); toast('Deleted.'); reload(); }} />
      )}
    </Page>
  );
}
