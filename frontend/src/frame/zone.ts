/** Tell the server the browser's time zone, in which it then shows times unless the person has chosen another one. */
export function tellZone(): void {
  const zone = encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");
  if (document.cookie.split("; ").includes(`tropeiro-zone=${zone}`)) return;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `tropeiro-zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
}
