/** The picture on the screen: one canvas that is seen, one that holds the picture's own pixels. */
import type { Frame, Voi } from './facts';
import type { Mark, Point } from './measure';
import { Decoded, paintColour, paintGrey, table } from './values';

const MOST_ZOOM = 16;
const COLOUR = '#ffd54a';

export class Stage {
  readonly view = document.createElement('canvas');
  private pixels = document.createElement('canvas');
  private image?: ImageData;
  private lut = new Uint32Array(65536);
  private lutKey = '';
  private source: CanvasImageSource = this.pixels;
  private frame?: Frame;
  private zoom = 1;
  private shift: Point = [0, 0];
  marks: Mark[] = [];
  cursor: Point | null = null;

  constructor(
    private box: HTMLElement,
    private words: (mark: Mark) => string,
  ) {
    box.append(this.view);
    new ResizeObserver(() => this.fit()).observe(box);
  }

  /** Paints stored values through a window. */
  show(frame: Frame, found: Decoded, voi: Voi): void {
    this.frame = frame;
    if (this.pixels.width !== found.width || this.pixels.height !== found.height || !this.image) {
      this.pixels.width = found.width;
      this.pixels.height = found.height;
      this.image = new ImageData(found.width, found.height);
    }
    const out = this.image.data;
    if (frame.samples === 3) paintColour(frame, found.values, out);
    else paintGrey(found.values, this.table(frame, voi), new Uint32Array(out.buffer));
    this.pixels.getContext('2d')!.putImageData(this.image, 0, 0);
    this.source = this.pixels;
    this.draw();
  }

  /** Shows a ready picture of the frame. */
  plain(frame: Frame, picture: HTMLImageElement): void {
    this.frame = frame;
    this.source = picture;
    this.draw();
  }

  /** The grey of a stored value, 0..255, as the table in use has it. */
  grey(stored: number): number {
    return this.lut[stored & 65535] & 255;
  }

  private table(frame: Frame, voi: Voi): Uint32Array {
    const key = [frame.slope, frame.intercept, frame.photometric, frame.signed, ...Object.values(voi)].join();
    if (key !== this.lutKey) table(frame, voi, this.lut);
    this.lutKey = key;
    return this.lut;
  }

  fit(): void {
    const dots = Math.min(devicePixelRatio || 1, 2);
    this.view.width = this.box.clientWidth * dots;
    this.view.height = this.box.clientHeight * dots;
    this.draw();
  }

  /** Screen dots a column and a row, and where the picture's corner lies. */
  private place(): [number, number, number, number] {
    const { columns, rows, spacing } = this.frame!;
    const tall = spacing ? spacing[0] / spacing[1] : 1;
    const across = Math.min(this.view.width / columns, this.view.height / (rows * tall)) * this.zoom;
    const down = across * tall;
    const x = (this.view.width - columns * across) / 2 + this.shift[0];
    return [across, down, x, (this.view.height - rows * down) / 2 + this.shift[1]];
  }

  draw(): void {
    const pen = this.view.getContext('2d')!;
    pen.fillStyle = '#000';
    pen.fillRect(0, 0, this.view.width, this.view.height);
    if (!this.frame || !this.view.width) return;
    const [across, down, x, y] = this.place();
    pen.imageSmoothingEnabled = across < 6;
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(this.source, x, y, this.frame.columns * across, this.frame.rows * down);
    for (const mark of this.marks) this.mark(pen, mark);
    if (this.cursor) this.cross(pen, this.dot(this.cursor));
  }

  private dot([column, row]: Point): Point {
    const [across, down, x, y] = this.place();
    return [column * across + x, row * down + y];
  }

  private mark(pen: CanvasRenderingContext2D, mark: Mark): void {
    const dots = mark.points.map((point) => this.dot(point));
    const unit = this.view.width / this.box.clientWidth;
    pen.beginPath();
    if (mark.kind === 'roi' && dots[1]) {
      const [[ax, ay], [bx, by]] = dots;
      pen.ellipse((ax + bx) / 2, (ay + by) / 2, Math.abs(ax - bx) / 2, Math.abs(ay - by) / 2, 0, 0, 7);
    } else dots.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    this.stroke(pen, unit);
    if (mark.kind !== 'roi') for (const dot of dots) this.cross(pen, dot);
    const [x, y] = dots[dots.length - 1];
    this.label(pen, this.words(mark), x + 10 * unit, y + (mark.kind === 'value' ? 24 : -10) * unit, unit);
  }

  private stroke(pen: CanvasRenderingContext2D, unit: number): void {
    pen.strokeStyle = '#000';
    pen.lineWidth = 4 * unit;
    pen.stroke();
    pen.strokeStyle = COLOUR;
    pen.lineWidth = 2 * unit;
    pen.stroke();
  }

  private cross(pen: CanvasRenderingContext2D, [x, y]: Point): void {
    const unit = this.view.width / this.box.clientWidth;
    const [near, far] = [3 * unit, 11 * unit];
    pen.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      pen.moveTo(x + dx * near, y + dy * near);
      pen.lineTo(x + dx * far, y + dy * far);
    }
    this.stroke(pen, unit);
  }

  private label(pen: CanvasRenderingContext2D, text: string, x: number, y: number, unit: number): void {
    if (!text) return;
    pen.font = `600 ${16 * unit}px system-ui, sans-serif`;
    const width = pen.measureText(text).width;
    const left = Math.max(4, Math.min(x, this.view.width - width - 8));
    const top = Math.max(20 * unit, y);
    pen.lineWidth = 4 * unit;
    pen.strokeStyle = '#000';
    pen.lineJoin = 'round';
    pen.strokeText(text, left, top);
    pen.fillStyle = COLOUR;
    pen.fillText(text, left, top);
  }

  /** The picture's point under a place of the page. */
  at(clientX: number, clientY: number): Point {
    const box = this.view.getBoundingClientRect();
    const dots = this.view.width / box.width;
    const [across, down, x, y] = this.place();
    return [((clientX - box.left) * dots - x) / across, ((clientY - box.top) * dots - y) / down];
  }

  /** The place of the page at which a point of the picture is seen. */
  client(point: Point): Point {
    const box = this.view.getBoundingClientRect();
    const dots = this.view.width / box.width;
    const [x, y] = this.dot(point);
    return [box.left + x / dots, box.top + y / dots];
  }

  pan(dx: number, dy: number): void {
    const dots = this.view.width / this.box.clientWidth;
    this.shift = [this.shift[0] + dx * dots, this.shift[1] + dy * dots];
    this.draw();
  }

  /** Larger or smaller about a place of the page. */
  scale(by: number, clientX?: number, clientY?: number): void {
    const box = this.view.getBoundingClientRect();
    const [x, y] = [clientX ?? box.left + box.width / 2, clientY ?? box.top + box.height / 2];
    const kept = this.at(x, y);
    this.zoom = Math.max(0.5, Math.min(MOST_ZOOM, this.zoom * by));
    const [nowX, nowY] = this.client(kept);
    this.pan(x - nowX, y - nowY);
  }

  whole(): void {
    this.zoom = 1;
    this.shift = [0, 0];
    this.draw();
  }
}

