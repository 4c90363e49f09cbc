/** Which key is the command key. `platform` is deprecated and still the only thing all browsers have. */
export const onMac = /Mac|iPhone|iPad/.test(navigator.platform);
