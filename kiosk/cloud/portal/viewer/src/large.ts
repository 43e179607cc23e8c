/** The doctor's view: cornerstone3D over the same frames and codec; an earlier exam beside, linked; planes (MPR). */
import {
  cache, Enums, eventTarget, imageLoader, init as startCore, metaData, RenderingEngine, setVolumesForViewports, Types,
  utilities, volumeLoader,
} from '@cornerstonejs/core';
import * as tools from '@cornerstonejs/tools';
import { Codec } from './codec';
import { Exam, Frame, measurable, read, Series } from './facts';
import { figure, fullRange } from './values';

const CACHE = 512 << 20; // bytes
const PLANES = ['AXIAL', 'CORONAL', 'SAGITTAL'] as const;
const BUTTONS: Record<string, string> = {
  scroll: tools.StackScrollTool.toolName,
  window: tools.WindowLevelTool.toolName,
  value: tools.ProbeTool.toolName,
  length: tools.LengthTool.toolName,
  angle: tools.AngleTool.toolName,
  roi: tools.EllipticalROITool.toolName,
};
const ALWAYS: [string, tools.Enums.MouseBindings][] = [
  [tools.PanTool.toolName, tools.Enums.MouseBindings.Auxiliary],
  [tools.ZoomTool.toolName, tools.Enums.MouseBindings.Secondary],
];

/** `followed`: the slice that it was led to, so that following is not taken for leading. */
type Side = { exam: Exam; series: number; index: number; viewport: Types.IStackViewport; followed?: number };
type Words = (key: string, fill?: Record<string, string | number>) => string;
/** What the light viewer hands over. */
export type Given = {
  root: HTMLElement; exam: Exam; series: number; index: number; codec: Codec; t: Words; close: () => void;
};

const frames = new Map<string, { exam: Exam; frame: Frame; at: number }>();

/** Names of the images of a series, which cornerstone asks our loader for. */
function named(exam: Exam, series: number): string[] {
  return exam.series[series].frames.map((frame, at) => {
    const id = `film:${exam.frames}${frame.frame}`;
    frames.set(id, { exam, frame, at });
    return id;
  });
}

function facts(kind: string, id: string): unknown {
  const found = frames.get(id);
  if (!found) return undefined;
  const { frame, at, exam } = found;
  const [rowPixelSpacing, columnPixelSpacing] = frame.spacing ?? []; // without: cornerstone says pixels
  const orientation = frame.orientation ?? [1, 0, 0, 0, 1, 0];
  const known: Record<string, object> = {
    imagePixelModule: {
      bitsAllocated: 16, bitsStored: 16, highBit: 15, pixelRepresentation: 1, samplesPerPixel: frame.samples,
      photometricInterpretation: frame.samples === 3 ? 'RGB' : frame.photometric, rows: frame.rows, columns: frame.columns,
    },
    imagePlaneModule: {
      frameOfReferenceUID: exam.frames, rows: frame.rows, columns: frame.columns, rowPixelSpacing, columnPixelSpacing,
      pixelSpacing: frame.spacing ?? undefined, imageOrientationPatient: orientation,
      rowCosines: orientation.slice(0, 3), columnCosines: orientation.slice(3),
      imagePositionPatient: frame.position ?? [0, 0, at],
    },
    generalSeriesModule: { modality: exam.exam.modality, seriesInstanceUID: exam.frames },
    modalityLutModule: { rescaleSlope: 1, rescaleIntercept: 0 },
  };
  return known[kind];
}

