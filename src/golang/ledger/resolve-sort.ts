/** Indices in order of the keys: a radix sort, 11 bits at a time. Those of equal keys keep their order. */
export function sortedBy(keys: Uint32Array): Uint32Array {
  const count = keys.length;
  let from = new Uint32Array(count);
  let sorted = true;
  for (let index = 0; index < count; index++) {
    from[index] = index;
    if (index > 0 && (keys[index - 1] ?? 0) > (keys[index] ?? 0)) sorted = false;
  }
  if (sorted) return from;
  let to = new Uint32Array(count);
  for (let shift = 0; shift < 32; shift += 11) {
    const places = new Uint32Array(2049);
    for (let index = 0; index < count; index++) {
      const digit = (((keys[index] ?? 0) >>> shift) & 2047) + 1;
      places[digit] = (places[digit] ?? 0) + 1;
    }
    for (let digit = 1; digit < 2049; digit++)
      places[digit] = (places[digit] ?? 0) + (places[digit - 1] ?? 0);
    for (let index = 0; index < count; index++) {
      const item = from[index] ?? 0;
      const digit = ((keys[item] ?? 0) >>> shift) & 2047;
      const place = places[digit] ?? 0;
      to[place] = item;
      places[digit] = place + 1;
    }
    [from, to] = [to, from];
  }
  return from;
}
