/** Damages documents, place by place. */
export type Place = readonly (string | number)[];

/** Every place in a JSON value, the value itself first. */
export function places(value: unknown, from: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [from];
  const inner = Array.isArray(value)
    ? value.flatMap((item, i) => places(item, [...from, i]))
    : Object.entries(value).flatMap(([key, item]) => places(item, [...from, key]));
  return [from, ...inner];
}

export function at(value: unknown, place: Place): unknown {
  return place.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], value);
}

/** The JSON of `value` with another value at a place; undefined takes it away. */
export function garble(value: unknown, place: Place, replacement: unknown): string {
  if (place.length === 0) return JSON.stringify(replacement ?? null);
  const copy: unknown = JSON.parse(JSON.stringify(value));
  const holder = at(copy, place.slice(0, -1)) as Record<string | number, unknown>;
  const key = place.at(-1) ?? '';
  if (replacement !== undefined) holder[key] = replacement;
  else if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
  return JSON.stringify(copy);
}
