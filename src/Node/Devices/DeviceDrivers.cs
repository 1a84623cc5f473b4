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

    // As kubelets wait for one that registers; who does not answer is asked again.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Plugin> _plugins = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>The socket at which a driver is to be called; null when none of that name is registered.</summary>
    public async Task<string?> FindAsync(string driver, CancellationToken cancellation)
    {
        await LookAsync(cancellation);
        await _one.WaitAsync(cancellation);
        try
        {
            return _plugins.Values.FirstOrDefault(plugin => plugin.Driver == driver)?.Endpoint;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Registers what is new in the directory and forgets what is gone from it.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var sockets = Directory.Exists(directory) ? new DirectoryInfo(directory).GetFiles("*.sock") : [];
            foreach (var gone in _plugins.Keys.Except(sockets.Select(socket => socket.FullName)).ToList())
                _plugins.Remove(gone);
            foreach (var socket in sockets)
                if (!_plugins.TryGetValue(socket.FullName, out var known) || known.Since != socket.LastWriteTimeUtc)
                    await RegisterAsync(socket.FullName, socket.LastWriteTimeUtc, cancellation);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log.LogDebug("Plugins were not looked for: {Reason}", failure.Message);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task RegisterAsync(string socket, DateTime since, CancellationToken cancellation)
    {
        _plugins.Remove(socket);
        using var channel = UnixChannel.To(socket);
        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var plugin = new Plugins.RegistrationClient(channel);
        try
        {
            var info = await plugin.GetInfoAsync(new(), cancellationToken: either.Token);
            // Plugins of other kinds are nobody's here; they are not asked again.
            if (info.Type != PluginType)
            {
                _plugins[socket] = new(null, "", since);
                return;
            }
            var isServed = info.SupportedVersions.Contains(Version);
            await plugin.NotifyRegistrationStatusAsync(
                new() { PluginRegistered = isServed, Error = isServed ? "" : $"the driver serves {string.Join(", ", info.SupportedVersions)}, and the node asks for {Version}" },
                cancellationToken: either.Token);
            _plugins[socket] = new(isServed ? info.Name : null, info.Endpoint is { Length: > 0 } endpoint ? endpoint : socket, since);
            if (isServed)
                log.LogInformation("The driver of devices {Driver} is registered", info.Name);
            else
                log.LogWarning("The driver of devices {Driver} does not serve {Version}", info.Name, Version);
        }
        catch (Exception failure) when (failure is RpcException or SocketException or IOException && !cancellation.IsCancellationRequested)
        {
            log.LogDebug("The plugin at {Socket} did not answer: {Reason}", socket, failure.Message); // it is asked again at the next look
        }
    }

    private sealed record Plugin(string? Driver, string Endpoint, DateTime Since);
}
