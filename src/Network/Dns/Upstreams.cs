using System.Net;

namespace Slipway.Network;

/// <summary>The name servers of this machine, read anew when their file changes.</summary>
/// <param name="file">The machine's <c>resolv.conf</c>.</param>
/// <param name="self">Addresses that must not be asked, because they come back here.</param>
/// <param name="clock">Time between looks at the file.</param>
internal sealed class Upstreams(string file, IReadOnlySet<IPAddress> self, TimeProvider clock)
{
    // systemd-resolved's list of the servers behind its own, which listens on loopback.
    private const string SystemdResolved = "/run/systemd/resolve/resolv.conf";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private IReadOnlyList<IPAddress> _servers = [];
    private DateTime _written;
    private long? _looked;

    /// <summary>The servers to ask, the first one first.</summary>
    public IReadOnlyList<IPAddress> Servers
    {
        get
        {
            lock (_lock)
            {
                if (_looked is { } before && clock.GetElapsedTime(before) < Interval) return _servers;
                _looked = clock.GetTimestamp();
                var written = File.GetLastWriteTimeUtc(file);
                if (written == _written && _servers.Count > 0) return _servers;
                _written = written;
                _servers = Read(file);
                if (_servers.Count == 0) _servers = Read(SystemdResolved);
                return _servers;
            }
        }
    }

    /// <summary>The servers in the text of a <c>resolv.conf</c>, those of loopback and this cluster's own left out.</summary>
    public static IReadOnlyList<IPAddress> Parse(string text, IReadOnlySet<IPAddress> self) =>
        [.. from line in text.Split('\n')
            let words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            where words is ["nameserver", _, ..]
            let server = IPAddress.TryParse(words[1], out var address) ? address : null
            where server is not null && !IPAddress.IsLoopback(server) && !self.Contains(server)
            select server];

    private IReadOnlyList<IPAddress> Read(string path) => File.Exists(path) ? Parse(File.ReadAllText(path), self) : [];
}
