/** Each lane held between -bound and bound; NaN stays NaN, so that a diverged run shows. */
export function clip4(gradient: v128, bound: v128): v128 {
  return f32x4.max(f32x4.min(gradient, bound), f32x4.neg(bound));
}