/** A frame in output units, so that what is measured is what the light viewer says. */
function loader(codec: Codec): Types.ImageLoaderFn {
  return (id: string) => {
    const { exam, frame } = frames.get(id)!;
    const load = async (): Promise<Types.IImage> => {
      if (!measurable(frame)) throw new Error('not measurable');
      const answer = await fetch(exam.frames + frame.frame);
      if (!answer.ok) throw new Error(String(answer.status));
      const { values } = await codec.decode(frame, new Uint8Array(await answer.arrayBuffer()), 0);
      const voi = frame.windows[0] ?? fullRange(frame, values);
      const exact = Number.isInteger(frame.slope) && Number.isInteger(frame.intercept) && Math.abs(frame.slope) < 2;
      const out = frame.samples === 3 ? values : new (exact ? Int16Array : Float32Array)(values.length);
      let [low, high] = [Infinity, -Infinity];
      for (let i = 0; i < values.length; i++) {
        const value = frame.samples === 3 ? values[i] : (out[i] = values[i] * frame.slope + frame.intercept);
        if (value < low) low = value;
        if (value > high) high = value;
      }
      const [rowPixelSpacing, columnPixelSpacing] = frame.spacing ?? [1, 1];
      const { rows: height, columns: width, samples: numberOfComponents } = frame;
      const voxelManager = utilities.VoxelManager.createImageVoxelManager({
        scalarData: out as any, width, height, numberOfComponents,
      });
      // The probe asks for the slice's number in the stack, but an image has one slice.
      (voxelManager as any).getAtIJKPoint = ([i, j]: number[]) => voxelManager.getAtIJK(i, j, 0);
      return {
        imageId: id, minPixelValue: low, maxPixelValue: high, slope: 1, intercept: 0, windowCenter: voi.center,
        windowWidth: voi.width, voiLUTFunction: voi.function ?? 'LINEAR', getPixelData: () => out as any,
        voxelManager, rows: height, columns: width, height, width, color: numberOfComponents === 3,
        rgba: false, numberOfComponents, columnPixelSpacing, rowPixelSpacing,
        invert: frame.photometric === 'MONOCHROME1', sizeInBytes: out.byteLength, dataType: out.constructor.name as any,
        photometricInterpretation: frame.samples === 3 ? 'RGB' : frame.photometric,
      } as unknown as Types.IImage;
    };
    return { promise: load() };
  };
}

/** Millimetres along the normal of a slice; its number where nobody knows. */
function depth(series: Series, index: number): number {
  const { position, orientation } = series.frames[index];
  if (!position || !orientation) return index;
  const [a, b, c, d, e, f] = orientation;
  return position[0] * (b * f - c * e) + position[1] * (c * d - a * f) + position[2] * (a * e - b * d);
}

/** Planes are only made of slices of one size, evenly spaced along their normal: of others distances would be wrong. */
function even(series: Series): boolean {
  const { frames } = series;
  const normal = (at: number): number => depth(series, at);
  const sorted = frames.map((_, at) => at).sort((a, b) => normal(a) - normal(b));
  const step = (normal(sorted[sorted.length - 1]) - normal(sorted[0])) / (frames.length - 1);
  return frames.length > 2 && step > 0 && sorted.every((at, i) => {
    const [first, here] = [frames[sorted[0]], frames[at]];
    if (!first.position || !here.position || here.samples > 1 || !here.spacing || !measurable(here)) return false;
    const away = Math.hypot(...here.position.map((one, axis) => one - first.position![axis]));
    const alike = here.rows === first.rows && here.columns === first.columns
      && String(here.orientation) === String(first.orientation) && String(here.spacing) === String(first.spacing);
    return alike && Math.abs(away - i * step) < 0.1 * step && Math.abs(normal(at) - normal(sorted[0]) - i * step) < 0.1 * step;
  });
}

let started: Promise<void> | undefined;

async function start(codec: Codec): Promise<void> {
  // One WebGL context for all panes: in several, a volume's texture is only filled in the last.
  await startCore({ rendering: { renderingEngineMode: 'tiled' } } as any);
  await tools.init();
  cache.setMaxCacheSize(CACHE);
  imageLoader.registerImageLoader('film', loader(codec));
  metaData.addProvider(facts, 1000);
  const all = [
    tools.StackScrollTool, tools.WindowLevelTool, tools.ProbeTool, tools.LengthTool, tools.AngleTool,
    tools.EllipticalROITool, tools.PanTool, tools.ZoomTool,
  ];
  all.forEach((tool) => tools.addTool(tool as any));
}

