/** Puts a text on the clipboard; false if the browser does not let us. */
export async function copy(content: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(content);
    return true;
  } catch {
    return copyByHand(content);
  }
}

/** Over plain HTTP on a host name, as in many a laboratory, there is no `navigator.clipboard`. */
function copyByHand(content: string): boolean {
  const field = document.createElement("textarea");
  field.value = content;
  field.className = "said";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
