using System.Net.Sockets;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Slipway.Node.Cri;
using Plugins = Slipway.Node.Devices.Wire.Registration;

namespace Slipway.Node.Devices;

/// <summary>
/// The drivers of devices on this machine: those that have put a socket into the directory in which kubelets look for plugins
/// (<see href="https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/"/>, kubelet's
/// <c>pluginregistration/v1</c>). The directory is looked through now and then, and when a driver is asked for that is not known.
/// </summary>
internal sealed class DeviceDrivers(string directory, TimeProvider clock, ILogger log) : IDisposable
{
    private const string PluginType = "DRAPlugin", Version = "v1.DRAPlugin";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Plugin> _plugins = new(StringComparer.Ordinal);
    // By socket: plugins that have been asked who they are and have yet to answer.
    private readonly Dictionary<string, Task> _asked = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _end = new();

    /// <summary>The socket at which a driver is to be called; null when none of that name is registered.</summary>
    public async Task<string?> FindAsync(string driver, CancellationToken cancellation)
    {
        var asked = AskNew();
        while (true)
        {
            if (EndpointOf(driver) is { } known)
                return known;
            if (asked.Count == 0)
                return null;
            asked.Remove(await Task.WhenAny(asked).WaitAsync(cancellation));
        }
    }

    /// <summary>Registers what is new in the directory and forgets what is gone from it. Done when all that is new has answered, or has not in time.</summary>
    public Task LookAsync(CancellationToken cancellation) => Task.WhenAll(AskNew()).WaitAsync(cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private string? EndpointOf(string driver)
    {
        lock (_gate)
            return _plugins.Values.FirstOrDefault(plugin => plugin.Driver == driver)?.Endpoint;
    }

    private List<Task> AskNew()
    {
        try
        {
            var sockets = Directory.Exists(directory) ? new DirectoryInfo(directory).GetFiles("*.sock") : [];
            lock (_gate)
            {
                foreach (var gone in _plugins.Keys.Except(sockets.Select(socket => socket.FullName)).ToList())
                    _plugins.Remove(gone);
                foreach (var socket in sockets)
                    if (!_asked.ContainsKey(socket.FullName) && (!_plugins.TryGetValue(socket.FullName, out var known) || known.Since != socket.LastWriteTimeUtc))
                    {
                        _plugins.Remove(socket.FullName);
                        var (path, since, end) = (socket.FullName, socket.LastWriteTimeUtc, _end.Token);
                        _asked[path] = Task.Run(() => AskAsync(path, since, end), CancellationToken.None);
                    }
                return [.. _asked.Values];
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log.LogDebug("Plugins were not looked for: {Reason}", failure.Message);
            return [];
        }
    }

    private async Task AskAsync(string socket, DateTime since, CancellationToken end)
    {
        Plugin? plugin = null;
        try
        {
            plugin = await RegisterAsync(socket, since, end);
        }
        catch (Exception failure) when (failure is RpcException or SocketException or IOException or ArgumentException or OperationCanceledException)
        {
            log.LogDebug("The plugin at {Socket} did not answer: {Reason}", socket, failure.Message); // it is asked again at the next look
        }
        finally
        {
            lock (_gate)
            {
                _asked.Remove(socket);
                if (plugin is not null)
                    _plugins[socket] = plugin;
            }
        }
    }

    private async Task<Plugin> RegisterAsync(string socket, DateTime since, CancellationToken end)
    {
        using var channel = UnixChannel.To(socket);
        var plugin = new Plugins.RegistrationClient(channel);
        var info = await DriverCall.WithinAsync(Limit, clock, cancellation => plugin.GetInfoAsync(new(), cancellationToken: cancellation), end);
        // Plugins of other kinds are nobody's here; they are not asked again.
        if (info.Type != PluginType)
            return new(null, "", since);
        var endpoint = info.Endpoint is { Length: > 0 } told ? told : socket;
        var fault = !info.SupportedVersions.Contains(Version) ? $"the driver serves {string.Join(", ", info.SupportedVersions)}, and the node asks for {Version}"
            : !UnixChannel.CanBeMade(endpoint) ? $"the driver is to be called at {endpoint}, which no socket can have as its path"
            : "";
        var status = new Wire.RegistrationStatus { PluginRegistered = fault.Length == 0, Error = fault };
        await DriverCall.WithinAsync(Limit, clock, cancellation => plugin.NotifyRegistrationStatusAsync(status, cancellationToken: cancellation), end);
        if (fault.Length > 0)
        {
            log.LogWarning("The driver of devices {Driver} is not registered: {Reason}", info.Name, fault);
            return new(null, "", since);
        }
        log.LogInformation("The driver of devices {Driver} is registered", info.Name);
        return new(info.Name, endpoint, since);
    }

    private sealed record Plugin(string? Driver, string Endpoint, DateTime Since);
}
