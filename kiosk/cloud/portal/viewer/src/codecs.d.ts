declare module '@cornerstonejs/codec-openjph/wasmjs' {
  const factory: (options: { locateFile: () => string }) => Promise<unknown>;
  export default factory;
}
