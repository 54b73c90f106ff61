import { ar } from './ar';
import { en, type Key, type Texts } from './en';
import { fr } from './fr';

export type { Key } from './en';
export type Language = 'en' | 'fr' | 'ar';
export type Direction = 'ltr' | 'rtl';

export const TEXTS: Readonly<Record<Language, Texts>> = { en, fr, ar };

/** The languages by their own names, in the order in which they are offered. */
export const LANGUAGES: readonly (readonly [Language, string])[] = [
  ['ar', 'العربية'],
  ['fr', 'Français'],
  ['en', 'English']
];

/** Digits 0 to 9 and the Gregorian calendar, as Moroccan offices write them. */
const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', fr: 'fr-FR', ar: 'ar-MA' };

/** First strong isolate … pop: a value keeps its own direction and disturbs nobody else's. */
const ISOLATE = '\u2068';
const POP = '\u2069';

/** Speaks one language: texts, dates and numbers. */
export class Voice {
  constructor(readonly language: Language) {}

  get direction(): Direction {
    return this.language === 'ar' ? 'rtl' : 'ltr';
  }

  /** The text of *key*, its `{places}` filled from *values*. */
  readonly text = (key: Key, values: Readonly<Record<string, string | number>> = {}): string =>
    TEXTS[this.language][key].replace(/\{([a-z]+)\}/g, (whole, name: string) => {
      const value = values[name];
      return value === undefined ? whole : this.isolated(value);
    });

  /** Date and time of an ISO 8601 moment, on this machine's clock. */
  readonly moment = (iso: string): string => {
    const date = new Date(iso);
    if (Number.isNaN(date.getTime())) {
      return iso;
    }
    const style = { dateStyle: 'medium', timeStyle: 'short' } as const;
    return new Intl.DateTimeFormat(LOCALES[this.language], style).format(date);
  };

  readonly number = (value: number): string =>
    new Intl.NumberFormat(LOCALES[this.language], { maximumFractionDigits: 2 }).format(value);

  private isolated(value: string | number): string {
    const shown = typeof value === 'number' ? this.number(value) : value;
    return this.direction === 'rtl' ? `${ISOLATE}${shown}${POP}` : shown;
  }
}

export function isLanguage(text: unknown): text is Language {
  return text === 'en' || text === 'fr' || text === 'ar';
}
