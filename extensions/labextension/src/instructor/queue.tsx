/** The newest submissions and what becomes of them, kept up to date by itself. */
import * as React from 'react';

import type { Key, Voice } from '../texts';
import type { Submission } from './models';

const STATES: Readonly<Record<Submission['state'], readonly [Key, string]>> = {
  waiting: ['queueWaiting', '○'],
  grading: ['queueGrading', '◑'],
  graded: ['queueGraded', '●'],
  manual: ['queueManual', '✎'],
  failed: ['queueFailed', '✕']
};

export function QueueView(props: {
  submissions: readonly Submission[];
  lost: string;
  voice: Voice;
}): React.ReactElement {
  const { submissions, lost, voice } = props;
  return (
    <section aria-labelledby="dalil-queue">
      <h3 id="dalil-queue">{voice.text('queue')}</h3>
      {lost && (
        <p className="dalil-Trouble">
          <span aria-hidden="true">⚠</span> {lost}
        </p>
      )}
      {submissions.length === 0 && !lost && <p>{voice.text('queueEmpty')}</p>}
      <ul className="dalil-Cards dalil-Queue">
        {submissions.map(one => (
          <Entry key={`${one.module} ${one.trainee}`} submission={one} voice={voice} />
        ))}
      </ul>
    </section>
  );
}

function Entry({ submission, voice }: { submission: Submission; voice: Voice }): React.ReactElement {
  const { name, title, state, late, points, max_points, formgrader, error } = submission;
  const [key, mark] = STATES[state];
  return (
    <li className="dalil-Card" data-trainee={submission.trainee} data-state={state}>
      <p>
        <bdi className="dalil-Card-title">{name}</bdi> · <bdi>{title}</bdi>
      </p>
      <p className="dalil-Facts">
        <span className={`dalil-State dalil-mod-${state}`}>
          <span aria-hidden="true">{mark}</span> {voice.text(key)}
        </span>
        {points !== null && max_points !== null && (
          <span>{voice.text('score', { points, max: max_points })}</span>
        )}
        {late && (
          <span>
            <span aria-hidden="true">⏰</span> {voice.text('late')}
          </span>
        )}
      </p>
      <p className="dalil-Small">
        {voice.text('submittedAt', { when: voice.moment(submission.received) })}
        {submission.attempt > 1 && ` · ${voice.text('attempt', { n: submission.attempt })}`}
      </p>
      {error && (
        <p lang="en" dir="ltr">
          {error}
        </p>
      )}
      {formgrader && (
        <a className="dalil-Link" href={formgrader} target="_blank" rel="noopener">
          {voice.text('formgraderOf', { name })}
        </a>
      )}
    </li>
  );
}
