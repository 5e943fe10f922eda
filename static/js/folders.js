// The pictures of dropped folders, told by their content, and what is left out. As imaging/folders.py does for commands.

const rules = JSON.parse(document.getElementById("folder-rules").textContent);
const HEAD_BYTES = 32;
// How the formats that the site reads begin: JPEG, PNG, WebP, TIFF, HEIF and AVIF, BMP.
const SIGNATURES = [
  /^\xff\xd8\xff/,
  /^\x89PNG\r\n\x1a\n/,
  /^RIFF....WEBP/s,
  /^(II[*+]\0|MM\0[*+])/,
  /^....ftyp(hei[cxms]|hev[cxms]|mif1|msf1|avi[fs])/s,
  /^BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0/s,
];

const isSystemName = (name) => {
  const lower = name.toLowerCase();
  return rules.names.includes(lower) || rules.prefixes.some((prefix) => lower.startsWith(prefix));
};
const endsWith = (name, suffixes) => suffixes.some((suffix) => name.toLowerCase().endsWith(suffix));

async function beginsLikePicture(file) {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const text = String.fromCharCode(...head);
  return SIGNATURES.some((signature) => signature.test(text));
}

// What has a picture's suffix is taken for one: the server says what is wrong with it.
async function isPicture(file) {
  if (endsWith(file.name, rules.unfinished)) return false;
  return endsWith(file.name, rules.suffixes) || beginsLikePicture(file);
}

const promised = (call) => new Promise((resolve, reject) => { call(resolve, reject); });

// A reader gives at most 100 entries a call.
async function entriesIn(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const batch = await promised((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!batch.length) return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    found.push(...batch);
  }
}

async function collectFile(entry, found, name, isGiven) {
  const file = await promised((resolve, reject) => { entry.file(resolve, reject); });
  if (isGiven || (await isPicture(file))) found.pictures.push(file);
  else found.others.push(name);
}

async function collect(entry, found, { isGiven = false, isAlone = false } = {}) {
  const name = entry.fullPath.replace(/^\//, "");
  try {
    if (isSystemName(entry.name) && !isAlone) found.system.push(name);
    else if (entry.isFile) await collectFile(entry, found, name, isGiven);
    else for (const inner of await entriesIn(entry)) await collect(inner, found);
  } catch { // it cannot be read, or went meanwhile
    found.others.push(name);
  }
}

// Return { pictures, others, system } of what was dropped: files, and names of what is left out. What was dropped as a
// file, and not in a folder, is taken for a picture, and a folder that was dropped alone is looked into whatever its name.
export async function filesOf(transfer) {
  const found = { pictures: [], others: [], system: [] };
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return { ...found, pictures: [...transfer.files] };
  for (const entry of entries) await collect(entry, found, { isGiven: true, isAlone: entries.length === 1 });
  return found;
}
