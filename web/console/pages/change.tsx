// A change in the audit log: what was before and after it, and taking it back.
import { useState } from 'preact/hooks';
import { Changes } from '../../shared/settings';
import { t } from '../../shared/text';
import { Card, Dialog, Form, Notice, Problem, isReadOnly, toast } from '../../shared/ui';
import { differences, same, type Difference, type Plain } from '../../shared/values';
import { ApiError, call, useLoad, type Log } from '../api';
import { rehearse } from '../listing';

interface Recorded {
  method: string;
  path: string;
  changed: Plain;
  former?: Plain;
}

const MASK = '******';
const REPLACES = ['PATCH', 'PUT'];

function recorded({ key, payload }: Log): Recorded | undefined {
  const [, method, route] = /^ManagementApi\.([A-Z]+) \/api(\/.*)$/.exec(key) ?? [];
  if (!method) return undefined;
  const params = (payload.params ?? {}) as Record<string, string>;
  const path = route.replace(/:(\w+)/g, (_, name) => encodeURIComponent(params[name] ?? ''));
  return { method, path, changed: (payload.changed ?? {}) as Plain, former: payload.former as Plain | undefined };
}

/** Why it cannot be taken back, if so. */
function obstacle({ method, changed, former }: Recorded) {
  if (method === 'DELETE') return t('A deletion cannot be undone: what was deleted is not kept.');
  if (!REPLACES.includes(method)) return t('Only changes of something that was there can be undone here. What was made is deleted on its own page.');
  if (!former || (method === 'PATCH' && Object.keys(changed).some((name) => !(name in former)))) return t('What was there before is not on record, so it cannot be undone here.');
  if ([...Object.values(changed), ...Object.values(former)].includes(MASK)) return t('Secrets are part of it, which are never on record, so it cannot be undone here.');
  return undefined;
}

/** What the change set; in objects, others may have added members. */
function holds(now: any, set: any): boolean {
  if (typeof set !== 'object' || set === null || Array.isArray(set)) return same(now, set);
  return Object.keys(set).every((name) => holds(now?.[name], set[name]));
}

const pick = (from: Plain, names: string[]) => Object.fromEntries(names.map((name) => [name, from[name]]));

/** What there is now, what someone changed since, and what would be left after taking it back. */
async function plan({ method, path, changed, former = {} }: Recorded) {
  const now = await call<Plain>('GET', path);
  const tried: Plain = await (await rehearse(method, path, former)).json();
  const names = Object.keys({ ...changed, ...former });
  const later = Object.keys(changed).filter((name) => !holds(now[name], changed[name]));
  return {
    undone: differences(pick(now, names), pick(tried, names)),
    later: differences(pick(changed, later), pick(now, later)),
    left: differences(pick(former, names), pick(tried, names)),
  };
}

const Warning = ({ title, list }: { title: string; list: Difference[] }) => (list.length ? <Notice kind="warn"><Changes title={title} list={list} rows={[]} /></Notice> : null);

function Undo({ change, close }: { change: Recorded; close: () => void }) {
  const { data, error, reload } = useLoad(() => plan(change), []);
  /* What was looked at is sent along as a condition: another one's change in between is shown first. */
  const submit = async () => {
    await call(change.method, change.path, change.former).catch((failure) => {
      if ((failure as ApiError).status === 412) reload();
      throw failure;
    });
    toast(t('Undone. That is an entry of the audit log as well.'));
    close();
  };
  const blocked = !data ? t('Finding out what it looks like now…') : data.undone.length ? undefined : t('It is as it was before already.');
  return (
    <Dialog title={t('Undo this change?')} close={close}>
      {!error && blocked && <p class="quiet" role="status">{blocked}</p>}
      <Problem error={error} />
      {data && (
        <>
          <Warning title={t('Changed again since then, and overwritten when you go on:')} list={data.later} />
          <Changes title={t('What undoing it changes:')} list={data.undone} rows={[]} />
          <Warning title={t('This does not become again what it was:')} list={data.left} />
        </>
      )}
      <Form submit={submit} button={data?.later.length ? t('Undo all the same') : t('Undo')} blocked={error ? t('It cannot be undone.') : blocked} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>{null}</Form>
    </Dialog>
  );
}

/** Nothing for entries that are no change through the Management API. */
export function Change({ log }: { log: Log }) {
  const [undoing, setUndoing] = useState(false);
  const change = recorded(log);
  if (!change) return null;
  const why = obstacle(change);
  const before = change.former ?? {};
  const list = differences(before, change.method === 'PUT' ? change.changed : { ...before, ...change.changed });
  return (
    <Card title={t('What changed')} actions={!why && !isReadOnly() && <button type="button" onClick={() => setUndoing(true)}>{t('Undo…')}</button>}>
      <p><code>{change.method} /api{change.path}</code></p>
      <Changes title={change.former ? t('Before → after:') : t('What was sent:')} list={list} rows={[]} />
      {change.former && !list.length && <p>{t('Nothing: it was like that before.')}</p>}
      {why && <p class="quiet">{why}</p>}
      {undoing && <Undo change={change} close={() => setUndoing(false)} />}
    </Card>
  );
}
