/** What stands around the picture: series, tools, their buttons, read-outs, messages. No word is written here. */
import type { Exam } from './facts';
import type { Tool } from './hand';

export const READOUTS = ['slice', 'window', 'value', 'length', 'angle', 'mean', 'sd', 'min', 'max', 'area'] as const;
export type Readout = (typeof READOUTS)[number];

const TOOLS = ['scroll', 'window', 'value', 'length', 'angle', 'roi'] as const;
// 24 x 24, stroked.
const ICONS: Record<string, string> = {
  scroll: 'M12 3v18M8 7l4-4 4 4M8 17l4 4 4-4',
  window: 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 1 1 0 16',
  value: 'M12 3v6m0 6v6M3 12h6m6 0h6',
  length: 'M4 20 20 4M3 16l5 5M16 3l5 5',
  angle: 'M20 20H4L17 5M10 20a8 8 0 0 0-2-5',
  roi: 'M12 5c5 0 9 3 9 7s-4 7-9 7-9-3-9-7 4-7 9-7z',
  reset: 'M4 12a8 8 0 1 0 3-6M7 2v5h5',
  dark: 'M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z',
  play: 'M7 4l13 8-13 8z',
  pause: 'M8 4v16M16 4v16',
  large: 'M4 9V4h5M20 15v5h-5M4 4l6 6m10 10-6-6',
  slice: 'M4 8l8-4 8 4-8 4zM4 12l8 4 8-4M4 16l8 4 8-4',
  brightness: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2m0 16v2M2 12h2m16 0h2M5 5l1 1m12 12 1 1M5 19l1-1M18 6l1-1',
  contrast: 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 1 1 0 16M12 7v10M12 8h-3M12 12H7M12 16h-3',
  zoom: 'M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15 15l6 6',
  point: 'M12 3v6m0 6v6M3 12h6m6 0h6',
};
// The buttons beside each gesture: what they do, their sign, their word.
const STEPS: Record<'scroll' | 'window' | 'point', [string, string, string][]> = {
  scroll: [['slice:-1', '−', 'previous'], ['slice:1', '+', 'next']],
  window: [
    ['center:10', '−', 'darker'], ['center:-10', '+', 'brighter'],
    ['width:20', '−', 'softer'], ['width:-20', '+', 'harder'],
  ],
  point: [
    ['ArrowLeft', '←', 'left'], ['ArrowUp', '↑', 'up'], ['ArrowDown', '↓', 'down'], ['ArrowRight', '→', 'right'],
    ['Enter', '●', 'set'],
  ],
};
const ZOOM: [string, string, string][] = [['zoom:0.8', '−', 'smaller'], ['zoom:1.25', '+', 'larger']];

type Asked = {
  tool: (name: string) => void;
  step: (name: string) => void;
  series: (index: number) => void;
  exam: (json: string) => void;
};

function make(tag: string, facts: Record<string, string> = {}, ...inside: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, fact] of Object.entries(facts)) made.setAttribute(name, fact);
  made.append(...inside);
  return made;
}

function icon(name: string): SVGElement {
  const [svg, path] = ['svg', 'path'].map((tag) => document.createElementNS('http://www.w3.org/2000/svg', tag));
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg as SVGElement;
}

export class Page {
  readonly stage = make('div', { class: 'v-stage', tabindex: '0', role: 'application' });
  private message = make('p', { class: 'v-message', role: 'status' });
  private outs = new Map<string, HTMLElement>();
  private tools = new Map<string, HTMLElement>();
  private steps = make('div', { class: 'v-steps' });
  private letters = ['left', 'right', 'top', 'bottom'].map((side) => make('span', { class: `v-letter v-${side}` }));
  private serieses = make('select', { 'data-pick': 'series' }) as HTMLSelectElement;
  private exams = make('select', { 'data-pick': 'exam' }) as HTMLSelectElement;
  private shown = '';

  constructor(
    private root: HTMLElement,
    private texts: Record<string, string>,
    private asked: Asked,
  ) {
    const outs = make('dl', { class: 'v-readouts', 'aria-live': 'polite' });
    for (const name of READOUTS) outs.append(this.out(name));
    const tools = make('nav', { class: 'v-tools', 'aria-label': this.t('tools') });
    for (const name of [...TOOLS, 'reset']) tools.append(this.button(name));
    const over = make('div', { class: 'v-over' }, ...this.letters, this.message, outs, this.group('zoom', ZOOM));
    this.stage.append(over);
    const extras = make('div', { class: 'v-extras' }, this.button('play'), this.button('dark'), this.button('large'));
    root.replaceChildren(
      make('div', { class: 'v-head' }, make('div', { class: 'v-picks' }, this.exams, this.serieses), extras),
      this.stage, this.steps, tools,
    );
    this.serieses.onchange = () => asked.series(+this.serieses.value);
    this.exams.onchange = () => asked.exam(this.exams.value);
    this.hide('play', true);
    this.hide('large', true);
  }

