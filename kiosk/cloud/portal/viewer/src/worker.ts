/** HTJ2K in a thread of its own, so that no finger waits for a picture. Loaded after the first picture is seen. */
import openjph from '@cornerstonejs/codec-openjph/wasmjs';

// The page says where the codec lies: addresses of bundles change with their content.
const codec = openjph({ locateFile: () => location.hash.slice(1) });
codec.then(() => postMessage({ up: true }), (error: unknown) => postMessage({ down: String(error) }));

const ARRAYS: any = { '8false': Uint8Array, '8true': Int8Array, '16false': Uint16Array, '16true': Int16Array };

onmessage = async ({ data: { id, bytes, level } }: MessageEvent) => {
  try {
    const values = decoded(await codec, bytes, level);
    postMessage({ id, values }, { transfer: [values.buffer] });
  } catch (error) {
    postMessage({ id, error: String(error) });
  }
};

function decoded(m: any, bytes: Uint8Array, level: number) {
  const decoder = new m.HTJ2KDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    if (level) decoder.decodeSubResolution(level);
    else decoder.decode();
    const { bitsPerSample, isSigned } = decoder.getFrameInfo();
    const out: Uint8Array = decoder.getDecodedBuffer();
    const copy = out.slice(); // out of the codec's own memory
    return new ARRAYS[(bitsPerSample > 8 ? 16 : 8) + String(isSigned)](copy.buffer);
  } finally {
    decoder.delete();
  }
}
