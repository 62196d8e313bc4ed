// Addresses below /console: where we are, going elsewhere, and the guard of unsaved changes.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { t } from './text';

const BASE = '/console';
const listeners = new Set<() => void>();
const unsaved = new Set<object>();
let shown = '';

const current = () => location.pathname.slice(BASE.length) + location.search;
/** Asks when something is not saved; what is left behind is not asked for again. */
export function mayLeave() {
  if (unsaved.size && !confirm(t('There are changes that are not saved. Leave them behind?'))) return false;
  unsaved.clear();
  return true;
}

function changed() {
  shown = current();
  unsaved.clear();
  listeners.forEach((listener) => listener());
}

addEventListener('popstate', () => {
  if (mayLeave()) changed();
  else history.pushState(null, '', BASE + shown);
});
addEventListener('beforeunload', (event) => unsaved.size && event.preventDefault());

/** saved: what the page held is stored, so nothing is asked. */
export function navigate(path: string, { replace = false, saved = false } = {}) {
  if (!saved && !mayLeave()) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', BASE + path);
  changed();
  scrollTo(0, 0);
}

/** Path segments and query of the address below /console. */
export function useLocation() {
  const [, again] = useState(0);
  useEffect(() => {
    shown = current();
    const listener = () => again((count) => count + 1);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  const segments = location.pathname.slice(BASE.length).split('/').filter(Boolean).map(decodeURIComponent);
  return { segments, query: new URLSearchParams(location.search) };
}

/** Changes parameters of the address, so that what is seen can be shared; undefined removes one. */
export function setQuery(changes: Record<string, string | undefined>) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  history.replaceState(null, '', location.pathname + (text && `?${text}`));
  shown = current();
  listeners.forEach((listener) => listener());
}

/** While dirty, leaving the page asks first, also in the moment after something was typed; a page may have several that are. */
export function useUnsaved(dirty: boolean) {
  useLayoutEffect(() => {
    if (!dirty) return undefined;
    const form = {};
    unsaved.add(form);
    return () => void unsaved.delete(form);
  }, [dirty]);
}

type LinkProps = { to: string; children: ComponentChildren; class?: string; title?: string; 'aria-current'?: 'page' };

export function Link({ to, children, ...rest }: LinkProps) {
  const click = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    navigate(to);
  };
  return <a href={BASE + to} onClick={click} {...rest}>{children}</a>;
}
