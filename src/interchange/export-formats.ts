/** The forms that a model can be written in for others, with the ending of a file's name. */
export const EXPORT_ENDINGS = {
  safetensors: ".safetensors",
  pytorch: "-pytorch",
  onnx: ".onnx",
  json: ".json",
} as const;
export type ExportFormat = keyof typeof EXPORT_ENDINGS;
export const EXPORT_FORMATS = Object.keys(EXPORT_ENDINGS) as ExportFormat[];
