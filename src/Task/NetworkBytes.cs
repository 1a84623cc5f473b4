using System.Globalization;

namespace Slipway.Wrapper;

/// <summary>Bytes that the network of this process, which is that of its pod, has carried since it is there: all interfaces but loopback together.</summary>
/// <param name="Received">Bytes received.</param>
/// <param name="Sent">Bytes sent.</param>
internal readonly record struct NetworkBytes(long Received, long Sent)
{
    private const int ReceivedField = 0, SentField = 8;

    /// <summary>What it has carried until now; null if the kernel does not say.</summary>
    public static NetworkBytes? Read()
    {
        try
        {
            return Parse(File.ReadAllLines("/proc/self/net/dev"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // no /proc, or one that hides it
        }
    }

    /// <summary>Reads the lines of /proc/net/dev, as proc_net(5) describes them.</summary>
    public static NetworkBytes Parse(IEnumerable<string> lines)
    {
        long received = 0, sent = 0;
        foreach (var line in lines)
        {
            if (line.Split(':', 2) is not [var name, var rest] || name.Trim() == "lo")
                continue;
            var fields = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            received += Number(ReceivedField);
            sent += Number(SentField);

            long Number(int field) => field < fields.Length && long.TryParse(fields[field], CultureInfo.InvariantCulture, out var number) ? number : 0;
        }

        return new NetworkBytes(received, sent);
    }

    /// <summary>What was carried between two moments; null if one is not known, or an interface has gone meanwhile.</summary>
    public static NetworkBytes? Between(NetworkBytes? before, NetworkBytes? after) =>
        before is { } b && after is { } a && a.Received >= b.Received && a.Sent >= b.Sent ? new NetworkBytes(a.Received - b.Received, a.Sent - b.Sent) : null;
}
