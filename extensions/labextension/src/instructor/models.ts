/** What the academy's service says to instructors; see dalil/service/teaching_handlers.py. */

export interface Translation {
  language: string;
  total: number;
  missing: number;
  messages?: Lack[];
}

/** One thing wrong with one catalogue; `cell` is `notebook#id`, or empty. */
export interface Lack {
  file: string;
  cell: string;
  text: string;
  problem: string;
}

/** What the contract says of one file of a module, and of one cell where it concerns one. */
export interface Finding {
  file: string;
  rule: string;
  message: string;
  hint: string;
  severity: 'error' | 'warning';
  cell: string;
}

/** How far the newest check of a module is. `outdated`: its files have changed since. */
export interface Check {
  module: string;
  state: 'none' | 'waiting' | 'running' | 'done' | 'failed';
  by: string;
  ended: string | null;
  rule: string;
  done: number;
  total: number;
  errors: number;
  warnings: number;
  error: string;
  outdated: boolean;
  serial: number;
  /** Left out of the list of modules. */
  findings?: Finding[];
}

export interface Module {
  id: string;
  code: string;
  title: string;
  version: string;
  /** Why it cannot be read; empty for a good one. */
  problem: string;
  released: string | null;
  released_by: string;
  changed: boolean;
  translations: Translation[];
  issued: number;
  submitted: number;
  waits: number;
  check: Check | null;
}

export interface Submission {
  module: string;
  title: string;
  trainee: string;
  name: string;
  attempt: number;
  serial: number;
  received: string;
  late: boolean;
  state: 'waiting' | 'grading' | 'graded' | 'manual' | 'failed';
  points: number | null;
  max_points: number | null;
  formgrader: string;
  error: string;
}

export interface Queue {
  serial: string;
  submissions: Submission[];
}

/** Where in Lab's files the curriculum lies: a folder of links that dalil.server makes. */
export const CURRICULUM = 'curriculum';

/** A file of the curriculum as Lab names it. */
export function inLab(file: string): string {
  return `${CURRICULUM}/${file}`;
}

/** The notebook and the cell that a finding concerns; without a cell, its own file. */
export function place(concerns: { file: string; cell: string }): { path: string; cell: string } {
  const [notebook, cell] = concerns.cell.split('#');
  return notebook === undefined || cell === undefined
    ? { path: inLab(concerns.file), cell: '' }
    : { path: inLab(notebook), cell };
}

export function atWork(check: Check | null): boolean {
  return check?.state === 'waiting' || check?.state === 'running';
}
