/** From stored values to grey (PS3.3 C.11.1, C.11.2.1.2). The picture is never read back: browsers add noise. */
import type { Frame, Voi } from './facts';

export type Stored = Uint8Array | Int8Array | Uint16Array | Int16Array;
export type Decoded = { values: Stored; width: number; height: number; level: number };

/** Output of a window for a value in output units of the Modality LUT, 0..1. */
export function share(value: number, voi: Voi): number {
  const { center, width } = voi;
  if (voi.function === 'SIGMOID') return 1 / (1 + Math.exp((-4 * (value - center)) / width));
  if (voi.function === 'LINEAR_EXACT' || width < 1) return clip((value - center) / width + 0.5);
  const low = center - 0.5 - (width - 1) / 2;
  return width === 1 ? +(value > low) : clip((value - low) / (width - 1));
}

const clip = (x: number): number => Math.min(1, Math.max(0, x));

/** Canvas pixel (ABGR) of each stored value, by its low 16 bits. */
export function table(frame: Frame, voi: Voi, into: Uint32Array): Uint32Array {
  const first = frame.signed ? -32768 : 0;
  const inverse = frame.photometric === 'MONOCHROME1';
  for (let stored = first; stored < first + 65536; stored++) {
    const light = share(stored * frame.slope + frame.intercept, voi);
    const grey = Math.floor((inverse ? 1 - light : light) * 255 + 0.5);
    into[stored & 65535] = 0xff000000 | (grey * 0x10101);
  }
  return into;
}

/** The window where the file gives none: all of an 8-bit picture, else from the smallest to the greatest value. */
export function fullRange(frame: Frame, values: Stored): Voi {
  let low = frame.signed ? -(2 ** (frame.bits - 1)) : 0;
  let high = low + 2 ** frame.bits - 1;
  if (frame.bits > 8) {
    [low, high] = [high, low];
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const [a, b] = [low * frame.slope + frame.intercept, high * frame.slope + frame.intercept];
  return { center: (a + b) / 2, width: Math.max(Math.abs(b - a), 1e-6), function: 'LINEAR_EXACT' };
}

export function paintGrey(values: Stored, lut: Uint32Array, out: Uint32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = lut[values[i] & 65535];
}

/** RGB as it is; YBR_FULL by PS3.3 C.7.6.3.1.2. */
export function paintColour(frame: Frame, values: Stored, out: Uint8ClampedArray): void {
  const shift = frame.bits - 8;
  const ybr = frame.photometric.startsWith('YBR_FULL');
  for (let i = 0, j = 0; j < out.length; i += 3, j += 4) {
    const [a, b, c] = [values[i] >> shift, values[i + 1] >> shift, values[i + 2] >> shift];
    out[j] = ybr ? a + 1.402 * (c - 128) : a;
    out[j + 1] = ybr ? a - 0.344136 * (b - 128) - 0.714136 * (c - 128) : b;
    out[j + 2] = ybr ? a + 1.772 * (b - 128) : c;
    out[j + 3] = 255;
  }
}

/** At most two decimals, none where there are none. */
export const figure = (value: number, digits = 2): string => String(+value.toFixed(digits));
