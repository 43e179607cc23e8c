/** Fingers, mouse, wheel and keys. Each gesture has buttons beside it too (page.ts). */
import { Kind, Mark, POINTS, Point } from './measure';
import type { Stage } from './stage';

export type Tool = 'scroll' | 'window' | Kind;

/** What a hand can ask for. */
export interface Acts {
  tool(): Tool;
  count(): number;
  step(slices: number): void;
  rest(): void;
  light(center: number, width: number): void;
  mark(mark: Mark, done: boolean): void;
  look(point: Point): void;
}

const TAP = 6; // CSS pixels that a tap may move
const ARROWS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Hand {
  private down = new Map<number, PointerEvent>();
  private begun: Mark | null = null;
  private moved = 0;
  private left = 0; // of a slice, not scrolled yet

  constructor(
    private box: HTMLElement,
    private stage: Stage,
    private acts: Acts,
  ) {
    box.addEventListener('pointerdown', (e) => this.press(e));
    box.addEventListener('pointermove', (e) => this.move(e));
    for (const name of ['pointerup', 'pointercancel'] as const) box.addEventListener(name, (e) => this.release(e));
    box.addEventListener('wheel', (e) => this.wheel(e), { passive: false });
    box.addEventListener('keydown', (e) => this.key(e));
    box.addEventListener('dblclick', () => this.kind() || stage.whole());
  }

  /** A measurement that was begun is forgotten. */
  drop(): void {
    this.begun = null;
    this.stage.cursor = null;
  }

  private kind(): Kind | null {
    const tool = this.acts.tool();
    return tool === 'scroll' || tool === 'window' ? null : tool;
  }

  private press(e: PointerEvent): void {
    if ((e.target as Element).closest('button')) return; // those that lie over the picture
    this.box.setPointerCapture(e.pointerId);
    this.down.set(e.pointerId, e);
    this.moved = 0;
    if (this.down.size > 1) return this.drop(); // two fingers zoom
    if (this.kind()) this.point(this.stage.at(e.clientX, e.clientY));
  }

  /** The next point. A tap sets one, a drag two: the second follows the finger. */
  private point(at: Point): void {
    const kind = this.kind()!;
    if (this.begun?.kind !== kind) this.begun = { kind, points: [] };
    this.begun.points.push(at);
    this.acts.mark(this.begun, false);
  }

  private drag(at: Point): void {
    const { kind, points } = this.begun!;
    if (points.length > 1 || POINTS[kind] === 1) points[points.length - 1] = at;
    else if (this.moved >= TAP) points.push(at);
    this.acts.mark(this.begun!, false);
  }

  private settle(): void {
    if (!this.begun || this.begun.points.length < POINTS[this.begun.kind]) return;
    this.acts.mark(this.begun, true);
    this.begun = null;
  }

  private move(e: PointerEvent): void {
    const before = this.down.get(e.pointerId);
    if (!before) {
      if (e.pointerType === 'mouse') this.acts.look(this.stage.at(e.clientX, e.clientY));
      return;
    }
    const [dx, dy] = [e.clientX - before.clientX, e.clientY - before.clientY];
    this.down.set(e.pointerId, e);
    this.moved += Math.hypot(dx, dy);
    if (this.down.size > 1) return this.pinch(e, before);
    if (this.acts.tool() === 'scroll') this.scroll(dy);
    else if (this.acts.tool() === 'window') this.acts.light(dy, dx);
    else if (this.begun) this.drag(this.stage.at(e.clientX, e.clientY));
  }

  private scroll(dy: number): void {
    if (this.acts.count() < 2) return this.stage.pan(0, dy);
    const pace = Math.max(5, Math.min(30, this.box.clientHeight / this.acts.count()));
    this.left += dy / pace;
    const slices = Math.trunc(this.left);
    this.left -= slices;
    if (slices) this.acts.step(slices);
  }

  private pinch(e: PointerEvent, before: PointerEvent): void {
    const other = [...this.down.values()].find((one) => one.pointerId !== e.pointerId)!;
    const apart = (one: PointerEvent): number =>
      Math.max(20, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY));
    const [x, y] = [(e.clientX + other.clientX) / 2, (e.clientY + other.clientY) / 2];
    this.stage.scale(apart(e) / apart(before), x, y);
    this.stage.pan((e.clientX - before.clientX) / 2, (e.clientY - before.clientY) / 2);
  }

  private release(e: PointerEvent): void {
    if (!this.down.delete(e.pointerId) || this.down.size) return;
    this.left = 0;
    this.acts.rest();
    this.settle();
  }

  private wheel(e: WheelEvent): void {
    e.preventDefault();
    if (e.ctrlKey) return this.stage.scale(Math.exp(-e.deltaY / 200), e.clientX, e.clientY);
    this.acts.step(Math.sign(e.deltaY));
    this.acts.rest();
  }

  private key(e: KeyboardEvent): void {
    if (!this.pressed(e.key, e.shiftKey ? 10 : 1)) return;
    e.preventDefault();
    e.stopPropagation();
  }

  /** Also what the arrow buttons do. True where the key means something. */
  pressed(key: string, far: number): boolean {
    const arrow = ARROWS[key];
    const pages: Record<string, number> = { PageUp: -10, PageDown: 10, Home: -1e6, End: 1e6 };
    if (key in pages) this.acts.step(pages[key]);
    else if (key === '+' || key === '=') this.stage.scale(1.25);
    else if (key === '-') this.stage.scale(0.8);
    else if (key === 'Escape') this.drop();
    else if (key === 'Enter' && this.kind()) this.set();
    else if (!arrow) return false;
    else if (this.acts.tool() === 'scroll') this.acts.step(arrow[0] + arrow[1]);
    else if (this.acts.tool() === 'window') this.acts.light(arrow[1] * 10, arrow[0] * 10);
    else this.nudge(arrow[0] * far, arrow[1] * far);
    this.acts.rest();
    this.stage.draw();
    return true;
  }

  private middle(): Point {
    const box = this.box.getBoundingClientRect();
    return this.stage.at(box.left + box.width / 2, box.top + box.height / 2).map((x) => Math.floor(x) + 0.5) as Point;
  }

  private nudge(dx: number, dy: number): void {
    const [column, row] = this.stage.cursor ?? this.middle();
    this.stage.cursor = [column + dx, row + dy];
    this.acts.look(this.stage.cursor);
  }

  /** Sets the cross as the next point. */
  private set(): void {
    this.stage.cursor ??= this.middle();
    this.point(this.stage.cursor);
    this.settle();
  }
}
