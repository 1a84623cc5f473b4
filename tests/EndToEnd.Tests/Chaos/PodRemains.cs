using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests.Chaos;

/// <summary>
/// What a machine holds for the pods of a cluster: processes, mounts, interfaces, cgroups, addresses, rules, records of the runtime,
/// files. Taken when there are no pods and again when there are none any more, it is the same.
/// </summary>
/// <remarks>
/// Not looked at is what containerd forgets when it is killed at one moment of the start of a sandbox: a network namespace without processes,
/// which stays until the cluster stops, and a snapshot, which its lease keeps for a day.
/// </remarks>
internal static class PodRemains
{
    /// <summary>All of it, one thing a line, sorted; without ids of processes.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(SlipwayCli slipway, string id)
    {
        var name = slipway.Name;
        var (run, data) = ($"/run/slipway/{name}", $"/var/lib/slipway/{name}/data");
        var found = new List<string>();
        found.AddRange(Traces.ProcessesOf(name).Select(process => $"process {process.Arguments}"));
        found.AddRange(File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains(name, StringComparison.Ordinal)).Select(line => $"mount {line.Split(' ')[4]}").Where(mount => !mount.Contains("/netns/", StringComparison.Ordinal)));
        found.AddRange((await Traces.OfAsync(name, id)).Interfaces);
        found.AddRange(Directories("/sys/fs/cgroup", $"slipway-{name}").SelectMany(cgroup => Directory.EnumerateDirectories(cgroup, "*", SearchOption.AllDirectories)).Where(cgroup => Path.GetFileName(cgroup) != "pods").Select(cgroup => $"cgroup {cgroup}"));
        found.AddRange(Entries($"{run}/cni/addresses", recurse: true).Where(file => IPAddressOf(file) is not null).Select(file => $"address {file}"));
        found.AddRange(Entries("/var/lib/cni/results").Where(file => file.Contains($"slipway-{id}-", StringComparison.Ordinal)).Select(file => $"network result {file}"));
        foreach (var kind in new[] { "io.containerd.runtime.v2.task/k8s.io", "io.containerd.grpc.v1.cri/sandboxes", "io.containerd.grpc.v1.cri/containers" })
            found.AddRange(Entries($"{run}/containerd/{kind}").Select(entry => $"runtime state {entry}"));
        foreach (var kind in new[] { "io.containerd.runtime.v2.task/k8s.io", "io.containerd.grpc.v1.cri/sandboxes", "io.containerd.grpc.v1.cri/containers" })
            found.AddRange(Entries($"{data}/containerd/{kind}").Select(entry => $"runtime data {entry}"));
        foreach (var kind in new[] { "containers", "tasks" })
            found.AddRange((await ContainerdAsync(name, kind, "list", "-q")).Select(entry => $"containerd {kind} {entry}"));
        foreach (var kind in new[] { "pods", "logs", "tasks/volumes" })
            found.AddRange(Entries($"{data}/{kind}").Select(entry => $"file {entry}"));
        found.AddRange(await PodElementsAsync(slipway));
        return [.. found.Order(StringComparer.Ordinal)];
    }

    // Elements of the cluster's table that name an address of a pod: all but the node's own, the first of the range.
    private static async Task<IEnumerable<string>> PodElementsAsync(SlipwayCli slipway)
    {
        var cluster = JsonNode.Parse(await File.ReadAllTextAsync($"/var/lib/slipway/{slipway.Name}/cluster.json"))!;
        var range = ((string)cluster["podCidr"]!).Split('/');
        var network = System.Net.IPNetwork.Parse($"{range[0]}/{range[1]}");
        var table = await OutputAsync("nft", "list", "table", "ip", $"slipway-{slipway.Name}");
        return table.Split([' ', ',', '\n', '\t', '{', '}'], StringSplitOptions.RemoveEmptyEntries)
            .Where(word => System.Net.IPAddress.TryParse(word, out var address) && word.Count(c => c == '.') == 3 && network.Contains(address) && (address.GetAddressBytes()[3] > 1 || address.GetAddressBytes()[2] != network.BaseAddress.GetAddressBytes()[2]))
            .Select(word => $"rule about {word}");
    }

    private static async Task<string[]> ContainerdAsync(string name, params string[] arguments) =>
        (await OutputAsync("ctr", ["--address", $"/run/slipway/{name}/containerd.sock", "--namespace", "k8s.io", .. arguments])).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string? IPAddressOf(string file) => System.Net.IPAddress.TryParse(Path.GetFileName(file), out var address) ? address.ToString() : null;

    private static IEnumerable<string> Directories(string root, string name) =>
        Directory.EnumerateDirectories(root, name, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, AttributesToSkip = FileAttributes.ReparsePoint });

    private static IEnumerable<string> Entries(string directory, bool recurse = false) => Directory.Exists(directory)
        ? Directory.EnumerateFileSystemEntries(directory, "*", new EnumerationOptions { RecurseSubdirectories = recurse, AttributesToSkip = 0, IgnoreInaccessible = true })
        : [];

    private static async Task<string> OutputAsync(string program, params string[] arguments) =>
        (await CommandResult.RunAsync(new ProcessStartInfo(program, arguments), TimeSpan.FromSeconds(30))).Expect().Out;
}