class Desk {
  private box = document.createElement('div');
  private sides: Side[] = [];
  private engine!: RenderingEngine;
  private group!: ReturnType<typeof tools.ToolGroupManager.createToolGroup>;
  private tool = 'scroll';
  private linked = true;
  private apart = 0; // mm between the two exams' positions when they were linked
  private planes = false;

  constructor(private given: Given) {
    this.box.className = 'v-large';
  }

  async open(): Promise<void> {
    started ??= start(this.given.codec);
    await started;
    this.engine = new RenderingEngine('film');
    this.group = tools.ToolGroupManager.createToolGroup('film')!;
    for (const name of [...Object.values(BUTTONS), ...ALWAYS.map(([one]) => one)]) this.group.addTool(name);
    for (const [name, mouseButton] of ALWAYS) this.group.setToolActive(name, { bindings: [{ mouseButton }] });
    this.group.setToolActive(tools.StackScrollTool.toolName, { bindings: [{ mouseButton: tools.Enums.MouseBindings.Wheel }] });
    this.given.root.append(this.box);
    this.given.root.classList.add('v-desk'); // so that the panes have a size
    for (const name of ['ANNOTATION_MODIFIED', 'ANNOTATION_COMPLETED'] as const)
      eventTarget.addEventListener(tools.Enums.Events[name], this.measured);
    const { exam, series, index } = this.given;
    await this.stacks([{ exam, series, index }]);
  }

  close(): void {
    for (const name of ['ANNOTATION_MODIFIED', 'ANNOTATION_COMPLETED'] as const)
      eventTarget.removeEventListener(tools.Enums.Events[name], this.measured);
    tools.annotation.state.removeAllAnnotations();
    tools.ToolGroupManager.destroyToolGroup('film');
    this.engine.destroy();
    cache.purgeCache();
    this.box.remove();
    this.given.close();
  }

  /** One exam, or two beside each other. */
  private async stacks(wanted: Omit<Side, 'viewport'>[]): Promise<void> {
    this.planes = false;
    delete this.box.dataset.planes;
    const panes = this.lay(wanted.map(({ exam }) => `${exam.exam.performed.slice(0, 10)} ${exam.exam.description}`));
    this.sides = [];
    for (const [i, side] of wanted.entries()) {
      const viewport = this.pane(`s${i}`, panes[i], Enums.ViewportType.STACK) as Types.IStackViewport;
      this.sides.push({ ...side, viewport });
      panes[i].addEventListener(Enums.Events.STACK_NEW_IMAGE, () => this.moved(i));
      await viewport.setStack(named(side.exam, side.series), side.index);
      viewport.render();
    }
    this.link();
    this.choose(this.tool);
    this.say('slice', this.slice());
  }

  /** Three planes through the series, once all of it is there. */
  private async mpr(): Promise<void> {
    const [{ exam, series, index }] = this.sides;
    if (!even(exam.series[series])) throw new Error('not even');
    const ids = named(exam, series);
    this.note(this.given.t('loading'));
    await Promise.all(ids.map((id) => imageLoader.loadAndCacheImage(id)));
    const sorted = utilities.sortImageIdsAndGetSpacing(ids).sortedImageIds;
    const name = `film:${exam.frames}${series}`;
    if (!cache.getVolume(name)) volumeLoader.createAndCacheVolumeFromImagesSync(name, sorted);
    this.planes = true;
    const panes = this.lay(PLANES.map((plane) => this.given.t(plane.toLowerCase())));
    PLANES.forEach((plane, i) => this.pane(plane, panes[i], Enums.ViewportType.ORTHOGRAPHIC, plane));
    await setVolumesForViewports(this.engine, [{ volumeId: name }], [...PLANES]);
    const voi = exam.series[series].frames[index].windows[0];
    for (const plane of PLANES) {
      const viewport = this.engine.getViewport(plane) as Types.IVolumeViewport;
      if (voi) viewport.setProperties({ voiRange: utilities.windowLevel.toLowHighRange(voi.width, voi.center) });
    }
    this.choose(this.tool);
    // The first pane is drawn before its texture is filled, so all are drawn once more.
    for (let turn = 0; turn < 2; turn++) {
      this.engine.renderViewports([...PLANES]);
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    }
    this.engine.renderViewports([...PLANES]);
    this.box.dataset.planes = 'drawn';
  }

