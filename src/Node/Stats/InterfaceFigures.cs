namespace Slipway.Node.Stats;

/// <summary>What has gone through a network interface since it exists.</summary>
internal readonly record struct Traffic(long Bytes, long Packets, long Errors, long Dropped);

/// <summary>A network interface and its traffic.</summary>
internal sealed record InterfaceFigures(string Name, Traffic Received, Traffic Transmitted)
{
    // The ends of others' interfaces, whose traffic is counted there.
    private static readonly string[] Ignored = ["lo", "veth", "docker", "nerdctl"];

    /// <summary>Parses <c>/proc/PID/net/dev</c> (proc_pid_net(5)), the loopback and ends of virtual pairs left out.</summary>
    public static IReadOnlyList<InterfaceFigures> Parse(string text)
    {
        var found = new List<InterfaceFigures>();
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':');
            if (colon < 0)
                continue;
            var name = line[..colon].Trim();
            var columns = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length < 12 || Ignored.Any(i => name.StartsWith(i, StringComparison.Ordinal)))
                continue;
            var counts = columns.Select(c => CgroupFiles.Number(c) ?? 0).ToArray();
            found.Add(new(name, new(counts[0], counts[1], counts[2], counts[3]), new(counts[8], counts[9], counts[10], counts[11])));
        }
        return found;
    }

    /// <summary>Name of the interface of the default route in <c>/proc/PID/net/route</c>; null when there is none.</summary>
    public static string? Default(string routes) => routes.Split('\n').Skip(1)
        .Select(line => line.Split('\t', StringSplitOptions.RemoveEmptyEntries))
        .FirstOrDefault(route => route.Length > 7 && route[1].Trim() == "00000000" && route[7].Trim() == "00000000")?[0].Trim();
}
