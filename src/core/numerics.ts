/** The names of the numerics classes. */
export const NUMERICS = ["strict", "fused"] as const;

/**
 * How products are summed. "strict": every product is rounded before it is added, so that all engines agree; "fused": product
 * and sum are rounded once, by relaxed SIMD's multiply-add, so that all engines agree which have one.
 */
export type Numerics = (typeof NUMERICS)[number];
