// The language of the console: the browser's, or the one chosen here, which a cookie tells the server.
import { mayLeave } from '../shared/router';
import { t } from '../shared/text';

const YEAR_S = 31_536_000;
const languages = document.querySelector<HTMLMetaElement>('meta[name="signet-languages"]')!.content.split(' ');
const nameOf = (language: string) => new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language;

function choose(language: string) {
  const secure = location.protocol === 'https:';
  document.cookie = `${secure ? '__Host-' : ''}adminConsoleLanguage=${language}; Path=/; SameSite=Lax; Max-Age=${YEAR_S}${secure ? '; Secure' : ''}`;
  location.reload();
}

export function Language() {
  const current = document.documentElement.lang;
  const change = (event: Event & { currentTarget: HTMLSelectElement }) => {
    const { value } = event.currentTarget;
    if (mayLeave()) choose(value);
    else event.currentTarget.value = current;
  };
  return (
    <select class="small" aria-label={t('Language')} value={current} onChange={change}>
      {languages.map((language) => <option key={language} value={language} lang={language}>{nameOf(language)}</option>)}
    </select>
  );
}
