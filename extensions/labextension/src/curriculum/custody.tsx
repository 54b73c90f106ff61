/** Receipt and custody history of the person's own exhibits, with digests. */
import * as React from 'react';

import type { CustodyEvent, History, Module, Receipt } from '../academy/models';
import type { Key, Voice } from '../texts';

interface Props {
  module: Module;
  history: History | 'loading';
  voice: Voice;
}

const KINDS: Readonly<Record<string, Key>> = {
  issued: 'eventIssued',
  opened: 'eventOpened',
  submitted: 'eventSubmitted',
  graded: 'eventGraded',
  regraded: 'eventRegraded',
  'hand-marked': 'eventHandMarked',
  'feedback-released': 'eventReleased'
};

export function Custody({ module, history, voice }: Props): React.ReactElement {
  const name = `dalil-custody-${module.id}`;
  return (
    <section className="dalil-Detail" aria-labelledby={name} data-part="custody">
      <h5 id={name}>{voice.text('custodyOf', { title: module.title })}</h5>
      {history === 'loading' ? (
        <p>{voice.text('loading')}</p>
      ) : (
        <>
          <Receipts receipts={history.receipts} voice={voice} />
          <Exhibits history={history} voice={voice} />
          <Events events={history.events} voice={voice} />
        </>
      )}
    </section>
  );
}

function Receipts(props: { receipts: Receipt[]; voice: Voice }): React.ReactElement {
  const { receipts, voice } = props;
  const last = receipts[receipts.length - 1];
  if (!last) {
    return <p>{voice.text('receiptNone')}</p>;
  }
  const facts: [Key, React.ReactNode][] = [
    ['receiptReceived', voice.moment(last.received)],
    ['receiptSerial', voice.number(last.serial)],
    ['receiptBytes', voice.number(last.bytes)],
    ['receiptSha', <Digest key="sha" hex={last.sha256} />],
    ['receiptKey', <Digest key="key" hex={last.key} />],
    ['receiptSignature', <Digest key="sig" hex={last.signature} />]
  ];
  return (
    <>
      <h6>{voice.text('receipt')}</h6>
      <dl className="dalil-List">
        {facts.map(([key, value]) => (
          <React.Fragment key={key}>
            <dt>{voice.text(key)}</dt>
            <dd>{value}</dd>
          </React.Fragment>
        ))}
      </dl>
    </>
  );
}

function Exhibits({ history, voice }: { history: History; voice: Voice }): React.ReactElement {
  return (
    <ul className="dalil-Exhibits" aria-label={voice.text('history')}>
      {history.exhibits.map(exhibit => (
        <li key={exhibit.name}>
          <span>{exhibit.title}</span> <bdi className="dalil-Code">{exhibit.file}</bdi>
          <Digest hex={exhibit.sha256} />
        </li>
      ))}
    </ul>
  );
}

function Events({ events, voice }: { events: CustodyEvent[]; voice: Voice }): React.ReactElement {
  if (events.length === 0) {
    return <p>{voice.text('historyNone')}</p>;
  }
  return (
    <>
      <h6>{voice.text('history')}</h6>
      <ol className="dalil-Events">
        {events.map(event => {
          const key = KINDS[event.kind];
          const digest = event.what.submission;
          return (
            <li key={event.seq}>
              <time dateTime={event.at}>{voice.moment(event.at)}</time>{' '}
              <strong>{key ? voice.text(key) : <bdi>{event.kind}</bdi>}</strong>{' '}
              <bdi className="dalil-Small">{event.who}</bdi>
              {typeof digest === 'string' && <Digest hex={digest} />}
            </li>
          );
        })}
      </ol>
    </>
  );
}

/** A digest, a key or a signature: left to right whatever stands around it. */
function Digest({ hex }: { hex: string }): React.ReactElement {
  return (
    <code className="dalil-Digest" dir="ltr">
      {hex}
    </code>
  );
}
