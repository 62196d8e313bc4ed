// Operators: who signs in to this console, and whether they may change things.
import { useState } from 'preact/hooks';
import { Action, Card, Confirm, Copy, Dialog, Field, Form, Notice, Page, Problem, Select, Table, Time, isReadOnly, toast } from '../../shared/ui';
import { OPERATORS, at, call, useLoad } from '../api';
import { operatorId } from '../session';
import { newPassword } from './users';

interface Operator {
  id: string;
  username: string | null;
  name: string | null;
  access: 'all' | 'read';
  lastSignInAt: number | null;
  createdAt: number;
}
const ACCESS: [string, string][] = [['all', 'Full access'], ['read', 'Read only']];
const accessName = (access: string) => ACCESS.find(([key]) => key === access)?.[1] ?? access;

function Create({ close, made }: { close: () => void; made: (text: { username: string; password: string }) => void }) {
  const [username, setUsername] = useState('');
  const [access, setAccess] = useState('read');
  const submit = async () => {
    const password = newPassword();
    await call('POST', OPERATORS, { username, password, access });
    made({ username, password });
    close();
  };
  return (
    <Dialog title="New operator" close={close}>
      <Form submit={submit} button="Create operator" cancel={<button type="button" onClick={close}>Cancel</button>}>
        <Field label="Username" value={username} onValue={setUsername} required autofocus help="Letters, digits and _, not starting with a digit. A password is made and shown once." />
        <Select label="Access" value={access} onValue={setAccess} options={ACCESS} help="Read only: sees everything but secrets, changes nothing." />
      </Form>
    </Dialog>
  );
}

export function Operators() {
  const { data, error, reload } = useLoad(() => call<Operator[]>('GET', OPERATORS), []);
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<{ username: string; password: string }>();
  const [leaving, setLeaving] = useState<Operator>();
  const change = async (row: Operator) => {
    await call('PATCH', OPERATORS + at(row.id), { access: row.access === 'all' ? 'read' : 'all' });
    toast('Changed: it holds from the next sign-in on.');
    reload();
  };
  const others = (row: Operator) => row.id !== operatorId && (
    <span class="with-copy">
      <Action run={() => change(row)} kind="small" label={`Give ${row.username} ${row.access === 'all' ? 'read access' : 'full access'}`}>{row.access === 'all' ? 'To read only' : 'To full access'}</Action>
      <button type="button" class="small bad" disabled={isReadOnly()} aria-label={`Delete ${row.username}`} onClick={() => setLeaving(row)}>Delete</button>
    </span>
  );
  return (
    <Page title="Operators" lead="Who signs in to this console." actions={<button type="button" class="main" disabled={isReadOnly()} onClick={() => setCreating(true)}>New operator</button>}>
      <Problem error={error} retry={reload} />
      {made && <Notice><p>{made.username} signs in with this password, shown once: <code>{made.password}</code> <Copy text={made.password} what="password" /></p></Notice>}
      <Card title="Operators">
        {data && (
          <Table caption="Operators" rows={data} columns={[
            ['Username', (row) => <>{row.username} {row.id === operatorId && <span class="tag">you</span>}</>, (row) => row.username],
            ['Access', (row) => accessName(row.access), (row) => row.access],
            ['Last sign-in', (row) => <Time ms={row.lastSignInAt} />, (row) => row.lastSignInAt],
            ['', others],
          ]} />
        )}
      </Card>
      {creating && <Create close={() => { setCreating(false); reload(); }} made={setMade} />}
      {leaving && (
        <Confirm title={`Delete ${leaving.username}?`} text="The account and its sessions end. This cannot be undone." button="Delete operator" close={() => setLeaving(undefined)}
          run={async () => { await call('DELETE', OPERATORS + at(leaving.id)); toast('Deleted.'); reload(); }} />
      )}
    </Page>
  );
}
