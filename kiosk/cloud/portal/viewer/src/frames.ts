/** Frames of one series: the first bytes while the finger moves, the rest when it rests; nothing is sent twice. */
import { Broken, Codec } from './codec';
import { Frame, Gone, measurable } from './facts';
import type { Decoded } from './values';

const SMALLEST = 128; // pixels of the shorter side that are enough while the finger moves
const STALLED = 20_000; // ms without a byte
const PAUSES = [500, 1_000, 2_000, 4_000, 8_000]; // ms; the last again and again

type Job = { done: Promise<Decoded>; stop: AbortController };

export class Frames {
  private kept = new Map<number, Decoded>(); // least recently used first
  private starts = new Map<number, Uint8Array>(); // first bytes of frames that are not whole yet
  private jobs = new Map<string, Job>();
  private size = 0;

  constructor(
    readonly list: Frame[],
    private url: string,
    private limit: number,
    private codec: Codec,
    private slow: (waiting: boolean) => void,
  ) {}

  get bytes(): number {
    return this.size;
  }

  /** What is there now, whole or not. */
  peek(index: number): Decoded | undefined {
    const found = this.kept.get(index);
    if (found) {
      this.kept.delete(index);
      this.kept.set(index, found);
    }
    return found;
  }

  /** The smallest picture that is worth a look. */
  quick(index: number): Promise<Decoded> {
    const there = this.peek(index);
    return there ? Promise.resolve(there) : this.job(index, this.level(index));
  }

  /** All stored values. Raises Gone, NoCodec, Broken, AbortError. */
  whole(index: number): Promise<Decoded> {
    const there = this.peek(index);
    return there?.level === 0 ? Promise.resolve(there) : this.job(index, 0);
  }

  /** Whatever is under way for other frames is stale. */
  only(wanted: number[]): void {
    for (const [key, job] of this.jobs) if (!wanted.includes(parseInt(key))) job.stop.abort();
  }

  private level(index: number): number {
    const { rows, columns, prefixes } = this.list[index];
    for (let level = 3; level; level--)
      if (prefixes[prefixes.length - level] && Math.min(rows, columns) >> level >= SMALLEST) return level;
    return 0;
  }

  private job(index: number, level: number): Promise<Decoded> {
    const key = `${index}/${level}`;
    const running = this.jobs.get(key);
    if (running && !running.stop.signal.aborted) return running.done;
    const stop = new AbortController();
    const done = this.load(index, level, stop.signal).finally(() => {
      if (this.jobs.get(key)?.stop === stop) this.jobs.delete(key);
    });
    this.jobs.set(key, { done, stop });
    return done;
  }

  private async load(index: number, level: number, signal: AbortSignal): Promise<Decoded> {
    const frame = this.list[index];
    if (!measurable(frame)) throw new Broken('not measurable');
    for (let tries = 0; ; tries++) {
      const bytes = await this.fetched(index, level ? frame.prefixes[frame.prefixes.length - level] : 0, signal);
      try {
        const found = await this.codec.decode(frame, bytes, level);
        this.keep(index, found);
        return found;
      } catch (error) {
        this.starts.delete(index);
        if (!(error instanceof Broken) || tries) throw error;
      }
    }
  }

  /** The first `end` bytes of a frame, or all where `end` is 0. */
  private async fetched(index: number, end: number, signal: AbortSignal): Promise<Uint8Array> {
    for (let tries = 0; ; tries++) {
      try {
        const bytes = await this.asked(index, end, signal);
        this.slow(false);
        return bytes;
      } catch (error) {
        if (error instanceof Gone || signal.aborted) throw error;
        this.slow(true);
        await pause(PAUSES[Math.min(tries, PAUSES.length - 1)], signal);
      }
    }
  }

  private async asked(index: number, end: number, signal: AbortSignal): Promise<Uint8Array> {
    const start = this.starts.get(index);
    const from = start?.length ?? 0;
    if (end && from >= end) return start!;
    const headers: HeadersInit = end || from ? { Range: `bytes=${from}-${end ? end - 1 : ''}` } : {};
    const stalled = new Stall(signal);
    try {
      const answer = await fetch(this.url + this.list[index].frame, { headers, signal: stalled.signal });
      if (answer.status === 416 && start) return start;
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429)
        throw new Gone(answer.status);
      if (!answer.ok) throw new Error(String(answer.status));
      const part = await body(answer, stalled);
      const all = answer.status === 206 && start ? joined([start, part]) : part;
      if (end) this.starts.set(index, all);
      return all;
    } finally {
      stalled.over();
    }
  }

  private keep(index: number, found: Decoded): void {
    const old = this.kept.get(index);
    if (old) {
      if (old.level < found.level) return;
      this.size -= old.values.byteLength;
    }
    if (!found.level) this.starts.delete(index);
    this.kept.delete(index);
    this.kept.set(index, found);
    this.size += found.values.byteLength;
    for (const [key, one] of this.kept) {
      if (this.size <= this.limit || key === index) break;
      this.kept.delete(key);
      this.starts.delete(key);
      this.size -= one.values.byteLength;
    }
  }
}

/** Ends a request that brings nothing any more. */
class Stall {
  private control = new AbortController();
  private timer = 0;
  readonly signal = this.control.signal;
  private end = () => this.control.abort();

  constructor(private outer: AbortSignal) {
    if (outer.aborted) this.end();
    outer.addEventListener('abort', this.end);
    this.moved();
  }

  moved(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(this.end, STALLED);
  }

  over(): void {
    clearTimeout(this.timer);
    this.outer.removeEventListener('abort', this.end);
  }
}

async function body(answer: Response, stall: Stall): Promise<Uint8Array> {
  const reader = answer.body!.getReader();
  const parts: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(parts);
    stall.moved();
    parts.push(value);
  }
}

function joined(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((over, stopped) => {
    const timer = setTimeout(over, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), stopped(new DOMException('', 'AbortError'))));
  });
