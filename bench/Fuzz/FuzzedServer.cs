using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.ApiServer;
using Slipway.ApiServer.Serving;
using Slipway.Client;
using Slipway.Controllers;
using Slipway.Storage;

namespace Slipway.Bench.Fuzz;

/// <summary>
/// The process that is fuzzed: an API server over SQLite with the built-in controllers. It says where it serves, and at each line that
/// it is sent, what it holds: bytes on the heap after a full collection, resident bytes, threads, and open files.
/// </summary>
internal static class FuzzedServer
{
    public static async Task RunAsync(string directory, TimeProvider clock)
    {
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(new ErrorLines()).SetMinimumLevel(LogLevel.Error));
        await using var store = SqliteStore.Open(Path.Combine(directory, "store.db"));
        await using var api = new Slipway.ApiServer.ApiServer(store, new ApiServerOptions
        {
            Nodes = new AnyNode(),
            ServiceAccounts = true,
            // Short, so that what the caches remember of the past is the same at each measurement.
            History = TimeSpan.FromSeconds(15),
        }, clock, logs);
        await api.StartAsync(CancellationToken.None);
        using var own = X509Certificate2.CreateFromPemFile(Path.Combine(directory, "server.crt"), Path.Combine(directory, "server.key"));
        using var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(directory, "ca.crt"));
        await using var endpoint = await api.ListenAsync(new HttpsOptions
        {
            Addresses = [new IPEndPoint(IPAddress.Loopback, 0)],
            ServerCertificate = () => own,
            ClientAuthorities = () => [authority],
        }, CancellationToken.None);
        var controllers = new ControllerHost(api.For(new UserInfo("system:kube-controller-manager", [UserInfo.Authenticated])), clock, logs);
        BuiltInControllers.Register(controllers, authority.ExportCertificatePem());
        using var stop = new CancellationTokenSource();
        var loops = controllers.RunAsync(stop.Token);

        Console.WriteLine(endpoint.Addresses[0]);
        while (await Console.In.ReadLineAsync() is not null)
        {
            for (var i = 0; i < 3; i++)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
            }
            using var process = Process.GetCurrentProcess();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{GC.GetTotalMemory(false)} {process.WorkingSet64} {process.Threads.Count} {Directory.EnumerateFileSystemEntries("/proc/self/fd").Count()} {loops.IsFaulted}"));
        }
        await stop.CancelAsync();
        await loops.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Nodes that answer whatever they are asked.
    private sealed class AnyNode : INodeTransport
    {
        public ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation) =>
            ValueTask.FromResult(new ApiResponse { StatusCode = 200, ContentType = MediaTypes.Text, Body = "log\n"u8.ToArray() });
    }

    private sealed class ErrorLines : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Console.Error.WriteLine($"server: {formatter(state, exception)}\n{exception}");
        }

        public void Dispose()
        {
        }
    }
}
