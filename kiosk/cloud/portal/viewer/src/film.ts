/** The light viewer: one series at a time, one slice at a time. */
import { Codec, NoCodec } from './codec';
import { Exam, Frame, Gone, measurable, read, Voi } from './facts';
import { Frames } from './frames';
import { Acts, Hand, Tool } from './hand';
import { angle, length, Mark, Point, statistics, value } from './measure';
import { Page, READOUTS } from './page';
import { Stage } from './stage';
import { Decoded, figure, fullRange } from './values';

const RESTS = 140; // ms without a move
const AHEAD = [1, -1, 2, 3]; // slices fetched beforehand, in the direction of the last step
const CLIP = ['US', 'XA', 'RF', 'IVUS']; // modalities whose frames are a clip
const BETWEEN = 100; // ms of a clip's frames
const MB = 1 << 20;

export class Film implements Acts {
  private exam!: Exam;
  private url: string;
  private series = 0;
  private index = 0;
  private way = 1;
  private chosen: Tool = 'scroll';
  private voi: Voi | null = null; // what a person set; else the frame's own
  private frames!: Frames;
  private plain = false; // only ready pictures are shown
  private codec: Codec;
  private page!: Page;
  private stage!: Stage;
  private hand!: Hand;
  private marks = new Map<string, Mark[]>();
  private timer = 0;
  private shown: Decoded | null = null;
  private turn = 0;
  private playing = false;
  private told = new Set<string>();
  private first!: () => void;
  private ready = new Promise<void>((shown) => (this.first = shown));

  constructor(private root: HTMLElement) {
    this.url = root.dataset.json!;
    this.codec = new Codec(root.dataset.codec!, root.dataset.wasm!);
    (window as any).__film = {
      ready: this.ready,
      pixels: (n: number) => this.pixels(n),
      go: (n: number) => this.go(n),
      at: (x: number, y: number) => this.stage.at(x, y),
      client: (column: number, row: number) => this.stage.client([column, row]),
      grey: (stored: number) => this.stage.grey(stored),
      held: () => this.frames.bytes,
    };
  }

  async start(): Promise<void> {
    this.exam = await read(this.url);
    this.page = new Page(this.root, this.exam.texts, {
      tool: (name) => this.use(name),
      step: (name) => this.stepped(name),
      series: (index) => this.open(index),
      exam: (json) => this.other(json),
    });
    this.stage = new Stage(this.page.stage, (mark) => this.words(mark)[0]);
    this.hand = new Hand(this.page.stage, this.stage, this);
    this.page.hide('large', !this.root.dataset.large || !canDrawLarge());
    this.page.choose(this.chosen);
    const asked = this.root.dataset.series || new URLSearchParams(location.search).get('series');
    await this.open(Math.min(this.exam.series.length - 1, Math.max(0, Math.floor(+(asked || 0)) || 0)));
  }

  private async other(json: string): Promise<void> {
    this.exam = { ...(await read(json)), prior: this.exam.prior, texts: this.exam.texts };
    this.url = json;
    await this.open(0);
  }

  private async open(series: number): Promise<void> {
    this.series = series;
    this.frames?.only([]);
    const small = ((navigator as any).deviceMemory ?? 4) <= 2;
    const { frames, modality } = this.exam.series[series];
    this.frames = new Frames(frames, this.exam.frames, (small ? 32 : 64) * MB, this.codec, (slow) => this.slow(slow));
    this.voi = null;
    this.playing = false;
    this.page.press('play', false);
    this.page.hide('play', !(CLIP.includes(modality) && frames.length > 1));
    const { description, performed } = this.exam.exam;
    this.page.list(this.exam, this.url, `${performed.slice(0, 10)} ${description}`, series);
    this.stage.whole();
    this.index = Math.floor(frames.length / 2) * +!CLIP.includes(modality);
    await this.go(this.index);
  }

  private get frame(): Frame {
    return this.frames.list[this.index];
  }

  tool(): Tool {
    return this.chosen;
  }

  count(): number {
    return this.frames.list.length;
  }

  /** Shows slice `n` with all its values; ends when it is seen, or when another was asked for. */
  async go(n: number): Promise<void> {
    this.place(n);
    await this.rest(true);
  }

  private place(n: number): void {
    const now = Math.max(0, Math.min(this.count() - 1, n));
    this.way = Math.sign(now - this.index) || this.way;
    this.index = now;
    this.shown = null;
    this.hand.drop();
    this.stage.marks = this.marks.get(this.key()) ?? [];
    this.page.letter(this.frame.letters);
    this.page.say('slice', `${now + 1} / ${this.count()}`);
    this.page.name(this.page.t('picture', { n: now + 1, of: this.count() }));
    this.read();
  }

  private key = (): string => `${this.url} ${this.series} ${this.index}`;

