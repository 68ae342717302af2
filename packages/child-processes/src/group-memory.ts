import { readdir, readFile } from "node:fs/promises";

/** How much a kB in /proc has, in bytes. */
const KIB = 1024;

type Groups = ReadonlyMap<number, readonly number[]>;

/** The look at all processes that is under way: a pool measures its instances at once, and one look serves them all. */
let look: Promise<Groups> | undefined;

/**
 * How much memory a process group holds (its resident set), in bytes: on Linux the sum of its members, in which pages that they
 * share count for each; elsewhere that of its leader. 0 when nobody is left of it.
 *
 * @throws elsewhere than on Linux, when there is no such process
 */
export async function groupMemory(leader: number, platform: NodeJS.Platform = process.platform): Promise<number> {
  if (platform !== "linux") return await memoryOf(leader);
  const groups = await groupsNow();
  const sizes = await Promise.all((groups.get(leader) ?? []).map(residentSize));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Not on Linux, where it would keep a file open for each process that it has seen. */
async function memoryOf(pid: number): Promise<number> {
  const { default: pidusage } = await import("pidusage");
  const { memory } = await pidusage(pid);
  return memory;
}

function groupsNow(): Promise<Groups> {
  look ??= readGroups().finally(() => {
    look = undefined;
  });
  return look;
}

async function readGroups(): Promise<Groups> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const groups = await Promise.all(pids.map(groupOf));
  const members = new Map<number, number[]>();
  for (const [index, pid] of pids.entries()) {
    const group = groups[index];
    if (group === undefined) continue;
    const known = members.get(group);
    if (known === undefined) members.set(group, [pid]);
    else known.push(pid);
  }
  return members;
}

/** See proc(5): `pid (name) state parent group …`, where the name may hold anything. */
async function groupOf(pid: number): Promise<number | undefined> {
  const stat = await processFile(pid, "stat");
  return stat === "" ? undefined : Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
}

/** A zombie has none. */
async function residentSize(pid: number): Promise<number> {
  const [, size = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(await processFile(pid, "status")) ?? [];
  return Number(size) * KIB;
}

/** Empty when the process has ended since it was listed. */
async function processFile(pid: number, name: "stat" | "status"): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}
