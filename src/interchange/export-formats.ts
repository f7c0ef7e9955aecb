/** The forms that a model can be written in for others. */
export const EXPORT_FORMATS = ["pytorch"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