  step(slices: number): void {
    const before = this.index;
    this.place(this.index + slices);
    if (this.index === before && this.shown) return;
    this.frames.only([this.index]);
    const there = this.frames.peek(this.index);
    if (there) this.show(there);
    else if (this.plain || !measurable(this.frame)) this.picture();
    else this.frames.quick(this.index).then(this.seen(this.index), () => undefined);
    this.rest();
  }

  /** What came for a slice that is still wanted. */
  private seen(index: number, frames = this.frames): (found: Decoded) => void {
    return (found) => {
      if (index === this.index && frames === this.frames && !(this.shown && this.shown.level <= found.level)) this.show(found);
    };
  }

  rest(now = false): Promise<void> {
    clearTimeout(this.timer);
    if (now) return this.whole();
    this.timer = window.setTimeout(() => this.whole(), RESTS);
    return Promise.resolve();
  }

  private async whole(): Promise<void> {
    const turn = ++this.turn;
    const [index, frames] = [this.index, this.frames];
    const ahead = AHEAD.map((by) => index + by * this.way).filter((i) => i >= 0 && i < this.count());
    frames.only([index, ...ahead]);
    if (this.plain || !measurable(this.frame)) return this.picture();
    try {
      if (!frames.peek(index)) {
        if (this.frame.pictures.length && !this.shown) await this.picture();
        this.codec.load();
        frames.quick(index).then(this.seen(index, frames), () => undefined);
        await frames.quick(index);
      }
      this.seen(index, frames)(await frames.whole(index));
      if (turn !== this.turn || frames !== this.frames) return;
      this.page.tell('');
      this.measured('ready');
      this.first();
      for (const i of ahead) {
        if (turn !== this.turn) return;
        await frames.whole(i).catch(() => undefined);
      }
    } catch (error) {
      if (turn === this.turn) await this.failed(error as Error);
    }
  }

  private async failed(error: Error): Promise<void> {
    if (error.name === 'AbortError') return;
    if (error instanceof Gone) return this.page.tell('gone', () => location.reload());
    this.measured(error instanceof NoCodec ? 'no-codec' : 'broken');
    if (error instanceof NoCodec) {
      this.plain = true;
      for (const tool of ['value', 'roi']) this.page.hide(tool, true);
    }
    await this.picture();
    this.page.tell(error instanceof NoCodec ? 'plain' : 'broken');
  }

  /** Tells the portal once how far this phone came. */
  private measured(outcome: string): void {
    const { measure, token } = this.root.dataset;
    if (!measure || this.told.has(outcome)) return;
    this.told.add(outcome);
    const body = new URLSearchParams({ token: token ?? '', stage: 'viewer', outcome, exam: this.exam.frames.split('/')[2] });
    fetch(measure, { method: 'POST', body }).catch(() => undefined);
  }

  private slow(waiting: boolean): void {
    this.page.tell(waiting ? 'slow' : '');
  }

  /** A ready 8-bit picture, in the window that is nearest to what is asked for. */
  private async picture(): Promise<void> {
    const { frame, index } = this;
    const which = this.voi ? frame.windows.findIndex((one) => one.center === this.voi!.center) : 0;
    const number = frame.pictures[Math.max(0, which)] ?? frame.pictures[0];
    if (number === undefined) return this.page.tell('nothing');
    const image = new Image();
    image.src = this.exam.pictures + number;
    try {
      await image.decode();
    } catch {
      return this.page.tell('slow', () => this.picture());
    }
    if (index !== this.index || this.shown) return;
    this.stage.plain(frame, image);
    if (!measurable(frame)) this.page.tell('as-picture');
  }

  private window(found: Decoded): Voi {
    return this.voi ?? this.frame.windows[0] ?? fullRange(this.frame, found.values);
  }

  private show(found: Decoded): void {
    this.shown = found;
    performance.mark(found.level ? 'film-prefix' : 'film-lossless');
    const voi = this.window(found);
    this.stage.show(this.frame, found, voi);
    this.page.say('window', this.frame.samples > 1 ? '' : `${figure(voi.center)} / ${figure(voi.width)}`);
    this.read();
  }

  light(center: number, width: number): void {
    if (this.plain || !this.shown || this.frame.samples > 1) return this.preset(Math.sign(center + width));
    const voi = this.window(this.shown);
    const pace = Math.max(voi.width / 250, 1e-4);
    this.voi = { ...voi, center: voi.center + center * pace, width: Math.max(pace, voi.width + width * pace) };
    this.show(this.shown);
  }

  /** Ready pictures have only the file's windows. */
  private preset(by: number): void {
    const { windows, pictures } = this.frame;
    const now = this.voi ? windows.indexOf(this.voi) : 0;
    this.voi = windows[Math.max(0, Math.min(Math.min(windows.length, pictures.length) - 1, now + by))] ?? null;
    this.picture();
  }