  private pane(id: string, element: HTMLDivElement, type: Enums.ViewportType, plane?: (typeof PLANES)[number]) {
    const orientation = plane && Enums.OrientationAxis[plane];
    this.engine.enableElement({ viewportId: id, type, element, defaultOptions: { orientation, background: [0, 0, 0] } });
    this.group!.addViewport(id, 'film');
    return this.engine.getViewport(id);
  }

  /** The bar, the read-outs and empty panes with their titles. */
  private lay(titles: string[]): HTMLDivElement[] {
    for (const { id } of this.engine.getViewports()) {
      this.group!.removeViewports('film', id);
      this.engine.disableElement(id);
    }
    const panes = titles.map((title) => {
      const pane = document.createElement('div');
      pane.className = 'v-pane';
      pane.dataset.title = title;
      pane.oncontextmenu = (e) => e.preventDefault();
      return pane;
    });
    const row = document.createElement('div');
    row.className = 'v-panes';
    row.append(...panes);
    const outs = document.createElement('dl');
    outs.className = 'v-readouts';
    this.box.replaceChildren(this.bar(), row, outs);
    return panes;
  }

  private bar(): HTMLElement {
    const { t, exam } = this.given;
    const bar = document.createElement('div');
    bar.className = 'v-head';
    for (const name of [...Object.keys(BUTTONS), 'reset']) bar.append(this.button(name, () => this.use(name)));
    bar.append(this.button('mpr', () => this.toggle(), this.planes));
    if (exam.prior.length && !this.planes) {
      const pick = document.createElement('select');
      pick.dataset.pick = 'beside';
      pick.setAttribute('aria-label', t('beside'));
      pick.append(new Option(t('beside'), ''), ...exam.prior.map((one) => new Option(one.label, one.json)));
      pick.value = pick.dataset.now = this.besides;
      pick.onchange = () => this.beside(pick.value);
      bar.append(pick, this.button('link', () => this.use('link'), this.linked));
    }
    bar.append(this.button('close', () => this.close()));
    return bar;
  }

  private besides = '';

  private button(name: string, act: () => void, pressed = false): HTMLButtonElement {
    const made = document.createElement('button');
    made.type = 'button';
    made.dataset.tool = name;
    made.textContent = this.given.t(name);
    made.setAttribute('aria-pressed', String(pressed));
    made.onclick = act;
    return made;
  }

  private async toggle(): Promise<void> {
    try {
      if (this.planes) await this.stacks(this.sides.slice(0, 1));
      else await this.mpr();
    } catch {
      await this.stacks(this.sides.slice(0, 1));
      this.note(this.given.t('no-planes'));
    }
  }

  /** The earlier exam's series that is most like the one on the left. */
  private async beside(json: string): Promise<void> {
    this.besides = json;
    const [left] = this.sides;
    if (!json) return this.stacks([left]);
    const exam = await read(json);
    const like = left.exam.series[left.series];
    const score = (one: Series): number =>
      +(one.description === like.description) * 4 + +(one.modality === like.modality) * 2 + +(one.frames.length > 1);
    const best = exam.series.reduce((a, b, i) => (score(b) > score(exam.series[a]) ? i : a), 0);
    await this.stacks([left, { exam, series: best, index: Math.floor(exam.series[best].frames.length / 2) }]);
  }

  private use(name: string): void {
    if (name === 'link') {
      this.linked = !this.linked;
      this.link();
      this.box.querySelector('[data-tool=link]')!.setAttribute('aria-pressed', String(this.linked));
    } else if (name === 'reset') {
      tools.annotation.state.removeAllAnnotations();
      for (const viewport of this.engine.getViewports()) {
        viewport.resetCamera();
        (viewport as Types.IStackViewport).resetProperties?.();
        viewport.render();
      }
    } else this.choose(name);
  }

