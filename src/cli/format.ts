/** Numbers and tokens as people read them. */

/** 12,345; without Intl, which takes Node a tenth of a short command to load. */
export function grouped(value: number): string {
  return Math.round(value)
    .toFixed(0)
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** 1 step, 2 steps */
export function counted(value: number, noun: string): string {
  return `${grouped(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** 42 s, 3 min 20 s, 2 h 5 min */
export function span(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return seconds < 9.95 ? `${seconds.toFixed(1)} s` : `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** 183 KB, 4.2 MB, 1.5 GB */
export function fileSize(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1000))} KB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** A token in quotes, with escapes for what cannot be seen or would steer the terminal. */
export function quotedToken(token: string): string {
  return JSON.stringify(token).replace(/[\p{Cc}\p{Cf}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

/** A token that can be seen and takes one line: as it is where it is both, else in quotes. */
export function visibleToken(token: string): string {
  return /^[\p{L}\p{N}\p{P}\p{S}\p{M}]+$/u.test(token) ? token : quotedToken(token);
}
