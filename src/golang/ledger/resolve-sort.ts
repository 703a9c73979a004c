/**
 * Indices in order of the keys: a radix sort in two passes over as many bits as the largest key has. Those of equal keys keep their
 * order.
 */
export function sortedBy(keys: Uint32Array): Uint32Array {
  const count = keys.length;
  const order = new Uint32Array(count);
  let largest = 0;
  let sorted = true;
  let before = 0;
  for (let index = 0; index < count; index++) {
    const key = keys[index] ?? 0;
    order[index] = index;
    if (key < before) sorted = false;
    before = key;
    if (key > largest) largest = key;
  }
  if (sorted) return order;
  const bits = Math.ceil((32 - Math.clz32(largest)) / 2);
  const once = distribute(keys, order, 0, bits);
  return distribute(keys, once, bits, bits, order);
}

/** Puts indices in order of `bits` bits of their keys, from bit `shift` on. */
function distribute(
  keys: Uint32Array,
  from: Uint32Array,
  shift: number,
  bits: number,
  to = new Uint32Array(from.length),
): Uint32Array {
  // The last pass may write where the first one read: by then that is no longer needed.
  const mask = 2 ** bits - 1;
  const places = new Uint32Array(mask + 2);
  for (const item of from) {
    const digit = (((keys[item] ?? 0) >>> shift) & mask) + 1;
    places[digit] = (places[digit] ?? 0) + 1;
  }
  for (let digit = 1; digit <= mask; digit++) places[digit] = (places[digit] ?? 0) + (places[digit - 1] ?? 0);
  for (const item of from) {
    const digit = ((keys[item] ?? 0) >>> shift) & mask;
    const place = places[digit] ?? 0;
    to[place] = item;
    places[digit] = place + 1;
  }
  return to;
}
