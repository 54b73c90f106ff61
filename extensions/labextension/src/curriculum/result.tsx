/** The result of a submission: points and explanation, question by question. */
import * as React from 'react';

import type { Module, QuestionResult, Result } from '../academy/models';
import type { Key, Voice } from '../texts';

interface Props {
  module: Module;
  result: Result | 'loading';
  voice: Voice;
}

export function ResultView({ module, result, voice }: Props): React.ReactElement {
  const name = `dalil-result-${module.id}`;
  return (
    <section className="dalil-Detail" aria-labelledby={name} data-part="result">
      <h5 id={name}>{voice.text('resultOf', { title: module.title })}</h5>
      <Body result={result} voice={voice} />
    </section>
  );
}

function Body({ result, voice }: Omit<Props, 'module'>): React.ReactElement {
  if (result === 'loading') {
    return <p>{voice.text('loading')}</p>;
  }
  if (result.state === 'nothing') {
    return <p>{voice.text('noResult')}</p>;
  }
  if (result.state === 'waiting') {
    return <p>{voice.text('marking')}</p>;
  }
  return (
    <>
      {result.points !== null && result.max_points !== null && (
        <p className="dalil-Score">
          {voice.text('score', { points: result.points, max: result.max_points })}
        </p>
      )}
      {result.state === 'failed' && <p>{voice.text('queueFailed')}</p>}
      {result.questions.length > 0 && <Questions questions={result.questions} voice={voice} />}
      {result.questions.some(question => question.waits) && <p>{voice.text('waitsNote')}</p>}
      {result.remarks.map(remark => (
        <p key={remark} dir="auto">
          {remark}
        </p>
      ))}
      {result.graded !== null && (
        <p className="dalil-Small">
          {voice.text('gradedAt', { when: voice.moment(result.graded) })}
        </p>
      )}
      {result.feedback !== null && (
        <p>
          <a className="dalil-Link" href={result.feedback} target="_blank" rel="noopener">
            {voice.text('fullFeedback')}
          </a>
        </p>
      )}
    </>
  );
}

function Questions(props: { questions: QuestionResult[]; voice: Voice }): React.ReactElement {
  const { questions, voice } = props;
  return (
    <ul className="dalil-Questions">
      {questions.map(question => {
        const [words, mark] = markOf(question);
        return (
          <li key={question.id}>
            <p className="dalil-Question">
              <strong>{question.title}</strong>
              <span className="dalil-Mark">
                <span aria-hidden="true">{mark}</span> {voice.text(words)}
              </span>
              {question.points !== null && (
                <span>
                  {voice.text('score', { points: question.points, max: question.max_points })}
                </span>
              )}
            </p>
            {question.message && (
              <p dir="auto">
                <Prose text={question.message} />
              </p>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** A line of a check's, in which `code` stands between back ticks. */
function Prose({ text }: { text: string }): React.ReactElement {
  const parts = text.split(/`([^`]+)`/);
  return (
    <>
      {parts.map((part, n) =>
        n % 2 ? (
          <code key={n} className="dalil-Code" dir="ltr">
            {part}
          </code>
        ) : (
          part
        )
      )}
    </>
  );
}

function markOf(question: QuestionResult): readonly [Key, string] {
  if (question.waits || question.points === null) {
    return ['markWaits', '…'];
  }
  if (question.points <= 0) {
    return ['markNone', '✕'];
  }
  return question.points < question.max_points ? ['markPart', '◑'] : ['markFull', '✓'];
}
