// Settings as rows: one form that knows what was changed, asks before it is left, and never overwrites what someone else saved.
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useState } from 'preact/hooks';
import { useUnsaved } from './router';
import { t } from './text';
import { Card, Check, Field, Form, Notice, Select, TextArea, toast, type Option } from './ui';
import { changedMembers, differences, same, shown, valueAt, withValue, type Difference, type Plain } from './values';

/** key: dotted path of the value. nothing: what an empty text stands for. */
export interface SettingRow {
  key: string;
  label: string;
  kind?: 'text' | 'long' | 'lines' | 'words' | 'number' | 'check' | 'choice' | 'several' | 'ordered' | 'json' | 'code' | 'color';
  options?: Option[];
  help?: ComponentChildren;
  required?: boolean;
  max?: number;
  min?: number;
  type?: 'text' | 'url' | 'email';
  lines?: number;
  nothing?: null | '' | undefined;
  /** Whether it is shown, by what the form holds. */
  when?: (draft: Plain) => boolean;
}

export const toLines = (text: string) => text.split('\n').map((line) => line.trim()).filter(Boolean);

/* ---- One row ---- */

type RowProps = { row: SettingRow; value: any; set: (value: unknown) => void };

function Several({ row, value, set }: RowProps) {
  const list: string[] = value ?? [];
  return (
    <fieldset>
      <legend>{row.label}</legend>
      {row.help && <p class="quiet">{row.help}</p>}
      {(row.options ?? []).map((option) => {
        const [key, text] = typeof option === 'string' ? [option, option] : option;
        return <Check key={key} label={text} checked={list.includes(key)} onChecked={(on) => set(on ? [...list, key] : list.filter((each) => each !== key))} />;
      })}
    </fieldset>
  );
}

/** Those that are chosen, in their order; each is moved by its buttons. */
function Ordered({ row, value, set }: RowProps) {
  const list: string[] = value ?? [];
  const options = (row.options ?? []).map((option): [string, string] => (typeof option === 'string' ? [option, option] : option));
  const name = (key: string) => options.find(([each]) => each === key)?.[1] ?? key;
  const move = (from: number, to: number) => {
    const next = [...list];
    next.splice(to, 0, ...next.splice(from, 1));
    set(next);
  };
  return (
    <fieldset>
      <legend>{row.label}</legend>
      {row.help && <p class="quiet">{row.help}</p>}
      <ol class="ordered">
        {list.map((key, index) => (
          <li key={key}>
            <span>{name(key)}</span>
            <button type="button" class="small" disabled={index === 0} aria-label={t('Move {0} up', name(key))} onClick={() => move(index, index - 1)}>↑</button>
            <button type="button" class="small" disabled={index === list.length - 1} aria-label={t('Move {0} down', name(key))} onClick={() => move(index, index + 1)}>↓</button>
            <button type="button" class="small" aria-label={t('Take {0} out', name(key))} onClick={() => set(list.filter((each) => each !== key))}>×</button>
          </li>
        ))}
      </ol>
      <div class="actions">
        {options.filter(([key]) => !list.includes(key)).map(([key, text]) => <button key={key} type="button" class="small" aria-label={t('Add {0}', text)} onClick={() => set([...list, key])}>+ {text}</button>)}
      </div>
    </fieldset>
  );
}

/** Text that stands for a value; what is not yet one is kept as it was typed. */
function Typed({ row, value, set, show, read }: RowProps & { show: (value: any) => string; read: (text: string) => unknown }) {
  const [text, setText] = useState(show(value));
  const [wrong, setWrong] = useState('');
  const current = wrong || same(read1(read, text), value) ? text : show(value);
  const type = (next: string) => {
    setText(next);
    try {
      set(read(next));
      setWrong('');
    } catch {
      setWrong(t('This is not JSON yet.'));
    }
  };
  const help = wrong ? <strong>{wrong}</strong> : row.help;
  return <TextArea label={row.label} value={current} onValue={type} rows={row.lines ?? 4} help={help} invalid={!!wrong} />;
}

function read1(read: (text: string) => unknown, text: string) {
  try {
    return read(text);
  } catch {
    return undefined;
  }
}

const readJson = (text: string) => (text.trim() ? JSON.parse(text) : {});
const showJson = (value: unknown) => JSON.stringify(value ?? {}, null, 2);

function Color({ row, value, set }: RowProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{row.label}</label>
      <span class="color">
        <input type="color" aria-label={t('{0}: pick', row.label)} value={/^#[0-9a-f]{6}$/i.test(value ?? '') ? value : '#000000'} onInput={(event) => set(event.currentTarget.value)} />
        <input id={id} value={value ?? ''} pattern="#([0-9a-fA-F]{3}){1,2}" title={t('As #rgb or #rrggbb')} onInput={(event) => set(event.currentTarget.value || undefined)} />
      </span>
      {row.help && <p class="quiet">{row.help}</p>}
    </div>
  );
}

