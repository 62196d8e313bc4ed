// The texts of the console in the language of the page. The English ones are the keys of the others, which a file of their own
// brings (web/console/languages); it is loaded before this script.
declare global {
  interface Window {
    signetTexts?: Record<string, string>;
  }
}
const texts = window.signetTexts ?? {};

/** {0}, {1} … stand for the values. A text that the language lacks is shown in English. */
export const t = (english: string, ...values: (string | number | null | undefined)[]) =>
  (texts[english] ?? english).replace(/\{(\d)\}/g, (_, index) => String(values[Number(index)] ?? ''));