  mark(mark: Mark, done: boolean): void {
    const own = (this.marks.get(this.key()) ?? []).filter((one) => one.kind !== 'value' || mark.kind !== 'value');
    if (done) this.marks.set(this.key(), [...own, { kind: mark.kind, points: [...mark.points] }]);
    this.stage.marks = done ? this.marks.get(this.key())! : [...own, mark];
    this.read(mark);
    this.stage.draw();
  }

  look(point: Point): void {
    if (this.chosen === 'value') this.read({ kind: 'value', points: [point] });
  }

  /** Read-outs of one mark, or of the last ones of the slice. */
  private read(now?: Mark): void {
    for (const name of READOUTS.slice(2)) this.page.say(name, '');
    const last = new Map(this.stage.marks.map((one) => [one.kind, one]));
    if (now) last.set(now.kind, now);
    for (const mark of last.values()) {
      const words = this.words(mark);
      const [column, row] = mark.points[0].map(Math.floor);
      if (mark.kind !== 'roi') this.page.say(mark.kind, words[0], { column, row });
      else (['mean', 'sd', 'min', 'max', 'area'] as const).forEach((name, i) => this.page.say(name, words[i] ?? ''));
    }
  }

  /** What a mark measures, in words; nothing where the values are not there yet. */
  private words({ kind, points }: Mark): string[] {
    const { frame } = this;
    const unit = frame.spacing ? 'mm' : 'px';
    const where = frame.spacing && frame.spacing_at === 'detector' ? ` ${this.page.t('at-detector')}` : '';
    if (kind === 'length') return [points[1] ? `${length(points, frame).toFixed(1)} ${this.page.t(unit)}${where}` : ''];
    if (kind === 'angle') return [points[2] ? `${angle(points, frame).toFixed(1)}°` : ''];
    if (!this.shown || this.shown.level) return [''];
    const tail = frame.unit && ` ${frame.unit}`;
    if (kind === 'value') return [value(points[0], frame, this.shown.values).map((one) => figure(one)).join(', ') + tail];
    const found = points[1] && frame.samples === 1 ? statistics(points, frame, this.shown.values) : null;
    if (!found) return [''];
    const { mean, sd, min, max, area } = found;
    const said = [mean.toFixed(1), sd.toFixed(1), figure(min), figure(max)].map((one) => one + tail);
    return [...said, `${area.toFixed(1)} ${this.page.t(unit)}²${where}`];
  }

  private use(name: string): void {
    if (name === 'reset') return this.reset();
    if (name === 'dark') return this.page.dark();
    if (name === 'play') return void this.play();
    if (name === 'large') return void this.large();
    this.chosen = name as Tool;
    this.hand.drop();
    this.page.choose(this.chosen);
    this.stage.draw();
  }

  private reset(): void {
    this.voi = null;
    this.marks.delete(this.key());
    this.stage.marks = [];
    this.hand.drop();
    this.stage.whole();
    if (this.shown) this.show(this.shown);
    else this.read();
  }

  private stepped(name: string): void {
    const [what, by] = name.split(':');
    if (what === 'slice') this.step(+by);
    else if (what === 'zoom') this.stage.scale(+by);
    else if (what === 'center') this.light(+by, 0);
    else if (what === 'width') this.light(0, +by);
    else this.hand.pressed(what, 1);
  }

  /** The doctor's view, loaded when asked for; where it does not start, the light viewer stays and says so. */
  private async large(): Promise<void> {
    const { exam, series, index, codec, root } = this;
    this.page.tell('loading');
    this.frames.only([]);
    try {
      if (!(window as any).__large) await script(root.dataset.large!);
      await (window as any).__large({
        root, exam, series, index, codec, t: this.page.t.bind(this.page), close: () => root.classList.remove('v-desk'),
      });
      root.classList.add('v-desk');
      this.page.tell('');
    } catch {
      root.classList.remove('v-desk');
      this.page.tell('no-large');
    }
  }

  /** Frames of a clip, each as soon as it is there. */
  private async play(): Promise<void> {
    this.playing = !this.playing;
    this.page.press('play', this.playing);
    while (this.playing) {
      const pause = new Promise((over) => setTimeout(over, BETWEEN));
      const frames = this.frames;
      await this.go((this.index + 1) % this.count());
      await pause;
      if (frames !== this.frames) return;
    }
  }

  /** Stored values of slice `n` of this series: at once where they are there, else a promise of them. */
  private pixels(n: number): Int32Array | Promise<Int32Array> {
    const there = this.frames.peek(n);
    if (there?.level === 0) return Int32Array.from(there.values);
    return this.frames.whole(n).then((found) => Int32Array.from(found.values));
  }
}

/** A screen that is wide enough, and WebGL 2. */
function canDrawLarge(): boolean {
  return innerWidth >= 900 && !!document.createElement('canvas').getContext('webgl2');
}

function script(url: string): Promise<void> {
  const made = document.createElement('script');
  made.src = url;
  return new Promise((loaded, failed) => {
    made.onload = () => loaded();
    made.onerror = failed;
    document.head.append(made);
  });
}
