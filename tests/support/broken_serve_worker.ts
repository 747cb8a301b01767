/**
 * A Worker of a server that cannot be loaded.
 *
 * @module
 */
throw new TypeError("broken");
