using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Storage;

namespace Slipway.Testing.Etcd;

/// <summary>A real etcd on loopback, with as many members as a test asks for, each a process that can be killed and started again.</summary>
public sealed class EtcdCluster : IAsyncDisposable
{
    private readonly string _directory;
    private readonly ProcessPki? _pki;
    private readonly IReadOnlyList<string> _extra;
    private readonly (string Clients, string Peers)[] _addresses;
    private readonly Process?[] _processes;

    private EtcdCluster(int members, bool tls, IReadOnlyList<string> extra)
    {
        // In memory where that is possible: what is tested are processes that die, not disks.
        _directory = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"slipway-etcd-{Guid.NewGuid():N}")).FullName;
        _pki = tls ? ProcessPki.Create(_directory) : null;
        _extra = extra;
        var ports = FreePorts(2 * members);
        _addresses = [.. Enumerable.Range(0, members).Select(i => ($"{(tls ? "https" : "http")}://127.0.0.1:{ports[2 * i]}", $"http://127.0.0.1:{ports[2 * i + 1]}"))];
        _processes = new Process?[members];
    }

    public int Members => _processes.Length;

    /// <summary>Starts the members, and waits until they serve.</summary>
    /// <param name="members">How many.</param>
    /// <param name="tls">Whether clients need TLS and a certificate.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="extra">More options of <c>etcd</c>.</param>
    public static async Task<EtcdCluster> StartAsync(int members, bool tls, CancellationToken cancellation, params IReadOnlyList<string> extra)
    {
        var cluster = new EtcdCluster(members, tls, extra);
        try
        {
            for (var member = 0; member < members; member++)
                cluster.Start(member);
            await using var store = await cluster.ConnectAsync("/", cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>How a store reaches it.</summary>
    /// <param name="prefix">Start of the store's keys.</param>
    public EtcdOptions Options(string prefix) => new()
    {
        Endpoints = EtcdOptions.ParseEndpoints(string.Join(',', _addresses.Select(a => a.Clients))),
        Prefix = prefix,
        AuthorityFile = _pki?.Authority,
        CertificateFile = _pki?.Client.Certificate,
        KeyFile = _pki?.Client.Key,
        Patience = TimeSpan.FromSeconds(30),
    };

    public Task<EtcdStore> ConnectAsync(string prefix, CancellationToken cancellation) =>
        EtcdStore.ConnectAsync(Options(prefix), TimeProvider.System, Random.Shared, NullLoggerFactory.Instance, cancellation);

    /// <summary>Starts a member, on the data that it had.</summary>
    public void Start(int member)
    {
        var name = $"m{member}";
        List<string> arguments =
        [
            "--name", name,
            "--data-dir", Path.Combine(_directory, name),
            "--listen-client-urls", _addresses[member].Clients,
            "--advertise-client-urls", _addresses[member].Clients,
            "--listen-peer-urls", _addresses[member].Peers,
            "--initial-advertise-peer-urls", _addresses[member].Peers,
            "--initial-cluster", string.Join(',', _addresses.Select((a, i) => $"m{i}={a.Peers}")),
            "--heartbeat-interval", "50",
            "--election-timeout", "500",
            "--logger", "zap",
            "--log-level", "error",
            .. _extra,
        ];
        if (_pki is not null)
            arguments.AddRange(["--client-cert-auth", "--trusted-ca-file", _pki.Authority, "--cert-file", _pki.Server.Certificate, "--key-file", _pki.Server.Key]);
        try
        {
            var process = Process.Start(new ProcessStartInfo("etcd", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.ErrorDataReceived += (_, _) => { }; // reading keeps it from blocking
            process.BeginErrorReadLine();
            process.BeginOutputReadLine();
            _processes[member] = process;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("etcd is not installed; run: apt-get install etcd-server", e);
        }
    }

    /// <summary>Waits until a member has joined the others and answers.</summary>
    public async Task WaitUntilServingAsync(int member, CancellationToken cancellation)
    {
        await using var store = await EtcdStore.ConnectAsync(
            Options("/") with { Endpoints = [new Uri(_addresses[member].Clients)] }, TimeProvider.System, Random.Shared, NullLoggerFactory.Instance, cancellation);
    }

    /// <summary>Sends a member SIGKILL, and waits for its end.</summary>
    public async Task KillAsync(int member)
    {
        if (_processes[member] is not { } process)
            return;
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
        _processes[member] = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        for (var member = 0; member < Members; member++)
            await KillAsync(member);
        Directory.Delete(_directory, recursive: true);
    }

    private static int[] FreePorts(int count)
    {
        var listeners = new List<TcpListener>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                listeners.Add(new TcpListener(IPAddress.Loopback, 0));
                listeners[i].Start();
            }
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in listeners)
                listener.Dispose();
        }
    }
}
