/** "My curriculum", in Lab's left side bar. */
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Academy } from '../academy/academy';
import type { Curriculum, Module } from '../academy/models';
import { isLanguage, LANGUAGES, type Language } from '../texts';
import { Card } from './card';
import type { CurriculumModel } from './model';

export class CurriculumPanel extends ReactWidget {
  constructor(
    private readonly model: CurriculumModel,
    private readonly speak: (language: Language) => void
  ) {
    super();
    this.id = 'dalil-curriculum';
    this.addClass('dalil-Panel');
    this.node.setAttribute('role', 'region');
    this.node.style.minWidth = '300px'; // Lumino measures before the style sheet is there
    model.changed.connect(() => this.update());
    model.academy.changed.connect(() => this.named());
    this.named();
  }

  /** Name the tab and the panel in the person's language. */
  private named(): void {
    const { voice } = this.model.academy;
    this.title.caption = voice.text('curriculum');
    this.node.setAttribute('aria-label', voice.text('curriculum'));
    this.node.lang = voice.language;
    this.node.dir = voice.direction;
    this.update();
  }

  protected override render(): React.ReactElement {
    const { model } = this;
    const { academy } = model;
    const { voice } = academy;
    return (
      <div className="dalil-Panel-inner">
        <header className="dalil-Header">
          <h2>{voice.text('curriculum')}</h2>
          <Languages academy={academy} speak={this.speak} />
          {academy.connected && (
            <button type="button" className="dalil-Button" onClick={() => void model.load()}>
              {voice.text('refresh')}
            </button>
          )}
        </header>
        {model.trouble && (
          <p className="dalil-Trouble" role="alert">
            <span aria-hidden="true">⚠</span> {model.trouble}
          </p>
        )}
        {!academy.connected && <p>{voice.text('alone')}</p>}
        {academy.connected && !model.curriculum && !model.trouble && (
          <p>{voice.text('loading')}</p>
        )}
        {model.curriculum && <Modules model={model} curriculum={model.curriculum} />}
      </div>
    );
  }
}

function Languages(props: {
  academy: Academy;
  speak: (language: Language) => void;
}): React.ReactElement {
  const { voice } = props.academy;
  return (
    <label className="dalil-Languages">
      <span>{voice.text('language')}</span>
      <select
        value={voice.language}
        onChange={event => {
          const { value } = event.target;
          if (isLanguage(value)) {
            props.speak(value);
          }
        }}
      >
        {LANGUAGES.map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Each module once, below the first of its competencies. */
function Modules(props: { model: CurriculumModel; curriculum: Curriculum }): React.ReactElement {
  const { model, curriculum } = props;
  const { voice } = model.academy;
  if (curriculum.modules.length === 0) {
    return <p>{voice.text('nothingYet')}</p>;
  }
  const groups = new Map<string, { title: string; modules: Module[] }>();
  for (const module of curriculum.modules) {
    const { id, title } = module.competencies[0] ?? { id: '', title: '' };
    const group = groups.get(id) ?? { title, modules: [] };
    group.modules.push(module);
    groups.set(id, group);
  }
  return (
    <>
      {[...groups].map(([id, group]) => (
        <section key={id} aria-labelledby={`dalil-competency-${id}`}>
          <h3 id={`dalil-competency-${id}`}>{group.title}</h3>
          <ul className="dalil-Cards">
            {group.modules.map(module => (
              <Card
                key={module.id}
                module={module}
                also={module.competencies.slice(1).map(one => one.title)}
                shown={model.shown.get(module.id) ?? {}}
                busy={model.busy.get(module.id)}
                voice={voice}
                act={(doing, chosen) => void model.act(doing, chosen)}
              />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
