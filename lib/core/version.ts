import config from "../../deno.json" with { type: "json" };

/** Sounder's version, from deno.json. */
export const VERSION: string = config.version;
