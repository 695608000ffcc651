/**
 * Do node names match any of some globs? `*` stands for any text, `?` for one character. A pattern without a cluster matches the node in
 * any cluster.
 */
export function nameMatcher(globs: readonly string[]): (node: string) => boolean {
  const patterns = globs.map((glob) => ({
    bare: !glob.includes('/'),
    expression: new RegExp(
      `^${glob
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
      's',
    ),
  }));
  return (node) => {
    const bareName = node.slice(node.indexOf('/') + 1);
    return patterns.some(({ bare, expression }) => expression.test(node) || (bare && expression.test(bareName)));
  };
}
