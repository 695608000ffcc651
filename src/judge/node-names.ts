/**
 * Do node names match any of some globs? `*` stands for any text, `?` for one character. A pattern without a cluster matches the node in
 * any cluster.
 */
export function nameMatcher(globs: readonly string[]): (node: string) => boolean {
  const patterns = globs.map((glob) => ({
    bare: !glob.includes('/'),
    expression: globExpression(glob),
  }));
  return (node) => {
    const bareName = node.slice(node.indexOf('/') + 1);
    return patterns.some(({ bare, expression }) => expression.test(node) || (bare && expression.test(bareName)));
  };
}

/** The whole of a text, with `*` for any text and `?` for one character. */
export function globExpression(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