  /** The word of a key; the key itself shows what is missing. */
  t(key: string, fill: Record<string, string | number> = {}): string {
    return (this.texts[key] ?? key).replace(/{(\w+)}/g, (_, name) => String(fill[name]));
  }

  private out(name: string): HTMLElement {
    const shown = make('dd', { 'data-readout': name });
    this.outs.set(name, shown);
    return make('div', { hidden: '' }, make('dt', {}, this.t(name === 'window' ? 'levels' : name)), shown);
  }

  private button(name: string): HTMLElement {
    const made = make('button', { type: 'button', 'data-tool': name, 'aria-pressed': 'false' });
    made.append(icon(name), make('span', {}, this.t(name)));
    made.onclick = () => this.asked.tool(name);
    this.tools.set(name, made);
    return made;
  }

  say(name: Readout, text: string, facts: Record<string, number> = {}): void {
    const out = this.outs.get(name)!;
    if (out.textContent !== text) out.textContent = text;
    for (const [key, fact] of Object.entries(facts)) out.dataset[key] = String(fact);
    out.parentElement!.hidden = !text;
  }

  tell(key: string, again?: () => void): void {
    this.message.replaceChildren(key && this.t(key));
    if (!again) return;
    const button = make('button', { type: 'button' }, this.t('again'));
    button.onclick = again;
    this.message.append(button);
  }

  letter(letters: readonly string[] | null): void {
    this.letters.forEach((span, side) => (span.textContent = letters?.[side] ?? ''));
  }

  name(label: string): void {
    this.stage.setAttribute('aria-label', label);
  }

  hide(tool: string, hidden: boolean): void {
    this.tools.get(tool)!.hidden = hidden;
  }

  /** `playing` changes the sign of the button, not its name for programs. */
  press(tool: string, pressed: boolean): void {
    const button = this.tools.get(tool)!;
    button.setAttribute('aria-pressed', String(pressed));
    if (tool !== 'play') return;
    button.replaceChildren(icon(pressed ? 'pause' : 'play'), make('span', {}, this.t(pressed ? 'pause' : 'play')));
  }

  /** Presses the chosen tool and lays its buttons beside it. */
  choose(tool: Tool): void {
    for (const name of TOOLS) this.press(name, name === tool);
    const kind = tool === 'scroll' || tool === 'window' ? tool : 'point';
    if (this.shown === kind) return;
    this.shown = kind;
    const all = STEPS[kind];
    const pairs = kind === 'window' ? [all.slice(0, 2), all.slice(2)] : [all];
    const words = { scroll: ['slice'], window: ['brightness', 'contrast'], point: ['point'] }[kind];
    this.steps.replaceChildren(...pairs.map((pair, i) => this.group(words[i], pair)));
  }

  private group(word: string, buttons: [string, string, string][]): HTMLElement {
    const group = make('div', { role: 'group', 'aria-label': this.t(word), title: this.t(word) }, icon(word));
    for (const [step, sign, name] of buttons) {
      const facts = { type: 'button', 'data-step': step, 'aria-label': this.t(name), title: this.t(name) };
      const button = make('button', facts, sign);
      button.onclick = () => this.asked.step(step);
      group.append(button);
    }
    return group;
  }

  /** The lists to pick from; one of one is no choice. */
  list(exam: Exam, url: string, own: string, chosen: number): void {
    this.serieses.replaceChildren(
      ...exam.series.map((one, i) => {
        const name = [one.number && `${one.number}.`, one.description || one.modality].join(' ');
        return new Option(`${name} (${one.frames.length})`, String(i), false, i === chosen);
      }),
    );
    this.serieses.setAttribute('aria-label', this.t('series'));
    this.exams.setAttribute('aria-label', this.t('exams'));
    if (!this.exams.length && exam.prior.length)
      this.exams.append(
        new Option(own, url),
        ...exam.prior.map((one) => new Option(this.t('earlier', { label: one.label }), one.json)),
      );
    this.exams.hidden = !this.exams.length;
  }

  dark(): void {
    this.press('dark', this.root.classList.toggle('v-dark'));
  }
}
