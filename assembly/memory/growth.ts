/** Memory for AssemblyScript's allocator, asked for before it needs it: it would trap where memory.grow only answers -1. */

/** The most that the allocator gives in one block, and what it adds to each. */
export const LARGEST_BLOCK: u64 = (1 << 30) - 32;
export const BLOCK_OVERHEAD: u64 = 32;
/** A page less than addresses reach: the allocator's own sums end there. */
const LARGEST_MEMORY: u64 = 0xffff0000;

/** Whether the allocator has so many bytes, overheads included, after growing memory if need be. */
export function growFor(bytes: u64): bool {
  const end = <u64>heap.alloc(0) + bytes;
  const size = (<u64>memory.size()) << 16;
  return end <= size || (end <= LARGEST_MEMORY && memory.grow(<i32>((end - size + 0xffff) >> 16)) >= 0);
}