export function Setting(props: RowProps) {
  const { row, value, set } = props;
  const text = (next: string) => set(next === '' && 'nothing' in row ? row.nothing : next);
  switch (row.kind ?? 'text') {
    case 'check':
      return <div class="field"><Check label={<>{row.label}{row.help && <span class="quiet"> {row.help}</span>}</>} checked={!!value} onChecked={set} /></div>;
    case 'choice':
      return <Select label={row.label} value={value ?? ''} onValue={text} options={row.options ?? []} help={row.help} />;
    case 'several':
      return <Several {...props} />;
    case 'ordered':
      return <Ordered {...props} />;
    case 'lines':
      return <Typed {...props} show={(list) => (list ?? []).join('\n')} read={toLines} />;
    case 'words':
      return <Typed {...props} show={(list) => (list ?? []).join(' ')} read={(typed) => typed.split(/\s+/).filter(Boolean)} />;
    case 'json':
      return <Typed {...props} show={showJson} read={readJson} />;
    case 'long':
    case 'code':
      return <TextArea label={row.label} value={value ?? ''} onValue={text} rows={row.lines ?? 6} help={row.help} />;
    case 'color':
      return <Color {...props} />;
    case 'number':
      return <Field label={row.label} type="number" value={value === undefined || value === null ? '' : String(value)} onValue={(next) => set(next === '' ? undefined : Number(next))} min={row.min} max={row.max} required={row.required} help={row.help} />;
    case 'text':
      return <Field label={row.label} value={value ?? ''} onValue={text} required={row.required} maxLength={row.max} type={(row.type ?? 'text') as 'text'} help={row.help} />;
  }
}

/* ---- All of them ---- */

export function Changes({ list, rows, title }: { list: Difference[]; rows: SettingRow[]; title: string }) {
  if (!list.length) return null;
  const name = (path: string) => rows.find(({ key }) => path === key || path.startsWith(`${key}.`))?.label ?? path;
  return (
    <div class="changes">
      <p><strong>{title}</strong></p>
      <ul>
        {list.map(({ path, before, after }) => (
          <li key={path}>{name(path)}: <del>{shown(before)}</del> → <ins>{shown(after)}</ins></li>
        ))}
      </ul>
    </div>
  );
}

interface SettingsProps {
  title: string;
  value: Plain;
  rows: SettingRow[];
  /** Sends the members that changed; whole is all that the form holds. */
  save: (changed: Plain, whole: Plain) => Promise<unknown>;
  /** Reads it again, after another one changed it. */
  fresh?: () => Promise<Plain>;
  reload: () => void;
  lead?: ComponentChildren;
  button?: string;
  onDraft?: (draft: Plain) => void;
}

/** Whether both say the same; where the order says nothing, in any order. */
const alike = (row: SettingRow | undefined, a: unknown, b: unknown) =>
  same(a, b) || ((row?.kind === 'several' || row?.kind === 'lines') && Array.isArray(a) && Array.isArray(b) && same([...a].sort(), [...b].sort()));
const covers = (rows: SettingRow[], path: string) => rows.some(({ key }) => path === key || path.startsWith(`${key}.`) || key.startsWith(`${path}.`));

/** A card of settings. What is about to change stands above the button. */
export function Settings({ title, value, rows, save, fresh, reload, lead, button = t('Save changes'), onDraft }: SettingsProps) {
  const [base, setBase] = useState(value);
  const [draft, setDraft] = useState(value);
  const [theirs, setTheirs] = useState<Plain>();
  const list = differences(base, draft);
  /* What was typed since it was saved stays, when the value comes again: at once, before more is typed. */
  useLayoutEffect(() => {
    setBase(value);
    setDraft(onTop(value));
    setTheirs(undefined);
  }, [value]);
  const dirty = list.length > 0;
  useUnsaved(dirty);
  const change = (next: Plain) => {
    setDraft(next);
    onDraft?.(next);
  };
  const onTop = (of: Plain, mine: Pick<Difference, 'path' | 'after'>[] = list) => mine.reduce((merged, { path, after }) => withValue(merged, path, after), of);
  /* What is there now as the form has it: sent before another part was refused, or wished by both. */
  const agreed = (now: Plain) => list.filter(({ path, after }) => alike(rows.find(({ key }) => key === path), valueAt(now, path), after));
  /* Someone else changed it: shown when it is something of this form, else left as it is now. */
  const resolve = async (error: unknown) => {
    if ((error as { status?: number }).status !== 412 || !fresh) throw error;
    const now = await fresh();
    const there = agreed(now).map(({ path }) => ({ path, after: valueAt(now, path) }));
    const known = onTop(base, there);
    const wanted = onTop(draft, there);
    if (differences(known, now).some(({ path }) => covers(rows, path))) {
      setBase(known);
      change(wanted);
      setTheirs(now);
      throw Object.assign(new Error((error as Error).message), { help: t('Compare what the other one changed with what you entered, and choose.') });
    }
    const whole = onTop(now, differences(known, wanted));
    await save(changedMembers(now, whole), whole);
  };
  const submit = async () => {
    await save(changedMembers(base, draft), draft).catch(resolve);
    setBase(draft);
    toast(t('Saved.'));
    reload();
  };
  const merge = () => {
    if (!theirs) return;
    change(onTop(theirs));
    setBase(theirs);
    setTheirs(undefined);
  };
  const take = () => {
    if (!theirs) return;
    setBase(theirs);
    change(theirs);
    setTheirs(undefined);
  };
  return (
    <Card title={title}>
      {lead && <p class="quiet">{lead}</p>}
      <Form submit={submit} button={button} blocked={theirs && t('Choose first between what the other one changed and what you entered.')} cancel={dirty && <button type="button" onClick={() => change(base)}>{t('Discard')}</button>}>
        {rows.filter(({ when }) => !when || when(draft)).map((row) => (
          <Setting key={row.key} row={row} value={valueAt(draft, row.key)} set={(next) => change(withValue(draft, row.key, next))} />
        ))}
        {theirs && (
          <Notice kind="warn">
            <Changes title={t('What the other one changed:')} list={differences(base, theirs).filter(({ path }) => path !== 'updatedAt')} rows={rows} />
            <div class="actions">
              <button type="button" onClick={merge}>{t('Put my changes on top')}</button>
              <button type="button" onClick={take}>{t('Take theirs')}</button>
            </div>
          </Notice>
        )}
        {!theirs && <Changes title={t('To be saved:')} list={list} rows={rows} />}
      </Form>
    </Card>
  );
}
