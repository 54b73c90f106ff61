/** One module: what it is, where the person stands in it, and what can be done now. */
import * as React from 'react';

import type { Action, History, Module, Result } from '../academy/models';
import type { Key, Voice } from '../texts';
import { Custody } from './custody';
import { ResultView } from './result';

/** What a card shows below its buttons. */
export interface Shown {
  result?: Result | 'loading';
  history?: History | 'loading';
}

export type Doing = Action | 'custody';

const STATES: Readonly<Record<Module['state'], readonly [Key, string]>> = {
  closed: ['stateClosed', '✕'],
  open: ['stateOpen', '○'],
  issued: ['stateIssued', '◔'],
  submitted: ['stateSubmitted', '◑'],
  graded: ['stateGraded', '●'],
  mastered: ['stateMastered', '★']
};

const BUTTONS: readonly (readonly [Action, Key])[] = [
  ['lesson', 'lesson'],
  ['app', 'app'],
  ['issue', 'exhibits'],
  ['submit', 'submit'],
  ['result', 'result'],
  ['attempt', 'newAttempt']
];

export interface CardProps {
  module: Module;
  also: string[];
  shown: Shown;
  busy: Doing | undefined;
  voice: Voice;
  act: (doing: Doing, module: Module) => void;
}

export function Card({ module, also, shown, busy, voice, act }: CardProps): React.ReactElement {
  const title = `dalil-module-${module.id}`;
  const button = (doing: Doing, label: Key, expanded?: boolean): React.ReactElement => (
    <button
      key={doing}
      type="button"
      className={doing === 'submit' ? 'dalil-Button dalil-mod-main' : 'dalil-Button'}
      aria-describedby={title}
      aria-busy={busy === doing}
      aria-disabled={busy !== undefined}
      aria-expanded={expanded}
      onClick={() => busy === undefined && act(doing, module)}
    >
      {voice.text(label)}
    </button>
  );
  return (
    <li className="dalil-Card" data-module={module.id}>
      <h4 id={title} className="dalil-Card-title">
        {module.title}
      </h4>
      <Standing module={module} voice={voice} />
      {module.summary && <p className="dalil-Card-summary">{module.summary}</p>}
      {also.length > 0 && (
        <p className="dalil-Small">{voice.text('otherCompetencies', { list: also.join(' · ') })}</p>
      )}
      <div
        className="dalil-Buttons"
        role="group"
        aria-label={voice.text('actionsOf', { title: module.title })}
      >
        {BUTTONS.filter(([action]) => module.actions.includes(action)).map(([action, label]) =>
          button(action, label, action === 'result' ? shown.result !== undefined : undefined)
        )}
        {module.attempt > 0 && button('custody', 'custody', shown.history !== undefined)}
      </div>
      {shown.result !== undefined && (
        <ResultView module={module} result={shown.result} voice={voice} />
      )}
      {shown.history !== undefined && (
        <Custody module={module} history={shown.history} voice={voice} />
      )}
    </li>
  );
}

function Standing({ module, voice }: { module: Module; voice: Voice }): React.ReactElement {
  const [state, mark] = STATES[module.state];
  const facts: string[] = [];
  if (module.hours) {
    facts.push(voice.text('hours', { n: module.hours }));
  }
  if (module.attempt > 0) {
    facts.push(voice.text('attempt', { n: module.attempt }));
  }
  if (module.points !== null && module.max_points !== null) {
    facts.push(voice.text('score', { points: module.points, max: module.max_points }));
  }
  if (module.late) {
    facts.push(voice.text('late'));
  }
  if (module.waits > 0) {
    facts.push(voice.text('markWaits'));
  }
  const date = dateOf(module, voice);
  return (
    <>
      <p className="dalil-Facts">
        <bdi className="dalil-Code">{module.code}</bdi>
        <span className={`dalil-State dalil-mod-${module.state}`}>
          <span aria-hidden="true">{mark}</span> {voice.text(state)}
        </span>
        {facts.map(fact => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
      {date && <p className="dalil-Small">{date}</p>}
    </>
  );
}

/** The one date that matters now. */
function dateOf(module: Module, voice: Voice): string {
  const now = Date.now();
  const { opens, due, closes, submitted } = module;
  const past = (iso: string | null): boolean => iso !== null && Date.parse(iso) < now;
  const say = (key: Key, iso: string): string => voice.text(key, { when: voice.moment(iso) });
  if (opens !== null && !past(opens)) {
    return say('opens', opens);
  }
  if (closes !== null && past(closes)) {
    return say('closed', closes);
  }
  if (submitted !== null) {
    return say('submittedAt', submitted);
  }
  if (due !== null) {
    return say(past(due) ? 'overdue' : 'due', due);
  }
  return closes === null ? '' : say('closes', closes);
}
