// Parts that pages are made of: fields with labels, rows to copy, tables, dialogs, messages.
import type { ButtonHTMLAttributes, ComponentChildren, InputHTMLAttributes } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { setQuery, Link } from './router';
import { t } from './text';

type Children = { children?: ComponentChildren };

/** Why the one who is signed in may change nothing; empty: they may. */
let readOnly = '';
export const setReadOnly = (why: string) => void (readOnly = why);
export const isReadOnly = () => readOnly !== '';

/* ---- Messages ---- */

let announce: (text: string) => void = () => {};
export const toast = (text: string) => announce(text);

export function Toasts() {
  const [text, setText] = useState('');
  const timer = useRef(0);
  announce = (next) => {
    clearTimeout(timer.current);
    setText(next);
    timer.current = window.setTimeout(() => setText(''), 5000);
  };
  return <div class="toast" role="status">{text}</div>;
}

export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  if (!error) return null;
  const { message, help } = error as { message?: string; help?: string };
  return (
    <div class="notice bad" role="alert">
      <p><strong>{message ?? String(error)}</strong></p>
      {help && <p>{help}</p>}
      {retry && <button type="button" onClick={retry}>{t('Try again')}</button>}
    </div>
  );
}

export const Notice = ({ children, kind = '' }: Children & { kind?: string }) => <div class={`notice ${kind}`}>{children}</div>;

export function Empty({ title, children }: Children & { title: string }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/* ---- Forms ---- */

type FieldProps = { label: string; help?: ComponentChildren; wide?: boolean };

export function Field({ label, help, value, onValue, wide, ...rest }: FieldProps & { value: string; onValue: (value: string) => void } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div class={wide ? 'field wide' : 'field'}>
      <label for={id}>{label}</label>
      <input id={id} value={value} aria-describedby={help ? `${id}-help` : undefined} autocomplete="off" spellcheck={false} {...rest} onInput={(event) => onValue(event.currentTarget.value)} />
      {help && <p class="quiet" id={`${id}-help`}>{help}</p>}
    </div>
  );
}

type TextAreaProps = FieldProps & { value: string; onValue: (value: string) => void; rows?: number; invalid?: boolean; required?: boolean };

/** What is invalid cannot be sent: the browser says why. */
export function TextArea({ label, help, value, onValue, rows = 6, invalid, required }: TextAreaProps) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => area.current?.setCustomValidity(invalid ? t('Correct this first.') : ''), [invalid]);
  return (
    <div class="field wide">
      <label for={id}>{label}</label>
      <textarea id={id} ref={area} rows={rows} value={value} required={required} spellcheck={false} aria-invalid={invalid} aria-describedby={help ? `${id}-help` : undefined} onInput={(event) => onValue(event.currentTarget.value)} />
      {help && <p class="quiet" id={`${id}-help`}>{help}</p>}
    </div>
  );
}

export type Option = string | [value: string, text: string];

export function Select({ label, help, value, onValue, options }: FieldProps & { value: string; onValue: (value: string) => void; options: Option[] }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} aria-describedby={help ? `${id}-help` : undefined} onChange={(event) => onValue(event.currentTarget.value)}>
        {options.map((option) => {
          const [key, text] = typeof option === 'string' ? [option, option] : option;
          return <option key={key} value={key}>{text}</option>;
        })}
      </select>
      {help && <p class="quiet" id={`${id}-help`}>{help}</p>}
    </div>
  );
}

type CheckProps = { label: ComponentChildren; checked: boolean; onChecked: (checked: boolean) => void; disabled?: boolean; name?: string };

export function Check({ label, checked, onChecked, disabled, name }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} disabled={disabled} name={name} onChange={(event) => onChecked(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}

export function Radio({ name, label, help, checked, onChecked }: { name: string; label: string; help?: string; checked: boolean; onChecked: () => void }) {
  const id = useId();
  return (
    <div class="radio">
      <input type="radio" id={id} name={name} checked={checked} aria-describedby={help ? `${id}-help` : undefined} onChange={onChecked} />
      <label for={id}>{label}</label>
      {help && <p class="quiet" id={`${id}-help`}>{help}</p>}
    </div>
  );
}

/** A form whose button is off while it works, and that shows what went wrong. */
type FormProps = Children & { submit: () => Promise<unknown>; button: string; cancel?: ComponentChildren; reads?: boolean; blocked?: string };

/** reads: it changes nothing on the server, so that those who may only look use it too. blocked: why it cannot be sent now. */
export function Form({ children, submit, button, cancel, reads = false, blocked }: FormProps) {
  const off = isReadOnly() && !reads;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await submit();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <form onSubmit={send}>
      {children}
      <Problem error={error} />
      <div class="actions">
        <button type="submit" class="main" disabled={busy || off || !!blocked} title={off ? readOnly : blocked}>{button}</button>
        {cancel}
      </div>
    </form>
  );
}

