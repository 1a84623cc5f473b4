using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Testing.Swift;

/// <summary>
/// A real OpenStack Swift on loopback, of Debian's packages, that speaks S3 (its s3api and tempauth): a proxy, an account, a container and an object server
/// with one device each, which can be killed and started again.
/// </summary>
public sealed class SwiftServer : IAsyncDisposable
{
    /// <summary>The access key.</summary>
    public const string AccessKey = "test:tester";

    /// <summary>The secret key.</summary>
    public const string SecretKey = "testing";

    private static readonly string[] Backends = ["account", "container", "object"];

    // By the system's Python, which has them. The place of swift.conf is fixed in Swift's code, and belongs to the machine: a test's own takes it in its own process only.
    private const string Launcher = """
        import sys
        from swift.common import utils
        utils.SWIFT_CONF_FILE = sys.argv[1]
        from swift.common.wsgi import run_wsgi
        sys.exit(run_wsgi(sys.argv[2], sys.argv[3]))
        """;

    private readonly string directory;
    private readonly Dictionary<string, int> ports;
    private readonly List<Process> processes = [];

    private readonly string address;

    private SwiftServer(string directory, Dictionary<string, int> ports, string address, bool isSecure)
    {
        this.directory = directory;
        this.ports = ports;
        this.address = address;
        Certificate = isSecure ? CreateCertificate() : null;
    }

    /// <summary>Where it speaks S3.</summary>
    public Uri Endpoint => new($"{(Certificate is null ? "http" : "https")}://{address}:{Port("proxy")}");

    /// <summary>What it shows, signed by itself; null if it speaks without TLS.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>Whether its servers run.</summary>
    public bool IsRunning => processes.Count > 0;

    private string Devices => Path.Combine(directory, "devices");

    /// <summary>Makes a storage with nothing in it, and starts its servers.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="isSecure">Whether it speaks TLS.</param>
    /// <param name="address">An address of this machine at which it speaks S3.</param>
    public static async Task<SwiftServer> StartAsync(CancellationToken cancellation, bool isSecure = false, string address = "127.0.0.1")
    {
        // Not in memory: older kernels keep none of the extended attributes there that Swift needs.
        var server = new SwiftServer(Directory.CreateDirectory($"/var/tmp/slipway-swift-{Guid.NewGuid():N}").FullName, FreePorts(), address, isSecure);
        try
        {
            await server.ConfigureAsync(cancellation);
            await server.StartAgainAsync(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the servers on the data that they had, and waits until they serve.</summary>
    public async Task StartAgainAsync(CancellationToken cancellation)
    {
        foreach (var role in Backends.Append("proxy"))
            processes.Add(Start("/usr/bin/python3", ["-c", Launcher, Path.Combine(directory, "swift.conf"), Path.Combine(directory, $"{role}.conf"), $"{role}-server"]));
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown?.Thumbprint == Certificate?.Thumbprint };
        using var http = new HttpClient(handler);
        for (var tries = 0; ; tries++)
        {
            try
            {
                foreach (var role in ports.Keys)
                    (await http.GetAsync(new Uri(role == "proxy" ? Endpoint : new Uri($"http://127.0.0.1:{Port(role)}"), "/healthcheck"), cancellation)).Dispose();

                return;
            }
            catch (HttpRequestException) when (tries < 3000 && processes.TrueForAll(p => !p.HasExited))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellation);
            }
        }
    }

    /// <summary>Kills the servers in the midst of what they do.</summary>
    public async Task KillAsync()
    {
        foreach (var process in processes)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        processes.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Certificate?.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private async Task ConfigureAsync(CancellationToken cancellation)
    {
        await WriteAsync("swift.conf", """
            [swift-hash]
            swift_hash_path_prefix = test
            swift_hash_path_suffix = test
            [storage-policy:0]
            name = only
            default = yes
            [swift-constraints]
            """);
        Directory.CreateDirectory(Path.Combine(Devices, "d1"));
        foreach (var role in Backends)
        {
            await WriteAsync($"{role}.conf", $"""
                [DEFAULT]
                bind_ip = 127.0.0.1
                bind_port = {Port(role)}
                workers = 0
                user = {Environment.UserName}
                swift_dir = {directory}
                devices = {Devices}
                mount_check = false
                log_address = {directory}/none
                [pipeline:main]
                pipeline = healthcheck {role}-server
                [app:{role}-server]
                use = egg:swift#{role}
                [filter:healthcheck]
                use = egg:swift#healthcheck
                """);
            var builder = Path.Combine(directory, $"{role}.builder");
            await RunAsync("swift-ring-builder", [builder, "create", "4", "1", "0"], cancellation);
            await RunAsync("swift-ring-builder", [builder, "add", $"r1z1-127.0.0.1:{Port(role)}/d1", "1"], cancellation);
            await RunAsync("swift-ring-builder", [builder, "rebalance"], cancellation);
        }

        if (Certificate is not null)
        {
            await WriteAsync("cert.pem", Certificate.ExportCertificatePem());
            await WriteAsync("key.pem", Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        }

        var tls = Certificate is null ? "" : $"cert_file = {directory}/cert.pem\nkey_file = {directory}/key.pem\n";
        await WriteAsync("proxy.conf", $"""
            [DEFAULT]
            bind_ip = {address}
            bind_port = {Port("proxy")}
            workers = 0
            user = {Environment.UserName}
            swift_dir = {directory}
            log_address = {directory}/none
            {tls}
            [pipeline:main]
            pipeline = catch_errors healthcheck cache listing_formats bulk s3api tempauth copy slo dlo proxy-server
            [app:proxy-server]
            use = egg:swift#proxy
            allow_account_management = true
            account_autocreate = true
            [filter:catch_errors]
            use = egg:swift#catch_errors
            [filter:healthcheck]
            use = egg:swift#healthcheck
            [filter:cache]
            use = egg:swift#memcache
            memcache_servers = 127.0.0.1:1
            [filter:listing_formats]
            use = egg:swift#listing_formats
            [filter:bulk]
            use = egg:swift#bulk
            [filter:s3api]
            use = egg:swift#s3api
            [filter:tempauth]
            use = egg:swift#tempauth
            user_test_tester = {SecretKey} .admin
            [filter:copy]
            use = egg:swift#copy
            [filter:slo]
            use = egg:swift#slo
            [filter:dlo]
            use = egg:swift#dlo
            """);

        Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(directory, name), text, cancellation);
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=swift", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
    }

    private string Port(string role) => ports[role].ToString(CultureInfo.InvariantCulture);

    private static Process Start(string program, IReadOnlyList<string> arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })
            ?? throw new InvalidOperationException($"{program} did not start");
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        return process;
    }

    private static async Task RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        using var run = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }) ?? throw new InvalidOperationException($"{program} did not start");
        var output = run.StandardOutput.ReadToEndAsync(cancellation);
        var errors = await run.StandardError.ReadToEndAsync(cancellation);
        await run.WaitForExitAsync(cancellation);
        if (run.ExitCode > 1) // 1 is a warning of swift-ring-builder
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {await output}{errors}");
    }

    // Of four sockets that are open at the same time, so that all are different.
    private static Dictionary<string, int> FreePorts()
    {
        var sockets = Backends.Append("proxy").ToDictionary(role => role, _ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        foreach (var socket in sockets.Values)
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var free = sockets.ToDictionary(s => s.Key, s => ((IPEndPoint)s.Value.LocalEndPoint!).Port);
        foreach (var socket in sockets.Values)
            socket.Dispose();
        return free;
    }
}
