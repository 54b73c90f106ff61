/** One module as an instructor sees it: where it stands, what can be done, what was found. */
import * as React from 'react';

import { LANGUAGES, type Key, type Voice } from '../texts';
import { atWork, place, type Check, type Finding, type Module, type Translation } from './models';

export type Doing = 'source' | 'check' | 'stop' | 'preview' | 'translations' | 'update' | 'release';

export interface ModuleProps {
  module: Module;
  check: Check | null;
  /** What is being done with it; empty while nothing is. */
  busy: string;
  /** What is to be translated, once somebody has asked. */
  translations: readonly Translation[] | undefined;
  voice: Voice;
  act: (doing: Doing, module: Module) => void;
  open: (concerns: { file: string; cell: string }) => void;
}

export function ModuleView(props: ModuleProps): React.ReactElement {
  const { module, check, busy, translations, voice, act, open } = props;
  const title = `dalil-teach-${module.id.replace(/[^a-z0-9]/g, '-')}`;
  const button = (doing: Doing, label: Key, expanded?: boolean): React.ReactElement => (
    <button
      type="button"
      className={doing === 'check' ? 'dalil-Button dalil-mod-main' : 'dalil-Button'}
      aria-describedby={title}
      aria-busy={busy === doing}
      aria-disabled={busy !== ''}
      aria-expanded={expanded}
      onClick={() => busy === '' && act(doing, module)}
    >
      {voice.text(label)}
    </button>
  );
  const readable = module.problem === '';
  return (
    <li className="dalil-Card" data-module={module.id}>
      <h4 id={title} className="dalil-Card-title">
        {module.title}
      </h4>
      <Standing module={module} voice={voice} />
      {!readable && (
        <p className="dalil-Trouble">
          <span aria-hidden="true">✕</span> {voice.text('moduleProblem')}{' '}
          <English>{module.problem}</English>
        </p>
      )}
      <div
        className="dalil-Buttons"
        role="group"
        aria-label={voice.text('actionsOf', { title: module.title })}
      >
        {button('source', 'openSource')}
        {button('check', 'check')}
        {readable && button('preview', 'preview')}
        {readable && button('translations', 'translations', translations !== undefined)}
        {readable && button('release', 'release')}
      </div>
      {check && <CheckView check={check} voice={voice} open={open} stop={() => act('stop', module)} />}
      {translations && (
        <Translations
          translations={translations}
          voice={voice}
          open={open}
          update={() => busy === '' && act('update', module)}
        />
      )}
    </li>
  );
}

/** What the contract says is in English in every language of the panel. */
export function English({ children }: { children: string }): React.ReactElement {
  return (
    <span lang="en" dir="ltr" className="dalil-English">
      {children}
    </span>
  );
}

function Standing({ module, voice }: { module: Module; voice: Voice }): React.ReactElement {
  const when = module.released === null ? '' : voice.moment(module.released);
  const who = module.released_by;
  const released = who ? voice.text('releasedBy', { when, who }) : voice.text('releasedOn', { when });
  const counts: string[] = [];
  for (const [n, key] of [
    [module.issued, 'countIssued'],
    [module.submitted, 'countSubmitted'],
    [module.waits, 'countWaits']
  ] as const) {
    if (n > 0) {
      counts.push(voice.text(key, { n }));
    }
  }
  const named = new Map<string, string>(LANGUAGES);
  return (
    <>
      <p className="dalil-Facts">
        <bdi className="dalil-Code">{module.id}</bdi>
        {module.code && <bdi className="dalil-Code">{module.code}</bdi>}
        <span className="dalil-State">
          <span aria-hidden="true">{when ? '●' : '○'}</span> {when ? released : voice.text('notReleased')}
        </span>
        {module.changed && (
          <span>
            <span aria-hidden="true">✎</span> {voice.text('changedSince')}
          </span>
        )}
      </p>
      <p className="dalil-Facts dalil-Small">
        {module.translations.map(({ language, missing, total }) => (
          <span key={language}>
            <span lang={language}>{named.get(language)}</span>
            {': '}
            {missing === 0
              ? voice.text('translationComplete')
              : voice.text('translationMissing', { n: missing, total })}
          </span>
        ))}
        {counts.map(text => (
          <span key={text}>{text}</span>
        ))}
      </p>
    </>
  );
}

