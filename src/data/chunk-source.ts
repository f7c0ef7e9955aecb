/** What one training step reads. T time steps, N batch rows. */
export interface Chunk {
  /** (T, N), time-major. */
  readonly tokens: Uint32Array;
  /** (T, N); NO_TARGET where a row has ended. */
  readonly targets: Uint32Array;
  /** How many targets there are. */
  readonly count: number;
  /** Whether the carried state is to be reset first. */
  readonly first: boolean;
}

/** Where in its text a source stands: enough to go on from there. */
export interface Cursor {
  /** Whole passes over the text so far. */
  readonly passes: number;
  /** Of the next chunk: tokens into the slices of a stream, or lines into the pass. */
  readonly position: number;
  /** Of the next chunk: time steps into the lines that are being read; 0 in a stream. */
  readonly offset: number;
}

/** A text, chunk after chunk, without end. */
export interface ChunkSource {
  /** The next chunk; its arrays are valid until the next call. */
  next(): Chunk;
  /** Passes over the text so far, as a fraction. */
  readonly epoch: number;
  cursor: Cursor;
  /** The token that the next chunk begins with, in row 0, and whether a reset of the state comes before it. */
  peek(): { readonly token: number; readonly first: boolean };
}
