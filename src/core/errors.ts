/**
 * Errors with codes. What the library throws of its own accord has a `code`, which stays what it is while messages get better;
 * an aborted call throws its signal's reason, as it is. The other classes stand where their errors come from:
 *
 *     ERR_INVALID_VALUE   InvalidValueError, a RangeError: an argument, option or text that does not fit
 *     ERR_INVALID_TYPE    InvalidTypeError, a TypeError: one of the wrong type, or a field that is not known
 *     ERR_UNKNOWN_TOKEN   UnknownTokenError, a RangeError: a token that the vocabulary does not hold
 *     ERR_FORMAT          FormatError: bytes that are not what their format says
 *     ERR_FILE            FileError: a file that cannot be read or written
 *     ERR_DIVERGED        DivergenceError: training came to numbers that are not finite
 *     ERR_SAMPLER_TAKEN   SamplerTakenError: a sample whose model went on to another, or was trained
 *     ERR_DISPOSED        DisposedError: a call on an engine whose threads were ended
 *     ERR_THREAD_LOST     ThreadLostError: a thread of a model ended or failed
 *     ERR_ENGINE_TRAP     EngineTrapError: the module stopped in the middle of a call
 *     ERR_UNSUPPORTED     UnsupportedError: the JavaScript engine lacks what the module needs
 */

/** What `code` can be, of every error class of the library. */
export type ErrorCode =
  | "ERR_INVALID_VALUE"
  | "ERR_INVALID_TYPE"
  | "ERR_UNKNOWN_TOKEN"
  | "ERR_FORMAT"
  | "ERR_FILE"
  | "ERR_DIVERGED"
  | "ERR_SAMPLER_TAKEN"
  | "ERR_DISPOSED"
  | "ERR_THREAD_LOST"
  | "ERR_ENGINE_TRAP"
  | "ERR_UNSUPPORTED";

/** What every error class of the library has. */
export interface CodedError {
  /** The class's name or, of a value or type that does not fit, JavaScript's own. */
  readonly name: string;
  /** What went wrong, for programs: it stays what it is while messages get better. */
  readonly code: ErrorCode;
}

/** An argument, option or text that does not fit; the message says what was expected. Its name is RangeError's. */
export class InvalidValueError extends RangeError implements CodedError {
  readonly code = "ERR_INVALID_VALUE" satisfies ErrorCode;
}

/** An argument of the wrong type, or a field that is not known. Its name is TypeError's. */
export class InvalidTypeError extends TypeError implements CodedError {
  readonly code = "ERR_INVALID_TYPE" satisfies ErrorCode;
}

/** The JavaScript engine lacks what the module needs: SIMD or threads. */
export class UnsupportedError extends Error implements CodedError {
  override readonly name = "UnsupportedError";
  readonly code = "ERR_UNSUPPORTED" satisfies ErrorCode;
}

/** A call on an engine that was disposed of. */
export class DisposedError extends Error implements CodedError {
  override readonly name = "DisposedError";
  readonly code = "ERR_DISPOSED" satisfies ErrorCode;
}