function CheckView(props: {
  check: Check;
  voice: Voice;
  open: ModuleProps['open'];
  stop: () => void;
}): React.ReactElement {
  const { check, voice, open, stop } = props;
  const { errors, warnings, module: id } = check;
  if (atWork(check)) {
    const values = { id, done: check.done, total: check.total };
    const text =
      check.state === 'waiting' || check.total === 0
        ? voice.text('checking', { id })
        : voice.text('checkProgress', values);
    return (
      <div className="dalil-Detail">
        <p>{text}</p>
        <div className="dalil-Buttons">
          <progress aria-label={text} max={check.total || 1} value={check.done} />
          <button type="button" className="dalil-Button" onClick={stop}>
            {voice.text('stopCheck')}
          </button>
        </div>
      </div>
    );
  }
  const findings = check.findings ?? [];
  const clean = check.state === 'done' && errors + warnings === 0;
  return (
    <div className="dalil-Detail">
      {check.state === 'failed' && (
        <p>
          <span aria-hidden="true">✕</span> <English>{check.error}</English>
        </p>
      )}
      {check.state === 'done' && (
        <p>
          <span aria-hidden="true">{clean ? '✓' : '⚠'}</span>{' '}
          {voice.text(clean ? 'checkClean' : 'checkFound', { id, errors, warnings })}
        </p>
      )}
      {check.outdated && <p className="dalil-Small">{voice.text('checkOutdated')}</p>}
      {findings.length > 0 && (
        <ul className="dalil-Findings" aria-label={voice.text('findings')}>
          {findings.map((finding, index) => (
            <FindingView key={index} finding={finding} voice={voice} open={open} />
          ))}
        </ul>
      )}
    </div>
  );
}

function FindingView(props: {
  finding: Finding;
  voice: Voice;
  open: ModuleProps['open'];
}): React.ReactElement {
  const { finding, voice, open } = props;
  const { cell } = place(finding);
  const error = finding.severity === 'error';
  return (
    <li className={`dalil-Finding dalil-mod-${finding.severity}`}>
      <p>
        <strong>
          <span aria-hidden="true">{error ? '✕' : '⚠'}</span>{' '}
          {voice.text(error ? 'severityError' : 'severityWarning')}
        </strong>{' '}
        <English>{`${finding.message} (${finding.hint})`}</English>
      </p>
      <button type="button" className="dalil-Link" onClick={() => open(finding)}>
        {cell
          ? voice.text('openCell', { cell, file: finding.cell.split('#')[0] ?? '' })
          : voice.text('openFile', { file: finding.file })}
      </button>
    </li>
  );
}

function Translations(props: {
  translations: readonly Translation[];
  voice: Voice;
  open: ModuleProps['open'];
  update: () => void;
}): React.ReactElement {
  const { translations, voice, open, update } = props;
  const named = new Map<string, string>(LANGUAGES);
  return (
    <div className="dalil-Detail">
      <h5>{voice.text('translations')}</h5>
      {translations.map(({ language, missing, total, messages }) => (
        <div key={language}>
          <h6>
            <span lang={language}>{named.get(language)}</span>
            {': '}
            {missing === 0
              ? voice.text('translationComplete')
              : voice.text('translationMissing', { n: missing, total })}
          </h6>
          <ul className="dalil-Findings">
            {(messages ?? []).map((lack, index) => (
              <li key={index} className="dalil-Finding">
                <p>
                  <English>{`${lack.text} ${lack.problem}`.trim()}</English>
                </p>
                {[{ file: lack.file, cell: '' }, ...(lack.cell ? [lack] : [])].map(where => (
                  <button
                    key={where.cell}
                    type="button"
                    className="dalil-Link"
                    onClick={() => open(where)}
                  >
                    {where.cell
                      ? voice.text('openCell', {
                          cell: place(where).cell,
                          file: where.cell.split('#')[0] ?? ''
                        })
                      : voice.text('openFile', { file: where.file })}
                  </button>
                ))}
              </li>
            ))}
          </ul>
        </div>
      ))}
      <div className="dalil-Buttons">
        <button type="button" className="dalil-Button" onClick={update}>
          {voice.text('updateTranslations')}
        </button>
      </div>
    </div>
  );
}
