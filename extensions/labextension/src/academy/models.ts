/** What the academy's service answers (docs/lab.md); times are ISO 8601 in UTC. */
import type { IBaseCellMetadata } from '@jupyterlab/nbformat';

import type { Language } from '../texts';

export type Action = 'lesson' | 'app' | 'issue' | 'submit' | 'result' | 'attempt';
export type State = 'closed' | 'open' | 'issued' | 'submitted' | 'graded' | 'mastered';

export interface Me {
  id: string;
  name: string;
  role: string;
  language: Language;
  scopes: string[];
  /** What the academy's course, and formgrader's service, is called. */
  course: string;
}

export interface Titled {
  id: string;
  title: string;
}

export interface Module extends Titled {
  code: string;
  summary: string;
  hours: number;
  competencies: Titled[];
  opens: string | null;
  due: string | null;
  closes: string | null;
  /** The latest one; 0 before the first. */
  attempt: number;
  attempts: number;
  attempts_allowed: number | null;
  state: State;
  points: number | null;
  max_points: number | null;
  late: boolean;
  /** How many questions wait for a person's mark. */
  waits: number;
  issued: string | null;
  submitted: string | null;
  graded: string | null;
  app: boolean;
  actions: Action[];
}

export interface Curriculum {
  at: string;
  modules: Module[];
  competencies: Titled[];
}

export interface Receipt {
  attempt: number;
  sha256: string;
  bytes: number;
  received: string;
  serial: number;
  key: string;
  signature: string;
}

export interface QuestionResult extends Titled {
  points: number | null;
  max_points: number;
  message: string;
  flag: string | null;
  waits: boolean;
}

export interface Result {
  state: 'nothing' | 'waiting' | 'graded' | 'failed';
  attempt: number | null;
  receipt: Receipt | null;
  points: number | null;
  max_points: number | null;
  graded: string | null;
  questions: QuestionResult[];
  remarks: string[];
  feedback: string | null;
}

export interface CustodyEvent {
  seq: number;
  at: string;
  kind: string;
  who: string;
  what: Record<string, unknown>;
}

export interface History {
  exhibits: { name: string; file: string; title: string; sha256: string; bytes: number }[];
  events: CustodyEvent[];
  receipts: Receipt[];
}

/** What `files/…/issue` and `preview` say. */
export interface Laid {
  folder: string;
  notebook: string;
  attempt: number;
  fresh: boolean;
  aside: string | null;
}

/** What `files/…/language` says of one notebook. */
export interface Reworded {
  path: string;
  written: boolean;
  cells: Record<string, { source: string; metadata: Partial<IBaseCellMetadata> }>;
  metadata: Record<string, string>;
  kept: string[];
}
