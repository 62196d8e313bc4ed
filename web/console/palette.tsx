// The command palette: pages, actions, and what the server finds, by typing.
import { useEffect, useId, useState } from 'preact/hooks';
import { navigate } from '../shared/router';
import { t } from '../shared/text';
import { Dialog, Field, Problem } from '../shared/ui';
import { like, list, useLoad, type Application, type Role, type User } from './api';

interface Command {
  to: string;
  text: string;
  what: string;
}
const ACTIONS: Command[] = [{ to: '/applications/new', text: t('New API client'), what: t('Action') }];
const FEW = 4;
const WAIT_MS = 150;

async function find(text: string): Promise<Command[]> {
  if (!text) return [];
  const ask = <T extends object>(path: string, query: Record<string, string | undefined>) =>
    list<T>(path, { ...query, page: 1, page_size: FEW }).then(({ rows }) => rows);
  const search = { search: like(text) };
  const [applications, users, roles, organizations] = await Promise.all([
    ask<Application>('/applications', search), ask<User>('/users', search), ask<Role>('/roles', search), ask<Role>('/organizations', { q: text }),
  ]);
  return [
    ...applications.map(({ id, name }) => ({ to: `/applications/${id}`, text: name, what: t('Application') })),
    ...users.map(({ id, name, username, primaryEmail }) => ({ to: `/users/${id}`, text: name ?? username ?? primaryEmail ?? id, what: t('User') })),
    ...roles.map(({ id, name }) => ({ to: `/roles/${id}`, text: name, what: t('Role') })),
    ...organizations.map(({ id, name }) => ({ to: `/organizations/${id}`, text: name, what: t('Organization') })),
  ];
}

/** The text once it has not changed for a moment. */
function useSettled(text: string) {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), WAIT_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

export function Palette({ pages, close }: { pages: [key: string, text: string, letter: string][]; close: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const settled = useSettled(text.trim());
  const { data, error } = useLoad(() => find(settled), [settled]);
  const known = [...pages.map(([key, title]) => ({ to: `/${key}`, text: title, what: t('Page') })), ...ACTIONS];
  const found = [...known.filter((command) => command.text.toLowerCase().includes(text.trim().toLowerCase())), ...(text ? data ?? [] : [])];
  const go = (command: Command | undefined) => {
    if (!command) return;
    close();
    navigate(command.to);
  };
  const key = (event: KeyboardEvent) => {
    const step = ({ ArrowDown: 1, ArrowUp: -1 } as Record<string, number>)[event.key];
    if (step && found.length) setAt((at + step + found.length) % found.length);
    else if (event.key === 'Enter') go(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t('Go to')} close={close}>
      <div class="finder">
        <Field label={t('Page, application, user, role or organization')} value={text} onValue={(next) => { setText(next); setAt(0); }} onKeyDown={key} autofocus role="combobox" aria-expanded={found.length > 0} aria-controls={id} aria-autocomplete="list"
          aria-activedescendant={found.length ? `${id}-${at}` : undefined} />
        <ul id={id} class="tall" role="listbox" aria-label={t('Found')} hidden={!found.length} tabIndex={0}>
          {found.map((command, index) => (
            <li key={command.to} id={`${id}-${index}`} role="option" aria-selected={index === at} onClick={() => go(command)}>{command.text} <span class="quiet">{command.what}</span></li>
          ))}
        </ul>
        <Problem error={error} />
        {!found.length && !error && <p class="quiet">{t('Nothing is called so.')}</p>}
      </div>
    </Dialog>
  );
}
