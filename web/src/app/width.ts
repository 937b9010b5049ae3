// How wide an element is, as often as that changes: pictures are drawn anew.

/** Tell an element's width, now and whenever it changes; call what is returned to stop. */
export function watchWidth(element: HTMLElement, tell: (width: number) => void): () => void {
  const observer = new ResizeObserver(() => tell(element.clientWidth));
  observer.observe(element);
  return () => observer.disconnect();
}