/** A button that is off while it works; what goes wrong stands beside it. */
export function Action({ children, run, label, kind = '', reads = false }: Children & { run: () => Promise<unknown>; label?: string; kind?: string; reads?: boolean }) {
  const off = isReadOnly() && !reads;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const click = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await run();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class={kind} disabled={busy || off} title={off ? readOnly : undefined} aria-label={label} onClick={click}>{children}</button>
      <Problem error={error} />
    </>
  );
}

/** A button that opens what changes something: off for those who may not, with the reason. */
export const Opener = (props: ButtonHTMLAttributes<HTMLButtonElement>) => <button type="button" {...props} disabled={isReadOnly()} title={readOnly || undefined} />;

/* ---- Copying ---- */

export async function copy(text: string, what: string) {
  await navigator.clipboard.writeText(text);
  toast(t('{0} copied.', what));
}

export const Copy = ({ text, what }: { text: string; what: string }) => (
  <button type="button" class="small" aria-label={t('Copy {0}', what)} onClick={() => copy(text, what)}>{t('Copy')}</button>
);

/** What nobody should read over one's shoulder: shown when it is asked for. */
export function Secret({ text, what }: { text: string; what: string }) {
  const [shown, setShown] = useState(false);
  return (
    <span class="with-copy">
      <code>{shown ? text : '••••••••••••'}</code>
      <button type="button" class="small" aria-label={shown ? t('Hide {0}', what) : t('Show {0}', what)} onClick={() => setShown(!shown)}>{shown ? t('Hide') : t('Show')}</button>
    </span>
  );
}

/** Name and value, with a button that copies the value. */
export function CopyRow({ name, value, note, secret }: { name: string; value: string; note?: string; secret?: boolean }) {
  return (
    <div class="row">
      <dt>{name}</dt>
      <dd>
        {secret ? <Secret text={value} what={name} /> : <code>{value}</code>}
        {note && <span class="quiet">{note}</span>}
      </dd>
      <dd><Copy text={value} what={name} /></dd>
    </div>
  );
}

export function save(name: string, type: string, content: BlobPart) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/* ---- Structure ---- */

