using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Testing.Postgres;

/// <summary>
/// A real PostgreSQL on loopback, of Debian's package, whose server can be stopped, killed and started again. It orders texts by the rules of a language, as many do.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Superuser = "owner";

    private readonly string directory;
    private readonly int port;
    private Process? process;

    private PostgresServer(string directory, int port)
    {
        this.directory = directory;
        this.port = port;
    }

    private string Data => Path.Combine(directory, "data");

    private string PasswordFile => Path.Combine(directory, "pgpass");

    /// <summary>Makes a database cluster that asks for passwords, and starts a server.</summary>
    public static async Task<PostgresServer> StartAsync(CancellationToken cancellation)
    {
        // In memory where that is possible: what is tested are servers that die, not disks.
        var directory = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"slipway-postgres-{Guid.NewGuid():N}")).FullName;
        var server = new PostgresServer(directory, FreePort());
        try
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "password"), "s3cret\n", cancellation);
            await File.WriteAllTextAsync(server.PasswordFile, "*:*:*:*:s3cret\n", cancellation);
            File.SetUnixFileMode(server.PasswordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            if (Environment.UserName == "root")
                await RunAsync("chown", ["-R", "postgres:postgres", directory], cancellation);
            await RunAsync(
                "initdb", ["--pgdata", server.Data, "--username", Superuser, "--pwfile", Path.Combine(directory, "password"), "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale-provider", "icu", "--icu-locale", "en", "--no-sync"],
                cancellation);
            if (Environment.UserName == "root")
                await RunAsync("chown", ["root:root", server.PasswordFile], cancellation); // the clients' own
            await server.StartAgainAsync(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>How Npgsql reaches a database.</summary>
    public string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Database={database};Username={Superuser};Passfile={PasswordFile}");

    /// <summary>Makes a database of its own for a test; its name.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellation)
    {
        var name = $"t{Guid.NewGuid():N}";
        await QueryAsync("postgres", $"CREATE DATABASE {name}", cancellation);
        return name;
    }

    /// <summary>Runs SQL by psql; what it prints, a line for each row.</summary>
    public async Task<string> QueryAsync(string database, string sql, CancellationToken cancellation) =>
        (await RunAsync("psql", ["--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-U", Superuser, "-c", sql, database], cancellation, PasswordFile)).Trim();

    /// <summary>Starts the server on the data that it had, and waits until it serves.</summary>
    public async Task StartAgainAsync(CancellationToken cancellation)
    {
        var start = As("postgres", ["-D", Data, "-c", "listen_addresses=127.0.0.1", "-c", $"port={port.ToString(CultureInfo.InvariantCulture)}", "-c", $"unix_socket_directories={directory}", "-c", "fsync=off"]);
        process = Process.Start(start) ?? throw new InvalidOperationException("postgres did not start");
        _ = process.StandardError.ReadToEndAsync(cancellation);
        _ = process.StandardOutput.ReadToEndAsync(cancellation);
        for (var tries = 0; ; tries++)
        {
            try
            {
                await QueryAsync("postgres", "SELECT 1", cancellation);
                return;
            }
            catch (InvalidOperationException) when (tries < 300 && !process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellation);
            }
        }
    }

    /// <summary>Ends the server: at once and with what it does (SIGQUIT), as a crash would.</summary>
    public async Task CrashAsync()
    {
        if (process is not { } running)
            return;
        process = null;
        if (!running.HasExited)
            await RunAsync("kill", ["-QUIT", running.Id.ToString(CultureInfo.InvariantCulture)], CancellationToken.None);
        await running.WaitForExitAsync();
        running.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CrashAsync();
        Directory.Delete(directory, recursive: true);
    }

    // postgres refuses to run as root.
    private static ProcessStartInfo As(string program, IReadOnlyList<string> arguments)
    {
        string[] own = program is "initdb" or "postgres" && Environment.UserName == "root" ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", Find(program)] : [Find(program)];
        var start = new ProcessStartInfo(own[0], [.. own[1..], .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["LC_ALL"] = "C.UTF-8";
        return start;
    }

    private static string Find(string program) => !Directory.Exists("/usr/lib/postgresql") ? program
        : Directory.EnumerateDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(v => Path.Combine(v, "bin", program)).FirstOrDefault(File.Exists) ?? program;

    private static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation, string? passwordFile = null)
    {
        var start = As(program, arguments);
        if (passwordFile is not null)
            start.Environment["PGPASSFILE"] = passwordFile;
        using var run = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var errors = run.StandardError.ReadToEndAsync(cancellation);
        var output = await run.StandardOutput.ReadToEndAsync(cancellation);
        await run.WaitForExitAsync(cancellation);
        return run.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {run.ExitCode}: {await errors}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
