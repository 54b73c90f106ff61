/** Names of commands that several parts use. */

/** Changes the language; `language` is one of ar, fr, en. */
export const LANGUAGE = 'dalil:language';
