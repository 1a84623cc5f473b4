using Slipway.Node.Linux;

namespace Slipway.Node.Containerd;

/// <summary>
/// Removes all that a private containerd and its pods have left, whatever state they are in: processes, mounts,
/// shim sockets, cgroups, directories. Works without containerd, also after SIGKILL of everything.
/// </summary>
public static class ContainerdRemoval
{
    /// <param name="options">The containerd.</param>
    /// <param name="podDirectories">Directories below which pods' volumes are mounted.</param>
    /// <param name="keepRoot">Keep the persistent data: images and snapshots.</param>
    /// <param name="clock">Paces the waits.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">Something could not be removed; the message names it.</exception>
    public static async Task RunAsync(ContainerdOptions options, IReadOnlyList<string> podDirectories, bool keepRoot, TimeProvider clock, CancellationToken cancellation)
    {
        // The cgroup holds containerd, its shims and all containers: nothing else can be hit by mistake.
        var cgroup = new Cgroup(options.CgroupRoot, CgroupHierarchy.OfThisMachine());
        await cgroup.KillAsync(clock, cancellation);

        foreach (var shared in ShimSockets(options).Concat(NetworkResults(options)).ToList())
            File.Delete(shared);
        foreach (var directory in podDirectories.Append(options.State).Append(options.Root))
            MountTable.UnmountBelow(directory);
        foreach (var directory in keepRoot ? [options.State] : new[] { options.State, options.Root })
            TreeRemoval.Remove(directory, cancellation);

        for (var started = clock.GetTimestamp(); !cgroup.Remove();)
        {
            if (clock.GetElapsedTime(started) > TimeSpan.FromSeconds(10))
                throw new IOException($"The cgroup {options.CgroupRoot} could not be removed: it still holds processes or is in use.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), clock, cancellation);
        }
    }

    // CNI keeps the result for each sandbox in a directory that all runtimes of a machine share.
    private static IEnumerable<string> NetworkResults(ContainerdOptions options)
    {
        const string Results = "/var/lib/cni/results";
        if (!Directory.Exists(Results))
            yield break;
        foreach (var parent in new[] { options.State, options.Root }.Select(d => Path.Combine(d, "io.containerd.grpc.v1.cri", "sandboxes")).Where(Directory.Exists))
            foreach (var sandbox in Directory.EnumerateDirectories(parent))
                foreach (var file in Directory.EnumerateFiles(Results, $"*-{Path.GetFileName(sandbox)}-*"))
                    yield return file;
    }

    // Shims listen in a directory that all containerds of a machine share; each bundle notes its shim's address.
    private static IEnumerable<string> ShimSockets(ContainerdOptions options)
    {
        var bundles = Path.Combine(options.State, "io.containerd.runtime.v2.task");
        if (!Directory.Exists(bundles))
            yield break;
        foreach (var file in Directory.EnumerateFiles(bundles, "address", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }))
        {
            var address = File.ReadAllText(file).Trim();
            if (address.StartsWith("unix://", StringComparison.Ordinal))
                yield return address["unix://".Length..];
        }
    }
}