export function Page({ title, lead, back, actions, children }: Children & { title: string; lead?: ComponentChildren; back?: [to: string, text: string]; actions?: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Console`;
  }, [title]);
  return (
    <>
      {back && <p class="back"><Link to={back[0]}>← {back[1]}</Link></p>}
      <header class="page">
        <div>
          <h1 tabIndex={-1}>{title}</h1>
          {lead && <p class="quiet">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

export function Card({ title, children, actions }: Children & { title: string; actions?: ComponentChildren }) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {actions}
      </header>
      {children}
    </section>
  );
}

/** Links to the parts of a page; the first is the page itself. */
export function Parts({ base, parts, current }: { base: string; parts: [key: string, text: string][]; current: string }) {
  return (
    <nav class="parts" aria-label={t('Parts of this page')}>
      {parts.map(([key, text], index) => (
        <Link key={key} to={index ? `${base}/${key}` : base} aria-current={key === current ? 'page' : undefined}>{text}</Link>
      ))}
    </nav>
  );
}

/** by: what rows are sorted by when the title is clicked; the order is part of the address. */
export type Column<T> = [title: string, cell: (row: T) => ComponentChildren, by?: (row: T) => string | number | null | undefined];

function sorted<T>(rows: T[], columns: Column<T>[], order: string) {
  const by = columns.find(([title]) => title === order.replace(/^-/, ''))?.[2];
  if (!by) return rows;
  const sign = order.startsWith('-') ? -1 : 1;
  const compare = (a: ReturnType<typeof by>, b: ReturnType<typeof by>) =>
    typeof a === 'number' || typeof b === 'number' ? Number(a ?? 0) - Number(b ?? 0) : (a ?? '').localeCompare(b ?? '');
  return [...rows].sort((a, b) => sign * compare(by(a), by(b)));
}

function Title<T>({ column: [title, , by], order }: { column: Column<T>; order: string }) {
  if (!by) return <th scope="col">{t(title) || <span class="hidden">{t('Actions')}</span>}</th>;
  const state = order === title ? 'ascending' : order === `-${title}` ? 'descending' : undefined;
  const next = state === 'ascending' ? `-${title}` : state ? undefined : title;
  return (
    <th scope="col" aria-sort={state}>
      <button type="button" class="sort" title={t('Sorts what this page shows')} onClick={() => setQuery({ sort: next })}>{t(title)}<span aria-hidden="true">{state === 'ascending' ? ' ↑' : state ? ' ↓' : ''}</span></button>
    </th>
  );
}

/** Which columns are shown; those that are not are part of the address. The first one always is. */
function Columns({ titles, hidden }: { titles: string[]; hidden: string[] }) {
  const [open, setOpen] = useState(false);
  const set = (title: string, on: boolean) => setQuery({ hide: (on ? hidden.filter((each) => each !== title) : [...hidden, title]).join(',') || undefined });
  return (
    <details class="columns" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('Columns')}</summary>
      {open && <div class="checks">{titles.map((title) => <Check key={title} label={t(title)} checked={!hidden.includes(title)} onChecked={(on) => set(title, on)} />)}</div>}
    </details>
  );
}

type TableProps<T> = { caption: string; columns: Column<T>[]; rows: T[]; choosable?: boolean };

/** choosable: the reader says which columns are shown. */
export function Table<T extends { id?: string; name?: string | null }>({ caption, columns: all, rows, choosable = false }: TableProps<T>) {
  const query = new URLSearchParams(location.search);
  const order = query.get('sort') ?? '';
  const titles = all.slice(1).map(([title]) => title).filter(Boolean);
  const hidden = choosable ? (query.get('hide') ?? '').split(',').filter((title) => titles.includes(title)) : [];
  const columns = all.filter(([title]) => !hidden.includes(title));
  const table = (
    <div class="scroll" tabIndex={0} role="group" aria-label={caption}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>{columns.map((column) => <Title key={column[0]} column={column} order={order} />)}</tr>
        </thead>
        <tbody>
          {sorted(rows, columns, order).map((row) => <tr key={row.id ?? row.name}>{columns.map(([title, cell]) => <td key={title}>{cell(row)}</td>)}</tr>)}
        </tbody>
      </table>
    </div>
  );
  return choosable ? <>{table}<Columns titles={titles} hidden={hidden} /></> : table;
}

export function Pager({ page, size, total }: { page: number; size: number; total: number }) {
  const last = Math.max(1, Math.ceil(total / size));
  if (last === 1) return <p class="quiet">{total === 1 ? t('1 entry') : t('{0} entries', total)}</p>;
  const go = (to: number) => setQuery({ page: to > 1 ? String(to) : undefined });
  return (
    <nav class="pager" aria-label={t('Pages')}>
      <button type="button" disabled={page <= 1} onClick={() => go(page - 1)}>{t('Previous')}</button>
      <span>{t('Page {0} of {1}, {2} entries', page, last, total)}</span>
      <button type="button" disabled={page >= last} onClick={() => go(page + 1)}>{t('Next')}</button>
    </nav>
  );
}

/** Searches as one types; the words are part of the address. */
export function Search({ label, value }: { label: string; value: string }) {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  const type = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setQuery({ search: next || undefined, page: undefined }), 200);
  };
  return <Field label={label} value={text} onValue={type} type="search" data-search />;
}

/** A modal dialog; Escape and Cancel close it. */
export function Dialog({ title, close, children }: Children & { title: string; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => dialog.current?.showModal(), []); // at once: what is typed next is for it
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={close}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

type ConfirmProps = { title: string; text: ComponentChildren; button: string; run: () => Promise<unknown>; close: () => void; tell?: () => Promise<ComponentChildren> };

/** Asks before something is lost, and says what: tell finds out from the server first, for those who may do it. */
export function Confirm({ title, text, button, run, close, tell: find }: ConfirmProps) {
  const tell = isReadOnly() ? undefined : find;
  const [told, setTold] = useState<{ what?: ComponentChildren; error?: unknown }>();
  useEffect(() => void tell?.().then((what) => setTold({ what }), (error) => setTold({ error })), []);
  return (
    <Dialog title={title} close={close}>
      <p>{text}</p>
      {tell && !told && <p class="quiet" role="status">{t('Finding out what goes with it…')}</p>}
      {told?.what}
      <Problem error={told?.error} />
      <Form submit={async () => { await run(); close(); }} button={button} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>{null}</Form>
    </Dialog>
  );
}

/* ---- Times ---- */

export const time = (ms: number) => new Date(ms).toISOString().replace('T', ' ').slice(0, 19);

export function Time({ ms }: { ms: number | null | undefined }) {
  if (!ms) return <span class="quiet">{t('never')}</span>;
  return <time dateTime={new Date(ms).toISOString()} title={new Date(ms).toLocaleString()}>{time(ms)}{'\u00a0'}UTC</time>;
}

/** "in 3 h", "5 min ago" */
export function distance(ms: number, now = Date.now()) {
  const seconds = Math.round(Math.abs(ms - now) / 1000);
  const of = (unit: number) => Math.round(seconds / unit);
  const text = seconds < 90 ? t('{0} s', seconds) : seconds < 5400 ? t('{0} min', of(60)) : seconds < 129600 ? t('{0} h', of(3600)) : t('{0} d', of(86400));
  return ms > now ? t('in {0}', text) : t('{0} ago', text);
}