  private choose(name: string): void {
    const { Primary, Wheel } = tools.Enums.MouseBindings;
    this.group!.setToolPassive(BUTTONS[this.tool], { removeAllBindings: true });
    this.tool = name;
    this.group!.setToolActive(tools.StackScrollTool.toolName, { bindings: [{ mouseButton: Wheel }] });
    this.group!.setToolActive(BUTTONS[name], { bindings: [{ mouseButton: Primary }] });
    for (const button of this.box.querySelectorAll<HTMLElement>('.v-head [data-tool]'))
      if (button.dataset.tool! in BUTTONS) button.setAttribute('aria-pressed', String(button.dataset.tool === name));
  }

  private at(side: number): number {
    const { exam, series, index } = this.sides[side];
    return depth(exam.series[series], index);
  }

  private link(): void {
    this.apart = this.sides.length > 1 ? this.at(1) - this.at(0) : 0;
  }

  /** The other side follows in the body, not in numbers. */
  private moved(side: number): void {
    const here = this.sides[side];
    here.index = here.viewport.getCurrentImageIdIndex();
    this.say('slice', this.slice());
    if (!this.linked || this.sides.length < 2 || here.followed === here.index) return;
    here.followed = undefined;
    const other = this.sides[1 - side];
    const wanted = this.at(side) + (side ? -this.apart : this.apart);
    const slices = other.exam.series[other.series];
    const far = (i: number): number => Math.abs(depth(slices, i) - wanted);
    const nearest = slices.frames.reduce((best, _, i) => (far(i) < far(best) ? i : best), 0);
    if (nearest === other.index) return;
    other.followed = nearest;
    other.viewport.setImageIdIndex(nearest).catch(() => undefined);
  }

  private slice(): string {
    return this.sides.map(({ exam, series, index }) => `${index + 1} / ${exam.series[series].frames.length}`).join(' · ');
  }

  private measured = (event: any): void => {
    const stats: any = Object.values(event.detail.annotation.data.cachedStats ?? {})[0] ?? {};
    const unit = stats.unit ?? stats.lengthUnits ?? 'mm';
    if (stats.length !== undefined) this.say('length', `${stats.length.toFixed(1)} ${unit}${this.where()}`);
    if (stats.angle !== undefined) this.say('angle', `${stats.angle.toFixed(1)}°`);
    if (typeof stats.value === 'number') this.say('value', figure(stats.value) + this.unit());
    if (stats.mean === undefined) return;
    this.say('mean', stats.mean.toFixed(1) + this.unit());
    this.say('sd', stats.stdDev.toFixed(1) + this.unit());
    this.say('area', `${stats.area.toFixed(1)} ${stats.areaUnit}`);
  };

  private where(): string {
    const { exam, series, index } = this.sides[0];
    const { spacing, spacing_at } = exam.series[series].frames[index];
    return spacing && spacing_at === 'detector' ? ` ${this.given.t('at-detector')}` : '';
  }

  private unit(): string {
    const { exam, series, index } = this.sides[0];
    const { unit } = exam.series[series].frames[index];
    return unit && ` ${unit}`;
  }

  private say(name: string, text: string): void {
    const outs = this.box.querySelector('.v-readouts')!;
    let out = outs.querySelector(`[data-readout=${name}]`);
    if (!out) {
      const [row, title] = [document.createElement('div'), document.createElement('dt')];
      out = document.createElement('dd');
      title.textContent = this.given.t(name);
      (out as HTMLElement).dataset.readout = name;
      row.append(title, out);
      outs.append(row);
    }
    out.textContent = text;
  }

  private note(text: string): void {
    this.say('note', text);
  }
}

(window as any).__large = async (given: Given): Promise<void> => {
  const desk = new Desk(given);
  (window as any).__desk = desk;
  await desk.open();
};
