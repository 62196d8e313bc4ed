// Requests to the server: whether one is under way, and an end to those that get no answer.
import { t } from '../shared/text';

export const UNREACHABLE = t('The server cannot be reached from this browser: see that it runs and that this address is the one it is set to.');
const MAYBE_DONE = t('What was asked for may have been done all the same: look before you do it again.');
const PATIENCE_MS = 60_000;

let open = 0;
let tell: (open: number) => void = () => {};
/** Is told how many requests are open, now and whenever that changes. */
export function onRequests(listener: typeof tell) {
  tell = listener;
  listener(open);
}

/** The answer, all of it there; throws what a page can show when there is none, at the latest after a minute. */
export async function reach(address: string, init: RequestInit = {}): Promise<Response> {
  tell(++open);
  try {
    const answer = await fetch(address, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    await answer.clone().blob();
    return answer;
  } catch {
    const changes = /^(POST|PUT|PATCH|DELETE)$/.test(init.method ?? 'GET') && !address.endsWith('/oidc/token');
    throw Object.assign(new Error(t('No answer from the server.')), { help: changes ? `${UNREACHABLE} ${MAYBE_DONE}` : UNREACHABLE });
  } finally {
    tell(--open);
  }
}
