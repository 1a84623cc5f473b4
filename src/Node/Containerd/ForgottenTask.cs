using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Slipway.Node.Linux;

namespace Slipway.Node.Containerd;

/// <summary>
/// What containerd leaves of a task although its sandbox or container has been removed. One that is killed while it starts or ends a
/// task finds the shim or its directory again afterwards, but no task behind it, and leaves both alone for ever
/// (<see href="https://github.com/containerd/containerd/issues/6860"/>, <see href="https://github.com/containerd/containerd/issues/10421"/>).
/// </summary>
internal static class ForgottenTask
{
    // Containerd's, of everything that its CRI makes.
    private const string Namespace = "k8s.io";

    /// <summary>Removes what is left of a sandbox that containerd no longer knows: its shim, the socket of that, its directories.</summary>
    /// <param name="state">Directory of containerd's state; nothing is done when it is empty.</param>
    /// <param name="id">The sandbox's id.</param>
    /// <returns>Whether there was something to remove.</returns>
    public static bool RemoveSandbox(string state, string id)
    {
        // As a rule all has gone with the sandbox, and that is all that is looked at.
        if (state.Length == 0 || Path.Combine(Bundles(state), id) is var bundle && !Directory.Exists(bundle))
            return false;
        foreach (var process in Processes(id))
            Syscalls.Kill(process, Syscalls.SigKill);
        if (Path.Combine(bundle, "address") is var address && File.Exists(address) && File.ReadAllText(address).Trim() is var socket && socket.StartsWith("unix://", StringComparison.Ordinal))
            File.Delete(socket["unix://".Length..]);
        return RemoveContainer(state, id);
    }

    /// <summary>Removes the directories of a container that containerd no longer knows. The shim that they name is its sandbox's.</summary>
    /// <returns>Whether there was something to remove.</returns>
    public static bool RemoveContainer(string state, string id)
    {
        if (state.Length == 0 || Path.Combine(Bundles(state), id) is var bundle && !Directory.Exists(bundle))
            return false;
        MountTable.UnmountBelow(bundle);
        if (new DirectoryInfo(Path.Combine(bundle, "work")).LinkTarget is { } work)
            TreeRemoval.Remove(work);
        TreeRemoval.Remove(bundle);
        return true;
    }

    /// <summary>
    /// Ends shims without directories, and removes their sockets: a shim that came up only after the containerd that asked for it was killed
    /// is of a sandbox that the next one has forgotten already.
    /// </summary>
    /// <param name="state">Directory of containerd's state.</param>
    /// <param name="processes">Ids of processes, of which those that are shims of this containerd are looked at.</param>
    /// <returns>The sandboxes whose shims were ended.</returns>
    public static IReadOnlyList<string> EndShims(string state, IEnumerable<int> processes)
    {
        List<string> ended = [];
        foreach (var process in processes)
        {
            // A directory is made before its shim is started.
            if (Shim.Of(process) is not { } shim || Directory.Exists(Path.Combine(Bundles(state), shim.Id)))
                continue;
            Syscalls.Kill(process, Syscalls.SigKill);
            if (File.Exists(shim.Socket))
                File.Delete(shim.Socket);
            ended.Add(shim.Id);
        }
        return ended;
    }

    /// <summary>Removes directories whose removal has been interrupted: hidden ones, which containerd passes over when it starts.</summary>
    /// <param name="directory">Directory of containerd's state, or of its data; it does not run.</param>
    public static void RemoveHalfRemoved(string directory)
    {
        if (!Directory.Exists(Bundles(directory)))
            return;
        foreach (var hidden in Directory.EnumerateDirectories(Bundles(directory), ".*", new EnumerationOptions { AttributesToSkip = 0 }).ToList())
        {
            MountTable.UnmountBelow(hidden);
            TreeRemoval.Remove(hidden);
        }
    }

    private static string Bundles(string directory) => Path.Combine(directory, "io.containerd.runtime.v2.task", Namespace);

    // Ids of sandboxes are random, so that no other process has one in its arguments as the id of its shim.
    private static IEnumerable<int> Processes(string id)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Shim.Of(pid)?.Id == id)
                yield return pid;
    }

    /// <summary>A process that is a shim of pods: those of other namespaces, which other tools use, are theirs.</summary>
    /// <param name="Id">The sandbox whose containers it keeps.</param>
    /// <param name="Address">Where the containerd listens that asked for it.</param>
    private sealed record Shim(string Id, string? Address)
    {
        // All containerds of a machine share this directory: a name is the hash of what tells two shims apart.
        private const string Sockets = "/run/containerd/s";

        /// <summary>Where it listens.</summary>
        public string Socket => Path.Combine(Sockets, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Address}/{Namespace}/{Id}"))));

        public static Shim? Of(int process)
        {
            string[] words;
            try
            {
                words = File.ReadAllText($"/proc/{process}/cmdline").Split('\0');
            }
            catch (IOException)
            {
                return null; // it has ended
            }
            if (!words[0].Contains("containerd-shim", StringComparison.Ordinal) || After("-namespace") != Namespace || After("-id") is not { } id)
                return null;
            return new(id, After("-address"));

            string? After(string option) => Array.IndexOf(words, option) is >= 0 and var at && at + 1 < words.Length ? words[at + 1] : null;
        }
    }
}
