// Lists: a page of rows with search and filters in the address, and what stands there when it is empty.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { setQuery, useLocation } from '../shared/router';
import { t } from '../shared/text';
import { Check, Dialog, Empty, Field, Form, Notice, Opener, Page, Pager, Problem, Search, Select, Table, toast, type Column, type Option } from '../shared/ui';
import { like, list, raw, useLoad } from './api';

const SIZE = 20;
type Row = { id?: string; name?: string | null };

/** How the API searches a list: with a pattern, or with words. */
export type Finds = 'search' | 'q';
export const finding = (finds: Finds, text: string) => ({ [finds]: finds === 'search' ? like(text) : text || undefined });

interface ListingProps<T> {
  title: string;
  path: string;
  columns: Column<T>[];
  empty: ComponentChildren;
  /** What the search looks in; without it there is none. */
  looksIn?: string;
  finds?: Finds;
  filters?: { name: string; label: string; options: Option[]; as?: string }[];
  query?: Record<string, string | undefined>;
  count?: number;
}

/** One page of a list of the API. count: raised to read it again. */
export function Listing<T extends Row>({ title, path, columns, empty, looksIn, finds = 'search', filters = [], query: fixed = {}, count = 0 }: ListingProps<T>) {
  const { query } = useLocation();
  const page = Number(query.get('page') ?? 1);
  const search = looksIn ? query.get('search') ?? '' : '';
  const chosen = filters.map(({ name }) => query.get(name) ?? '');
  const wanted = Object.fromEntries(filters.map(({ name, as }, index) => [as ?? name, chosen[index] || undefined]));
  const { data, error, reload } = useLoad(
    () => list<T>(path, { page, page_size: SIZE, ...(looksIn ? finding(finds, search) : {}), ...wanted, ...fixed }),
    [path, page, search, count, ...chosen],
  );
  return (
    <>
      {(looksIn || filters.length > 0) && (
        <div class="filters">
          {looksIn && <Search label={t('Search by {0}', looksIn)} value={search} />}
          {filters.map(({ name, label, options }, index) => (
            <Select key={name} label={label} value={chosen[index]} onValue={(value) => setQuery({ [name]: value || undefined, page: undefined })} options={options} />
          ))}
        </div>
      )}
      <Problem error={error} retry={reload} />
      {data?.rows.length === 0 && (search || chosen.some(Boolean)
        ? <Empty title={t('Nothing matches')}><p>{looksIn ? t('Search looks in {0}. ', looksIn) : ''}{t('Take a filter away to see more.')}</p></Empty>
        : empty)}
      {!!data?.rows.length && (
        <>
          <Table caption={title} rows={data.rows} columns={columns} choosable />
          <Pager page={page} size={SIZE} total={data.total} />
        </>
      )}
    </>
  );
}

interface ShortListProps<T> {
  title: string;
  rows: T[];
  columns: Column<T>[];
  empty: ComponentChildren;
  looksIn: string;
  /** What the search looks at. */
  text: (row: T) => string;
}

/** A list that the API gives whole: searched, sorted and paged here. */
export function ShortList<T extends Row>({ title, rows, columns, empty, looksIn, text }: ShortListProps<T>) {
  const { query } = useLocation();
  const page = Number(query.get('page') ?? 1);
  const search = query.get('search') ?? '';
  const found = rows.filter((row) => text(row).toLowerCase().includes(search.toLowerCase()));
  if (!rows.length) return <>{empty}</>;
  return (
    <>
      <div class="filters"><Search label={t('Search by {0}', looksIn)} value={search} /></div>
      {found.length === 0
        ? <Empty title={t('Nothing matches')}><p>{t('Search looks in {0}. ', looksIn)}</p></Empty>
        : <><Table caption={title} rows={found.slice((page - 1) * SIZE, page * SIZE)} columns={columns} choosable /><Pager page={page} size={SIZE} total={found.length} /></>}
    </>
  );
}

/* ---- Adding to a list ---- */

interface PickerProps<T> {
  title: string;
  path: string;
  query?: Record<string, string | undefined>;
  finds?: Finds;
  name: (row: T) => string;
  detail?: (row: T) => ComponentChildren;
  button: string;
  none: string;
  add: (ids: string[]) => Promise<unknown>;
  close: () => void;
}

/** A dialog that finds rows on the server and gives those that were checked. */
export function Picker<T extends { id: string }>({ title, path, query = {}, finds = 'search', name, detail, button, none, add, close }: PickerProps<T>) {
  const [text, setText] = useState('');
  const [picked, setPicked] = useState<string[]>([]);
  const { data, error } = useLoad(() => list<T>(path, { page: 1, page_size: SIZE, ...finding(finds, text), ...query }), [path, text]);
  const submit = async () => {
    if (!picked.length) throw new Error(t('Check at least one.'));
    await add(picked);
    toast(t('Added.'));
    close();
  };
  return (
    <Dialog title={title} close={close}>
      <Form submit={submit} button={button} cancel={<button type="button" onClick={close}>{t('Cancel')}</button>}>
        <Field label={t('Find')} value={text} onValue={setText} type="search" />
        <Problem error={error} />
        {data?.rows.length === 0 && <p class="quiet">{text ? t('None matches.') : none}</p>}
        {data?.rows.map((row) => (
          <Check key={row.id} checked={picked.includes(row.id)} onChecked={(on) => setPicked(on ? [...picked, row.id] : picked.filter((id) => id !== row.id))}
            label={<>{name(row)} {detail && <span class="quiet">{detail(row)}</span>}</>} />
        ))}
        {data && data.total > data.rows.length && <p class="quiet">{t('{0} in all: type to find the others.', data.total)}</p>}
      </Form>
    </Dialog>
  );
}

/* ---- Deleting ---- */

/** Whether the server would do it: the change is tried and taken back. Throws what it refuses with. */
export const rehearse = (method: string, path: string, body?: unknown) => raw(method, `${path}${path.includes('?') ? '&' : '?'}dryRun=1`, body);

/** How many rows of each list go: [what, path] of lists with a total. */
export async function whatGoes(lists: [what: string, path: string][]) {
  const totals = await Promise.all(lists.map(([, path]) => list<unknown>(path, { page: 1, page_size: 1 })));
  const rows = lists.map(([what], index) => [what, totals[index].total] as const).filter(([, total]) => total > 0);
  if (!rows.length) return <p>{t('Nothing hangs on it.')}</p>;
  return <Notice kind="warn"><p>{t('With it go or lose it:')}</p><ul>{rows.map(([what, total]) => <li key={what}>{total} {what}</li>)}</ul></Notice>;
}

/** For Confirm: tries the deletion, and counts what goes with it. */
export const tellDeletion = (path: string, lists: [what: string, path: string][] = []) => async () => {
  await rehearse('DELETE', path);
  return lists.length ? whatGoes(lists) : null;
};

/** A page whose head has the button that opens its dialog of making one. */
export function ListPage({ title, lead, button, dialog, children }: { title: string; lead: string; button?: string; dialog?: (close: () => void) => ComponentChildren; children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  return (
    <Page title={title} lead={lead} actions={button && <Opener class="main" onClick={() => setOpen(true)}>{button}</Opener>}>
      {children}
      {open && dialog?.(() => setOpen(false))}
    </Page>
  );
}
