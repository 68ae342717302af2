/** A hook of the user's own. */
export default () => ({ handle: () => undefined });
