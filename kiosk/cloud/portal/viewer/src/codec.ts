/** The page's side of the codec's thread. */
import type { Decoded, Stored } from './values';
import type { Frame } from './facts';

type Waiting = { keep: (values: Stored) => void; fail: (error: Error) => void };

/** The codec cannot run on this phone, or could not be loaded. */
export class NoCodec extends Error {}
/** The bytes are no picture. */
export class Broken extends Error {}

export class Codec {
  private worker?: Worker;
  private ids = 0;
  private waiting = new Map<number, Waiting>();
  readonly up: Promise<void>;
  private start!: () => void;

  /** Addresses of the thread's script and of the codec. */
  constructor(script: string, wasm: string) {
    this.up = new Promise((started, failed) => {
      this.start = () => {
        this.start = () => undefined;
        if (typeof WebAssembly !== 'object' || typeof Worker !== 'function') return failed(new NoCodec());
        this.worker = new Worker(`${script}#${wasm}`);
        this.worker.onerror = () => failed(new NoCodec());
        this.worker.onmessage = ({ data }) => {
          if (data.up) started();
          else if (data.down) failed(new NoCodec(data.down));
          else this.answered(data);
        };
      };
    });
    this.up.catch(() => undefined);
  }

  load(): void {
    this.start();
  }

  /** `level`: 0 whole, n: width and height through 2^n, from the first bytes alone. Raises NoCodec, Broken. */
  async decode(frame: Frame, bytes: Uint8Array, level: number): Promise<Decoded> {
    this.start();
    await this.up;
    const values = await new Promise<Stored>((keep, fail) => {
      this.waiting.set(++this.ids, { keep, fail });
      this.worker!.postMessage({ id: this.ids, bytes, level });
    });
    const [width, height] = [frame.columns, frame.rows].map((side) => Math.ceil(side / 2 ** level));
    if (values.length !== width * height * frame.samples) throw new Broken('size');
    return { values, width, height, level };
  }

  private answered({ id, values, error }: { id: number; values?: Stored; error?: string }): void {
    const one = this.waiting.get(id)!;
    this.waiting.delete(id);
    if (values) one.keep(values);
    else one.fail(new Broken(error));
  }
}
